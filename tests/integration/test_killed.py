# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the whole run at many points; the same command then succeeds, and nothing is there twice."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from bed import Bed, finish, kill, own_namespace
from side_by_side import Case

OBJECTS = 7  # of a cluster with one node pool: each is one write
POINTS = 10  # before the first write, after each of them, and twice during the wait


def create_killed_after_every_write(bed: Bed, namespace: str, folder: Path) -> None:
    names = [f"k{number}" for number in range(POINTS)]
    for number, name in enumerate(names):
        process = bed.start("create", "-i", inventory(folder, [name]), **tiny(namespace))
        kill_after(bed, process, namespace, name, number)
    everything = inventory(folder, names)
    run = bed.play("create", "-i", everything, **tiny(namespace))
    assert run.code == 0, run.output
    machines = bed.objects("machines", namespace)
    assert sorted(m["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"] for m in machines) == names
    again = bed.play("create", "-i", everything, **tiny(namespace))
    assert {host: again.recap[host]["changed"] for host in names} == dict.fromkeys(names, 0)
    gone = bed.play("delete", "-i", everything, cluster_delete_many=True, **tiny(namespace))
    assert gone.code == 0, gone.output
    assert bed.objects("clusters", namespace) == []


def delete_killed_then_finished(bed: Bed, namespace: str, folder: Path) -> None:
    hosts = inventory(folder, ["d0"])
    created = bed.play("create", "-i", hosts, **tiny(namespace))
    assert created.code == 0, created.output
    process = bed.start("delete", "-i", hosts, **tiny(namespace))
    kill_after(bed, process, namespace, "d0", 1)
    run = bed.play("delete", "-i", hosts, **tiny(namespace))
    assert run.code == 0, run.output
    for kind in ("clusters", "machines", "devmachinetemplates", "kubeadmconfigtemplates"):
        assert bed.objects(kind, namespace) == [], kind


def two_creates_at_once(bed: Bed, namespace: str, folder: Path) -> None:
    hosts = inventory(folder, ["twice"])
    runs = [bed.start("create", "-i", hosts, **tiny(namespace)) for _run in range(2)]
    ends = [finish(run) for run in runs]
    output = "\n".join(run.output for run in ends)
    assert 0 in [run.code for run in ends], output
    for run in ends:
        assert run.code == 0 or "another run is changing this cluster" in run.output, output
    assert len(bed.objects("machines", namespace)) == 1


KILLED = {
    "k-create": create_killed_after_every_write,
    "k-delete": delete_killed_then_finished,
    "k-twice": two_creates_at_once,
}


def _in_a_namespace(name: str, bed: Bed) -> None:
    with own_namespace(bed, name) as namespace, TemporaryDirectory() as folder:
        KILLED[name](bed, namespace, Path(folder))


def cases(_release: str) -> Mapping[str, Case]:
    return {name: partial(_in_a_namespace, name) for name in KILLED}


@pytest.mark.parametrize("name", KILLED)
def test_killed(beside: Callable[[str], None], name: str) -> None:
    beside(name)


def tiny(namespace: str) -> dict[str, Any]:
    """One control plane machine, and a pool without machines."""
    return {"cluster_namespace": namespace, "cluster_node_pools": [{"name": "workers", "replicas": 0}]}


def inventory(folder: Path, names: list[str]) -> str:
    """An inventory like inventories/sandbox, with these clusters."""
    sandbox = Path(__file__).resolve().parents[2] / "inventories/sandbox"
    path = folder / f"{names[0]}-{len(names)}"
    (path / "group_vars").mkdir(parents=True, exist_ok=True)
    for file in (sandbox / "group_vars").iterdir():
        (path / "group_vars" / file.name).write_text(file.read_text())
    hosts = "\n".join(names)
    variables = "ansible_connection=local\nansible_python_interpreter={{ ansible_playbook_python }}"
    (path / "hosts.ini").write_text(f"[clusters]\n{hosts}\n[all:vars]\n{variables}\n")
    return str(path)


def kill_after(bed: Bed, process: subprocess.Popen[str], namespace: str, name: str, writes: int) -> None:
    """kill -9 once the run has written so many objects of a cluster; more than there are: during the wait."""
    limit = time.monotonic() + 60
    while written(bed, namespace, name) < min(writes, OBJECTS) and process.poll() is None:
        assert time.monotonic() < limit, f"{name}: no {writes} writes within a minute"
        time.sleep(0.01)
    time.sleep(0.4 if not writes else 3.0 * max(0, writes - OBJECTS))
    assert process.poll() is None, f"{name}: the run was over before it could be killed"
    kill(process)


def written(bed: Bed, namespace: str, name: str) -> int:
    """Real writes of a cluster's objects so far; its Lease is none of them."""
    sign = f'"namespace":"{namespace}","name":"{name}'
    lines = (bed.folder / "audit.log").read_text().splitlines()
    return sum(
        sign in line
        and '"userAgent":"capi.lifecycle' in line
        and "dryRun=All" not in line
        and '"verb":"get"' not in line
        for line in lines
    )
