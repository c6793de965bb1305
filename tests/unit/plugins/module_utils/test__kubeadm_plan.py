# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_words import (
    members_of,
    quorum_of,
    with_health,
    with_status,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_plan import (
    findings_of,
    is_begun,
    steps_of,
    table_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_words import certificates_of, cluster_of
from ansible_collections.capi.lifecycle.plugins.module_utils._node_words import nodes_of
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version
from fake_host import recording, stdout

TO = parse_version("v1.36.3")
DONE = {"kubernetes_version": "v1.36.3", "kube_proxy_version": "v1.36.3"}


def etcd(members: str = "member-list-1.35.4", health: str = "endpoint-health-1.35.4") -> dict:
    found = with_health(members_of(stdout(members)), stdout(health))
    found = with_status(found, stdout("endpoint-status-1.35.4"))
    return {"members": found, "alarms": [], "quorum": quorum_of(found)}


def facts() -> dict:
    """A cluster of three control planes and a worker at v1.35.4, as recorded."""
    nodes = nodes_of(recording("nodes-1.35.4")["stdout_json"]["items"])
    for node in nodes:
        node["control_plane_version"] = "v1.35.4" if node["control_plane"] else ""
    cluster = cluster_of(recording("kubeadm-config-1.36.3")["stdout_json"])
    return {
        "problems": {},
        "node": {"name": "cp1", "api": {"ready": True, "version": "v1.35.4", "message": ""}},
        "cluster": {**cluster, "kubernetes_version": "v1.35.4", "kube_proxy_version": "v1.35.4"},
        "nodes": nodes,
        "etcd": etcd(),
        "certificates": certificates_of(stdout("certs-1.35.4")),
        "budgets": [],
    }


def at(nodes: list, **versions: str) -> list:
    """Nodes with kubelet (key ``w1``) or static pods (key ``cp1_pods``) of other versions."""
    changed = copy.deepcopy(nodes)
    for node in changed:
        node["kubelet_version"] = versions.get(node["name"], node["kubelet_version"])
        node["control_plane_version"] = versions.get(f"{node['name']}_pods", node["control_plane_version"])
    return changed


def checks(found: dict, target: str = "v1.36.3") -> dict[str, str]:
    return {finding["check"]: finding["message"] for finding in findings_of(found, parse_version(target))}


def order(found: dict) -> list[str]:
    return [f"{step['node']} {step['step']}" for step in steps_of(found, TO)]


def test_a_healthy_cluster_may_go_one_minor_version_up() -> None:
    assert checks(facts()) == {}


def test_control_planes_then_their_kubelets_then_workers() -> None:
    assert order(facts()) == [
        "cp1 control_plane",
        "cp2 control_plane",
        "cp3 control_plane",
        "cp1 kubelet",
        "cp2 kubelet",
        "cp3 kubelet",
        "w1 kubelet",
    ]


def finished() -> dict:
    there = {name: "v1.36.3" for node in ("cp1", "cp2", "cp3", "w1") for name in (node, f"{node}_pods")}
    found = facts()
    return {**found, "nodes": at(found["nodes"], **there), "cluster": {**found["cluster"], **DONE}}


def test_arrived() -> None:
    assert order(finished()) == []
    assert "nothing is to be done" in table_of(finished(), TO, [])[-1]


def test_a_killed_run_goes_on_where_things_stand() -> None:
    found = facts()
    pods = {"cp1_pods": "v1.36.3", "cp2_pods": "v1.35.4/v1.36.3"}
    assert order({**found, "nodes": at(found["nodes"], **pods)})[:2] == ["cp2 control_plane", "cp3 control_plane"]


def test_whether_it_is_under_way() -> None:
    found = facts()
    assert not is_begun(found, TO)
    assert not is_begun(finished(), TO)
    assert is_begun({**found, "nodes": at(found["nodes"], cp1_pods="v1.35.4/v1.36.3")}, TO)
    assert is_begun({**finished(), "nodes": at(finished()["nodes"], w1="v1.35.4")}, TO)


@pytest.mark.parametrize("left", [{"kubernetes_version": "v1.35.4"}, {"kube_proxy_version": "v1.35.4"}])
def test_one_that_was_killed_after_the_last_static_pod(left: dict) -> None:
    found = finished()
    assert order({**found, "cluster": {**found["cluster"], **left}}) == ["cp1 control_plane"]


def test_a_node_that_we_left_cordoned_is_let_back() -> None:
    found = finished()
    found["nodes"][3].update(cordoned=True, cordoned_by_us=True)
    assert order(found) == ["w1 kubelet"]
    assert checks(found) == {}


@pytest.mark.parametrize(
    ("target", "check", "message"),
    [
        ("v1.37.0", "version-skip", "from v1.35.4 to v1.37.0 leaves minor versions out"),
        ("v1.35.3", "version-lower", "v1.35.3 is lower than the live v1.35.4"),
        ("v1.34.9", "version-lower", "only go up"),
        ("v2.0.0", "version-skip", "leaves minor versions out"),
    ],
)
def test_versions_that_are_too_far(target: str, check: str, message: str) -> None:
    assert message in checks(facts(), target)[check]


def test_the_lowest_control_plane_counts() -> None:
    found = facts()
    nodes = at(found["nodes"], cp1_pods="v1.36.3")
    found["node"]["api"]["version"] = "v1.36.3"
    assert "from v1.35.4" in checks({**found, "nodes": nodes}, "v1.37.0")["version-skip"]


def changed(**parts: object) -> dict:
    return {**facts(), **parts}


@pytest.mark.parametrize(
    ("found", "check", "message"),
    [
        (
            changed(nodes=nodes_of(recording("nodes-one-notready")["stdout_json"]["items"])),
            "node-ready",
            "Node cp3 is not Ready: Kubelet stopped posting node status.",
        ),
        (changed(nodes=at(facts()["nodes"], w1="v1.32.1")), "kubelet-skew", "w1 has kubelet v1.32.1"),
        (changed(nodes=at(facts()["nodes"], w1="v1.37.0")), "kubelet-skew", "never newer"),
        (changed(etcd=etcd("member-list-one-dead", "endpoint-health-one-dead")), "etcd", "cp3 is not healthy"),
        (changed(etcd=etcd("member-list-learner-unstarted")), "etcd", "has never started"),
        (
            changed(budgets=[{"namespace": "a", "name": "b", "pods": 2, "healthy": 2, "wanted": 2}]),
            "budgets",
            "PodDisruptionBudget a/b lets none of 2 pods go",
        ),
        (
            changed(
                certificates=[{"name": "apiserver", "days": -1, "expires": "x", "missing": False, "authority": False}]
            ),
            "certificates",
            "certificate apiserver expired on x",
        ),
        (
            changed(certificates=[{"name": "ca", "days": 9, "expires": "x", "missing": False, "authority": True}]),
            "certificates",
            "the authority ca expires in 9 days",
        ),
    ],
)
def test_what_stands_against_it(found: dict, check: str, message: str) -> None:
    assert message in checks(found)[check]


def test_the_cordon_of_somebody_else() -> None:
    found = facts()
    found["nodes"][3]["cordoned"] = True
    assert "w1 is cordoned, and not by a run" in checks(found)["cordoned"]


def test_etcd_that_is_nearly_full() -> None:
    found = facts()
    found["etcd"]["members"][0]["db_size"] = 1900 << 20
    assert "uses 1900 of 2048 MiB" in checks(found)["etcd-full"]


def test_members_of_several_versions() -> None:
    found = facts()
    found["etcd"]["members"][0]["version"] = "3.6.8"
    assert checks(found)["etcd-versions"] == "members of etcd differ: 3.6.6, 3.6.8."


def test_they_differ_while_an_upgrade_is_under_way() -> None:
    found = facts()
    found["etcd"]["members"][0]["version"] = "3.6.8"
    assert checks({**found, "nodes": at(found["nodes"], cp1_pods="v1.36.3")}) == {}


def test_the_table() -> None:
    lines = table_of(facts(), TO, steps_of(facts(), TO))
    assert lines[0] == "cluster kubernetes: v1.35.4 -> v1.36.3, seen through cp1; etcd 3 of 3 healthy, can lose 1"
    assert lines[1] == "1/7  cp1           static pods     v1.35.4 -> v1.36.3"
