# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_space import check, check_room, due, sizes, slack

MIB = 1 << 20


def member(name: str, size: int, used: int, *, leader: bool = False, healthy: bool = True, quota: int = 2048) -> dict:
    sized = {"db_size": size * MIB, "db_size_in_use": used * MIB, "quota": quota * MIB}
    state = {"id": name, "peer_urls": [], "started": True, "learner": False, "error": "" if healthy else "timed out"}
    return {"name": name, "leader": leader, "healthy": healthy, **sized, **state}


def etcd(*members: dict, alarms: tuple[str, ...] = ()) -> dict:
    return {"members": list(members), "alarms": [{"member": members[0]["name"], "alarm": alarm} for alarm in alarms]}


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (etcd(member("a", 100, 90), member("b", 100, 80)), []),
        (etcd(member("a", 100, 50, leader=True), member("b", 100, 20), member("c", 100, 90)), ["b", "a"]),
        (etcd(member("a", 10, 1)), []),  # too small to be worth a pause
        (etcd(member("a", 100, 99, leader=True), member("b", 100, 99), alarms=("NOSPACE",)), ["b", "a"]),
    ],
)
def test_who_is_made_smaller_the_leader_last(found: dict, names: list[str]) -> None:
    check(found)
    assert [member["name"] for member in due(found, 50)] == names


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (etcd(member("a", 1, 1), member("b", 1, 1, healthy=False)), r"b \(\): timed out. Nothing was changed"),
        (etcd(member("a", 1, 1), alarms=("CORRUPT", "NOSPACE")), "its data differs"),
        ({**etcd(member("a", 1, 1)), "alarms": None}, "no quorum"),
    ],
)
def test_refused_while_a_member_cannot_be_spared(found: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(found)


def test_an_alarm_that_would_come_back() -> None:
    check_room(etcd(member("a", 2000, 2000)))
    with pytest.raises(Failed, match="still as large as its quota: a 2049 MiB of 2048 MiB, 2049 MiB in use"):
        check_room(etcd(member("a", 2049, 2049)))


def test_numbers() -> None:
    assert slack(member("a", 0, 0)) == 0
    assert slack({"db_size": None, "db_size_in_use": None}) == 0
    assert sizes(member("a", 20, 12)) == "20 MiB of 2048 MiB, 12 MiB in use"
