# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which etcd member is meant, and whether it may go: the arithmetic of the quorum. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import Refused

Member = Mapping[str, Any]


def meant(members: Sequence[Member], name: str | None, member_id: str | None, peer_url: str | None) -> Member | None:
    """The one member that all given marks fit; None when there is none. Raise Refused when it is not one."""
    found = [
        member
        for member in members
        if (not name or member["name"] == name)
        and (not member_id or member["id"] == member_id.lower())
        and (not peer_url or peer_url in member["peer_urls"])
    ]
    if len(found) > 1:
        raise Refused(f"{len(found)} etcd members fit: {'; '.join(map(words, found))}. Name one by its id.")
    return found[0] if found else None


def check_removal(members: Sequence[Member], member: Member) -> None:
    """Raise Refused when the members that are left would have no quorum of healthy voters.

    Removing a dead member makes the others stronger; removing a healthy one takes a vote away from them.
    """
    left = [other for other in members if other["id"] != member["id"]]
    voters = [other for other in left if not other["learner"]]
    healthy = [other for other in voters if other["healthy"]]
    if not voters:
        raise Refused(f"{words(member)} is the last voting member of etcd: without it there is no cluster. {NOTHING}")
    if len(healthy) < len(voters) // 2 + 1:
        dead = ", ".join(words(other) for other in voters if not other["healthy"])
        raise Refused(
            f"Without {words(member)} etcd has {len(voters)} voting members, and {len(healthy)} of them are healthy; "
            f"it needs {len(voters) // 2 + 1}. Not healthy: {dead}. {NOTHING} Remove or repair those first.",
        )


def successor_of(members: Sequence[Member], leader: Member, name: str | None) -> Member:
    """Who leads instead: the member of this name, or the first that votes and is healthy. Raise Refused without one."""
    able = [other for other in members if other["id"] != leader["id"] and not other["learner"] and other["healthy"]]
    found = [other for other in able if not name or other["name"] == name]
    if not found:
        rest = ", ".join(words(other) for other in able) or "none"
        raise Refused(
            f"{words(leader)} leads etcd, and {f'{name} cannot' if name else 'no other member can'} lead instead; "
            f"healthy voters beside it: {rest}. {NOTHING}"
        )
    return found[0]


def words(member: Member) -> str:
    state = "learner, " if member["learner"] else "" if member["started"] else "never started, "
    return f"{member['name'] or member['id']} ({state}{', '.join(member['peer_urls'])})"


NOTHING = "Nothing was changed."
