# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Full disks and an etcd that takes no writes, on machines: room is made, and what was written is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bed import Run
from clusters import CONFIRM, DATA, changed, killed_at, nodes, play
from driving import Metal
from metal.commands import BedError, wait_for

COPIES = "/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-01-0"
QUOTA = 24 << 20

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Metal:
    """One control plane and a worker, with something that must survive."""
    metal.fresh(control_planes=1, workers=1)
    assert changed(play(metal, "create"))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    return metal


@pytest.fixture
def whole(cluster: Metal) -> Iterator[Metal]:
    yield cluster
    cluster.free_disk("cp1")


def free(metal: Metal, *arguments: str, **more: Any) -> Run:
    return play(metal, "free_space", *arguments, **{**CONFIRM, **more})


def serves(metal: Metal) -> bool:
    try:
        return DATA in metal.kubectl("cp1", "get configmaps -o name --request-timeout=5s")
    except BedError:
        return False


def write_and_delete(metal: Metal) -> None:
    """Forty times a megabyte, which stays in the history."""
    for _time in range(40):
        metal.kubectl("cp1", "create configmap big --from-file=/root/big")
        metal.kubectl("cp1", "delete configmap big")


def test_where_there_is_room_nothing_is_removed(whole: Metal) -> None:
    assert changed(free(whole)) == {}


def test_it_asks_before_it_removes(whole: Metal) -> None:
    whole.run("cp1", f"mkdir -p {COPIES}1-00-00-00 {COPIES}2-00-00-00")
    refused = play(whole, "free_space")
    assert refused.code != 0
    assert "bare_metal_confirm" in refused.output
    assert whole.run("cp1", f"ls -d {COPIES}1*")
    assert set(changed(free(whole))) == {"cp1"}
    assert whole.run("cp1", f"ls -d {COPIES}*").split() == [f"{COPIES}2-00-00-00"]


def test_a_full_disk_on_the_only_control_plane(whole: Metal) -> None:
    """etcd cannot start any more, and Ansible finds no room for itself; the copies of upgrades make it run again."""
    for day in (1, 3):
        whole.run("cp1", f"mkdir -p {COPIES}{day}-00-00-00 && fallocate -l 300M {COPIES}{day}-00-00-00/db")
    wal = whole.run("cp1", "ls /var/lib/etcd/member/wal").split()
    whole.fill_disk("cp1")
    whole.run("cp1", "crictl stop --timeout 0 $(crictl ps -q --name '^etcd$') || true")
    killed_at(whole, "free_space", "Make room in etcd")
    free_again = free(whole)
    assert free_again.code == 0, free_again.output
    wait_for("the API serves again", lambda: serves(whole), 60)
    assert set(wal) <= set(whole.run("cp1", "ls /var/lib/etcd/member/wal").split())
    assert nodes(whole)["cp1"][1] == "True"


def test_an_etcd_that_takes_no_writes(whole: Metal) -> None:
    """Its quota is used up by what was deleted long ago."""
    manifest = "/etc/kubernetes/manifests/etcd.yaml"
    whole.run("cp1", f"sed -i 's/^    - etcd$/    - etcd\\n    - --quota-backend-bytes={QUOTA}/' {manifest}")
    wait_for("etcd has its quota", lambda: str(QUOTA) in whole.run("cp1", "ps -eo args | grep [e]tcd.--"), 120)
    wait_for("the API serves again", lambda: serves(whole), 120)
    whole.run("cp1", "head -c 900000 /dev/urandom | base64 -w0 | head -c 900000 >/root/big")
    with pytest.raises(BedError, match="database space exceeded"):
        write_and_delete(whole)
    killed_at(whole, "free_space", "Compact, defragment one member")
    done = free(whole)
    assert done.code == 0, done.output
    whole.kubectl("cp1", "create configmap after --from-literal=a=b")
    assert serves(whole)
    assert changed(free(whole)) == {}
