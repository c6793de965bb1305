# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Failed,
    InvalidInput,
    NotFound,
    Refused,
    Unreachable,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_member import ensure_member, read_members
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import ETCD, ETCD_MANIFEST, FakeHost, session, stdout

FILES = {"/etc/kubernetes/manifests/etcd.yaml": ETCD_MANIFEST}
LEARNER = {**ETCD, "member list": "member-list-learner-unstarted"}
STARTED = Ran(0, stdout("member-list-1.36.3").replace('"name": "cp3",', '"name": "cp3", "isLearner": true,'))
DEFAULTS = {"name": None, "member_id": None, "peer_url": None, "timeout": 10}


def ensure(host: FakeHost, *, dry_run: bool = False, **params: object) -> object:
    return ensure_member(session(host, dry_run=dry_run), {**DEFAULTS, **params})


def writes(host: FakeHost) -> list[str]:
    return [command for command in host.commands if "member remove" in command or "member promote" in command]


def test_read() -> None:
    found = read_members(session(FakeHost(ETCD, FILES)), {}).values
    assert (len(found["members"]), found["alarms"], found["quorum"]["spare"]) == (3, [], 1)


def test_a_member_that_never_started_is_removed_by_its_hexadecimal_id() -> None:
    lists = ["member-list-learner-unstarted", "member-list-1.36.3"]
    host = FakeHost({**ETCD, "member list": lists, "member remove": "member-remove"}, FILES)
    outcome = ensure(host, state="absent", peer_url="https://10.77.0.99:2380")
    assert outcome.changed
    assert "member remove 77369251bb177250" in writes(host)[0]


def test_check_mode_removes_nothing() -> None:
    host = FakeHost(LEARNER, FILES)
    assert ensure(host, dry_run=True, state="absent", member_id="77369251bb177250").changed
    assert writes(host) == []


def test_one_that_is_gone_is_no_error() -> None:
    host = FakeHost(ETCD, FILES)
    assert not ensure(host, state="absent", name="cp9").changed
    assert writes(host) == []


def test_one_that_somebody_else_removes_meanwhile_is_no_error() -> None:
    host = FakeHost({**LEARNER, "member remove": "member-remove-missing"}, FILES)
    ensure(host, state="absent", member_id="77369251bb177250")


def test_without_quorum_afterwards_it_is_refused() -> None:
    dead = {"endpoint health": "endpoint-health-one-dead", "member list": "member-list-one-dead"}
    host = FakeHost({**ETCD, **dead}, FILES)
    with pytest.raises(Refused, match=r"Without cp2 .* Not healthy: cp3"):
        ensure(host, state="absent", name="cp2")
    assert writes(host) == []


def test_the_dead_one_may_go() -> None:
    dead = {"endpoint health": "endpoint-health-one-dead", "member list": "member-list-one-dead"}
    host = FakeHost({**ETCD, **dead, "member remove": "member-remove"}, FILES)
    ensure(host, state="absent", name="cp3")
    assert len(writes(host)) == 1


def test_a_voter_has_its_vote() -> None:
    assert not ensure(FakeHost(ETCD, FILES), state="voting", name="cp1").changed


def test_a_learner_gets_its_vote_when_it_has_caught_up() -> None:
    lists = [STARTED, "member-list-1.36.3"]
    host = FakeHost({**ETCD, "member list": lists, "member promote": ["member-promote-not-ready", Ran(0)]}, FILES)
    assert ensure(host, state="voting", name="cp3").changed
    assert len(writes(host)) == 2


def test_a_learner_that_does_not_catch_up() -> None:
    host = FakeHost({**ETCD, "member list": STARTED, "member promote": "member-promote-not-ready"}, FILES)
    with pytest.raises(WaitTimeout, match=r"cp3 .* has not caught up with the leader after 10s"):
        ensure(host, state="voting", name="cp3")


def test_one_that_kubeadm_promoted_meanwhile() -> None:
    done = Ran(1, stderr="Error: etcdserver: can only promote a learner member\n")
    host = FakeHost({**ETCD, "member list": [STARTED, "member-list-1.36.3"], "member promote": done}, FILES)
    assert ensure(host, state="voting", name="cp3").changed


def test_a_learner_that_never_started_cannot_vote() -> None:
    with pytest.raises(Refused, match="cannot vote before it runs"):
        ensure(FakeHost(LEARNER, FILES), state="voting", member_id="77369251bb177250")


def test_nobody_of_that_name_can_vote() -> None:
    with pytest.raises(NotFound, match="no member name cp9; it has cp1"):
        ensure(FakeHost(ETCD, FILES), state="voting", name="cp9")


