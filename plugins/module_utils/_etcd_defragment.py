# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the module etcd_defragment does: give the room of deleted keys back, one member at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import Failed, WaitTimeout
from ._etcd_judge import words
from ._etcd_space import check, check_room, due, is_full, sizes
from ._host import NodeSession
from ._local_etcd import LocalEtcd, local_etcd
from ._outcome import Outcome
from ._wait import duration

INTERVAL = 2.0  # seconds between looks at a member that comes back
GONE = "required revision has been compacted"


def ensure_defragmented(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """No alarm NOSPACE, and no member with more than ``percent`` of its database empty. Never touches WAL or snap."""
    etcd = local_etcd(session.host)
    before = etcd.look()
    check(before)
    members = due(before, params["percent"])
    if not members or session.dry_run:
        return _outcome(before, _imagined(before, members), members)
    if is_full(before):
        _compact(etcd, before, params["timeout"])
    for member in members:
        _defragment(session, etcd, member, params["timeout"])
    if is_full(before):
        check_room(etcd.look())
        _disarm(etcd)
    return _outcome(before, etcd.look(), members)


def _compact(etcd: LocalEtcd, seen: Mapping[str, Any], timeout: int) -> None:
    """Forget what no key holds any more; with --physical it is done when the command ends."""
    revision = max(member["revision"] or 0 for member in seen["members"])
    done = etcd.ctl("compact", str(revision), "--physical", f"--command-timeout={timeout}s", timeout=timeout + 10)
    if done.rc and GONE not in done.stderr:  # the API server was faster
        raise Failed(f"etcd did not compact its history up to revision {revision}: {done.why}")


def _defragment(session: NodeSession, etcd: LocalEtcd, member: Mapping[str, Any], timeout: int) -> None:
    done = etcd.ctl("defrag", f"--command-timeout={timeout}s", timeout=timeout + 10, endpoints=member["client_urls"][0])
    if done.rc:
        raise Failed(
            f"etcd member {words(member)} was not defragmented: {done.why}. It runs as before. It writes its database "
            f"anew, and needs as much room on its disk as is in use: {sizes(member)}."
        )
    began = session.clock.now()
    while etcd.ctl("endpoint", "health", endpoints=member["client_urls"][0]).rc and not _answers(etcd, member):
        waited = session.clock.now() - began
        if waited >= timeout:
            raise WaitTimeout(
                f"etcd member {words(member)} does not answer {duration(waited)} after it was defragmented. The others "
                "were left alone; look at it with crictl logs, then run the same command again."
            )
        session.clock.sleep(INTERVAL)


def _answers(etcd: LocalEtcd, member: Mapping[str, Any]) -> bool:
    """Whether it is well: the alarm that is still on makes etcdctl say otherwise."""
    return any(other["id"] == member["id"] and other["healthy"] for other in etcd.look()["members"])


def _disarm(etcd: LocalEtcd) -> None:
    done = etcd.ctl("alarm", "disarm")
    if done.rc:
        raise Failed(f"etcd did not take the alarm off: {done.why}. Run the same command again.")


def _imagined(before: Mapping[str, Any], members: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    smaller = {member["id"]: {**member, "db_size": member["db_size_in_use"]} for member in members}
    return {**before, "alarms": [], "members": [smaller.get(other["id"], other) for other in before["members"]]}


def _outcome(before: Mapping[str, Any], after: Mapping[str, Any], members: list[Mapping[str, Any]]) -> Outcome:
    """What other members gained meanwhile is no change of ours."""
    touched = {member["id"] for member in members}
    sides = [_side(side, touched) for side in (before, after)]
    values = {"members": after["members"], "alarms": after["alarms"], "defragmented": [m["name"] for m in members]}
    return Outcome(sides[0], sides[1], values)


def _side(etcd: Mapping[str, Any], touched: set[str]) -> dict[str, Any]:
    found = {words(member): sizes(member) for member in etcd["members"] if member["id"] in touched}
    alarms = {f"alarm of {alarm['member']}": alarm["alarm"] for alarm in etcd["alarms"] or []}
    return {**found, **alarms}
