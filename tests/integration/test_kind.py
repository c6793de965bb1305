# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Management clusters that init.yml makes and removes: the decision, the refusals, and what is run.

kind needs a container engine, which is more than the tests ask of a machine. So programs of the same names stand in for
both: they answer as the real ones do, and note their calls. What this kind "makes" is a server that answers by a table,
with all providers. With the real programs init.yml runs in the public workflow, job `kind`.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bed import Bed, Run, kill, providers
from fake_server import FakeServer, Reply, discovery, kubeconfig

VERSION = "v1.14.2"
KIND = """#!/bin/sh
echo "kind $*" >>{folder}/calls
verb="$1 $2" name=
while [ $# -gt 0 ]; do
  case $1 in --name) name=$2 ;; --kubeconfig) kubeconfig=$2 ;; esac
  shift
done
cluster={folder}/clusters/$name
case $verb in
  "get clusters") ls {folder}/clusters | grep . || echo "No kind clusters found." >&2 ;;
  "create cluster")
    [ ! -e "$cluster" ] || exit 1
    [ -e "$kubeconfig.starting" ] || exit 2
    [ ! -e {folder}/broken ] || {{ echo "ERROR: no such image" >&2; exit 3; }}
    echo half >"$cluster"
    [ ! -e {folder}/slow ] || sleep 60
    echo running >"$cluster"; cp {kubeconfig} "$kubeconfig" ;;
  "get kubeconfig")
    grep -q running "$cluster" || {{ echo "ERROR: container $name-control-plane is not running" >&2; exit 1; }}
    cat {kubeconfig} ;;
  "delete cluster") rm "$cluster" ;;
esac
"""
ENGINE = """#!/bin/sh
echo "{name} $*" >>{folder}/calls
{answer}
"""
NO_DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
# What Ansible and the role need of a machine; neither kind nor an engine is among it.
TOOLS = ("sh", "mkdir", "chmod", "rm", "ls", "cp", "cat", "grep", "echo", "true", "sleep", "uname", "id", "env", "ps")


