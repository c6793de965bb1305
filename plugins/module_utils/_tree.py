# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A cluster as a text tree, like ``clusterctl describe cluster``: ASCII, at most 120 columns. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._describe import deleting_condition, moment, replicas
from ._objects import Object, condition, dig, is_deleting, listed, name_of
from ._parts import Parts

_WIDTH = 120
_LONGEST_NAME, _LONGEST_REASON = 60, 34
_ALIKE = 3  # so many sibling machines in the same state become one line
_MESSAGE_LINES = 6
_COLUMNS = ("NAME", "READY", "STATUS", "REASON", "SINCE", "MESSAGE")


@dataclass(frozen=True)
class _Row:
    """A line of the tree, and what hangs below it."""

    name: str
    ready: str = ""
    status: str = ""
    reason: str = ""
    since: str = ""
    message: str = ""
    below: Sequence[_Row] = field(default_factory=tuple)


def tree(parts: Parts, now: datetime) -> str:
    """The cluster, its infrastructure, control plane and workers down to the machines; ages counted from ``now``."""
    return "\n".join(_lines(list(_drawn(_cluster(parts, now)))))


def _cluster(parts: Parts, now: datetime) -> _Row:
    cluster = parts.cluster
    below = [_infrastructure(cluster, now), _control_plane(parts, now), _workers(parts, now)]
    name = f"Cluster {dig(cluster, 'metadata', 'namespace')}/{name_of(cluster)}"
    counted = [replicas(owner) for owner in parts.owners[1:]]
    ready = _ready(sum(c["ready"] or 0 for c in counted), sum(c["replicas"] or 0 for c in counted)) if counted else ""
    return _Row(name, ready, *_state(cluster, "Available", now), below=[b for b in below if b])


def _infrastructure(cluster: Object, now: datetime) -> _Row | None:
    ref = dig(cluster, "spec", "infrastructureRef")
    if not ref:
        return None
    return _Row(f"{ref['kind']} {ref['name']}", "", *_spoken(condition(cluster, "InfrastructureReady"), now))


def _control_plane(parts: Parts, now: datetime) -> _Row | None:
    ref, owner = dig(parts.cluster, "spec", "controlPlaneRef"), parts.control_plane
    if not ref:
        return None
    if not owner:
        return _Row(f"{ref['kind']} {ref['name']}", message="gone" if is_deleting(parts.cluster) else "not there yet")
    return _owner(owner, parts.machines_of(None), now)


def _workers(parts: Parts, now: datetime) -> _Row | None:
    pools = [_owner(pool, parts.machines_of(pool), now) for pool in parts.pools]
    owned = {name_of(m) for owner in (None, *parts.pools) for m in parts.machines_of(owner)}
    alone = [_machine(m, now) for m in parts.machines if name_of(m) not in owned]
    return _Row("Workers", below=[*pools, *alone]) if pools or alone else None


def _owner(owner: Object, machines: Sequence[Object], now: datetime) -> _Row:
    counted = replicas(owner)
    ready = "" if counted["replicas"] is None else _ready(counted["ready"] or 0, counted["replicas"])
    version = dig(owner, "spec", "version") or dig(owner, "spec", "template", "spec", "version")
    below = _grouped([_machine(m, now) for m in machines])
    return _Row(_named(owner, version), ready, *_state(owner, "Available", now), below=below)


def _machine(machine: Object, now: datetime) -> _Row:
    name = _named(machine, dig(machine, "spec", "version"))
    status, reason, since, message = _state(machine, "Ready", now)
    outdated = condition(machine, "UpToDate")
    if outdated.get("status") == "False" and not message:
        message = f"to be replaced: {outdated.get('message') or outdated.get('reason')}"
    return _Row(name, "", status, reason, since, message)


def _grouped(rows: Sequence[_Row]) -> list[_Row]:
    """Alike machines (version, status, reason, message) as one line that names them; the order stays by name."""
    alike: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        alike.setdefault((row.name.partition(", ")[2], row.status, row.reason, row.message), []).append(row)
    shown: list[_Row] = []
    for (version, status, reason, message), group in alike.items():
        if len(group) < _ALIKE:
            shown += group
            continue
        names = listed([r.name.split()[1].rstrip(",") for r in group], 3)
        name = f"{len(group)} Machines" + (f", {version}" if version else "")
        shown.append(_Row(name, "", status, reason, group[0].since, message or f"See {names}"))
    return shown


