# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single machines on a real management cluster: replaced, remediated, refused, read; killed, held, twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._template import substitute
from bed import CHECKOUT, SOAK, Bed, eventually, kill, namespace_manifest
from reading import Living

RELEASES = ("v1.14.2", "v1.10.10") if SOAK else ("v1.14.2",)
VERSION = "v1.35.4"
HOOK = "pre-drain.delete.hook.machine.cluster.x-k8s.io/archive"
PLANE, POOL = "cluster.x-k8s.io/control-plane", "cluster.x-k8s.io/deployment-name"
_TEMPLATE = "roles/sandbox/files/manifests/{}/cluster-template-in-memory-classic.yaml.in"


class Ground(Living):
    """A cluster of three control plane machines and two workers, and what the tests do with it."""

    def machines(self, bed: Bed, label: str = "") -> dict[str, dict[str, Any]]:
        found = bed.objects("machines.cluster.x-k8s.io", self.namespace)
        return {m["metadata"]["name"]: m for m in found if label in m["metadata"]["labels"] or not label}

    def one(self, bed: Bed, label: str) -> str:
        return min(self.machines(bed, label))

    def task(self, bed: Bed, name: str, *arguments: str, **options: Any) -> dict[str, Any]:
        """A short stall timeout: what stands still in memory stands still at once."""
        place = {"cluster": self.name, "namespace": self.namespace, "stall_timeout": 90}
        return bed.task("machine", *arguments, **{"name": name, "state": "replaced", **place, **options})

    def settle(self, bed: Bed) -> None:
        """Wait until the cluster is as wanted: tests follow each other on it."""
        eventually(lambda: self._told(bed)["ready"], lambda: self._told(bed))

    def _told(self, bed: Bed) -> dict[str, Any]:
        found: dict[str, Any] = bed.task("cluster_info", **self.place)["clusters"][0]
        return found


def made(bed: Bed, name: str, planes: int, workers: int) -> Ground:
    ground = Ground(name, name)
    values = {"CLUSTER_NAME": name, "NAMESPACE": name, "KUBERNETES_VERSION": VERSION}
    values |= {"CONTROL_PLANE_MACHINE_COUNT": str(planes), "WORKER_MACHINE_COUNT": str(workers)}
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(name))
    bed.kubectl("apply", "-f", "-", text=substitute((CHECKOUT / _TEMPLATE.format(bed.api_version)).read_text(), values))
    return ground


def gone(bed: Bed, ground: Ground) -> None:
    bed.kubectl("delete", "cluster", ground.name, "-n", ground.namespace, "--ignore-not-found", "--timeout=180s")
    bed.kubectl("delete", "namespace", ground.namespace, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="session")
def _ground(bed: Bed) -> Iterator[Ground]:
    found = made(bed, "single", 3, 2)
    yield found
    gone(bed, found)


@pytest.fixture
def ground(bed: Bed, _ground: Ground) -> Ground:
    _ground.settle(bed)
    return _ground


@pytest.mark.parametrize("capi_version", RELEASES, indirect=True)
@pytest.mark.parametrize(("label", "kind"), [(POOL, "MachineDeployment"), (PLANE, "KubeadmControlPlane")])
def test_check_replace_again(bed: Bed, ground: Ground, label: str, kind: str) -> None:
    """A worker, and one of three control planes; each first in check mode, and then once more."""
    before, name = ground.machines(bed), ground.one(bed, label)
    with bed.requests(ground.namespace) as requests:
        checked = ground.task(bed, name, "--check", "--diff")
    assert (checked.get("msg"), checked["changed"], requests.writes) == (None, True, [])
    assert set(ground.machines(bed)) == set(before)
    done = ground.task(bed, name, "--diff")
    assert (done.get("msg"), done["changed"], done["outcome"]) == (None, True, "done")
    assert done["diff"] == checked["diff"]
    after = ground.machines(bed)
    assert set(before) - set(after) == {name}
    assert sorted(set(after) - set(before)) == done["replaced_by"]
    assert len(after) == len(before)
    assert f"{kind} {done['owner']['name']} {len(ground.machines(bed, label))}/" in done["message"]
    with bed.requests(ground.namespace) as requests:
        again = ground.task(bed, name)
    assert (again.get("msg"), again["changed"], requests.writes) == (None, False, [])
    assert set(ground.machines(bed)) == set(after)