@dataclass(frozen=True)
class Machine:
    """A folder that is the whole PATH, what its programs noted, and the management cluster that kind makes on it."""

    folder: Path
    server: FakeServer
    objects: list[dict[str, Any]]  # Cluster objects in it

    def has_kind(self) -> None:
        self._write("kind", KIND.format(folder=self.folder, kubeconfig=self.folder / "kubeconfig"))

    def has_engine(self, name: str = "docker", *, runs: bool = True) -> None:
        answer = "exit 0" if runs else f'echo "{NO_DAEMON}" >&2; exit 1'
        self._write(name, ENGINE.format(folder=self.folder, name=name, answer=answer))

    def init(self, *arguments: str, **variables: Any) -> Run:
        run = Bed("none", VERSION, self.folder).play("init", *arguments, **self.wish(**variables))
        assert "Traceback" not in run.output, run.output
        return run

    def wish(self, **variables: Any) -> dict[str, Any]:
        return {
            "management_cluster_source": "kind",
            "management_cluster_kind_kubeconfig": str(self.kubeconfig),
            "management_cluster_providers": providers(VERSION),
            **variables,
        }

    def remove(self, *arguments: str, **variables: Any) -> Run:
        return self.init(*arguments, management_cluster_state="absent", **variables)

    def refused(self, run: Run, *words: str) -> None:
        """The run failed, said why, and told kind to change nothing."""
        told = " ".join(run.output.split())
        assert run.code != 0, run.output
        for word in (*words, "Nothing was"):
            assert word in told, run.output
        assert self.changes() == []

    def becomes(self, state: str, name: str = "management") -> None:
        """running, or anything else for containers that do not run."""
        (self.folder / "clusters" / name).write_text(state)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "made/kubeconfig"

    @property
    def mark(self) -> Path:
        return self.kubeconfig.with_name("kubeconfig.starting")

    @property
    def clusters(self) -> list[str]:
        return sorted(os.listdir(self.folder / "clusters"))

    def changes(self) -> list[str]:
        """What kind was told to do since the last call."""
        calls = self.folder / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [line for line in lines if line.startswith(("kind create", "kind delete"))]

    def _write(self, name: str, script: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(script)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    for name in ("bin", "clusters"):
        (tmp_path / name).mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    objects: list[dict[str, Any]] = []
    with FakeServer(installed(objects)) as server:
        (tmp_path / "kubeconfig").write_text(kubeconfig(server.url) + "\n")
        yield Machine(tmp_path, server, objects)


def installed(clusters: list[dict[str, Any]]) -> dict[str, Reply]:
    """A management cluster that has all providers, and these Cluster objects."""
    labels = {"cluster-api": "Core", "bootstrap-kubeadm": "Bootstrap", "control-plane-kubeadm": "ControlPlane"}
    labels["infrastructure-docker"] = "Infrastructure"
    clusterctl, admission = "clusterctl.cluster.x-k8s.io/v1alpha3", "admissionregistration.k8s.io/v1"
    kinds = [("v1", "Namespace", "namespaces", False), ("apps/v1", "Deployment", "deployments", True)]
    kinds += [(clusterctl, "Provider", "providers", True), ("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", True)]
    kinds += [("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False)]
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        kinds.append((admission, kind, f"{kind.lower()}s", False))
    items: dict[str, list[dict[str, Any]]] = {kind: [] for _version, kind, _plural, _scope in kinds}
    items["Cluster"] = clusters
    for label, kind in labels.items():
        meta = {"name": label, "namespace": f"{label}-system", "generation": 1}
        meta |= {"labels": {"cluster.x-k8s.io/provider": label, "clusterctl.cluster.x-k8s.io": ""}}
        items["Provider"].append({"metadata": meta, "type": f"{kind}Provider", "version": VERSION})
        status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
        status["conditions"] = [{"type": "Available", "status": "True"}]
        items["Deployment"].append({"metadata": meta, "spec": {"replicas": 1}, "status": status})
    answers = {
        f"GET /{'apis' if '/' in version else 'api'}/{version}/{plural}": Reply(body={"items": items[kind]})
        for version, kind, plural, _scope in kinds
    }
    answers["GET /version"] = Reply(body={"gitVersion": "v1.36.3"})
    answers["GET /api/v1/namespaces/kube-system"] = Reply(body={"metadata": {"name": "kube-system", "uid": "uid-1"}})
    return {**discovery(*kinds), **answers}


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("kind", "engine", "word"),
    [
        pytest.param(False, "runs", "the program kind is not on the PATH", id="no kind"),
        pytest.param(
            True, "none", "there is no container engine (docker, podman, nerdctl) on the PATH", id="no engine"
        ),
        pytest.param(True, "stopped", f"docker does not run ({NO_DAEMON})", id="engine does not run"),
    ],
)
def test_refused_without_what_kind_needs(machine: Machine, state: str, kind: bool, engine: str, word: str) -> None:
    if kind:
        machine.has_kind()
    if engine != "none":
        machine.has_engine(runs=engine == "runs")
    run = machine.init(management_cluster_state=state)
    told = " ".join(run.output.split())
    assert run.code != 0
    for words in (
        word,
        "management_cluster_source=existing",
        "management_cluster_source=sandbox",
        "Nothing was changed",
    ):
        assert words in told, run.output
    assert "Traceback" not in run.output
    assert (machine.changes(), machine.clusters, machine.kubeconfig.exists()) == ([], [], False)


def test_made_found_and_removed(machine: Machine) -> None:
    machine.has_kind()
    machine.has_engine("podman")
    created = "kind create cluster --name management"

    def told(*arguments: str, **variables: Any) -> tuple[int, list[str]]:
        run = machine.init(*arguments, **variables)
        assert run.code == 0, run.output
        return run.recap["management"]["changed"], [" ".join(call.split()[:5]) for call in machine.changes()]

    changed, calls = told("--check")
    assert (changed > 0, calls, machine.clusters, machine.kubeconfig.parent.exists()) == (True, [], [], False)
    changed, calls = told()
    assert (changed > 0, calls, machine.clusters) == (True, [created], ["management"])
    assert machine.kubeconfig.read_text() == (machine.folder / "kubeconfig").read_text()
    assert stat.S_IMODE(machine.kubeconfig.stat().st_mode) == 0o600
    assert not machine.mark.exists()
    assert told() == (0, [])
    changed, calls = told("--check", management_cluster_state="absent")
    assert (changed > 0, calls, machine.clusters) == (True, [], ["management"])
    changed, calls = told(management_cluster_state="absent")
    assert (changed > 0, calls, machine.clusters) == (True, ["kind delete cluster --name management"], [])
    assert not machine.kubeconfig.exists()
    assert told(management_cluster_state="absent") == (0, [])


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """kind runs, and has made the management cluster."""
    machine.has_kind()
    machine.has_engine()
    run = machine.init()
    assert run.code == 0, run.output
    machine.changes()
    return machine


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_start_that_was_cut_off_is_made_again(machine: Machine, state: str) -> None:
    """kill -9 while kind makes it: what is left has nothing in it."""
    machine.has_kind()
    machine.has_engine()
    (machine.folder / "slow").touch()
    process = Bed("none", VERSION, machine.folder).start("init", **machine.wish())
    half = machine.folder / "clusters/management"
    end = time.monotonic() + 60
    while time.monotonic() < end and not (half.exists() and half.read_text()):
        time.sleep(0.1)
    kill(process)
    (machine.folder / "slow").unlink()
    machine.changes()
    assert (half.read_text(), machine.mark.exists(), machine.kubeconfig.exists()) == ("half\n", True, False)
    run = machine.init(management_cluster_kind_image="kindest/node:v1.35.0", management_cluster_state=state)
    assert run.code == 0, run.output
    removed, *created = machine.changes()
    assert removed == "kind delete cluster --name management"
    assert not machine.mark.exists()
    if state == "absent":
        assert (created, machine.clusters) == ([], [])
        return
    assert created[0].startswith("kind create cluster --name management")
    assert created[0].endswith("--image kindest/node:v1.35.0")


@pytest.mark.long
def test_a_cluster_that_does_not_answer_is_kept(ready: Machine) -> None:
    """After a restart of the machine its containers are stopped, and everything is still in them."""
    ready.becomes("stopped")
    for arguments in ((), ("--check",)):
        words = ("docker start management-control-plane", "management_cluster_confirm=management", "is not running")
        ready.refused(ready.init(*arguments), *words)
    assert (ready.clusters, ready.kubeconfig.exists()) == (["management"], True)
    ready.becomes("running")
    assert ready.init().recap["management"]["changed"] == 0


@pytest.mark.long
@pytest.mark.parametrize("state", ["stopped", "running"])
def test_a_mark_of_a_start_that_was_finished_removes_nothing(ready: Machine, state: str) -> None:
    """The run was killed after kind had ended: the kubeconfig is newer than the mark."""
    ready.mark.touch()
    os.utime(ready.mark, (0, 0))
    ready.becomes(state)
    run = ready.init()
    if state == "stopped":
        ready.refused(run, "docker start management-control-plane")
        return
    assert (run.code, ready.changes(), ready.mark.exists()) == (0, [], False), run.output


@pytest.mark.long
def test_a_marked_cluster_with_clusters_in_it_is_kept(ready: Machine) -> None:
    """A start that was cut off has none."""
    ready.kubeconfig.unlink()
    ready.mark.touch()
    ready.objects.append({"metadata": {"name": "dev", "namespace": "default"}})
    run = ready.init()
    assert (run.code, ready.changes(), ready.kubeconfig.exists()) == (0, [], True), run.output


def test_a_start_that_fails_leaves_no_mark(machine: Machine) -> None:
    machine.has_kind()
    machine.has_engine()
    (machine.folder / "broken").touch()
    run = machine.init()
    assert run.code != 0
    assert "kind create cluster management failed: ERROR: no such image" in " ".join(run.output.split())
    assert not machine.mark.exists()


def test_one_with_clusters_is_removed_only_when_it_is_named(ready: Machine) -> None:
    ready.objects.append({"metadata": {"name": "dev", "namespace": "default"}})
    words = ("has 1 clusters", "management_cluster_confirm=management")
    ready.refused(ready.remove(), *words)
    ready.refused(ready.remove("--check"), *words)
    ready.refused(ready.remove(management_cluster_confirm="yes"), *words)
    assert ready.kubeconfig.exists()
    run = ready.remove(management_cluster_confirm="management")
    assert (run.code, ready.clusters, ready.kubeconfig.exists()) == (0, [], False), run.output


def test_one_that_does_not_tell_is_removed_only_when_it_is_named(ready: Machine) -> None:
    ready.kubeconfig.write_text(kubeconfig("http://127.0.0.1:1"))
    ready.refused(ready.remove(), "does not tell whether it has clusters", "cannot be reached")
    run = ready.remove(management_cluster_confirm="management")
    assert (run.code, ready.clusters) == (0, []), run.output


def test_one_that_was_made_elsewhere_is_removed_only_when_it_is_named(ready: Machine) -> None:
    ready.kubeconfig.unlink()
    ready.refused(ready.remove(), "this playbook did not make it", "management_cluster_confirm=management")
    run = ready.remove(management_cluster_confirm="management")
    assert (run.code, ready.clusters) == (0, []), run.output


@pytest.mark.long
def test_several_are_removed_only_when_that_is_said(ready: Machine) -> None:
    inventory = ready.folder / "inventory.json"
    hosts = {name: {"management_cluster_kind_name": name} for name in ("management", "other")}
    inventory.write_text(json.dumps({"management_clusters": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}))
    ready.becomes("running", "other")
    words = ("of 2 hosts (management, other)", "--limit", "management_cluster_delete_many=true")
    ready.refused(ready.remove("-i", str(inventory)), *words)
    ready.refused(ready.remove("-i", str(inventory), "-e", "management_cluster_delete_many=false"), *words)
    assert ready.clusters == ["management", "other"]
    run = ready.remove("-i", str(inventory), "-e", "management_cluster_delete_many=true")
    assert (run.code, ready.clusters) == (0, []), run.output


def test_a_sandbox_with_clusters_is_removed_only_when_it_is_named(machine: Machine) -> None:
    home = machine.folder / "sandboxes/none"
    home.mkdir(parents=True)
    settings = {"port_base": 1, "capi_versions": [VERSION], "images": {}, "provider_repositories": []}
    (home / "sandbox.json").write_text(json.dumps(settings))
    (home / "kubeconfig").write_text((machine.folder / "kubeconfig").read_text())
    source = {"management_cluster_source": "sandbox", "sandbox_directory": str(home.parent)}
    machine.objects.append({"metadata": {"name": "dev", "namespace": "default"}})
    machine.refused(machine.remove(**source), "has 1 clusters", "management_cluster_confirm=management")
    machine.objects.clear()
    check = machine.remove("--check", **source)
    assert (check.code, check.recap["management"]["changed"], home.exists()) == (0, 1, True), check.output
    machine.objects.append({"metadata": {"name": "dev", "namespace": "default"}})
    run = machine.remove(**source, management_cluster_confirm="management")
    assert (run.code, home.exists()) == (0, False), run.output
    again = machine.remove(**source)
    assert (again.code, again.recap["management"]["changed"]) == (0, 0), again.output
