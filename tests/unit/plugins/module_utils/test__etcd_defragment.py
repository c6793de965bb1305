# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, Refused, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_defragment import ensure_defragmented
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import ETCD, ETCD_MANIFEST, FakeHost, recording, session, stdout

FILES = {"/etc/kubernetes/manifests/etcd.yaml": ETCD_MANIFEST}
LEADER, FIRST = 2677674080080550774, "https://10.77.0.11:2379"  # cp1, in the recording
FULL = Ran(0, json.dumps({"alarms": [{"memberID": LEADER, "alarm": 1}]}))
ALARMED = Ran(
    1,
    stdout("endpoint-health-1.36.3").replace('"health": true', '"health": false, "error": "Active Alarm(s): NOSPACE"'),
)
DEFAULTS = {"percent": 50, "timeout": 10}


def status(**sizes: int) -> Ran:
    """Endpoint status with these sizes for every member."""
    found = recording("endpoint-status-1.36.3")["stdout_json"]
    for entry in found:
        entry["Status"].update(sizes)
    return Ran(0, json.dumps(found))


def node(**special: Any) -> FakeHost:
    """What is special comes first; the rest is as recorded."""
    return FakeHost(
        {**special, **{pattern: answer for pattern, answer in ETCD.items() if pattern not in special}}, FILES
    )


WORK = {"compact": Ran(0), "defrag": Ran(0), "alarm disarm": Ran(0)}


def full(**more: Any) -> FakeHost:
    answers = {
        **WORK,
        "endpoint health -w|endpoint health --cluster": ALARMED,
        "endpoint health": Ran(0),
        "alarm list": [FULL, FULL, "alarm-list-1.36.3"],
    }
    return node(**{**answers, **more})


def writes(host: FakeHost) -> list[str]:
    """What was done, and to which endpoint."""
    words = [command.partition("--endpoints ")[2].split() for command in host.commands if "etcdctl" in command]
    done = [(found[0], found[7]) for found in words if found[7] in ("compact", "defrag", "alarm")]
    return [f"{word} {where}" for where, word in done if word != "alarm"] + [
        "disarm" for command in host.commands if "alarm disarm" in command
    ]


def test_nothing_to_do() -> None:
    host = FakeHost(ETCD, FILES)
    outcome = ensure_defragmented(session(host), DEFAULTS)
    assert (outcome.changed, outcome.values["defragmented"], writes(host)) == (False, [], [])


def test_one_after_the_other_the_leader_last() -> None:
    half = status(dbSize=100 << 20, dbSizeInUse=40 << 20)
    small = status(dbSize=40 << 20, dbSizeInUse=40 << 20)
    host = node(**{"defrag": Ran(0), "endpoint status": [half, small]})
    outcome = ensure_defragmented(session(host), DEFAULTS)
    assert outcome.changed
    assert outcome.values["defragmented"] == ["cp2", "cp3", "cp1"]
    assert [line.split()[1] for line in writes(host)] == [f"https://10.77.0.{n}:2379" for n in (12, 13, 11)]


def test_a_full_etcd_takes_writes_again() -> None:
    host = full()
    outcome = ensure_defragmented(session(host), DEFAULTS)
    assert outcome.changed
    assert len(outcome.values["defragmented"]) == 3
    assert writes(host)[0].startswith("compact")
    assert writes(host)[-1] == "disarm"
    assert any("compact 3429 --physical" in command for command in host.commands)


def test_check_mode_touches_nothing() -> None:
    host = full()
    outcome = ensure_defragmented(session(host, dry_run=True), DEFAULTS)
    assert (outcome.changed, len(outcome.values["defragmented"]), writes(host)) == (True, 3, [])


def test_an_alarm_that_would_come_back_stays() -> None:
    host = full(**{"endpoint status": status(dbSize=3 << 30, dbSizeInUse=3 << 30)})
    with pytest.raises(Failed, match="still as large as its quota"):
        ensure_defragmented(session(host), DEFAULTS)
    assert "disarm" not in writes(host)


def test_refused_while_a_member_is_dead() -> None:
    dead = {"endpoint health": "endpoint-health-one-dead", "member list": "member-list-one-dead"}
    host = node(**dead, **WORK)
    with pytest.raises(Refused, match="cp3"):
        ensure_defragmented(session(host), DEFAULTS)
    assert writes(host) == []


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            {"compact": Ran(1, stderr="Error: timed out")},
            "did not compact its history up to revision 3429: Error: timed out",
        ),
        ({"defrag": Ran(1, stderr="no space left on device")}, "was not defragmented: no space left on device"),
        ({"alarm disarm": Ran(1, stderr="Error: timed out")}, "did not take the alarm off"),
    ],
)
def test_what_etcd_does_not_do_is_said(answers: dict, words: str) -> None:
    with pytest.raises(Failed, match=words):
        ensure_defragmented(session(full(**answers)), DEFAULTS)


def test_the_api_server_may_have_compacted_further() -> None:
    done = Ran(1, stderr="Error: etcdserver: mvcc: required revision has been compacted")
    assert ensure_defragmented(session(full(compact=done)), DEFAULTS).changed


def test_the_next_member_waits_for_this_one() -> None:
    half = status(dbSize=100 << 20, dbSizeInUse=40 << 20)
    health = {
        "endpoint health --cluster": ["endpoint-health-1.36.3", "endpoint-health-one-dead"],
        "endpoint health": Ran(1),
    }
    host = node(**{"defrag": Ran(0), "endpoint status": half, **health})
    with pytest.raises(WaitTimeout, match=r"does not answer 10s after it was defragmented. The others were left alone"):
        ensure_defragmented(session(host), {**DEFAULTS, "percent": 50})
    assert len(writes(host)) <= 2
