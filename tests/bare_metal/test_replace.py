# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control planes that fail, on machines: dead ones replaced, broken members of etcd repaired, with faults between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from bed import Run
from clusters import CONFIRM, DATA, OLD, changed, killed_at, nodes, play, serve_web, voting
from driving import Metal
from metal.commands import BedError
from metal.place import ENDPOINT
from probing import asking, readyz

ALL = ("cp1", "cp2", "cp3")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Metal:
    """Three control planes and a worker, with something that must survive."""
    metal.fresh(control_planes=3, workers=1)
    assert changed(play(metal, "create"))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    return metal


@pytest.fixture
def whole(cluster: Metal) -> Iterator[Metal]:
    """Three members that vote, with the data, before and after."""
    assert well(cluster, "cp2")
    yield cluster
    cluster.restore_ssh()
    cluster.start_endpoint()


def well(metal: Metal, through: str) -> bool:
    """As one control plane tells it: three vote, and what was written before is there."""
    return voting(metal, through) == list(ALL) and DATA in metal.kubectl(through, "get configmaps -o name")


def replace(metal: Metal, name: str, **more: Any) -> Run:
    return play(metal, "replace_control_plane", "--limit", name, **{**CONFIRM, **more})


def repair(metal: Metal, name: str, **more: Any) -> Run:
    return play(metal, "repair_etcd", "--limit", name, **{**CONFIRM, **more})


def test_nothing_is_replaced_where_all_is_well(whole: Metal) -> None:
    assert changed(play(whole, "replace_control_plane", "--limit", "cp1")) == {}
    assert changed(play(whole, "repair_etcd", "--limit", "cp1")) == {}


def test_one_at_a_time(whole: Metal) -> None:
    refused = play(whole, "replace_control_plane", **CONFIRM)
    assert refused.code != 0
    assert "--limit NAME" in " ".join(refused.output.split())


def test_a_living_host_that_ssh_does_not_reach_is_not_taken_for_dead(whole: Metal) -> None:
    whole.cut_ssh("cp1")
    refused = replace(whole, "cp1", ansible_ssh_args="-o ControlMaster=no")  # a new connection each time
    assert refused.code != 0
    assert "it is not dead" in " ".join(refused.output.split())
    assert voting(whole, "cp2") == list(ALL)


def test_the_first_of_the_inventory_dies_and_a_new_machine_takes_its_name(whole: Metal) -> None:
    """Out while it is dead; then the new one joins, by a run that is killed and one that is not."""
    whole.off("cp1")
    gone = replace(whole, "cp1")
    assert gone.code != 0
    assert "is out of the cluster, and not replaced yet" in " ".join(gone.output.split())
    assert voting(whole, "cp2") == ["cp2", "cp3"]
    assert "cp1" not in nodes(whole, "cp2")
    whole.forget("cp1")
    whole.add("cp1")
    killed_at(whole, "replace_control_plane", "Run kubeadm join", "--limit", "cp1")
    assert changed(replace(whole, "cp1"))
    assert well(whole, "cp1")
    assert nodes(whole, "cp1") == dict.fromkeys((*ALL, "w1"), (f"v{OLD}", "True"))
    assert changed(replace(whole, "cp1")) == {}


def test_one_that_comes_back_without_its_data(whole: Metal, capsys: pytest.CaptureFixture[str]) -> None:
    """The host lives, packages and images are there: this is what the figure is of."""
    service = serve_web(whole)
    whole.run("cp2", "systemctl stop kubelet && crictl rm -fa >/dev/null && rm -rf /var/lib/etcd/member")
    with asking(whole, "w1", readyz(f"{ENDPOINT}:6443"), service) as [api, web]:
        began = time.monotonic()
        assert changed(replace(whole, "cp2"))
        seconds = time.monotonic() - began
    with capsys.disabled():
        print(f"\na failed control plane is replaced, packages and images there: {seconds:.0f} s, wanted 90 or less")
        print(f"the API by the endpoint: {api}\na pod through its Service: {web}")
    assert well(whole, "cp2")


def test_the_endpoint_is_down_when_the_new_one_should_join(whole: Metal) -> None:
    whole.off("cp3")
    whole.forget("cp3")
    whole.add("cp3")
    whole.stop_endpoint()
    failed = replace(whole, "cp3")
    assert failed.code != 0
    assert voting(whole, "cp2") == ["cp1", "cp2"]
    whole.start_endpoint()
    assert changed(replace(whole, "cp3"))
    assert well(whole, "cp3")


def break_database(metal: Metal, name: str) -> None:
    """Garbage where the database has its first pages, and a new start of etcd."""
    metal.run(
        name,
        "dd if=/dev/urandom of=/var/lib/etcd/member/snap/db bs=4096 count=64 conv=notrunc status=none && "
        "crictl stop --timeout 0 $(crictl ps -q --name '^etcd$')",
    )


def test_a_broken_database(whole: Metal) -> None:
    break_database(whole, "cp3")
    killed_at(whole, "repair_etcd", "Start etcd without data", "--limit", "cp3")
    assert changed(repair(whole, "cp3"))
    assert well(whole, "cp3")
    assert "etcd-broken-" in whole.run("cp3", "ls -d /var/lib/etcd-broken-*")
    assert changed(repair(whole, "cp3")) == {}


def test_a_lost_data_folder(whole: Metal) -> None:
    """Also of the one that began the cluster, whose manifest would begin another."""
    whole.run("cp1", "rm -rf /var/lib/etcd/member && crictl stop --timeout 0 $(crictl ps -q --name '^etcd$')")
    killed_at(whole, "repair_etcd", "give it its vote", "--limit", "cp1")
    assert changed(repair(whole, "cp1"))
    assert well(whole, "cp1")


def test_a_dead_worker_leaves_and_comes_back(whole: Metal) -> None:
    whole.off("w1")
    assert changed(play(whole, "reset", "--limit", "w1", **CONFIRM))
    assert "w1" not in nodes(whole, "cp2")
    whole.forget("w1")
    whole.add("w1")
    assert changed(play(whole, "create", "--limit", "w1"))
    assert "w1" in nodes(whole, "cp2")


def test_a_dead_control_plane_leaves_and_the_last_but_one_may_not(whole: Metal) -> None:
    whole.off("cp1")
    refused = play(whole, "reset", "--limit", "cp2", **CONFIRM)
    assert refused.code != 0
    assert "of them are healthy; it needs 2" in " ".join(refused.output.split())
    assert changed(play(whole, "reset", "--limit", "cp1", **CONFIRM))
    assert voting(whole, "cp3") == ["cp2", "cp3"]
    whole.forget("cp1")
    whole.add("cp1")
    assert changed(play(whole, "create", "--limit", "cp1"))
    assert well(whole, "cp1")


def test_the_known_disaster(metal: Metal) -> None:
    """Two members, the endpoint down: kubeadm reset by hand would leave its member, and one of two has no quorum."""
    metal.fresh(control_planes=2)
    even = {"bare_metal_even_control_planes": True}
    assert changed(play(metal, "create", **even))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    metal.stop_endpoint()
    try:
        assert changed(play(metal, "reset", "--limit", "cp2", **even, **CONFIRM))
        assert voting(metal, "cp1") == ["cp1"]
        assert DATA in metal.kubectl("cp1", "--server https://cp1:6443 get configmaps -o name")
        with pytest.raises(BedError):
            metal.run("cp2", "test -e /etc/kubernetes/admin.conf")
    finally:
        metal.start_endpoint()
    assert changed(play(metal, "create", **even))
    assert voting(metal, "cp1") == ["cp1", "cp2"]
