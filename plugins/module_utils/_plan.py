# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an upgrade will do, machine by machine, before it starts. Pure.

The plan asks the same next_step as the run, for objects on which each step is done at once: so the two cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from ._fields import value_at, version_at
from ._imagined import after_roll, after_topology, at_rest, is_imagined, rolls, stays
from ._objects import Object, condition, dig, name_of
from ._parts import POOL_KINDS, Parts
from ._progress import wanted_replicas
from ._rollout import cannot_tell, is_on_delete
from ._upgrade_sight import Done, Sight, Step, version_of
from ._upgrade_step import next_step
from ._upgrade_wish import UpgradeWish, short_name
from ._versions import Version

_MOST_WRITES = 1000  # far above any real plan
_CAPI_DECIDES = "Cluster API decides which machines this replaces"
_BY_HAND = "strategy OnDelete: machines are replaced when you delete them"
UNTOLD = "its nodes' versions are not told by this release: look at them, or set workload_access"
NAMELESS = "its nodes are no Machines: they have no names here"
_LONGEST_ROLLOUT = 7200  # seconds; a machine that took longer to come up was stuck, and says nothing of the next one


@dataclass(frozen=True)
class PlannedStep:
    """One owner's part of a step: what it goes to, and the machines that are replaced for it."""

    title: str
    was: str
    version: str
    reasons: tuple[str, ...]
    machines: tuple[str, ...] = ()  # names of those that are there now
    replaced: int = 0  # machines that are replaced, those of earlier steps included
    surge: int = 0
    seconds: int | None = None  # estimate, where an earlier rollout tells
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.title,
            "from": self.was,
            "to": self.version,
            "reasons": list(self.reasons),
            "machines": list(self.machines),
            "replaced": self.replaced,
            "surge": self.surge,
            "seconds": self.seconds,
            "note": self.note,
        }


@dataclass(frozen=True)
class Plan:
    """All that is left to do. ``objects`` are the owners as they will be at the end, new templates included."""

    steps: tuple[PlannedStep, ...] = ()
    waits_for: str = ""  # a rollout that runs already, or what must be well first
    behind: tuple[str, ...] = ()
    paused: bool = False
    spare: int = 0  # machines there at once, above the usual number
    objects: tuple[Object, ...] = ()
    writes: tuple[Step, ...] = field(default_factory=tuple)

    @property
    def machines(self) -> list[str]:
        """Names of the machines that are there now and will be replaced, each once."""
        return list(dict.fromkeys(name for step in self.steps for name in step.machines))

    @property
    def seconds(self) -> int | None:
        known = [s.seconds for s in self.steps]
        return None if None in known else sum(s for s in known if s)

    def as_dict(self) -> dict[str, Any]:
        return {
            "steps": [s.as_dict() for s in self.steps],
            "machines": self.machines,
            "replaced": sum(s.replaced for s in self.steps),
            "spare": self.spare,
            "seconds": self.seconds,
            "waits_for": self.waits_for,
            "left_behind": list(self.behind),
        }


_EMPTY = Plan()


def plan_upgrade(sight: Sight, wish: UpgradeWish, now: datetime | None = None) -> Plan:
    """Every step from here to the end. Raises what next_step raises, for any step on the way.

    With ``now`` also the machines that Cluster API replaces meanwhile, since their certificates end.
    """
    plan = _walked(sight, wish)
    going = _expiring(sight.parts, now) if now else {}
    left = {name: days for name, days in going.items() if name not in plan.machines}
    if not left or not sight.parts.control_plane:
        return plan
    steps = (_renewal(sight.parts, sight.parts.control_plane, left), *plan.steps)
    return replace(plan, steps=steps, spare=_spare(steps, wish))


