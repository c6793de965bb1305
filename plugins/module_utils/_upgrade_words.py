# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an operator reads of an upgrade: the plan, one line a change, where it stands, the summary. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from ._fields import value_at, version_at
from ._objects import Object, condition, dig, is_deleting, listed, name_of
from ._parts import Parts, is_managed
from ._plan import NAMELESS, UNTOLD, Plan, PlannedStep
from ._progress import Progress, key_of, machine_is_ready, machine_trouble, ready_in, wanted_replicas, why_stuck
from ._rollout import cannot_tell, control_plane_missing, pool_missing
from ._upgrade_sight import Decision, Done, Step, Waiting
from ._upgrade_wish import UpgradeWish, chosen, short_name, title_of_owner

_MOST_NAMES = 6
# Reasons of the Deleting condition of a Machine (CAPI, api/core/v1beta2/machine_types.go), in the order of a deletion.
_STEPS = {
    "WaitingForPreDrainHook": "waits for the pre-drain hook",
    "WaitingForVolumeDetach": "waits for volumes to be detached",
    "WaitingForPreTerminateHook": "waits for the pre-terminate hook",
    "WaitingForInfrastructureDeletion": "its infrastructure is deleted",
    "WaitingForBootstrapDeletion": "its bootstrap data is deleted",
    "DeletingNode": "its Node is deleted",
}


def plan_lines(plan: Plan, wish: UpgradeWish) -> Iterator[str]:
    """The plan as a table, one row a step; short where there are many machines."""
    if plan.waits_for:
        yield f"{wish.title}: waits first for: {plan.waits_for}"
    for number, step in enumerate(plan.steps, 1):
        yield f"{wish.title}: step {number}/{len(plan.steps)}  {_row(step)}"
    if plan.steps:
        total = sum(s.replaced for s in plan.steps)
        spare = f", at most {plan.spare} more than usual at once" if plan.spare else ""
        yield f"{wish.title}: {total} machines will be replaced{spare}{_estimate(plan)}"
    if plan.behind:
        yield f"{wish.title}: left as they are: {', '.join(plan.behind)}"


def watch(parts: Parts, wish: UpgradeWish, decision: Decision, now: datetime) -> Progress:
    """One look in one line: how far what rolls has come, and which machine it waits for."""
    rolling = [_standing(parts, o) for o in _rolling(parts, wish)]
    why = decision.why if isinstance(decision, Waiting) else ""
    words = ", ".join(rolling) or why or standing(parts)
    moving = _moving(parts, now) if isinstance(decision, Waiting) else ""
    message = f"{wish.title}: {words}" + (f" · {moving}" if moving else "")
    stuck = why_stuck(parts, [why] if why else [])
    return Progress(not isinstance(decision, Waiting), message, key_of(parts), stuck, {"waits_for": why} if why else {})


def step_line(step: Step, wish: UpgradeWish, machines: int) -> str:
    what = f", {machines} machines" if machines else ""
    return f"{wish.title}: {step.title}: {'; '.join(step.reasons)}{what}"


def standing(parts: Parts) -> str:
    """Where every part of the cluster is now: ``control plane 3/3 at v1.35.4, workers md-0 4/5 at v1.34.3``."""
    return ", ".join(_standing(parts, owner) for owner in parts.owners[1:]) or "no machines yet"


def stands_after(parts: Parts, decision: Decision | None) -> str:
    """For the end of a run that failed: what was seen last, what is safe, how to go on."""
    moving = "nothing rolls" if isinstance(decision, Done) else "what rolls goes on by itself"
    return (
        f"It stands so: {standing(parts)}; {moving}. Nothing was rolled back, and nothing is: versions only go up. The "
        "cluster can be left as it is; to go on, run the same command again."
    )


