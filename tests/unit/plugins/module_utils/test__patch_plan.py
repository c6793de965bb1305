# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._patch_plan import plan_patch

HOSTS = [
    {"name": name, "node_name": name, "role": "worker" if name.startswith("w") else "control_plane"}
    for name in ("cp1", "cp2", "cp3", "w1")
]
GONE = {"unreachable": "no route to host"}


def look(*updates: str, **more: Any) -> dict[str, Any]:
    rows = [{"name": name, "from": "1", "to": "2"} for name in updates]
    plain = {"kept": [], "dragged": [], "interrupted": False, "reboot_required": False, "reboot_known": True}
    return {"updates": rows, **plain, **more}


def cluster(
    leader: str = "cp1", sick: str = "", budgets: tuple[dict[str, Any], ...] = (), **nodes: dict[str, Any]
) -> dict[str, Any]:
    node = {"ready": True, "message": "", "cordoned": False, "cordoned_by_us": False}
    plain = {"started": True, "learner": False, "error": "timeout", "peer_urls": []}
    return {
        "source": "cp1",
        "cluster": {"name": "site"},
        "nodes": [{"name": host["name"], **node, **nodes.get(host["name"], {})} for host in HOSTS],
        "etcd": {
            "members": [
                {"name": name, "id": name, "leader": name == leader, "healthy": name != sick, **plain}
                for name in ("cp1", "cp2", "cp3")
            ],
            "alarms": [],
            "quorum": {"healthy": 3, "voters": 3},
        },
        "budgets": list(budgets),
    }


def plan(live: dict[str, Any] | None = None, *, reboot: str = "if_required", **looks: Any) -> dict[str, Any]:
    seen = {**{host["name"]: look() for host in HOSTS}, **looks}
    return plan_patch(HOSTS, seen, live or cluster(), reboot=reboot)


def checks(found: dict[str, Any], part: str = "findings") -> list[str]:
    return [finding["check"] for finding in found[part]]


def test_nothing_is_to_be_done() -> None:
    found = plan()
    assert (found["steps"], found["has_work"], checks(found)) == ({}, False, [])
    assert found["table"][-1] == "nothing is to be done"


@pytest.mark.parametrize(
    ("seen", "reboot", "steps"),
    [
        (look("openssl"), "if_required", ["drain", "update"]),
        (look(reboot_required=True), "if_required", ["drain", "reboot"]),
        (look("openssl", reboot_required=True), "if_required", ["drain", "update", "reboot"]),
        (look("openssl", reboot_required=True), "never", ["drain", "update"]),
        (look(reboot_required=True), "never", []),
        (look(), "always", ["drain", "reboot"]),
        (look(interrupted=True), "if_required", ["drain", "end what dpkg began"]),
    ],
)
def test_what_a_host_needs(seen: dict[str, Any], reboot: str, steps: list[str]) -> None:
    assert plan(reboot=reboot, w1=seen)["steps"].get("w1", []) == steps


def test_one_that_a_killed_run_left_empty_takes_pods_again() -> None:
    found = plan(cluster(w1={"cordoned": True, "cordoned_by_us": True}))
    assert found["steps"] == {"w1": ["take pods again"]}


def test_the_leader_is_told() -> None:
    found = plan(cluster(leader="cp2"), cp2=look("openssl"), w1=look("openssl"))
    assert found["leader"] == "cp2"
    assert [line.rstrip() for line in found["table"][:6]] == [
        "cluster site, seen through cp1; etcd 3 of 3 healthy, led by cp2",
        "host  role           updates  reboot  what will be done",
        "cp1   control plane  -        -       -",
        "cp2   control plane  openssl  -       drain, update (last of all)",
        "cp3   control plane  -        -       -",
        "w1    worker         openssl  -       drain, update",
    ]


@pytest.mark.parametrize(
    ("live", "looks", "check"),
    [
        (cluster(cp3={"ready": False, "message": "Kubelet stopped posting node status."}), {}, "node-ready"),
        (cluster(sick="cp3"), {}, "etcd"),
        (cluster(), {"cp3": GONE}, "unreachable"),
        (cluster(), {"cp3": look("curl", dragged=["containerd"])}, "kept-packages"),
    ],
    ids=["node", "member", "host", "package"],
)
def test_what_is_not_safe_is_refused(live: dict[str, Any], looks: dict[str, Any], check: str) -> None:
    assert checks(plan(live, w1=look("openssl"), **looks)) == [check]


def test_a_node_that_is_not_ready_is_nobodys_hindrance_without_work() -> None:
    assert checks(plan(cluster(cp3={"ready": False, "message": "gone"}))) == []


def test_a_host_that_is_no_node() -> None:
    seen = {"w9": look("openssl")}
    hosts = [{"name": "w9", "node_name": "w9", "role": "worker"}]
    assert checks(plan_patch(hosts, seen, cluster(), reboot="never")) == ["no-node"]


def test_what_a_person_shall_know_beforehand() -> None:
    budget = {"namespace": "shop", "name": "cart", "pods": 2, "healthy": 1, "wanted": 2}
    live = cluster(budgets=(budget,), w1={"cordoned": True})
    kept = {"name": "containerd", "from": "1", "to": "2"}
    found = plan(live, reboot="never", cp1=look(reboot_required=True), cp2=look(kept=[kept]), cp3=look(kept=[kept]))
    assert checks(found, "notes") == ["budgets", "cordoned", "reboot", "kept"]
    assert "containerd 2 stays back on cp2, cp3" in found["notes"][-1]["message"]


def test_a_system_that_does_not_tell_whether_it_needs_a_reboot() -> None:
    assert "dnf-utils" in plan(w1=look(reboot_known=False))["notes"][0]["message"]