def _walked(sight: Sight, wish: UpgradeWish) -> Plan:
    first, waiting = sight.parts, ""
    steps: list[PlannedStep] = []
    writes: list[Step] = []
    while len(writes) < _MOST_WRITES:
        found = next_step(sight, wish)
        if isinstance(found, Done):
            return _plan(
                sight, wish, steps, writes, replace(_EMPTY, waits_for=waiting, behind=found.behind, paused=found.paused)
            )
        if isinstance(found, Step):
            writes.append(found)
            sight = _taken(sight, found, wish, first, steps)
            continue
        waiting, rested = waiting or found.why, at_rest(sight)
        steps += _running(sight.parts, rested.parts, wish)
        if rested == sight:
            break
        sight = rested
    return _plan(sight, wish, steps, writes, replace(_EMPTY, waits_for=waiting))


def _plan(sight: Sight, wish: UpgradeWish, steps: list[PlannedStep], writes: list[Step], end: Plan) -> Plan:
    templates = [w.template for w in writes if w.template]
    objects = (*templates, *sight.parts.owners)
    return replace(end, steps=tuple(steps), writes=tuple(writes), objects=objects, spare=_spare(steps, wish))


def _taken(sight: Sight, step: Step, wish: UpgradeWish, first: Parts, steps: list[PlannedStep]) -> Sight:
    """The cluster after a step; what it replaces is added to the steps."""
    owners = list(rolls(sight, step, wish))
    if step.owner["kind"] == "Cluster":
        sight = after_topology(sight, step, wish)
        if not owners:
            steps.append(PlannedStep(step.title, step.was, step.version, step.reasons, note=_CAPI_DECIDES))
    for owner, version in owners:
        live = next(o for o in sight.parts.owners if (o["kind"], name_of(o)) == (owner["kind"], name_of(owner)))
        steps.append(_planned(sight.parts, step, live, version, wish, first))
        sight = after_roll(sight, step.owner if owner is step.owner else live, version, step, wish)
    return at_rest(sight)


def _running(now: Parts, then: Parts, wish: UpgradeWish) -> Iterator[PlannedStep]:
    """Rollouts that run already: the machines that they have still to replace."""
    for owner, after in zip(now.owners[1:], then.owners[1:]):
        going = [m for m in now.machines_of_owner(owner) if not stays(m, after)]
        if going:
            versions = sorted({str(dig(m, "spec", "version")) for m in going})
            reasons = tuple(dict.fromkeys(words for m in going if (words := _why_outdated(m)))) or ("already running",)
            names = tuple(name_of(m) for m in going)
            version = str(value_at(after, version_at(after)))
            yield PlannedStep(
                _title(owner, wish), ", ".join(versions), version, reasons, names, len(names), max_surge(owner)
            )


def _why_outdated(machine: Object) -> str:
    """Cluster API's words for a machine that it is going to replace."""
    told = condition(machine, "UpToDate")
    words = told.get("message") or told.get("reason") if told.get("status") == "False" else ""
    return " ".join(str(words or "").replace("* ", "").split())


def max_surge(owner: Object) -> int:
    """Machines that a rollout of an owner may add; 1 where it does not say."""
    strategy = dig(owner, "spec", "rollout", "strategy") or dig(owner, "spec", "rolloutStrategy")
    strategy = strategy or dig(owner, "spec", "strategy", default={})
    told = dig(strategy, "rollingUpdate", "maxSurge", default=1)
    if isinstance(told, str) and told.endswith("%"):
        return math.ceil(wanted_replicas(owner) * int(told[:-1]) / 100)
    return int(told)


def seconds_a_machine(machines: Iterable[Object]) -> float | None:
    """How long machines took from creation to Ready, the median; None where none tells."""
    found = []
    for machine in machines:
        ready = condition(machine, "Ready")
        made, since = dig(machine, "metadata", "creationTimestamp"), ready.get("lastTransitionTime")
        if ready.get("status") == "True" and made and since:
            took = (_moment(since) - _moment(made)).total_seconds()
            found += [took] if 0 < took < _LONGEST_ROLLOUT else []
    return median(found) if found else None


