# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_failed import (
    address_of,
    can_drain,
    lines_of,
    plan_repair,
    plan_replace,
)
from bare_metal_world import OTHERS, cluster, host, hosts, joined, look, member, node

ALL = ("cp1", "cp2", "cp3", "w1")
DEAD = {"healthy": False, "error": "context deadline exceeded"}
GONE = {"unreachable": "no route to host"}
QUORUM = {"voters": 3, "healthy": 2, "needed": 2, "spare": 0}


def live(**of_cp1: Any) -> dict:
    """The cluster as cp2 shows it, with a member cp1 in this state; None: it is not there."""
    found = cluster(*ALL, source="cp2")
    found["etcd"]["members"][0].update(of_cp1)
    found["etcd"]["quorum"] = QUORUM
    return found


def serving(name: str = "cp1", **values: Any) -> dict:
    """A control plane that works."""
    api = {"server": f"https://{name}:6443", "ready": True, "version": "v1.35.4", "message": ""}
    return joined(name, **{"api": api, "manifests": ["etcd", "kube-apiserver"], "kubelet_active": True, **values})


def checks(findings: list) -> dict[str, str]:
    return {found["check"]: found["message"] for found in findings}


@pytest.mark.parametrize(
    ("seen", "of_cp1", "step"),
    [
        (serving(), {}, "member"),
        (GONE, DEAD, "take_out"),
        (look("cp1"), DEAD, "replace"),  # a new disk, the old name and address
        (joined("cp1"), DEAD, "replace"),  # up, with the old state
        (joined("cp1", traces=["/etc/kubernetes/manifests/etcd.yaml"]), {"learner": True, **DEAD}, "replace"),
        (serving(etcd_data=False, manifests=["kube-apiserver"]), DEAD, "replace"),
        (serving(), {"learner": True, "healthy": False, "error": "rpc not supported for learner"}, "replace"),
        (serving(kubelet_active=False), {}, "member"),  # Ready for 40 s more
    ],
)
def test_what_it_takes_to_replace(seen: dict, of_cp1: dict, step: str) -> None:
    assert plan_replace(hosts(), "cp1", seen, live(**of_cp1)) == (step, [])


def test_the_order_of_the_inventory_means_nothing() -> None:
    assert plan_replace(hosts("w1", "cp3", "cp1", "cp2"), "cp1", GONE, live(**DEAD)) == ("take_out", [])


def test_one_that_an_earlier_run_took_out_is_joined() -> None:
    found = cluster("cp2", "cp3", "w1", source="cp2")
    assert plan_replace(hosts(), "cp1", look("cp1"), found) == ("replace", [])
    assert plan_replace(hosts(), "cp1", GONE, found) == ("take_out", [])


def test_a_dead_kubelet_makes_a_control_plane_fail() -> None:
    found = live()
    found["nodes"][0]["ready"] = False
    assert plan_replace(hosts(), "cp1", serving(kubelet_active=False), found)[0] == "replace"
    assert plan_replace(hosts(), "cp1", serving(), found)[0] == "member"  # its kubelet works at it


def test_one_that_lives_and_cannot_be_reached_is_not_dead() -> None:
    step, findings = plan_replace(hosts(), "cp1", GONE, live())
    assert step == ""
    assert "its member of etcd is healthy: it is not dead" in checks(findings)["alive"]


def test_without_quorum_it_is_refused() -> None:
    found = live(**DEAD)
    found["etcd"]["members"][1].update(DEAD)
    step, findings = plan_replace(hosts(), "cp1", GONE, found)
    assert step == ""
    assert "it needs 2. Not healthy: cp2" in checks(findings)["quorum"]
    assert "take it out first: playbooks/bare_metal/reset.yml --limit cp2" in checks(findings)["etcd"]


@pytest.mark.parametrize(
    ("seen", "check"),
    [
        (joined("cp1", ca_hash=OTHERS), "other-cluster"),
        ({**look("cp1"), "host": {**look("cp1")["host"], "cgroup": "v1"}}, "cgroup-v1"),
        ({**look("cp1"), "host": {**look("cp1")["host"], "ports": [6443]}}, "ports"),
        ({**look("cp1"), "host": {**look("cp1")["host"], "swap": [{"device": "/dev/sdb", "mib": 1}]}}, "swap"),
    ],
)
def test_a_host_that_could_not_join_is_refused_before_anything_goes(seen: dict, check: str) -> None:
    step, findings = plan_replace(hosts(), "cp1", seen, live(**DEAD))
    assert (step, list(checks(findings))) == ("", [check])


