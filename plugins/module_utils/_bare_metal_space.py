# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The table of what fills the disks of hosts, and what would go. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEADS = ("host", "fullest", "used", "free", "images", "copies", "journal")
MIB = 1 << 20


def lines_of(seen: Sequence[tuple[str, Mapping[str, Any]]], etcd: Mapping[str, Any] | None, percent: int) -> list[str]:
    """One line a host with what would go; one a member of etcd. ``etcd`` is empty where nobody could tell."""
    if not seen:
        return _etcd(etcd, percent)
    rows = [HEADS, *(_row(name, found) for name, found in seen)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return [*table, *_etcd(etcd, percent)]


def _row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    if "places" not in found:
        return (name, "(not reached)", "-", "-", "-", "-", "-")
    place = max(found["places"], key=lambda place: (found["places"][place]["used_percent"], len(place)))
    usage = found["places"][place]
    kinds = (_sum(found["found"].get(kind, {})) for kind in ("images", "copies", "journal"))
    return (name, place, f"{usage['used_percent']}%", f"{usage['free_mib']} MiB", *kinds)


def _sum(sizes: Mapping[str, int]) -> str:
    return f"-{sum(sizes.values()) // MIB} MiB" if sizes else "-"


def _etcd(etcd: Mapping[str, Any] | None, percent: int) -> list[str]:
    if not etcd:
        return ["etcd: no control plane tells of it now; it is asked again when there is room"]
    alarms = [f"alarm {alarm['alarm']} of {alarm['member']}" for alarm in etcd["alarms"] or []]
    lines = [f"etcd {member['name'] or member['id']}: {_member(member)}" for member in etcd["members"]]
    what = "compact, defragment all members, take the alarm off" if alarms else f"defragment what is {percent}% empty"
    return [*lines, f"etcd: {', '.join(alarms) or 'no alarm'}: {what}"]


def _member(member: Mapping[str, Any]) -> str:
    if not member.get("db_size"):
        return f"not healthy: {member['error'] or 'it did not answer'}"
    size, used, quota = (round((member[key] or 0) / MIB) for key in ("db_size", "db_size_in_use", "quota"))
    return f"{size} MiB of {quota} MiB, {used} MiB in use"
