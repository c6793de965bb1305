# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_plan import plan_create
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_table import lines_of
from bare_metal_world import OTHERS, cluster, hosts, joined, look, member, node

ALL = ("cp1", "cp2", "cp3", "w1")
NEW = {name: look(name) for name in ALL}
NODES = {name: joined(name) for name in ALL}


def found(plan: dict) -> dict[str, str]:
    return {finding["check"]: f"{finding['host']}: {finding['message']}" for finding in plan["findings"]}


def test_a_new_cluster() -> None:
    plan = plan_create(hosts(), NEW, {})
    assert plan["steps"] == {"cp1": "init", "cp2": "join", "cp3": "join", "w1": "join"}
    assert (plan["findings"], plan["through"]) == ([], "cp1")


def test_a_finished_cluster_stays_as_it_is() -> None:
    plan = plan_create(hosts(), NODES, cluster(*ALL))
    assert set(plan["steps"].values()) == {"member"}
    assert plan["findings"] == []


def test_everything_goes_through_the_one_that_serves_whatever_the_order() -> None:
    looks = {**NEW, "cp2": joined("cp2")}
    plan = plan_create(hosts(), looks, cluster("cp2", source="cp2"))
    assert plan["steps"] == {"cp1": "join", "cp2": "member", "cp3": "join", "w1": "join"}
    assert plan["through"] == "cp2"


def test_one_worker_alone() -> None:
    plan = plan_create(hosts(), {"w1": look("w1")}, cluster("cp1", "cp2", "cp3"))
    assert (plan["steps"], plan["through"]) == ({"w1": "join"}, "cp1")


def test_never_a_second_cluster_beside_one_that_may_be_there() -> None:
    plan = plan_create(hosts(), {"cp1": look("cp1"), "w1": look("w1")}, {})
    assert "could not be asked whether they hold the cluster: cp2, cp3" in found(plan)["no-control-plane"]
    assert plan["steps"] == {}


def test_a_cluster_that_is_down_is_not_made_anew() -> None:
    plan = plan_create(hosts(), {**NEW, "cp2": joined("cp2")}, {})
    assert found(plan)["cluster-down"].startswith("cp2: it holds data of etcd, and its API server does not serve")
    assert set(plan["steps"].values()) == {""}


def test_an_init_that_was_cut_off_before_etcd_ran_is_finished_on_the_same_host() -> None:
    begun = look("cp2", traces=["/etc/kubernetes/pki/ca.crt"], ca_hash="sha256:ours")
    plan = plan_create(hosts(), {**NEW, "cp2": begun}, {})
    assert plan["steps"] == {"cp1": "join", "cp2": "resume_init", "cp3": "join", "w1": "join"}
    assert (plan["findings"], plan["through"]) == ([], "cp2")


@pytest.mark.parametrize("missing", ["configmap/kubeadm-config", "daemonset/kube-proxy", "configmap/cluster-info"])
def test_an_init_that_was_cut_off_while_it_served(missing: str) -> None:
    live = cluster("cp1")
    live["cluster"]["missing"] = [missing]
    plan = plan_create(hosts(), {**NEW, "cp1": joined("cp1")}, live)
    assert plan["steps"]["cp1"] == "resume_init"


def test_what_init_was_told_to_leave_out_is_not_missing() -> None:
    live = cluster("cp1")
    live["cluster"]["missing"] = ["daemonset/kube-proxy"]
    plan = plan_create(hosts(), {**NEW, "cp1": joined("cp1")}, live, skipped=["addon/kube-proxy"])
    assert plan["steps"]["cp1"] == "member"


def test_kube_proxy_that_somebody_removed_later_stays_away() -> None:
    live = cluster(*ALL)
    live["cluster"]["missing"] = ["daemonset/kube-proxy"]
    assert set(plan_create(hosts(), NODES, live)["steps"].values()) == {"member"}


def test_a_worker_join_that_was_cut_off_is_cleared_away() -> None:
    looks = {**NODES, "w1": joined("w1")}
    assert plan_create(hosts(), looks, cluster("cp1", "cp2", "cp3"))["steps"]["w1"] == "clean_and_join"