def _state(item: Object, kind: str, now: datetime) -> tuple[str, str, str, str]:
    """Status, reason, since, message of what matters most: deletion before pause before the summary condition."""
    if is_deleting(item):
        _status, reason, _since, message = _spoken(deleting_condition(item), now)
        return ("Deleting", reason, _age(dig(item, "metadata", "deletionTimestamp"), now), message)
    status, reason, since, message = _spoken(condition(item, kind), now)
    if condition(item, "Paused").get("status") == "True":
        message = f"paused. {message}".rstrip()
    return (status, reason, since, message)


def _spoken(found: Mapping[str, Any], now: datetime) -> tuple[str, str, str, str]:
    since = _age(found.get("lastTransitionTime"), now)
    return (str(found.get("status", "")), str(found.get("reason", "")), since, str(found.get("message") or ""))


def _named(item: Object, version: str | None) -> str:
    return f"{item['kind']} {name_of(item)}" + (f", {version}" if version else "")


def _ready(ready: int, wanted: int) -> str:
    return f"{ready}/{wanted}"


def _age(text: str | None, now: datetime) -> str:
    """``84s``, ``12m``, ``5h``, ``3d``."""
    if not text:
        return ""
    seconds = max(0, int((now - moment(text)).total_seconds()))
    for size, unit, limit in ((1, "s", 120), (60, "m", 7200), (3600, "h", 172800)):
        if seconds < limit:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86400}d"


def _drawn(row: _Row, guide: str = "", branch: str = "") -> Iterable[tuple[str, str, _Row]]:
    """Each row with its name behind the branch, and the guide that its message lines continue."""
    hanging = guide + ("| " if row.below else "  ")
    yield (branch + row.name, hanging, row)
    for number, child in enumerate(row.below):
        last = number == len(row.below) - 1
        yield from _drawn(child, guide + ("  " if last else "| "), guide + ("`-" if last else "|-"))


def _lines(rows: Sequence[tuple[str, str, _Row]]) -> list[str]:
    """A message stands in its column where it fits, else below its row, where there is more room."""
    cells = [[_shortened(name, _LONGEST_NAME), *_columns(row)] for name, _guide, row in rows]
    widths = [max(len(line[n]) for line in [list(_COLUMNS), *cells]) for n in range(len(_COLUMNS) - 1)]
    room = _WIDTH - sum(widths) - len(widths)
    lines = [_line(_COLUMNS, widths)]
    for line, (_name, guide, row) in zip(cells, rows):
        message = _plain(row.message)
        beside = message if len(message) <= room and "\n" not in message else ""
        lines.append(_line([*line, beside], widths))
        if not beside:
            lines += [f"{guide}    {text}" for text in _wrapped(message, _WIDTH - len(guide) - 4)]
    return lines


def _columns(row: _Row) -> list[str]:
    return [row.ready, row.status, row.reason[:_LONGEST_REASON], row.since]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths)]
    return " ".join([*padded, cells[-1]]).rstrip()


def _plain(message: str) -> str:
    return message.strip().encode("ascii", "replace").decode()


def _wrapped(message: str, room: int) -> list[str]:
    """The message in lines of ``room`` columns, a few at most."""
    lines = [part for text in message.splitlines() for part in textwrap.wrap(text, room, break_on_hyphens=False)]
    if len(lines) <= _MESSAGE_LINES:
        return lines
    return [*lines[: _MESSAGE_LINES - 1], f"{lines[_MESSAGE_LINES - 1][: room - 4]} ..."]


def _shortened(name: str, limit: int) -> str:
    """Cut in the middle: the end tells machines apart."""
    if len(name) <= limit:
        return name
    tail = limit // 2
    return f"{name[: limit - tail - 3]}...{name[-tail:]}"
