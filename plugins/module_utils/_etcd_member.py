# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Remove a member of etcd, or give a learner its vote; asked of the member on this node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import Failed, InvalidInput, NotFound, Refused, WaitTimeout
from ._etcd_judge import NOTHING, check_removal, meant, successor_of, words
from ._etcd_manifest import initial_cluster
from ._host import NodeSession
from ._local_etcd import LocalEtcd, local_etcd
from ._outcome import Outcome
from ._wait import duration

INTERVAL = 2.0  # seconds between attempts to promote: a learner first has to catch up with the leader
NOT_IN_SYNC = "in sync with leader"


def read_members(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Members with health, alarms and quorum."""
    return Outcome(values=local_etcd(session.host).look())


def ensure_member(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """``absent``: removed if the quorum allows; ``learner``: added; ``voting``: promoted; ``following``: leads not."""
    etcd = local_etcd(session.host)
    before = etcd.look()
    name = None if params["state"] == "learner" else params["name"]  # it has none before it starts
    member = meant(before["members"], name, params["member_id"], params["peer_url"])
    if params["state"] == "absent":
        return _absent(session, etcd, before, member)
    if params["state"] == "learner":
        return _learner(session, etcd, before, member, params)
    if member is None:
        raise NotFound(
            f"etcd has no member {_marks(params)}; it has {'; '.join(map(words, before['members']))}. {NOTHING}"
        )
    if params["state"] == "following":
        return _following(session, etcd, before, member, params["successor"])
    return _voting(session, etcd, before, member, params["timeout"])


def _following(
    session: NodeSession, etcd: LocalEtcd, before: Mapping[str, Any], member: Mapping[str, Any], name: str | None
) -> Outcome:
    """Only the leader itself takes the wish, so this runs on its node. The only member of all stays the leader."""
    if not member["leader"] or len(before["members"]) == 1:
        return _outcome(before, before)
    successor = successor_of(before["members"], member, name)
    led = [{**other, "leader": other["id"] == successor["id"]} for other in before["members"]]
    if session.dry_run:
        return _outcome(before, {**before, "members": led})
    done = etcd.ctl("move-leader", successor["id"])
    if done.rc:
        raise Failed(
            f"etcd did not give the lead of {words(member)} to {words(successor)}: {done.why}. Run it on "
            f"{member['name']}."
        )
    return _outcome(before, etcd.look())


def _absent(
    session: NodeSession, etcd: LocalEtcd, before: Mapping[str, Any], member: Mapping[str, Any] | None
) -> Outcome:
    if member is None:
        return _outcome(before, before)
    check_removal(before["members"], member)
    if session.dry_run:
        left = [other for other in before["members"] if other["id"] != member["id"]]
        return _outcome(before, {**before, "members": left})
    done = etcd.ctl("member", "remove", member["id"])
    if done.rc and "member not found" not in done.stderr:  # somebody else was faster: that is what was asked for
        raise Failed(f"etcd did not remove {words(member)}: {done.why}")
    return _outcome(before, etcd.look())


def _learner(
    session: NodeSession,
    etcd: LocalEtcd,
    before: Mapping[str, Any],
    member: Mapping[str, Any] | None,
    params: Mapping[str, Any],
) -> Outcome:
    """One that is a member already, voting or not, stays as it is."""
    name, url = params["name"], params["peer_url"]
    if not name or not url:
        raise InvalidInput("state learner needs name and peer_url of the member")
    done = _outcome(before, before)
    if member is None and not session.dry_run:
        added = etcd.ctl("member", "add", name, "--learner", f"--peer-urls={url}", "-w", "json")
        if added.rc:
            raise Failed(f"etcd did not add {name} ({url}) as a learner: {added.why}")
        done = _outcome(before, etcd.look())
    elif member is None:
        new = {"name": "", "id": "(new)", "peer_urls": [url], "learner": True, "started": False, "healthy": False}
        done = _outcome(before, {**before, "members": [*before["members"], new]})
    members = done.values["members"]
    return Outcome(done.before, done.after, {**done.values, "initial_cluster": initial_cluster(members, name, url)})


def _voting(
    session: NodeSession, etcd: LocalEtcd, before: Mapping[str, Any], member: Mapping[str, Any], timeout: int
) -> Outcome:
    if not member["learner"]:
        return _outcome(before, before)
    if not member["started"]:
        raise Refused(
            f"etcd member {words(member)} cannot vote before it runs. {NOTHING} Start etcd on its host, or remove "
            "the member (state: absent) and join the host again."
        )
    if session.dry_run:
        voter = {**member, "learner": False}
        members = [voter if other["id"] == member["id"] else other for other in before["members"]]
        return _outcome(before, {**before, "members": members})
    _promote(session, etcd, member, timeout)
    return _outcome(before, etcd.look())


def _promote(session: NodeSession, etcd: LocalEtcd, member: Mapping[str, Any], timeout: int) -> None:
    began = session.clock.now()
    while True:
        done = etcd.ctl("member", "promote", member["id"])
        if done.rc == 0 or ("can only promote a learner member" in done.stderr and NOT_IN_SYNC not in done.stderr):
            return  # the second: kubeadm promoted it in the meantime
        waited = session.clock.now() - began
        if NOT_IN_SYNC not in done.stderr:
            raise Failed(f"etcd did not give {words(member)} its vote: {done.why}")
        if waited >= timeout:
            raise WaitTimeout(
                f"etcd member {words(member)} has not caught up with the leader after {duration(waited)}. It goes on "
                "by itself; run the same command again to go on waiting."
            )
        session.clock.sleep(INTERVAL)


def _outcome(before: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
    sides = [{words(member): _mark(member) for member in side["members"]} for side in (before, after)]
    return Outcome(sides[0], sides[1], {"members": after["members"], "quorum": after["quorum"]})


def _mark(member: Mapping[str, Any]) -> str:
    return f"{member['id']}, leads" if member.get("leader") else str(member["id"])


def _marks(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{mark} {params[mark]}" for mark in ("name", "member_id", "peer_url") if params[mark])
