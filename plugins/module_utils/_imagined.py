# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A cluster on which each step of an upgrade is done at once: what the plan asks next_step about. Pure.

Machines that are not there yet have names with a ``+`` in front, which no real one can have.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ._fields import value_at, version_at
from ._objects import (
    CONTROL_PLANE_LABEL,
    DEPLOYMENT_LABEL,
    POOL_LABEL,
    Object,
    condition,
    dig,
    is_deleting,
    is_true,
    labels_of,
    name_of,
)
from ._owned import with_value
from ._ownership import topology_name
from ._parts import POOL_KINDS, Parts
from ._preflight import MAX_SKEW
from ._progress import is_same_version, wanted_replicas
from ._rollout import is_on_delete
from ._topology import marks_of
from ._topology_step import topology_hops
from ._upgrade_sight import Sight, Step, version_of
from ._upgrade_wish import UpgradeWish
from ._upgrade_write import changed_object
from ._versions import Version, parse_version

_OVER = ("RollingOut", "ScalingUp", "ScalingDown", "Remediating", "Deleting", "Paused")


def is_imagined(machine: Object) -> bool:
    return name_of(machine).startswith("+")


def rolls(sight: Sight, step: Step, wish: UpgradeWish) -> Iterator[tuple[Object, Version]]:
    """The owners that a step rolls, in order, each with its version: one, or those that a topology brings along."""
    target = parse_version(step.version)
    if step.owner["kind"] != "Cluster":
        yield step.owner, target
        return
    parts, free = sight.parts, [p for p in sight.parts.pools if _follows(p, step)]
    held = {name_of(p): version_of(p) for p in free}
    there = replace(wish, target=target, path=tuple(v for v in wish.path if v <= target))
    path = topology_hops(sight, there)
    for version, ahead in zip(path, [*path[1:], None]):
        if parts.control_plane:
            yield parts.control_plane, version
        for pool in free:  # Cluster API takes workers along as seldom as the skew allows, and at the end
            if ahead and held[name_of(pool)].minor < ahead.minor - MAX_SKEW:
                held[name_of(pool)] = version
                yield pool, version
    yield from ((pool, target) for pool in free if str(held[name_of(pool)]) != str(target))


def after_roll(sight: Sight, owner: Object, version: Version, step: Step, wish: UpgradeWish) -> Sight:
    """The cluster when an owner has been rolled."""
    if owner is step.owner:
        changed = changed_object(step, owner, wish)
    else:
        changed = with_value(owner, version_at(owner), str(version))
    templates = {**sight.templates, name_of(owner): step.template} if step.template else sight.templates
    parts = _with_owner(sight.parts, changed)
    there = parts.machines_of_owner(changed)
    fresh = [_new(m, number, str(version)) for number, m in enumerate(there)]
    return replace(sight, parts=_with_machines(parts, there, fresh), templates=templates)


def after_topology(sight: Sight, step: Step, wish: UpgradeWish) -> Sight:
    """The cluster when the Cluster object has been written."""
    return replace(sight, parts=replace(sight.parts, cluster=changed_object(step, step.owner, wish)))


def at_rest(sight: Sight) -> Sight:
    """The cluster when everything that moves has arrived."""
    parts = replace(sight.parts, cluster=_well(sight.parts.cluster))
    for owner in sight.parts.owners[1:]:
        rested = _well(_followed(owner, sight.parts.cluster))
        parts = _rested_owner(_with_owner(parts, rested), rested)
    return replace(sight, parts=parts)


def _followed(owner: Object, cluster: Object) -> Object:
    """An owner with the version of its topology, where it does not ask for it yet."""
    version, name = value_at(cluster, version_at(cluster)), topology_name(owner)
    if version is None or name in marks_of(cluster, [], moves=False).deferred or not (name or _is_plane(owner)):
        return owner  # a pool without a name in the topology is of plain objects
    return with_value(owner, version_at(owner), version)


def stays(machine: Object, owner: Object) -> bool:
    """Whether a machine is still there when all that moves has arrived: also one that is not Ready just now."""
    if is_deleting(machine) or is_on_delete(owner):
        return not is_deleting(machine)
    held, wanted = dig(machine, "spec", "version"), value_at(owner, version_at(owner))
    if owner["kind"] == "MachinePool":  # has its node's version, and none before there is a node
        same = not held or not wanted or is_same_version(str(held), str(wanted))
    else:
        same = held == wanted
    return same and condition(machine, "UpToDate").get("status") != "False"


