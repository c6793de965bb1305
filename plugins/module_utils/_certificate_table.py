# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The certificates of a cluster as a table: one row a certificate, one column a host. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._bare_metal_table import line_of
from ._bare_metal_wish import Host
from ._certificate_plan import FIRST, Look

KUBELET = "kubelet (renews itself)"
WORDS = {"": "-", FIRST: "first", "gated": "renew"}


def lines_of(
    hosts: Sequence[Host], looks: Mapping[str, Look], plan: Mapping[str, Any], *, days: int, name: str
) -> list[str]:
    """Days that are left; ``!`` behind those that are renewed."""
    asked = [host["name"] for host in hosts if host["name"] in looks]
    told = {host: looks[host] for host in asked if "unreachable" not in looks[host]}
    rows = [["days left", *asked]]
    rows += [[row, *(_cell(told.get(host), row) for host in asked)] for row in _names(told)]
    rows += [["restart", *(_restart(told.get(host)) for host in asked)]]
    rows += [["what will be done", *(WORDS[plan["steps"].get(host, "")] for host in asked)]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return [_head(plan, days, name), *table, *map(line_of, [*plan["notes"], *plan["findings"]])]


def _head(plan: Mapping[str, Any], days: int, name: str) -> str:
    if not plan["has_work"]:
        return f"cluster {name}: no certificate has less than {days} days, nothing is to be done"
    if plan["serves"]:
        return f"cluster {name}: renewed is what has less than {days} days (!), one control plane after the other"
    return f"cluster {name}: the API does not serve; renewed is what has less than {days} days (!), without asking it"


def _names(looks: Mapping[str, Look]) -> list[str]:
    """Certificates first, authorities after them, in kubeadm's order."""
    rows = [row for look in looks.values() for row in look["certificates"]]
    leaves = [row["name"] for row in rows if not row["authority"]]
    authorities = [f"{row['name']} (authority)" for row in rows if row["authority"]]
    return list(dict.fromkeys([*leaves, *authorities, KUBELET]))


def _cell(look: Look | None, name: str) -> str:
    if look is None:
        return "?"
    if name == KUBELET:
        days = look["kubelet"]["days"]
        return "-" if days is None else _days(days)
    row = next((row for row in look["certificates"] if name in (row["name"], f"{row['name']} (authority)")), None)
    if row is None or row["missing"]:
        return "-"
    return f"{_days(row['days'])}{'!' if row['name'] in look['due'] else ''}"


def _days(days: int) -> str:
    return "expired" if days < 0 else str(days)


def _restart(look: Look | None) -> str:
    """Static pods that an earlier run, or somebody else, has left to be restarted."""
    waiting = [*look["parked"], *look["stale"]] if look else []
    return ", ".join(name.removeprefix("kube-") for name in waiting) or "-"
