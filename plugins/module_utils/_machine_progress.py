# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. How far the replacement of one Machine has come: it is gone, and its owner is as wanted again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ._machine_place import Place, hooks_of, uid_of
from ._objects import (
    Object,
    condition,
    content_hash,
    dig,
    is_deleting,
    is_paused,
    listed,
    name_of,
    new_style_status,
    ref_of,
)
from ._progress import Progress, machine_is_ready, machine_trouble, reason_of, wanted_replicas
from ._rollout import control_plane_missing, is_on_delete, pool_missing

_OWN_HOOK = "/kcp-cleanup"  # KubeadmControlPlane takes the etcd member out, then takes it off


@dataclass(frozen=True)
class Old:
    """The Machine that goes, and its kin, as the first look found them; by UID."""

    title: str  # namespace/cluster, for the lines
    name: str
    uid: str
    known: frozenset[str] = frozenset()  # machines of the owner that are no successors
    sick: frozenset[str] = frozenset()  # those of them that were not ready before: not what this run waits for

    @classmethod
    def of(cls, title: str, place: Place) -> Old:
        """A machine that was made after the deletion is a successor already: of a run that was killed."""
        since = place.the_machine["metadata"].get("deletionTimestamp", "")
        before = [m for m in place.machines if not since or m["metadata"].get("creationTimestamp", "") < since]
        sick = [m for m in before if not _is_ready(place, m)]
        return cls(title, name_of(place.the_machine), uid_of(place.the_machine), _uids(before), _uids(sick))

    @classmethod
    def gone(cls, title: str, name: str, uid: str, place: Place) -> Old:
        """One that was gone before: a worker that has a Node and is not ready is not its successor coming up."""
        workers = [] if place.is_control_plane else place.machines
        sick = [m for m in workers if dig(m, "status", "nodeRef", "name") and not _is_ready(place, m)]
        return cls(title, name, uid, _uids(place.machines), _uids(sick))


def owner_missing(place: Place) -> list[str]:
    """What keeps the owner from being as wanted."""
    if place.is_control_plane:
        return list(control_plane_missing(place.seen))
    return list(pool_missing(place.seen, place.owner))


def successors(place: Place, old: Old) -> list[str]:
    """Machines of the owner that came after the old one had to go, oldest first."""
    new = [m for m in place.machines if uid_of(m) not in old.known and uid_of(m) != old.uid]
    new.sort(key=lambda m: (m["metadata"].get("creationTimestamp", ""), name_of(m)))
    return [name_of(m) for m in new]


def judge_machine(place: Place, old: Old) -> Progress:
    """Whether the old Machine is gone, and the owner has what it wants, but for what was not ready before."""
    machine = next((m for m in place.machines if uid_of(m) == old.uid), None)
    if machine is not None:
        return _leaving(place, machine, old)
    missing, new = owner_missing(place), successors(place, old)
    still = [m for m in place.machines if uid_of(m) in old.sick and not _is_ready(place, m)]
    done = not missing or (bool(still) and _rest_is_ready(place, old))
    what = f"{old.title}: Machine {old.name} " + (f"replaced by {listed(new, 3)}" if new else "gone")
    message = f"{what}; {ready_words(place)}"
    if done and still:
        message += f"; not ready before, too: {listed([f'{name_of(m)}: {machine_trouble(m)}' for m in still], 3)}"
    elif not done:
        message += f"; {_slowest(place, new) or missing[0]}"
    return Progress(
        done=done,
        message=message,
        key=_key(place, machine),
        stuck=_blocked(place) or _slowest(place, new) or next(iter(missing), ""),
        details={"missing": missing} if missing else {},
    )


def _rest_is_ready(place: Place, old: Old) -> bool:
    """All that the owner wants is there, and ready but for those that were not before."""
    rest = [m for m in place.machines if uid_of(m) not in old.sick]
    return len(place.machines) == wanted_replicas(place.owner) and all(_is_ready(place, m) for m in rest)


def ready_words(place: Place) -> str:
    """``KubeadmControlPlane dev-cp 3/3 ready``"""
    ready = sum(_is_ready(place, m) for m in place.machines)
    return f"{place.owner['kind']} {name_of(place.owner)} {ready}/{wanted_replicas(place.owner)} ready"


def paused_words(place: Place) -> str:
    """What of it is paused; empty where nothing is."""
    held = [str(ref_of(i)) for i in (place.seen.cluster, place.owner, place.machine) if i and is_paused(i)]
    return f"{listed(held)} is paused" if held else ""


def _is_ready(place: Place, machine: Object) -> bool:
    """Old machines of an OnDelete pool stay until somebody deletes them."""
    return machine_is_ready(machine, None if is_on_delete(place.owner) else place.version)


def _uids(machines: Iterable[Object]) -> frozenset[str]:
    return frozenset(map(uid_of, machines))


def _leaving(place: Place, machine: Object, old: Old) -> Progress:
    details: dict[str, Any] = {"machine": old.name}
    if is_deleting(machine):
        stuck = _holder_words(machine)
        why = f"deleting: {stuck}"
        details |= {"blocked_by": [stuck], "hooks": hooks_of(machine)}
    else:
        found = condition(machine, "OwnerRemediated") or condition(machine, "HealthCheckSucceeded")
        why = stuck = f"waits for its remediation: {reason_of(found)}"
    message = f"{old.title}: Machine {old.name} {why}"
    return Progress(False, message, key=content_hash([_key(place, machine), why]), stuck=stuck, details=details)


def _holder_words(machine: Object) -> str:
    """What holds the deletion, with the name of the hook where it is one: Cluster API tells it late or never."""
    found = condition(machine, "Deleting")
    reason = str(found.get("reason", ""))
    kind = {"WaitingForPreDrainHook": "pre-drain.", "WaitingForPreTerminateHook": "pre-terminate."}.get(reason)
    hooks = [h for h in hooks_of(machine) if kind and h.startswith(kind) and not h.endswith(_OWN_HOOK)]
    if hooks:
        return f"{reason}: the annotation {listed(hooks)} holds it until whoever set it takes it off"
    return reason_of(found) if found.get("status") == "True" else "not taken up yet"


def _blocked(place: Place) -> str:
    """The words of the owner about why it makes no new Machine."""
    for kind in ("ScalingUp", "RollingOut"):
        found = condition(place.owner, kind)
        if "blocked" in str(found.get("message", "")):
            return f"{place.owner['kind']} {name_of(place.owner)}: {reason_of(found)}"
    return ""


def _slowest(place: Place, names: list[str]) -> str:
    """The first of the new machines that is not Ready; else of all of the owner's."""
    by_name = {name_of(m): m for m in place.machines}
    for name in [*names, *by_name]:
        trouble = machine_trouble(by_name[name])
        if trouble:
            return f"{name}: {trouble}"
    return ""


def _key(place: Place, machine: Object | None) -> str:
    """Changes whenever anything of this owner moves; other pools of the cluster do not count."""
    machines = sorted((name_of(m), dig(m, "status", "phase", default=""), machine_trouble(m)) for m in place.machines)
    counters = {k: v for k, v in new_style_status(place.owner).items() if k.endswith("eplicas")}
    leaving = dict(condition(machine, "Deleting")) if machine else {}
    return content_hash([machines, counters, leaving.get("reason"), leaving.get("message")])