@pytest.mark.parametrize(
    ("answers", "files", "error", "message"),
    [
        ({}, {}, NotFound, "no etcd member of kubeadm belongs on cp1"),
        ({}, FILES, Failed, "crictl is not installed"),
        ({"crictl ps": Ran(0, '{"containers": []}')}, FILES, Unreachable, "no container of etcd runs on cp1"),
        ({**ETCD, "member list": Ran(1, stderr="context deadline exceeded")}, FILES, Unreachable, "does not list"),
    ],
)
def test_where_etcd_does_not_answer(answers: dict, files: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ensure(FakeHost(answers, files), state="absent", name="cp3")


NEW_URL = "https://10.77.0.99:2380"


def test_a_learner_is_added_and_the_whole_cluster_told() -> None:
    lists = ["member-list-1.36.3", "member-list-learner-unstarted"]
    host = FakeHost({**ETCD, "member list": lists, "member add": "member-add-learner"}, FILES)
    outcome = ensure(host, state="learner", name="cp9", peer_url=NEW_URL)
    assert outcome.changed
    assert f"cp9={NEW_URL}" in outcome.values["initial_cluster"].split(",")
    assert len(outcome.values["initial_cluster"].split(",")) == 4
    assert any(f"member add cp9 --learner --peer-urls={NEW_URL} -w json" in command for command in host.commands)


def test_one_that_is_a_member_is_not_added_twice() -> None:
    host = FakeHost(LEARNER, FILES)
    outcome = ensure(host, state="learner", name="cp9", peer_url=NEW_URL)
    assert not outcome.changed
    assert f"cp9={NEW_URL}" in outcome.values["initial_cluster"]


def test_check_mode_adds_nothing() -> None:
    host = FakeHost(ETCD, FILES)
    assert ensure(host, dry_run=True, state="learner", name="cp9", peer_url=NEW_URL).changed
    assert not [command for command in host.commands if "member add" in command]


def test_a_learner_that_etcd_does_not_take() -> None:
    host = FakeHost({**ETCD, "member add": Ran(1, stderr="Error: etcdserver: too many learner members")}, FILES)
    with pytest.raises(Failed, match=r"did not add cp9 .* too many learner members"):
        ensure(host, state="learner", name="cp9", peer_url=NEW_URL)


def test_a_learner_needs_a_name_and_an_address() -> None:
    with pytest.raises(InvalidInput, match="needs name and peer_url"):
        ensure(FakeHost(ETCD, FILES), state="learner", name="cp9", member_id="99")


def leader_and_others() -> tuple[str, list[str]]:
    members = read_members(session(FakeHost(ETCD, FILES)), {}).values["members"]
    [leader] = [member["name"] for member in members if member["leader"]]
    return leader, [member["name"] for member in members if not member["leader"]]


def moves(host: FakeHost) -> list[str]:
    return [command.rpartition("move-leader ")[2] for command in host.commands if "move-leader" in command]


def test_the_leader_gives_its_lead_away() -> None:
    leader, others = leader_and_others()
    host = FakeHost({**ETCD, "move-leader": Ran(0)}, FILES)
    ensure(host, state="following", name=leader, successor=others[-1])
    ids = {
        member["name"]: member["id"] for member in read_members(session(FakeHost(ETCD, FILES)), {}).values["members"]
    }
    assert moves(host) == [ids[others[-1]]]


def test_check_mode_moves_no_lead() -> None:
    leader, _others = leader_and_others()
    host = FakeHost(ETCD, FILES)
    assert ensure(host, dry_run=True, state="following", name=leader, successor=None).changed
    assert moves(host) == []


def test_who_does_not_lead_follows_already() -> None:
    _leader, others = leader_and_others()
    host = FakeHost(ETCD, FILES)
    assert not ensure(host, state="following", name=others[0], successor=None).changed
    assert moves(host) == []


def test_a_successor_that_cannot_lead() -> None:
    leader, _others = leader_and_others()
    with pytest.raises(Refused, match="leads etcd, and cp9 cannot lead instead; healthy voters beside it"):
        ensure(FakeHost(ETCD, FILES), state="following", name=leader, successor="cp9")


def test_a_lead_that_does_not_move() -> None:
    leader, others = leader_and_others()
    host = FakeHost({**ETCD, "move-leader": Ran(1, stderr="Error: no leader endpoint given")}, FILES)
    with pytest.raises(Failed, match="did not give the lead"):
        ensure(host, state="following", name=leader, successor=others[0])
