# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup tried, restored on the same control planes, and a control plane recovered that was lost; with faults."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bed import Run, kill
from driving import Metal
from metal import hub
from metal.commands import BedError, run
from metal.place import HUB_ADDRESS
from metal.programs import RELEASES

pytestmark = pytest.mark.long
VERSION = f"v{RELEASES[0].version}"
CONTROL_PLANES = ["cp1", "cp2", "cp3"]
BEFORE, AFTER = "written-before", "written-after"
LEFT = "ls -A /var/lib /var/backups/etcd; systemctl list-units --all --plain --no-legend 'etcd-trial*'"


def play(metal: Metal, playbook: str, *arguments: str, **more: Any) -> Run:
    return metal.play(f"playbooks/bare_metal/{playbook}.yml", *arguments, bare_metal_kubernetes_version=VERSION, **more)


def changed(run: Run) -> dict[str, int]:
    """How much was changed, by host; those where nothing was are left out."""
    assert run.code == 0, run.output
    return {host: counts["changed"] for host, counts in run.recap.items() if counts["changed"]}


def words(run: Run) -> str:
    return " ".join(run.output.split())


def cut_short(metal: Metal, playbook: str, task: str, fault: Callable[[], None] | None = None, **more: Any) -> str:
    """Run it until this task begins; then the controller is killed, or a fault befalls it and it ends by itself."""
    path = f"playbooks/bare_metal/{playbook}.yml"
    process = metal.start(path, bare_metal_kubernetes_version=VERSION, bare_metal_confirm="bed", **more)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.startswith("TASK") and task in line:
            break
    else:
        raise AssertionError(f"the run ended before {task!r}: {''.join(seen)}")
    if not fault:
        time.sleep(2)  # into the step
        kill(process)
        return ""
    fault()
    rest, _none = process.communicate(timeout=900)
    assert process.returncode != 0, rest
    return rest


def configmaps(metal: Metal, name: str = "cp1") -> set[str]:
    found = metal.kubectl(name, "get configmaps -o name").split()
    return {BEFORE, AFTER} & {entry.rpartition("/")[2] for entry in found}


def voting(metal: Metal, name: str = "cp1") -> list[str]:
    """The members of etcd that vote."""
    keys = "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt"
    command = f"crictl exec $(crictl ps -q --name etcd) etcdctl {keys} --key /etc/kubernetes/pki/etcd/server.key"
    members = json.loads(metal.run(name, f"{command} member list -w json"))["members"]
    return sorted(member["name"] for member in members if not member.get("isLearner"))


def ready(metal: Metal) -> list[str]:
    """Names of Nodes that are Ready."""
    found = json.loads(metal.kubectl("cp1", "get nodes -o json"))["items"]
    conditions = {node["metadata"]["name"]: node["status"]["conditions"] for node in found}
    return sorted(
        name
        for name, told in conditions.items()
        if any(entry["type"] == "Ready" and entry["status"] == "True" for entry in told)
    )


def write(metal: Metal, name: str) -> None:
    metal.kubectl("cp1", f"create configmap {name} --from-literal=a=b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups")


@pytest.fixture(scope="module")
def cluster(metal: Metal, folder: Path) -> Metal:
    """Three control planes and a worker, a backup of them, and something that was written after it."""
    metal.fresh(control_planes=3, workers=1)
    assert changed(play(metal, "create"))
    write(metal, BEFORE)
    assert changed(play(metal, "backup", etcd_backup_fetch=str(folder)))
    write(metal, AFTER)
    return metal


def snapshot_in(folder: Path) -> str:
    return str(max(folder.glob("*.db")))


def is_whole(metal: Metal) -> None:
    """What was written before the backup is there, what was written after is gone, all vote, all are Ready."""
    assert configmaps(metal) == {BEFORE}
    assert voting(metal) == CONTROL_PLANES
    deadline = time.monotonic() + 90
    while ready(metal) != [*CONTROL_PLANES, "w1"]:
        assert time.monotonic() < deadline, ready(metal)
        time.sleep(2)


def test_a_drill_reads_the_backup_and_leaves_nothing(cluster: Metal, folder: Path) -> None:
    before = {name: cluster.run(name, LEFT) for name in CONTROL_PLANES}
    drills = [
        play(cluster, "drill", etcd_restore_known=[f"configmaps/default/{BEFORE}"]),
        play(cluster, "drill", etcd_restore_snapshot=snapshot_in(folder)),
    ]
    for drill in drills:
        assert changed(drill) == {}
        assert f"holds: cluster bed {VERSION}, nodes cp1, cp2, cp3, w1" in drill.output
        assert "revisions further" in drill.output
    assert {name: cluster.run(name, LEFT) for name in CONTROL_PLANES} == before