def _planned(parts: Parts, step: Step, owner: Object, version: Version, wish: UpgradeWish, first: Parts) -> PlannedStep:
    was, there = version_of(owner), parts.machines_of_owner(owner)
    going = [m for m in there if _goes(m, owner, step, str(version))]
    number = (
        len(going) if there or owner["kind"] not in POOL_KINDS else wanted_replicas(owner)
    )  # pools without Machines
    if is_on_delete(owner):
        going, number = [], 0
    surge = max_surge(owner) if number else 0
    of_topology = step.owner["kind"] == "Cluster"
    return PlannedStep(
        title=_title(owner, wish),
        was=str(was),
        version=str(version),
        reasons=(f"version {was} -> {version}",) if of_topology else step.reasons,
        machines=tuple(name_of(m) for m in going if not is_imagined(m)),
        replaced=number,
        surge=surge,
        seconds=_seconds(first.machines_of_owner(owner), number, surge),
        note=_note(parts, owner, nameless=bool(number and not there)),
    )


def _note(parts: Parts, owner: Object, *, nameless: bool) -> str:
    if is_on_delete(owner):
        return _BY_HAND
    if cannot_tell(parts, owner):
        return UNTOLD
    return NAMELESS if owner["kind"] == "MachinePool" and nameless else ""


def _seconds(before: Iterable[Object], number: int, surge: int) -> int | None:
    took = seconds_a_machine(before)
    return None if took is None else round(took * math.ceil(number / max(1, surge)))


def _expiring(parts: Parts, now: datetime) -> dict[str, int]:
    """Control plane machines whose certificates end so soon that they are replaced, and the days that are left.

    A KubeadmControlPlane does that by itself, where it has a number of days (ShouldRolloutBefore of Cluster API).
    """
    spec = dig(parts.control_plane, "spec", default={})
    days = dig(spec, "rollout", "before", "certificatesExpiryDays") or dig(
        spec, "rolloutBefore", "certificatesExpiryDays", default=0
    )
    told = {name_of(m): dig(m, "status", "certificatesExpiryDate") for m in parts.machines_of(None)}
    left = {name: _moment(end) - now for name, end in told.items() if end and days}
    return {name: max(0, time.days) for name, time in left.items() if time < timedelta(days=int(days))}


def _renewal(parts: Parts, plane: Object, left: dict[str, int]) -> PlannedStep:
    version, surge, days = str(value_at(plane, version_at(plane))), max_surge(plane), min(left.values())
    reasons = (f"certificate ends in {days} days",)
    seconds = _seconds(parts.machines_of(None), len(left), surge)
    return PlannedStep("control plane", version, version, reasons, tuple(left), len(left), surge, seconds)


def _title(owner: Object, wish: UpgradeWish) -> str:
    name = short_name(owner, wish.name)
    return name if name == "control plane" else f"node pool {name}"


def _goes(machine: Object, owner: Object, step: Step, version: str) -> bool:
    """Whether the step replaces a machine: for a restart of a control plane only those that are older than its time.

    A MachineDeployment compares the time of its MachineSet (FindNewMachineSet of Cluster API): all machines of an old
    set go, also younger ones. Sets are not read here. The usual one is as old as the last change of the pool, so older
    than the time; if it is younger no machine goes, and the plan has named too many.
    """
    all_go = owner["kind"] in POOL_KINDS or step.template or not step.rollout_after
    if all_go or dig(machine, "spec", "version") != version:
        return True
    return _moment(machine["metadata"]["creationTimestamp"]) < _moment(step.rollout_after)


def _spare(steps: Sequence[PlannedStep], wish: UpgradeWish) -> int:
    """The most machines that are there above the usual number: node pools may roll side by side."""
    most = {title: max(s.surge for s in steps if s.title == title) for title in {s.title for s in steps}}
    plane = most.pop("control plane", 0)
    return max(plane, sum(sorted(most.values(), reverse=True)[: wish.concurrency or 1]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
