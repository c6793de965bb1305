# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_info import read_kubeadm
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_seen import READERS
from fake_host import CONTROL_PLANE, CONTROL_PLANE_FILES, FOLDER, FakeHost, session

DEFAULTS = {"subset": list(READERS), "node_name": None, "until": [], "nodes": [], "timeout": 0, "version": None}


def read(host: FakeHost, **params: object) -> dict:
    return dict(read_kubeadm(session(host), {**DEFAULTS, **params}).values)


def test_a_control_plane_node() -> None:
    found = read(FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES))
    node = found["node"]
    assert (node["role"], node["kubeadm"], node["kubelet"]) == ("control_plane", "v1.36.3", "v1.36.3")
    assert node["api"] == {"server": "https://10.77.0.11:6443", "ready": True, "version": "v1.36.3", "message": ""}
    assert node["etcd_data"]
    assert found["cluster"]["kubernetes_version"] == "v1.36.3"
    assert (found["cluster"]["uid"], found["cluster"]["missing"]) == ("u", [])
    assert found["cluster"]["public_server"] == "https://api.bed.test:6443"
    assert len(found["nodes"]) == 4
    assert found["etcd"]["quorum"]["spare"] == 1
    assert found["budgets"][0]["name"] == "strict"
    assert found["host"]["kubeadm_running"] == ["join (pid 42)"]
    assert list(found["problems"]) == ["static_pods"]  # this host has no kubelet to ask


def test_the_data_of_all_members_at_a_revision_that_all_have() -> None:
    host = FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES)
    found = read(host, subset=["etcd", "etcd_hashes"])
    lowest = min(member["revision"] for member in found["etcd"]["members"])
    assert [entry["member"] for entry in found["etcd_hashes"]] == ["cp1", "cp2", "cp3"]
    assert {entry["hash"] for entry in found["etcd_hashes"]} == {f"{2788709217:08x}"}
    assert any(f"hashkv --cluster --rev {lowest} " in command for command in host.commands)


def test_a_dead_member_hashes_nothing() -> None:
    host = FakeHost({**CONTROL_PLANE, "endpoint status": "endpoint-status-one-dead"}, CONTROL_PLANE_FILES)
    found = read(host, subset=["etcd_hashes"])
    assert "does not reach all members" in found["problems"]["etcd_hashes"]


def test_it_asks_the_api_server_of_this_node_and_not_the_endpoint() -> None:
    host = FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES)
    read(host, subset=["nodes"])
    assert all("--server https://10.77.0.11:6443" in command for command in host.commands)


def test_a_new_host() -> None:
    found = read(FakeHost(files={"/proc/mounts": ""}))
    assert (found["node"]["role"], found["node"]["traces"], found["node"]["kubeadm"]) == ("none", [], "")
    assert found["host"]["cgroup"] == "v1"
    assert sorted(found["problems"]) == [
        "budgets",
        "certificates",
        "cluster",
        "etcd",
        "etcd_hashes",
        "nodes",
        "static_pods",
    ]
    assert "is no control plane node of kubeadm" in found["problems"]["nodes"]


def test_a_worker() -> None:
    found = read(
        FakeHost({"kubelet --version": "kubelet-version-1.36.3"}, {f"{FOLDER}/kubelet.conf": "server: https://a:6443"})
    )
    assert (found["node"]["role"], found["node"]["server"]) == ("worker", "https://a:6443")


def test_half_an_init_is_named() -> None:
    nothing = dict.fromkeys(["configmap/kubeadm-config", "configmap/cluster-info"], Ran(0, ""))
    found = read(FakeHost({**CONTROL_PLANE, **nothing}, CONTROL_PLANE_FILES), subset=["cluster"])
    assert found["cluster"]["missing"] == [
        "configmap/kubeadm-config",
        "daemonset/kube-proxy",
        "deployment/coredns",
        "configmap/cluster-info",
    ]


def test_an_api_server_that_is_down_is_no_guess() -> None:
    down = Ran(1, stderr="error: connection refused")
    found = read(
        FakeHost({**CONTROL_PLANE, "kubectl": down, "--raw /readyz": down, "get nodes ": down}, CONTROL_PLANE_FILES)
    )
    assert not found["node"]["api"]["ready"]
    assert found["nodes"] is None
    assert "connection refused" in found["problems"]["nodes"]


def test_conditions_bring_what_they_need_and_tell_what_is_missing() -> None:
    host = FakeHost(
        {**CONTROL_PLANE, **dict.fromkeys(["endpoint health"], "endpoint-health-one-dead")}, CONTROL_PLANE_FILES
    )
    found = read(host, subset=[], until=["etcd_healthy"])
    assert found["unmet"] == ["etcd member cp3 is not healthy: context deadline exceeded"]
    assert "nodes" not in found


def test_it_waits_until_all_is_seen_twice() -> None:
    health = ["endpoint-health-one-dead", "endpoint-health-1.36.3"]
    found = read(
        FakeHost({**CONTROL_PLANE, "endpoint health": health}, CONTROL_PLANE_FILES),
        subset=[],
        until=["etcd_healthy"],
        timeout=60,
    )
    assert (found["unmet"], found["waited"]) == ([], 4.0)


def test_it_gives_up_with_what_is_missing() -> None:
    host = FakeHost({**CONTROL_PLANE, "endpoint health": "endpoint-health-one-dead"}, CONTROL_PLANE_FILES)
    with pytest.raises(WaitTimeout, match="cp1: after 10s still etcd member cp3 is not healthy") as caught:
        read(host, subset=[], until=["etcd_healthy"], timeout=10)
    assert caught.value.details["unmet"]


@pytest.mark.parametrize(
    ("params", "message"), [({"timeout": 5}, "beside until"), ({"version": "1.30"}, "must start with 'v'")]
)
def test_what_makes_no_sense(params: dict, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read(FakeHost(), **params)
