# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a person reads before etcd goes back to a snapshot. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_restore import Tried, ago, control_planes_of
from ._bare_metal_table import line_of
from ._bare_metal_wish import Host

FEW = 5  # names in a line


def restore_lines(hosts: Sequence[Host], looks: Looks, plan: Mapping[str, Any], tried: Tried) -> list[str]:
    """The snapshot, what is lost, one line a control plane, and findings."""
    names = control_planes_of(hosts)
    where = f"{plan['host'] or 'the controller'}:{plan['path'] or '(none)'}"
    head = f"cluster {hosts[0]['cluster_name']}: etcd of {', '.join(names)} goes back to {where}"
    if plan["goes_on"]:
        head = f"{head}; goes on with {plan['token']}"
    rows = [_row(name, looks.get(name, {}), plan) for name in names]
    return [head, *snapshot_lines(tried), *_lost(tried), *rows, *map(line_of, plan["findings"])]


def recover_lines(hosts: Sequence[Host], looks: Looks, plan: Mapping[str, Any], path: str) -> list[str]:
    """Which host begins, what the others do, and findings."""
    head = f"cluster {hosts[0]['cluster_name']} at {hosts[0]['endpoint']}: recovered from {path or '(no snapshot)'}"
    rows = []
    for name in control_planes_of(hosts):
        begins = name == plan["begins"] and plan["has_work"]
        state = _state(looks.get(name, {}))
        rows.append(f"{name}  {state}  {'gets the data, kubeadm init' if begins else 'joins where it is missing'}")
    return [head, *rows, *map(line_of, plan["findings"])]


def snapshot_lines(tried: Tried) -> list[str]:
    """What was found in the snapshot; nothing where it has not been tried yet."""
    if not tried:
        return []
    facts, cluster = tried["snapshot"], tried["cluster"]
    when = (
        f"taken {facts['taken']}, {ago(facts['age'])}" if facts["taken"] else "its name does not tell when it was taken"
    )
    name = f"{cluster['name']} {cluster['kubernetes_version']}" if cluster["name"] else "(encrypted)"
    size = f"{tried['objects']} objects, {facts['size'] >> 10} KiB"
    return [
        f"snapshot: {when}; revision {facts['revision']}, {size}, restored and read",
        f"holds: cluster {name}, nodes {', '.join(tried['nodes'])}",
    ]


def drill_lines(plan: Mapping[str, Any], tried: Tried) -> list[str]:
    """What a drill found, and how old the cluster would be."""
    if not tried:
        return []
    most = sorted(tried["resources"].items(), key=lambda entry: (-entry[1], entry[0]))[:FEW]
    kinds = ", ".join(f"{count} {name}" for name, count in most)
    where = f"{plan['host'] or 'the controller'}:{plan['path']}"
    found = [where, *snapshot_lines(tried), f"objects: {kinds}, and others; {len(tried['resources'])} resources"]
    live = tried["live"]
    if live:
        behind = f"{live['revision'] - tried['snapshot']['revision']} revisions"
        since = f"{live['gone_count']} more, {live['back_count']} less"
        found.append(f"the cluster is {behind} further; objects since: {since}")
    return [*found, "Nothing of the drill is left, and no cluster was touched."]


def _lost(tried: Tried) -> list[str]:
    if not tried:
        return []
    live = tried["live"]
    since = f"All that was written since {tried['snapshot']['taken'] or 'it was taken'} is lost"
    if not live:
        return [f"now: etcd does not answer, what it holds cannot be compared. {since}."]
    lines = [
        f"now: revision {live['revision']}. {since}: {live['revision'] - tried['snapshot']['revision']} revisions."
    ]
    for side, word in (("gone", "will be gone"), ("back", "will come back")):
        count, shown = live[f"{side}_count"], live[side][:FEW]
        if count:
            more = f", and {count - len(shown)} more" if count > len(shown) else ""
            lines.append(f"{count} object{'s' if count > 1 else ''} {word}: {', '.join(shown)}{more}")
    return lines


def _row(name: str, look: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    restore = look.get("restore") or {}
    if not plan["has_work"]:
        doing = "has been restored from it, stays as it is"
    elif (restore.get("open") or {}).get("placed"):
        doing = "restored, starts"
    else:
        doing = "stops, keeps its data aside, is restored, starts"
    return f"{name}  {_state(look)}  {doing}"


def _state(look: Mapping[str, Any]) -> str:
    node = look.get("node")
    if not node:
        return "not reached"
    return "serves" if node["api"]["ready"] else "holds data, does not serve" if node["etcd_data"] else "empty"