def test_another_version_is_refused_before_anything_goes() -> None:
    found = live(**DEAD)
    found["cluster"]["kubernetes_version"] = "v1.36.3"
    assert "other-kubernetes-version" in checks(plan_replace(hosts(), "cp1", look("cp1"), found)[1])


def test_a_member_is_found_by_its_name_when_the_new_machine_has_another_address() -> None:
    moved = [host("cp1", ansible_host="192.0.2.99"), *hosts("cp2", "cp3", "w1")]
    assert address_of(moved[0], live(**DEAD)) == "192.0.2.11"
    assert plan_replace(moved, "cp1", look("cp1"), live(**DEAD)) == ("replace", [])
    assert address_of(moved[0], cluster("cp2", "cp3")) == "192.0.2.99"


def test_an_address_of_version_6() -> None:
    found = live(peer_urls=["https://[2001:db8::1]:2380"])
    assert address_of(host("cp1", ansible_host="2001:db8::1"), found) == "2001:db8::1"


def test_pods_are_moved_off_only_where_something_ends_them() -> None:
    assert can_drain(host("cp1"), serving(), live())
    assert not can_drain(host("cp1"), look("cp1"), live())
    assert not can_drain(host("cp1"), GONE, live())


@pytest.mark.parametrize(
    ("seen", "of_cp1", "step"),
    [
        (serving(), {}, "member"),
        (serving(), DEAD, "rejoin"),
        (serving(), {**DEAD, "started": False, "name": "", "learner": True}, "rejoin"),  # killed before it ran
        (serving(manifests=["kube-scheduler"]), {"learner": True, **DEAD}, "rejoin"),
        (
            serving(manifests=["etcd"]),
            {"learner": True, "healthy": False, "error": "etcdserver: rpc not supported for learner"},
            "promote",
        ),
        (joined("cp1", manifests=["etcd"], kubelet_active=True), {}, "serve"),  # killed before the API server was back
    ],
)
def test_what_it_takes_to_repair(seen: dict, of_cp1: dict, step: str) -> None:
    assert plan_repair(hosts(), "cp1", seen, live(**of_cp1)) == (step, [])


def test_a_member_that_a_killed_run_removed_is_added_again() -> None:
    found = live()
    del found["etcd"]["members"][0]
    assert plan_repair(hosts(), "cp1", joined("cp1", kubelet_active=True), found) == ("rejoin", [])


def test_data_that_differs_is_broken_though_it_answers() -> None:
    found = live()
    found["etcd"]["alarms"] = [{"member": "cp1", "alarm": "CORRUPT"}]
    assert plan_repair(hosts(), "cp1", serving(), found)[0] == "rejoin"
    assert plan_replace(hosts(), "cp1", serving(), found)[0] == "replace"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (GONE, "A dead host is replaced: playbooks/bare_metal/replace_control_plane.yml"),
        (look("cp1", kubelet_active=True), "it has no certificates of the cluster: there is more to mend"),
        (joined("cp1", ca_hash=OTHERS), "it belongs to another cluster"),
        (joined("cp1", kubelet_active=False), "its kubelet does not run"),
    ],
)
def test_what_cannot_be_repaired(seen: dict, words: str) -> None:
    step, findings = plan_repair(hosts(), "cp1", seen, live(**DEAD))
    assert step == ""
    assert words in findings[0]["message"]


def test_a_repair_that_would_take_the_quorum_is_refused() -> None:
    found = live(**DEAD)
    found["etcd"]["members"][2].update(DEAD)
    assert "Not healthy: cp3" in checks(plan_repair(hosts(), "cp1", serving(), found)[1])["quorum"]


def test_the_table() -> None:
    found = live(**DEAD)
    found["nodes"] = [node("cp1", ready=False), node("cp2")]
    step, findings = plan_replace(hosts(), "cp1", GONE, found)
    head, _heads, row = lines_of(hosts()[0], GONE, step, findings, found)
    assert head == ("cluster site at api.example.org:6443, seen through cp2: 2 nodes, etcd 2 of 3 healthy, can lose 0")
    assert row.split("  ")[0] == "cp1"
    for word in ("(not reached)", "not Ready", "not healthy", "it joins in a later run"):
        assert word in row


def test_the_table_says_why_not() -> None:
    lines = lines_of(hosts()[0], GONE, "", plan_replace(hosts(), "cp1", GONE, live())[1], live())
    assert lines[-1].startswith("alive: cp1: Ansible cannot reach it")


def test_nobody_of_it_is_known() -> None:
    row = lines_of(
        hosts()[0],
        look("cp1"),
        "replace",
        [],
        cluster("cp2", source="cp2", etcd={**live()["etcd"], "members": [member("cp2")]}),
    )[2]
    assert row.count("none") == 2
