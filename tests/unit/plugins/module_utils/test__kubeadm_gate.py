# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_words import (
    alarms_of,
    hashes_of,
    members_of,
    with_health,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_gate import JUDGES, NEEDS, Wanted, unmet
from ansible_collections.capi.lifecycle.plugins.module_utils._node_words import nodes_of
from fake_host import recording, stdout

NODE = {"name": "cp1", "manifests": ["etcd"], "api": {"ready": True, "message": ""}}


def etcd(members: str, health: str, alarms: str = "{}") -> dict:
    found = with_health(members_of(stdout(members)), stdout(health))
    return {"members": found, "alarms": alarms_of(alarms, found)}


def hashes(*of_members: str) -> list[dict]:
    """Of three members: hash, and beside it the revision of the last compaction."""
    told = [entry.split("@") for entry in of_members]
    return [
        {"member": f"cp{number}", "revision": 900, "compact_revision": int(compacted), "hash": found}
        for number, (found, compacted) in enumerate(told, 1)
    ]


def facts(**parts: object) -> dict:
    nodes = nodes_of(recording("nodes-1.36.3")["stdout_json"]["items"])
    healthy = etcd("member-list-1.36.3", "endpoint-health-1.36.3")
    same = hashes_of(stdout("hashkv-1.36.3"), healthy["members"])
    return {
        "problems": {},
        "node": NODE,
        "nodes": nodes,
        "etcd": healthy,
        "etcd_hashes": same,
        "static_pods": [],
        **parts,
    }


def pod(**values: object) -> dict:
    return {
        "name": "etcd-cp1", "component": "etcd", "hash": "new", "running": ["new"], "mirror": "new", "ready": True,
        "settled": False, **values,
    }  # fmt: skip


def test_every_condition_has_its_judge() -> None:
    assert set(JUDGES) == set(NEEDS)


@pytest.mark.parametrize("condition", ["api_ready", "etcd_healthy", "etcd_same", "node_ready", "nodes_ready"])
def test_a_good_cluster(condition: str) -> None:
    assert unmet(facts(), [condition], Wanted("v1.36.3")) == []


@pytest.mark.parametrize(
    ("changed", "condition", "message"),
    [
        (
            {"problems": {"etcd": "no container of etcd runs"}, "etcd": None},
            "etcd_healthy",
            "no container of etcd runs",
        ),
        (
            {"etcd": etcd("member-list-learner-unstarted", "endpoint-health-1.36.3")},
            "etcd_healthy",
            "etcd member 77369251bb177250 (https://10.77.0.99:2380) has never started",
        ),
        (
            {"etcd": etcd("member-list-one-dead", "endpoint-health-one-dead")},
            "etcd_healthy",
            "etcd member cp3 is not healthy: context deadline exceeded",
        ),
        (
            {"etcd": etcd("member-list-1.36.3", "endpoint-health-1.36.3", '{"alarms": [{"memberID": 5, "alarm": 1}]}')},
            "etcd_healthy",
            "etcd member 5 has the alarm NOSPACE",
        ),
        (
            {"node": {**NODE, "api": {"ready": False, "message": "connection refused"}}},
            "api_ready",
            "the API server of cp1 is not ready: connection refused",
        ),
        (
            {"etcd_hashes": hashes("ab12@5", "ab12@5", "cd34@5")},
            "etcd_same",
            "members of etcd hold different data at revision 900: cp1 ab12, cp2 ab12, cp3 cd34",
        ),
        (
            {"etcd_hashes": hashes("ab12@5", "cd34@9", "ab12@5")},
            "etcd_same",
            "members of etcd are at work on a compaction: their data cannot be compared now",
        ),
        ({"nodes": []}, "node_ready", "the cluster has no Node cp1"),
        (
            {"nodes": nodes_of(recording("nodes-one-notready")["stdout_json"]["items"])},
            "nodes_ready",
            "Node cp3 is not Ready: Kubelet stopped posting node status.",
        ),
        (
            {"host": {"kubeadm_running": ["join (pid 7)"]}},
            "kubeadm_idle",
            "kubeadm join (pid 7) still runs on this host",
        ),
        ({}, "static_pods_settled", "the kubelet has not taken up static pod etcd-cp1 yet"),
        ({"static_pods": [pod(running=["old"])]}, "static_pods_settled", "static pod etcd-cp1 is being restarted"),
        ({"static_pods": [pod(running=[])]}, "static_pods_settled", "static pod etcd-cp1 has no running container"),
        ({"static_pods": [pod(ready=False)]}, "static_pods_settled", "static pod etcd-cp1 is not Ready"),
        (
            {"static_pods": [pod(mirror="old")]},
            "static_pods_settled",
            "static pod etcd-cp1 runs, and the API server does not show it yet",
        ),
    ],
)
def test_what_is_missing_is_said(changed: dict, condition: str, message: str) -> None:
    assert unmet(facts(**changed), [condition]) == [message]


def test_a_kubelet_of_another_version() -> None:
    assert unmet(facts(), ["node_ready"], Wanted("v1.36.4")) == ["Node cp1 has kubelet v1.36.3, wanted v1.36.4"]


def test_only_the_nodes_that_are_named() -> None:
    found = facts(nodes=nodes_of(recording("nodes-one-notready")["stdout_json"]["items"]))
    assert unmet(found, ["nodes_ready"], Wanted(nodes=["cp1", "cp2"])) == []
    assert unmet(found, ["nodes_ready"], Wanted(nodes=["cp1", "w7"])) == ["the cluster has no Node w7"]


def test_a_learner_that_runs_has_no_vote_yet() -> None:
    learner = {"name": "cp3", "id": "1", "started": True, "learner": True, "healthy": True, "error": ""}
    assert unmet(facts(etcd={"members": [learner], "alarms": []}), ["etcd_healthy"]) == [
        "etcd member cp3 is a learner, without a vote yet"
    ]


def test_without_quorum_nobody_tells_the_alarms() -> None:
    assert unmet(facts(etcd={"members": [], "alarms": None}), ["etcd_healthy"]) == ["etcd does not tell its alarms"]
