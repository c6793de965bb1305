# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._certificate_plan import plan_renewal
from ansible_collections.capi.lifecycle.plugins.module_utils._certificate_table import lines_of

HOSTS = [
    {"name": name, "node_name": name, "role": role, "address": f"192.0.2.{number}"}
    for number, (name, role) in enumerate(
        [("cp1", "control_plane"), ("cp2", "control_plane"), ("cp3", "control_plane"), ("w1", "worker")], 11
    )
]
GONE = {"unreachable": "no route to host"}


def look(days: int = 300, **more: Any) -> dict[str, Any]:
    leaf = {"name": "apiserver", "days": days, "expires": "2027-01-01T00:00:00Z", "authority": False, "missing": False}
    authority = {**leaf, "name": "ca", "days": 3000, "authority": True}
    due = ["apiserver"] if days < 90 else []
    plain = {"stale": [], "parked": [], "obstacles": [], "kubelet": {"days": 200, "expires": "2027-06-01T00:00:00Z"}}
    return {"certificates": [leaf, authority], "due": due, **plain, **more}


def cluster(*sick: str) -> dict[str, Any]:
    members = [
        {"name": name, "id": name, "started": True, "learner": False, "healthy": name not in sick, "error": "timeout"}
        for name in ("cp1", "cp2", "cp3")
    ]
    return {"etcd": {"members": [{**member, "peer_urls": []} for member in members], "alarms": []}}


def plan(serving: list[str], *, sick: tuple[str, ...] = (), **looks: Any) -> dict[str, Any]:
    seen = {"cp1": look(), "cp2": look(), "cp3": look(), "w1": look(certificates=[]), **looks}
    return plan_renewal(HOSTS, seen, serving, cluster(*sick) if serving else {})


def checks(found: dict[str, Any]) -> list[str]:
    return [finding["check"] for finding in found["findings"]]


def test_nothing_is_due() -> None:
    found = plan(["cp1"])
    assert (found["steps"], found["findings"], found["has_work"]) == ({}, [], False)


def test_one_after_the_other_while_the_cluster_serves() -> None:
    found = plan(["cp1"], cp1=look(10), cp2=look(10), cp3=look(stale=["etcd"]))
    assert found["steps"] == {"cp1": "gated", "cp2": "gated", "cp3": "gated"}
    assert checks(found) == []


@pytest.mark.parametrize("broken", [look(-1), look(parked=["etcd"])], ids=["expired", "manifest away"])
def test_what_is_down_already_comes_first_whatever_etcd_says_of_it(broken: dict[str, Any]) -> None:
    found = plan(["cp1"], sick=("cp3",), cp1=look(10), cp3=broken)
    assert found["steps"] == {"cp1": "gated", "cp3": "first"}
    assert checks(found) == []


def test_another_member_that_is_not_well_stops_it() -> None:
    assert checks(plan(["cp1"], sick=("cp2",), cp1=look(10))) == ["etcd"]


def test_a_member_whose_name_begins_alike_is_another() -> None:
    seen = cluster("cp3")
    [sick] = [member for member in seen["etcd"]["members"] if member["name"] == "cp3"]
    sick["name"] = "cp30"
    assert checks(plan_renewal(HOSTS, {"cp1": look(10), "cp2": look(), "cp3": look(-1)}, ["cp1"], seen)) == ["etcd"]


def test_all_expired_is_renewed_without_the_cluster() -> None:
    found = plan([], cp1=look(-1), cp2=look(-1), cp3=look(-1))
    assert (set(found["steps"].values()), found["serves"], checks(found)) == ({"first"}, False, [])


def test_a_cluster_that_is_down_for_another_reason() -> None:
    assert checks(plan([])) == ["no-control-plane"]


def test_while_it_serves_no_control_plane_is_left_behind() -> None:
    assert checks(plan(["cp1"], cp1=look(10), cp3=GONE)) == ["unreachable"]


def test_without_the_api_a_majority_is_enough_to_get_it_back() -> None:
    assert checks(plan([], cp1=look(-1), cp2=look(-1), cp3=GONE)) == []
    assert checks(plan([], cp1=look(-1), cp2=GONE, cp3=GONE)) == ["unreachable"]


def test_an_authority_elsewhere_is_refused_with_the_reason() -> None:
    found = plan(["cp1"], cp1=look(10, obstacles=["the key of the authority ca is not on this host"]))
    assert checks(found) == ["authority"]
    assert found["findings"][0]["host"] == "cp1"


def test_an_expired_kubelet_is_said_and_on_a_control_plane_refused_while_gates_need_it() -> None:
    late = {"days": -4, "expires": "2026-01-01T00:00:00Z"}
    assert checks(plan(["cp1"], cp1=look(10), cp2=look(10, kubelet=late))) == ["kubelet"]
    assert [note["host"] for note in plan(["cp1"], w1=look(certificates=[], kubelet=late))["notes"]] == ["w1"]
    down = plan([], cp1=look(-1, kubelet=late), cp2=look(-1), cp3=look(-1))
    assert (checks(down), [note["host"] for note in down["notes"]]) == ([], ["cp1"])


def test_an_authority_that_ends_before_what_it_signs() -> None:
    short = look()
    short["certificates"][1]["days"] = 100
    [note] = plan(["cp1"], cp2=short)["notes"]
    assert "the authority ca itself ends in 100 days" in note["message"]


def test_the_table() -> None:
    looks = {"cp1": look(10), "cp2": look(-1), "cp3": look(stale=["kube-scheduler"]), "w1": look(certificates=[])}
    found = plan_renewal(HOSTS, looks, ["cp1"], cluster())
    assert lines_of(HOSTS, looks, found, days=90, name="site") == [
        "cluster site: renewed is what has less than 90 days (!), one control plane after the other",
        "days left                cp1    cp2       cp3        w1",
        "apiserver                10!    expired!  300        -",
        "ca (authority)           3000   3000      3000       -",
        "kubelet (renews itself)  200    200       200        200",
        "restart                  -      -         scheduler  -",
        "what will be done        renew  first     renew      -",
    ]


def test_the_table_of_a_host_that_does_not_answer() -> None:
    looks = {"cp1": look(10), "cp2": GONE}
    found = plan_renewal(HOSTS, looks, ["cp1"], cluster())
    lines = lines_of(HOSTS, looks, found, days=90, name="site")
    assert "apiserver                10!    ?" in lines
    assert lines[-1].startswith("unreachable: cp2 cannot be reached")
