# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What moves in a cluster, for how long, and whether it stands still: from one look. Pure.

Nothing of an earlier look is kept, so movement is told by the times that objects carry: when machines were made, when
their deletion was asked for, when conditions changed last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ._describe import is_rolling, moment, waits_for
from ._objects import Object, condition, conditions, dig, name_of
from ._parts import Parts
from ._progress import why_stuck

_MOVES = ("RollingOut", "ScalingUp", "ScalingDown", "Remediating")


def rollout_of(parts: Parts, now: datetime, stall_timeout: float) -> dict[str, Any] | None:
    """What moves and since when; None for a cluster in which nothing does. Seconds throughout."""
    moving = list(_moving(parts))
    if not moving and not is_rolling(parts):
        return None
    since, last = _began(parts, moving), max(_times(parts), default=None)
    still = _seconds(last, now)
    stuck = still is not None and still >= stall_timeout
    return {
        "what": [f"{kind} {owner['kind']} {name_of(owner)}" for kind, owner in moving],
        "since": since,
        "seconds": _seconds(since, now),
        "still": still,
        "stuck": stuck,
        "why": why_stuck(parts, waits_for(parts)) if stuck else "",
    }


def _moving(parts: Parts) -> Iterator[tuple[str, Object]]:
    """The conditions that say so, of control plane and node pools: those of the Cluster repeat them."""
    for owner in parts.owners[1:] or parts.owners:
        for kind in _MOVES:
            if condition(owner, kind).get("status") == "True":
                yield kind, owner


def _began(parts: Parts, moving: list[tuple[str, Object]]) -> str | None:
    """When the first of the conditions became true; else when the first machine was made that is as wanted now."""
    told = [str(condition(owner, kind).get("lastTransitionTime") or "") for kind, owner in moving]
    made = [str(dig(m, "metadata", "creationTimestamp")) for m in parts.machines if _is_new(m)]
    return min(filter(None, told), default=None) or min(made, default=None)


def _is_new(machine: Object) -> bool:
    return condition(machine, "UpToDate").get("status") == "True"


def _times(parts: Parts) -> Iterator[str]:
    """Times of Kubernetes are in UTC, so they sort as texts."""
    for machine in parts.machines:
        yield str(dig(machine, "metadata", "creationTimestamp"))
        if dig(machine, "metadata", "deletionTimestamp"):
            yield str(dig(machine, "metadata", "deletionTimestamp"))
    for item in (*parts.owners, *parts.machines):
        yield from (str(c["lastTransitionTime"]) for c in conditions(item) if c.get("lastTransitionTime"))


def _seconds(text: str | None, now: datetime) -> int | None:
    return max(0, int((now - moment(text)).total_seconds())) if text else None
