# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kind as the source of a management cluster: the decision, the refusals, and what is run.

kind needs a container engine, which is more than the tests ask of a machine. So programs of the same names stand in for
both: they answer as the real ones do, and note their calls. The cluster that this kind "makes" is the one that the
tests have, with its providers. With the real programs init.yml runs in the public workflow, job `kind`.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bed import Bed, Run, providers

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
    echo running >"$cluster"; mkdir -p "${{kubeconfig%/*}}"; cp {kubeconfig} "$kubeconfig" ;;
  "get kubeconfig") grep -q running "$cluster" || exit 1; cat {kubeconfig} ;;
  "delete cluster") rm "$cluster" ;;
esac
"""
ENGINE = """#!/bin/sh
echo "{name} $*" >>{folder}/calls
{answer}
"""
NO_DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
# What Ansible and the role need of a machine; neither kind nor an engine is among it.
TOOLS = ("sh", "mkdir", "chmod", "rm", "ls", "cp", "cat", "grep", "echo", "true", "sleep", "uname", "id", "env")


@dataclass(frozen=True)
class Machine:
    """A folder that is the whole PATH, and what its programs noted."""

    folder: Path
    bed: Bed

    def has_kind(self) -> None:
        self._write("kind", KIND.format(folder=self.folder, kubeconfig=self.bed.kubeconfig))

    def has_engine(self, name: str = "docker", *, runs: bool = True) -> None:
        answer = "exit 0" if runs else f'echo "{NO_DAEMON}" >&2; exit 1'
        self._write(name, ENGINE.format(folder=self.folder, name=name, answer=answer))

    def init(self, *arguments: str, **variables: Any) -> Run:
        return self.bed.play(
            "init",
            *arguments,
            management_cluster_source="kind",
            management_cluster_kind_kubeconfig=str(self.kubeconfig),
            management_cluster_providers=providers(self.bed.capi_version),
            **variables,
        )

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "made/kubeconfig"

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
def machine(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    for name in ("bin", "clusters"):
        (tmp_path / name).mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Machine(tmp_path, bed)


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
    assert (changed > 0, calls, machine.clusters, machine.kubeconfig.exists()) == (True, [], [], False)
    changed, calls = told()
    assert (changed > 0, calls, machine.clusters) == (True, [created], ["management"])
    assert machine.kubeconfig.read_text() == machine.bed.kubeconfig.read_text()
    assert stat.S_IMODE(machine.kubeconfig.stat().st_mode) == 0o600
    assert told() == (0, [])
    changed, calls = told("--check", management_cluster_state="absent")
    assert (changed > 0, calls, machine.clusters) == (True, [], ["management"])
    changed, calls = told(management_cluster_state="absent")
    assert (changed > 0, calls, machine.clusters) == (True, ["kind delete cluster --name management"], [])
    assert not machine.kubeconfig.exists()
    assert told(management_cluster_state="absent") == (0, [])


def test_a_start_that_was_cut_off_is_made_again(machine: Machine) -> None:
    machine.has_kind()
    machine.has_engine()
    (machine.folder / "clusters/management").write_text("half")
    run = machine.init(management_cluster_kind_image="kindest/node:v1.35.0")
    assert run.code == 0, run.output
    removed, created = machine.changes()
    assert removed == "kind delete cluster --name management"
    assert created.startswith("kind create cluster --name management")
    assert created.endswith("--image kindest/node:v1.35.0")