def test_a_mistake_is_no_success(bed: Bed, ground: Ground) -> None:
    before, name = ground.machines(bed), ground.one(bed, POOL)
    slip = name[:-1] + ("x" if name[-1] != "x" else "z")
    asked = [
        (slip, {}, f"did you mean {name}?"),
        (name.rpartition("-")[0], {}, "gives such names"),
        (name, {"cluster": "singel"}, "did you mean 'single'?"),
        (name, {"uid": before[ground.one(bed, PLANE)]["metadata"]["uid"]}, "it is another machine of this name"),
    ]
    with bed.requests(ground.namespace) as requests:
        for wrong, options, words in asked:
            result = ground.task(bed, wrong, **options)
            assert (result["failed"], result["outcome"]) == (True, "refused"), result
            assert words in result["msg"]
    assert requests.writes == []
    assert ground.task(bed, slip, uid="00000000-0000-4000-8000-000000000000")["changed"] is False
    assert set(ground.machines(bed)) == set(before)


@pytest.mark.parametrize(("label", "kind", "path"), [
    (POOL, "machinedeployment", "md-0"), (PLANE, "kubeadmcontrolplane", "cp"),
])  # fmt: skip
def test_refused_in_mid_rollout(bed: Bed, ground: Ground, label: str, kind: str, path: str) -> None:
    after = {"spec": {"rollout": {"after": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}}}
    owner = (kind, f"{ground.name}-{path}", "-n", ground.namespace)
    bed.kubectl("patch", *owner, "--type=merge", "-p", json.dumps(after))
    with bed.requests(ground.namespace) as requests:
        for arguments in ([], ["--check"]):
            result = ground.task(bed, max(ground.machines(bed, label)), *arguments)
            assert (result["failed"], result["outcome"]) == (True, "refused"), result
            assert "then run again" in result["msg"]
    assert requests.writes == []


def test_refused_while_paused(bed: Bed, ground: Ground) -> None:
    pause = ("annotate", "cluster", ground.name, "-n", ground.namespace, "--overwrite")
    bed.kubectl(*pause, "cluster.x-k8s.io/paused=")
    result = ground.task(bed, ground.one(bed, POOL))
    bed.kubectl(*pause, "cluster.x-k8s.io/paused-")
    assert "it is paused" in result["msg"]
    assert result["outcome"] == "refused"


def test_the_only_control_plane_is_refused(bed: Bed) -> None:
    solo = made(bed, "solo", 1, 0)
    try:
        solo.settle(bed)
        name = solo.one(bed, PLANE)
        with bed.requests(solo.namespace) as requests:
            for state in ("replaced", "remediated"):
                result = solo.task(bed, name, state=state)
                assert (result["failed"], result["outcome"]) == (True, "refused"), result
                assert "it has 1 machine" in result["msg"]
        assert requests.writes == []
        assert solo.one(bed, PLANE) == name
    finally:
        gone(bed, solo)


def test_a_hook_holds_it_until_it_is_taken_off(bed: Bed, ground: Ground) -> None:
    before, name = ground.machines(bed), ground.one(bed, POOL)
    hook(bed, ground, name, f"{HOOK}=")
    stalled = ground.task(bed, name, stall_timeout=10)
    assert (stalled["failed"], stalled["outcome"], stalled["changed"]) == (True, "stalled", True), stalled
    assert f"the annotation {HOOK} holds it" in stalled["msg"]
    assert HOOK in stalled["hooks"]
    told = bed.task("machine_info", name=name, namespace=ground.namespace)["machines"][0]
    assert (told["deleting"], told["hooks"]) == (True, [HOOK])
    assert told["deleting_reason"].startswith("WaitingForPreDrainHook")
    hook(bed, ground, name, f"{HOOK}-")
    done = ground.task(bed, name)
    assert done["outcome"] == "done", done
    assert len(set(ground.machines(bed)) - set(before)) == 1