def test_a_control_plane_join_that_was_cut_off_is_cleared_away() -> None:
    live = cluster("cp1", "cp2", "w1")
    live["etcd"]["members"].append(member("cp3", learner=True, started=False, healthy=False, name=""))
    live["nodes"].append(node("cp3", control_plane=False))
    plan = plan_create(hosts(), NODES, live)
    assert plan["steps"]["cp3"] == "clean_and_join"
    assert plan["findings"] == []


def test_a_dead_member_holds_joins_back() -> None:
    live = cluster("cp1", "cp2", "w1")
    live["etcd"]["members"][1].update(healthy=False, error="context deadline exceeded")
    looks = {"cp3": look("cp3")}
    assert "cp3 cannot join: etcd member cp2 is not healthy" in found(plan_create(hosts(), looks, live))["etcd"]


def test_a_dead_member_does_not_hold_a_worker_back() -> None:
    live = cluster("cp1", "cp2", "cp3")
    live["etcd"]["members"][1].update(healthy=False, error="context deadline exceeded")
    assert plan_create(hosts(), {"w1": look("w1")}, live)["findings"] == []


@pytest.mark.parametrize(
    ("changed", "check", "message"),
    [
        ({"w1": joined("w1", ca_hash=OTHERS)}, "other-cluster", "w1: it belongs to another cluster"),
        ({"w1": joined("w1", role="control_plane")}, "role", "it is a control plane of this cluster"),
        ({"w1": look("w1")}, "name-taken", "the cluster has a Node w1, and this host is new"),
        ({"cp2": joined("cp2", role="worker")}, "half-control-plane", "cp2: it is a control plane"),
    ],
)
def test_hosts_that_do_not_fit(changed: dict, check: str, message: str) -> None:
    plan = plan_create(hosts(), {**NODES, **changed}, cluster(*ALL))
    (said,) = found(plan).items()
    assert said[0] == check
    assert message in said[1]
    assert plan["steps"][next(iter(changed))] == ""


@pytest.mark.parametrize(
    ("live", "check", "message"),
    [
        (
            {"kubernetes_version": "v1.36.3"},
            "other-kubernetes-version",
            "Versions are changed by playbooks/bare_metal/upgrade",
        ),
        (
            {"endpoint": "old.example.org:6443"},
            "other-endpoint",
            "the cluster has old.example.org:6443, which cannot be changed",
        ),
        ({"pod_subnet": "10.1.0.0/16"}, "other-pod-subnet", "cannot be changed"),
        ({"name": "kubernetes"}, "other-cluster-name", "the cluster has kubernetes"),
    ],
)
def test_an_inventory_that_asks_for_another_cluster(live: dict, check: str, message: str) -> None:
    there = cluster(*ALL)
    there["cluster"].update(live)
    assert message in found(plan_create(hosts(), NODES, there))[check]


def test_nodes_that_nobody_knows() -> None:
    live = cluster(*ALL, "w2")
    assert "does not know: w2" in found(plan_create(hosts(), NODES, live))["unknown-nodes"]


def test_a_kubelet_that_an_upgrade_has_to_move() -> None:
    live = cluster("cp1", "cp2", "cp3")
    live["nodes"].append(node("w1", kubelet_version="v1.34.4"))
    assert "its kubelet is v1.34.4" in found(plan_create(hosts(), NODES, live))["other-kubelet"]


def test_the_table() -> None:
    looks = {**NEW, "w1": {"unreachable": "No route to host"}}
    plan = plan_create(hosts(), {name: NEW[name] for name in ("cp1", "cp2", "cp3")}, {})
    lines = lines_of(hosts(), looks, plan, {})
    assert lines[0] == "cluster site at api.example.org:6443, Kubernetes v1.35.4: there is none yet"
    assert lines[2].split("  ")[0] == "cp1"
    assert lines[2].endswith("begin the cluster (kubeadm init)")
    assert "(not reached)" in lines[5]


def test_the_head_of_a_live_cluster() -> None:
    plan = plan_create(hosts(), NODES, cluster(*ALL))
    head = lines_of(hosts(), NODES, plan, cluster(*ALL))[0]
    assert head.endswith("served by cp1, 4 nodes, etcd can lose 1 members")