def summary(wish: UpgradeWish, was: str, done: Done, parts: Parts, work: str) -> str:
    """The end of a run: from, to, and ``work``: how long it took and what it replaced."""
    plane = parts.control_plane
    now = str(value_at(plane, version_at(plane))) if plane else "?"
    change = f"{was} -> {now}" if was != now else f"at {now}"
    left = f"; left as they are: {listed(list(done.behind))}" if done.behind else ""
    paused = "; the node pools are for the next run" if done.paused else ""
    silent = [title_of_owner(p, wish.name) for p in chosen(parts, wish) if cannot_tell(parts, p)]
    untold = f"; of {listed(silent)} {UNTOLD}" if silent else ""
    return f"{wish.title}: {change} in {work}{left}{paused}{untold}"


def replaced_words(replaced: int, plan: Plan) -> str:
    """Those that have names were counted; the nodes of a pool without Machines are as many as the plan says."""
    nodes = sum(s.replaced for s in plan.steps if s.note in (UNTOLD, NAMELESS))
    planned = sum(s.replaced for s in plan.steps) - nodes
    others = f" besides {nodes} nodes that are no Machines" if nodes else ""
    return f"{replaced} machines replaced" + ("" if replaced == planned else f" (planned: {planned})") + others


def _row(step: PlannedStep) -> str:
    names = listed(list(step.machines), _MOST_NAMES)
    again = step.replaced - len(step.machines)
    if again and step.note not in (UNTOLD, NAMELESS):
        names += f"{' and ' if names else ''}{again} that steps before have made"
    why = "; ".join(r for r in step.reasons if not r.startswith("version ")) or ""
    version = step.version if step.was == step.version else f"{step.was} -> {step.version}"
    parts = [
        f"{step.title:<20} {version}",
        f"{step.replaced} machines: {names}".rstrip(": ") if step.replaced else "",
        why,
        step.note,
    ]
    return "; ".join(p for p in parts if p)


def _estimate(plan: Plan) -> str:
    if not plan.seconds:
        return ""
    minutes = max(1, round(plan.seconds / 60))
    return f"; about {minutes} min, by how long its machines took to come up before"


def _rolling(parts: Parts, wish: UpgradeWish) -> Iterable[Object]:
    plane = parts.control_plane
    if plane and any(control_plane_missing(parts)):
        yield plane
    yield from (p for p in chosen(parts, wish) if any(pool_missing(parts, p)))


def _standing(parts: Parts, owner: Object) -> str:
    version = str(value_at(owner, version_at(owner)))
    if owner is parts.control_plane:
        if is_managed(owner):
            return f"managed control plane at {dig(owner, 'status', 'version') or version}"
        ready = sum(machine_is_ready(m, version) for m in parts.machines_of(None))
        return f"control plane {ready}/{wanted_replicas(owner)} at {version}"
    return f"{short_name(owner, name_of(parts.cluster))} {ready_in(parts, owner)}/{wanted_replicas(owner)} at {version}"


def _moving(parts: Parts, now: datetime) -> str:
    """The machine that goes, or that comes, and how far it is; in few words, since each change of them is a line."""
    going = [m for m in parts.machines if is_deleting(m)]
    if going:
        return f"replacing {name_of(going[0])} ({_farewell(going[0], now)})"
    coming = [m for m in parts.machines if machine_trouble(m)]
    coming.sort(key=lambda m: (str(dig(m, "metadata", "creationTimestamp", default="")), name_of(m)))
    return f"starting {name_of(coming[0])} (waits for {machine_trouble(coming[0]).partition(':')[0]})" if coming else ""


def _farewell(machine: Object, now: datetime) -> str:
    """What a machine that is deleted does; the age in minutes, so that it is no news each second."""
    found = condition(machine, "Deleting")
    reason, message = str(found.get("reason", "")), " ".join(str(found.get("message", "")).replace("* ", "").split())
    if found.get("status") != "True" or reason.startswith("Deletion"):
        return "deletion asked for"
    start = dig(machine, "status", "deletion", "nodeDrainStartTime")
    minutes = int((now - datetime.fromisoformat(start.replace("Z", "+00:00"))).total_seconds() // 60) if start else 0
    if reason == "DrainingNode":
        return f"draining{f' for {minutes} min' if minutes else ''}: {message}"
    hooks = re.search(r"hooks: ([^)]*)", message)
    return f"{_STEPS.get(reason, reason)}{f' {hooks[1]}' if hooks else ''}"