def _rested_owner(parts: Parts, owner: Object) -> Parts:
    there, version = parts.machines_of_owner(owner), value_at(owner, version_at(owner))
    if not there or dig(owner, "spec", "replicas") is None:
        return parts
    kept = [_arrived(m, str(version)) for m in there if stays(m, owner)]
    fresh = [_new(there[0], number, str(version)) for number in range(wanted_replicas(owner) - len(kept))]
    return _with_machines(parts, there, [*kept[: wanted_replicas(owner)], *fresh])


def _arrived(machine: Object, version: str) -> Object:
    """A machine when it has come up."""
    held = dig(machine, "spec", "version")
    if held and is_true(machine, "Ready"):
        return machine
    return _well({**machine, "spec": {**machine["spec"], "version": held or version}})


def _with_owner(parts: Parts, owner: Object) -> Parts:
    if _is_plane(owner):
        return replace(parts, control_plane=owner)
    return replace(parts, pools=tuple(owner if name_of(p) == name_of(owner) else p for p in parts.pools))


def _with_machines(parts: Parts, gone: list[Object], new: list[Object]) -> Parts:
    kept = [m for m in parts.machines if not any(m is g for g in gone)]
    return replace(parts, machines=(*kept, *new))


def _is_plane(owner: Object) -> bool:
    return owner["kind"] not in (*POOL_KINDS, "Cluster")


def _follows(pool: Object, step: Step) -> bool:
    """Whether a node pool goes along with its topology."""
    name = topology_name(pool)
    if name is None:  # it is of plain objects, beside the topology
        return False
    return name in step.marks.lifts or name not in step.marks.deferred | step.marks.defers


def _new(like: Object, number: int, version: str) -> Object:
    """A machine that will be there: Ready, at the version, in the place of another one."""
    made = copy.deepcopy(like)
    labels = labels_of(like)
    pool = labels.get(DEPLOYMENT_LABEL) or labels.get(POOL_LABEL) or "pool"
    owner = "cp" if CONTROL_PLANE_LABEL in labels else pool
    meta = {k: v for k, v in made["metadata"].items() if k not in ("deletionTimestamp", "finalizers")}
    made["metadata"] = {**meta, "name": f"+{owner}-{number}", "creationTimestamp": "9999-01-01T00:00:00Z"}
    made["spec"] = {**made.get("spec", {}), "version": version}
    return _well(made)


def _well(item: Object) -> Object:
    """Conditions and counters of an object at which nothing is wrong and nothing moves."""
    made = copy.deepcopy(item)
    status: dict[str, Any] = made.setdefault("status", {})
    new_style = status.setdefault("v1beta2", {}) if str(item["apiVersion"]).endswith("/v1beta1") else status
    generation = int(dig(item, "metadata", "generation", default=0))
    status["observedGeneration"] = generation
    told = [*new_style.get("conditions", []), *([] if new_style is status else status.get("conditions", []))]
    for found in told:
        found.update(status="False" if found.get("type") in _OVER else "True", observedGeneration=generation)
    if item["kind"] == "Machine" and not condition(made, "Ready"):
        ready = {"type": "Ready", "status": "True", "observedGeneration": generation}
        new_style["conditions"] = [*new_style.get("conditions", []), ready]
    if dig(item, "spec", "replicas") is not None:
        _count(made, status, new_style)
    if item["kind"] == "Cluster" and dig(item, "spec", "topology"):
        held = [c for c in new_style.get("conditions", []) if c.get("type") != "TopologyReconciled"]
        done = {"type": "TopologyReconciled", "status": "True", "observedGeneration": generation}
        new_style["conditions"] = [*held, done]
    if dig(status, "version") and value_at(made, version_at(made)):
        status["version"] = value_at(made, version_at(made))
    return made


def _count(made: Object, status: dict[str, Any], new_style: dict[str, Any]) -> None:
    wanted = wanted_replicas(made)
    status["replicas"] = wanted
    new_style.update(dict.fromkeys(("readyReplicas", "availableReplicas", "upToDateReplicas"), wanted))
    if made["kind"] == "MachinePool":
        status["readyReplicas"] = wanted
        if status.get("versions"):
            status["versions"] = [{"version": value_at(made, version_at(made)), "replicas": wanted}]
    elif new_style is not status or "updatedReplicas" in status:  # the latter of contract v1beta1: RKE2, K3s
        status["updatedReplicas"] = wanted
    elif dig(status, "deprecated", "v1beta1"):
        status["deprecated"]["v1beta1"]["updatedReplicas"] = wanted
