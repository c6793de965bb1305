# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, NotFound, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_rejoin import APART, ensure_rejoined
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import FOLDER, FakeHost, session

MANIFESTS = f"{FOLDER}/manifests"
ETCD = "    - --data-dir=/var/lib/etcd\n    - --initial-cluster=cp1=https://192.0.2.11:2380\n"
NEW = "cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380"
WORKS = {
    f"{MANIFESTS}/etcd.yaml": ETCD,
    f"{MANIFESTS}/kube-apiserver.yaml": "api",
    "/var/lib/etcd/member/snap/db": "old",
}
STOPPED = {f"{APART}/etcd.yaml": ETCD, f"{APART}/kube-apiserver.yaml": "api"}
QUIET = {"crictl ps": Ran(0, '{"containers": []}')}
BUSY = {"crictl ps": Ran(0, json.dumps({"containers": [{"metadata": {"name": "etcd"}}]}))}


def ensure(host: FakeHost, state: str, *, dry_run: bool = False, **params: Any) -> Any:
    defaults = {"state": state, "initial_cluster": NEW, "timeout": 5}
    return ensure_rejoined(session(host, dry_run=dry_run), {**defaults, **params})


def test_apart_stops_both_and_keeps_the_data() -> None:
    host = FakeHost(QUIET, WORKS)
    outcome = ensure(host, "apart")
    assert outcome.changed
    [kept] = outcome.values["kept"]
    assert kept.startswith("/var/lib/etcd-broken-")
    assert host.files == {**STOPPED, f"{kept}/member/snap/db": "old"}


def test_data_is_only_moved_when_nobody_writes_to_it() -> None:
    host = FakeHost(BUSY, WORKS)
    with pytest.raises(WaitTimeout, match="etcd still runs 5s after its manifest went to"):
        ensure(host, "apart")
    assert host.exists("/var/lib/etcd/member")


def test_a_data_folder_that_is_a_file_system_of_its_own_keeps_it_inside() -> None:
    class Mounted(FakeHost):
        def move(self, path: str, target: str) -> None:
            if target.startswith("/var/lib/etcd-broken"):
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            super().move(path, target)

    [kept] = ensure(Mounted(QUIET, WORKS), "apart").values["kept"]
    assert kept.startswith("/var/lib/etcd/etcd-broken-")


def test_apart_again_changes_nothing() -> None:
    host = FakeHost(QUIET, STOPPED)
    assert not ensure(host, "apart").changed
    assert host.moves == []


def test_etcd_starts_without_data_as_a_member_of_the_cluster_that_is_there() -> None:
    host = FakeHost(QUIET, STOPPED)
    assert ensure(host, "learning").changed
    assert f"--initial-cluster={NEW}" in host.files[f"{MANIFESTS}/etcd.yaml"]
    assert "--initial-cluster-state=existing" in host.files[f"{MANIFESTS}/etcd.yaml"]
    assert f"{MANIFESTS}/kube-apiserver.yaml" not in host.files


def test_etcd_never_starts_on_the_old_data() -> None:
    host = FakeHost(QUIET, {**STOPPED, "/var/lib/etcd/member/snap/db": "old"})
    with pytest.raises(Failed, match="holds data"):
        ensure(host, "learning")
    assert f"{MANIFESTS}/etcd.yaml" not in host.files


def test_serving_puts_back_what_was_taken_out() -> None:
    host = FakeHost(QUIET, {f"{MANIFESTS}/etcd.yaml": ETCD, f"{APART}/kube-apiserver.yaml": "api"})
    assert ensure(host, "serving").changed
    assert not ensure(host, "serving").changed
    assert set(host.files) == {f"{MANIFESTS}/etcd.yaml", f"{MANIFESTS}/kube-apiserver.yaml"}


@pytest.mark.parametrize("state", ["apart", "learning", "serving"])
def test_check_mode_moves_nothing(state: str) -> None:
    host = FakeHost(QUIET, WORKS if state == "apart" else STOPPED)
    assert ensure(host, state, dry_run=True).changed
    assert host.moves == []


def test_a_host_without_etcd() -> None:
    with pytest.raises(NotFound, match=r"has no member of etcd by kubeadm. Nothing was changed"):
        ensure(FakeHost(QUIET, {}), "apart")


def test_without_containerd_nothing_is_moved_aside() -> None:
    host = FakeHost({"crictl ps": Ran(1, stderr="connection refused")}, WORKS)
    with pytest.raises(Failed, match="crictl on cp1 does not list containers: connection refused"):
        ensure(host, "apart")
    assert host.exists("/var/lib/etcd/member")
