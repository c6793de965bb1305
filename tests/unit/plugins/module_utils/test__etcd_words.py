# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_words import (
    alarms_of,
    members_of,
    quorum_of,
    snapshot_status_of,
    with_health,
    with_status,
)
from fake_host import stdout


def looked(members: str, health: str, status: str) -> list[dict]:
    return with_status(with_health(members_of(stdout(members)), stdout(health)), stdout(status))


def test_three_healthy_voters_by_name() -> None:
    members = looked("member-list-1.35.4", "endpoint-health-1.35.4", "endpoint-status-1.35.4")
    assert [m["name"] for m in members] == ["cp1", "cp2", "cp3"]
    assert all(m["healthy"] and m["started"] and not m["learner"] for m in members)
    assert [m["leader"] for m in members] == [True, False, False]
    assert {m["version"] for m in members} == {"3.6.6"}
    assert members[0]["quota"] == 2147483648
    assert quorum_of(members) == {"voters": 3, "healthy": 3, "needed": 2, "spare": 1}


def test_ids_are_hexadecimal_and_exact_beyond_53_bits() -> None:
    ids = {m["name"]: m["id"] for m in members_of(stdout("member-list-1.36.3"))}
    assert int(ids["cp2"], 16) == 17380124758076022790


def test_a_learner_that_never_started_has_no_name_and_no_false_fields() -> None:
    member = members_of(stdout("member-list-learner-unstarted"))[0]
    assert (member["name"], member["started"], member["learner"]) == ("", False, True)
    assert (member["id"], member["client_urls"]) == ("77369251bb177250", [])


def test_a_dead_member_is_not_healthy_and_has_no_status() -> None:
    members = looked("member-list-one-dead", "endpoint-health-one-dead", "endpoint-status-one-dead")
    dead = members[2]
    assert (dead["name"], dead["healthy"], dead["error"]) == ("cp3", False, "context deadline exceeded")
    assert (dead["version"], dead["leader"]) == (None, False)
    assert quorum_of(members) == {"voters": 3, "healthy": 2, "needed": 2, "spare": 0}


def test_no_alarm_is_an_absent_field() -> None:
    assert alarms_of(stdout("alarm-list-1.36.3"), []) == []


def test_an_alarm_names_its_member() -> None:
    members = members_of(stdout("member-list-1.35.4"))
    text = '{"alarms":[{"memberID":7989024851950644792,"alarm":1},{"memberID":5,"alarm":2}]}'
    assert alarms_of(text, members) == [{"member": "cp3", "alarm": "NOSPACE"}, {"member": "5", "alarm": "CORRUPT"}]


def test_a_good_snapshot() -> None:
    found = snapshot_status_of(stdout("snapshot-status-1.36.3"))
    assert (found["revision"], found["total_keys"], found["storage_version"]) == (3433, 945, "3.6.0")


def test_no_output_is_an_error_that_names_the_program() -> None:
    with pytest.raises(Failed, match="etcdutl snapshot status printed no JSON: nothing"):
        snapshot_status_of(stdout("snapshot-status-truncated-1.36.3"))


def test_an_alarm_makes_no_member_unhealthy() -> None:
    """etcdctl says so of all of them; they answer and vote all the same."""
    members = members_of(stdout("member-list-1.36.3"))
    said = stdout("endpoint-health-1.36.3").replace(
        '"health": true', '"health": false, "error": "Active Alarm(s): NOSPACE"'
    )
    assert said.count("NOSPACE") == 3
    assert [(member["healthy"], member["error"]) for member in with_health(members, said)] == [(True, "")] * 3