def test_a_drill_says_what_a_backup_lacks(cluster: Metal) -> None:
    drill = play(cluster, "drill", etcd_restore_known=[f"configmaps/default/{AFTER}"])
    assert drill.code != 0
    assert f"lacks configmaps/default/{AFTER}" in words(drill)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "-e bare_metal_confirm=bed"),
        ({"etcd_restore_max_age": 1, "bare_metal_confirm": "bed"}, "all that was written since is lost"),
        ({"etcd_restore_snapshot": "/none.db", "etcd_restore_on": "cp1"}, "there is no snapshot of etcd"),
        ({"bare_metal_cluster_name": "other", "bare_metal_confirm": "other"}, "it holds a cluster with bed"),
    ],
    ids=["without the name", "too old", "no such file", "of another cluster"],
)
def test_refused_before_anything_stops(cluster: Metal, variables: dict[str, Any], said: str) -> None:
    refused = play(cluster, "restore", **variables)
    assert refused.code != 0
    assert said in words(refused)
    assert not any(counts["changed"] for counts in refused.recap.values())
    assert configmaps(cluster) == {BEFORE, AFTER}


def test_one_that_is_lost_is_not_recovered_beside_those_that_serve(cluster: Metal, folder: Path) -> None:
    refused = play(cluster, "recover", etcd_restore_snapshot=snapshot_in(folder), bare_metal_confirm="bed")
    assert refused.code != 0
    assert "its API server serves: the control plane is not lost" in words(refused)
    assert not any(counts["changed"] for counts in refused.recap.values())


@pytest.mark.parametrize("task", ["Stop the control plane", "Put the data of the snapshot", "Start the API server"])
def test_restored_though_the_controller_is_killed(cluster: Metal, folder: Path, task: str) -> None:
    if AFTER not in configmaps(cluster):
        write(cluster, AFTER)
    more = {"etcd_restore_again": True, "etcd_restore_snapshot": snapshot_in(folder)}
    cut_short(cluster, "restore", task, **more)
    began = time.monotonic()
    restored = play(cluster, "restore", bare_metal_confirm="bed", **more)
    assert changed(restored)
    print(f"restored after a kill at {task!r}: {time.monotonic() - began:.0f} s")
    is_whole(cluster)


def test_again_changes_nothing(cluster: Metal) -> None:
    again = play(cluster, "restore", bare_metal_confirm="bed")
    assert changed(again) == {}
    assert "nothing was changed" in words(again)


def test_restored_though_a_host_loses_its_power(cluster: Metal, folder: Path) -> None:
    write(cluster, AFTER)
    more = {"etcd_restore_again": True, "etcd_restore_snapshot": snapshot_in(folder)}
    said = cut_short(cluster, "restore", "Put the data of the snapshot", lambda: cluster.off("cp2"), **more)
    assert "cp2" in said
    refused = play(cluster, "restore", bare_metal_confirm="bed", **more)
    assert refused.code != 0
    assert "unreachable: cp2: Ansible cannot reach it" in words(refused)
    cluster.on("cp2")
    assert changed(play(cluster, "restore", bare_metal_confirm="bed", **more))
    is_whole(cluster)


def until_it_serves(metal: Metal, found: list[float], ended: threading.Event) -> None:
    """Seconds until the endpoint says that an API server is ready."""
    began = time.monotonic()
    ask = hub.controller(metal.place, ["curl", "-sk", "-m", "2", f"https://{HUB_ADDRESS}:6443/readyz"])
    while not ended.is_set():
        try:
            if run(*ask) == "ok":
                found.append(time.monotonic() - began)
                return
        except BedError:
            pass
        time.sleep(0.5)


def test_a_control_plane_that_is_lost_serves_again(cluster: Metal, folder: Path) -> None:
    """Hosts that have packages and images and nothing else: how long it takes is printed."""
    assert changed(play(cluster, "reset", "--limit", ",".join(CONTROL_PLANES), bare_metal_confirm="bed"))
    seconds: list[float] = []
    ended = threading.Event()
    watch = threading.Thread(target=until_it_serves, args=(cluster, seconds, ended))
    watch.start()
    try:
        recovered = play(cluster, "recover", etcd_restore_snapshot=snapshot_in(folder), bare_metal_confirm="bed")
    finally:
        ended.set()
        watch.join()
    assert changed(recovered)
    print(f"total loss to a serving API: {seconds[0]:.0f} s, wanted 60 or less")
    is_whole(cluster)
    again = play(cluster, "recover", etcd_restore_snapshot=snapshot_in(folder), bare_metal_confirm="bed")
    assert changed(again) == {}


@pytest.mark.parametrize("task", ["Run kubeadm init", "Run kubeadm join"])
def test_new_hosts_though_the_controller_is_killed(cluster: Metal, folder: Path, task: str) -> None:
    for name in CONTROL_PLANES:
        cluster.forget(name)
    cluster.add(*CONTROL_PLANES)
    more = {"etcd_restore_snapshot": snapshot_in(folder)}
    cut_short(cluster, "recover", task, **more)
    assert changed(play(cluster, "recover", bare_metal_confirm="bed", **more))
    is_whole(cluster)