def test_killed_and_run_again_replaces_one(bed: Bed, ground: Ground, tmp_path: Path) -> None:
    """kill -9 once the deletion has begun, and once more as soon as the Machine is gone; meanwhile nobody else may."""
    before, name = ground.machines(bed), ground.one(bed, POOL)
    hook(bed, ground, name, f"{HOOK}=")
    arguments = ("-i", ground.inventory(tmp_path, bed.kubeconfig))
    run = bed.start("replace_machine", *arguments, replace_machine_name=name)
    eventually(lambda: ground.machines(bed)[name]["metadata"].get("deletionTimestamp"))
    refused = ground.task(bed, ground.one(bed, PLANE))
    assert (refused["outcome"], "another run is changing this cluster" in refused["msg"]) == ("refused", True), refused
    kill(run)
    hook(bed, ground, name, f"{HOOK}-")
    run = bed.start("replace_machine", *arguments, replace_machine_name=name)
    eventually(lambda: name not in ground.machines(bed))
    if run.poll() is None:
        kill(run)
    with bed.requests(ground.namespace) as requests:
        last = bed.play("replace_machine", *arguments, replace_machine_name=name)
    assert last.code == 0, last.output
    assert [w for w in requests.writes if "leases" not in w] == []
    after = ground.machines(bed)
    assert (set(before) - set(after), len(set(after) - set(before))) == ({name}, 1)
    assert "2/2 ready" in last.output


def test_remediation_by_a_health_check(bed: Bed, ground: Ground) -> None:
    before, name = ground.machines(bed), ground.one(bed, POOL)
    with bed.requests(ground.namespace) as requests:
        refused = ground.task(bed, name, state="remediated")
    assert "no MachineHealthCheck covers it" in refused["msg"]
    assert requests.writes == []
    bed.kubectl("apply", "-f", "-", text=json.dumps(health_check(ground)))
    eventually(lambda: name in targets_of_check(bed, ground))
    done = ground.task(bed, name, state="remediated")
    assert (done["failed"], done.get("outcome")) == (False, "done"), done
    after = ground.machines(bed)
    assert sorted(set(after) - set(before)) == done["replaced_by"]
    assert ground.task(bed, name, state="remediated")["changed"] is False
    bed.kubectl("delete", "machinehealthcheck", "--all", "-n", ground.namespace)


def test_machine_info_tells_what_the_server_has(bed: Bed, ground: Ground) -> None:
    with bed.requests(ground.namespace) as requests:
        told = bed.task("machine_info", cluster=ground.name, namespace=ground.namespace)["machines"]
    assert (requests.writes, [r.split()[:2] for r in requests.reads]) == ([], [["list", "machines"]])
    real = ground.machines(bed)
    assert [m["name"] for m in told] == sorted(real)
    for machine in told:
        live, plane = real[machine["name"]], machine["role"] == "control_plane"
        assert (machine["uid"], machine["node"]) == (live["metadata"]["uid"], live["status"]["nodeRef"]["name"])
        assert (machine["ready"], machine["not_ready_reason"], machine["up_to_date"]) == (True, None, True)
        assert machine["owner"]["kind"] == ("KubeadmControlPlane" if plane else "MachineSet")
        assert machine["infrastructure"]["kind"] == "DevMachine"
        assert (machine["certificates_days"] is not None) == plane
        assert [h.rpartition("/")[2] for h in machine["hooks"]] == (["kcp-cleanup"] if plane else [])
        assert (machine["deleting"], machine["paused"], machine["remediation"]["asked_for"]) == (False, False, False)


def test_the_playbook_takes_one_cluster(bed: Bed, ground: Ground, tmp_path: Path) -> None:
    path = Path(ground.inventory(tmp_path, bed.kubeconfig))
    path.write_text(path.read_text().replace("hosts:", "hosts:\n        other: {}"))
    with bed.requests(ground.namespace) as requests:
        run = bed.play("replace_machine", "-i", str(path), replace_machine_name="x")
    assert run.code != 0
    assert "the play has 2" in run.output
    assert requests.events == []


def hook(bed: Bed, ground: Ground, name: str, annotation: str) -> None:
    bed.kubectl("annotate", "machines.cluster.x-k8s.io", name, "-n", ground.namespace, annotation)


def targets_of_check(bed: Bed, ground: Ground) -> list[str]:
    """The machines that its MachineHealthCheck looks at."""
    found: list[str] = bed.objects("machinehealthchecks", ground.namespace)[0].get("status", {}).get("targets", [])
    return found


def health_check(ground: Ground) -> dict[str, Any]:
    meta = {"name": "workers", "namespace": ground.namespace}
    spec = {
        "clusterName": ground.name,
        "selector": {"matchExpressions": [{"key": POOL, "operator": "Exists"}]},
        "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "Unknown", "timeoutSeconds": 300}]},
    }
    return {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineHealthCheck", "metadata": meta, "spec": spec}
