# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The next step of an upgrade, from live objects and the wish alone. Pure.

Nothing about a run is remembered: the same question is asked after each step, by a killed run's successor, and by the
plan, which answers it for objects that it makes up. So a run does what its plan said.

The order (Kubernetes version skew policy, CAPI book "upgrading clusters"): the control plane one minor at a time, node
pools after it and never above it, at most MAX_SKEW minors behind; one patch for version and template together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Union

from ._errors import Refused
from ._fields import machine_template_at, rollout_after_at, value_at, version_at
from ._objects import Object, condition, dig, name_of
from ._ownership import topology_name
from ._parts import Parts
from ._preflight import MAX_SKEW
from ._progress import reason_of
from ._releases import known_versions, upgrade_path
from ._rollout import control_plane_missing, pool_missing, topology_missing
from ._topology import DEFER, Marks, changed_variables, marks_of
from ._upgrade_wish import UpgradeWish, chosen, patched_template, short_name
from ._versions import Version, is_version, parse_version


@dataclass(frozen=True)
class Sight:
    """What the step is judged by: the cluster's parts, and the live machine template of each owner by owner's name."""

    parts: Parts
    templates: Mapping[str, Object] = field(default_factory=dict)
    class_versions: tuple[str, ...] = ()  # spec.kubernetesVersions of the ClusterClass


@dataclass(frozen=True)
class Step:
    """One write (after the template's): what changes on which object, and why its machines are replaced."""

    owner: Object
    title: str  # control plane, node pool x, topology
    was: str
    version: str
    reasons: tuple[str, ...]
    template: Object | None = None
    rollout_after: str = ""
    marks: Marks = field(default_factory=Marks)  # of a topology: which node pools wait
    variables: Mapping[str, Any] = field(default_factory=dict)  # of a topology


@dataclass(frozen=True)
class Waiting:
    """Something moves, or must be well first."""

    why: str


@dataclass(frozen=True)
class Done:
    """Nothing is left to do; ``behind`` are node pools that this run was not to touch, by name."""

    behind: tuple[str, ...] = ()
    paused: bool = False  # the rest is for another run (pause_between)


Decision = Union[Step, Waiting, Done]


def next_step(sight: Sight, wish: UpgradeWish) -> Decision:
    """What comes next. Raises Refused or InvalidInput for what must never be done."""
    pools = chosen(sight.parts, wish)
    if not dig(sight.parts.cluster, "spec", "topology"):
        return _owners_next(sight, wish, pools)
    found = _topology_next(sight, wish, pools)
    if not isinstance(found, Done) or not wish.rollout_after:
        return found
    there = [p for p in pools if version_of(p) == version_of(sight.parts.cluster)]  # the others are deferred
    then = _owners_next(sight, wish, there)
    return replace(then, paused=then.paused or found.paused) if isinstance(then, Done) else then


def version_of(owner: Object) -> Version:
    """The version that an owner asks for. Raises Refused where it has none: nothing can be judged then."""
    text = value_at(owner, version_at(owner))
    if not isinstance(text, str) or not is_version(text):
        raise Refused(
            f"{owner['kind']} {name_of(owner)} has no version at {'.'.join(version_at(owner))} (found {text!r}), so "
            "its upgrade cannot be judged. Nothing was changed."
        )
    return parse_version(text)


def live_version(parts: Parts) -> Version:
    """The version that the cluster's topology or control plane asks for."""
    if dig(parts.cluster, "spec", "topology"):
        return version_of(parts.cluster)
    if not parts.control_plane:
        raise Refused(f"Cluster {name_of(parts.cluster)} has no control plane object yet: wait until it is created.")
    return version_of(parts.control_plane)


def hops(parts: Parts, wish: UpgradeWish) -> tuple[Version, ...]:
    """The versions that the control plane has still to go through."""
    live = live_version(parts)
    return upgrade_path(live, wish.target, wish.path, wish.known) if wish.target else ()


def _owners_next(sight: Sight, wish: UpgradeWish, pools: list[Object]) -> Decision:
    """Plain objects: the control plane, then node pools, as often as skew or the wish asks for."""
    parts, plane = sight.parts, sight.parts.control_plane
    trouble = next(_unwell(parts), None)
    if plane is None or trouble:
        return Waiting(trouble or "control plane: not there yet")
    held, path = version_of(plane), hops(parts, wish)
    after = path[0] if path else held
    own = _due(sight, wish, plane, after, last=len(path) < 2)
    lagging = [
        s for p in pools if (s := _due(sight, wish, p, held, last=not path)) and (not own or _first(s, after, wish))
    ]
    rolling = [p for p in pools if any(pool_missing(parts, p))]
    if lagging and not wish.workers:
        return Done(tuple(s.title for s in lagging), paused=True)
    idle = [s for s in lagging if s.owner not in rolling]
    if idle and len(rolling) < (wish.concurrency or 1):
        return idle[0]
    if rolling:
        return Waiting(next(pool_missing(parts, rolling[0])))
    if own:
        _refuse_skew(parts.pools, wish, after)
        return own
    return Done(tuple(_behind(parts, wish, held)))


def _first(step: Step, after: Version, wish: UpgradeWish) -> bool:
    """Whether a node pool must move before its control plane goes on."""
    raised = step.was != step.version
    return raised and (wish.every_hop or parse_version(step.was).minor < after.minor - MAX_SKEW)


def _due(sight: Sight, wish: UpgradeWish, owner: Object, version: Version, *, last: bool) -> Step | None:
    """The step that brings an owner to a version; None where it is as wanted."""
    was, reasons = version_of(owner), []
    if was > version:
        raise Refused(
            f"{owner['kind']} {name_of(owner)} is at {was}, above the control plane or target {version}: somebody else "
            "has raised it. Versions are never lowered; raise kubernetes_version, or leave the node pool out."
        )
    template = patched_template(wish, owner, sight.templates.get(name_of(owner)), str(version))
    again = last and wish.rollout_after and value_at(owner, rollout_after_at(owner)) != wish.rollout_after
    again = again and owner["kind"] != "MachinePool"  # its provider replaces machines, it has no such field
    reasons = [
        *([f"version {was} -> {version}"] if was < version else []),
        *([f"template {_template_name(owner)} -> {name_of(template)}"] if template else []),
        *([f"made before {wish.rollout_after}"] if again else []),
    ]
    if not reasons:
        return None
    name = short_name(owner, wish.name)
    title = name if name == "control plane" else f"node pool {name}"
    return Step(owner, title, str(was), str(version), tuple(reasons), template, wish.rollout_after if again else "")


def _template_name(owner: Object) -> str:
    return str(dig(value_at(owner, machine_template_at(owner)), "name", default="(none)"))


def _refuse_skew(pools: Iterable[Object], wish: UpgradeWish, after: Version) -> None:
    """Node pools that this run may not touch must bear the control plane's next version."""
    for pool in pools:
        held = version_of(pool)
        if after.minor - held.minor > MAX_SKEW:
            raise Refused(
                f"{wish.title}: node pool {short_name(pool, wish.name)} is at {held} and is left out of this run, but "
                f"nodes may be at most {MAX_SKEW} minors older than the control plane ({after} would be next). "
                "Upgrade it first, or name it in node_pools."
            )


def _behind(parts: Parts, wish: UpgradeWish, held: Version) -> Iterator[str]:
    for pool in parts.pools:
        if version_of(pool) < held:
            yield f"node pool {short_name(pool, wish.name)}"


def _unwell(parts: Parts) -> Iterator[str]:
    """The gate before every step: the control plane is whole, its etcd too, and the cluster can be reached."""
    yield from control_plane_missing(parts)
    checks = ((parts.cluster, "RemoteConnectionProbe"), (parts.cluster, "ControlPlaneAvailable"))
    plane = parts.control_plane
    own = ((plane, "EtcdClusterHealthy"), (plane, "ControlPlaneComponentsHealthy")) if plane else ()
    for item, kind in (*checks, *own):
        found = condition(item, kind)
        if found and found.get("status") != "True":
            yield f"{kind}: {reason_of(found)}"


def _topology_next(sight: Sight, wish: UpgradeWish, pools: list[Object]) -> Decision:
    """A topology: its version, and which node pools are deferred; the rest is Cluster API's work."""
    parts, cluster = sight.parts, sight.parts.cluster
    path, held = topology_hops(sight, wish), version_of(cluster)
    marks = marks_of(cluster, pools if wish.workers else [], moves=bool(path))
    busy = next(_topology_unwell(parts, held, marks.deferred), None)
    if busy:
        return Waiting(busy)
    late = tuple(n for p in parts.pools if version_of(p) < held and (n := topology_name(p) or name_of(p)))
    variables = changed_variables(cluster, wish.variables)
    if path and marks.lifts:  # first the pools that an earlier run of ours held back, then the next version
        return _topology_step(cluster, held, held, replace(marks, defers=frozenset()), {})
    if path and late:
        raise Refused(
            f"{wish.title}: node pool {', '.join(late)} is deferred and below {held}; Cluster API takes the next "
            "version only when all pools are at the one before. Upgrade it first (node_pools: [all]), or take its "
            f"annotation {DEFER} off."
        )
    if path:
        kept = [p for p in parts.pools if topology_name(p) in marks.defers | marks.deferred]
        _refuse_skew(kept, wish, next_hop(sight, wish, path))
    if path or marks.changed or variables:
        return _topology_step(cluster, held, next_hop(sight, wish, path) if path else held, marks, variables)
    return Done(tuple(f"node pool {name}" for name in late), paused=bool(late) and not wish.workers)


def topology_hops(sight: Sight, wish: UpgradeWish) -> tuple[Version, ...]:
    """The way of a topology: through the versions of its ClusterClass where it has a list of them."""
    if sight.class_versions and not wish.path:
        wish = replace(wish, known=known_versions(list(sight.class_versions)))
    return hops(sight.parts, wish)


def next_hop(sight: Sight, wish: UpgradeWish, path: tuple[Version, ...]) -> Version:
    """The target where Cluster API walks the minors itself (since 1.12, by the ClusterClass), else the next minor."""
    walks = str(path[-1]) in sight.class_versions and not wish.path and not wish.every_hop
    return path[-1] if walks else path[0]


def _topology_unwell(parts: Parts, held: Version, deferred: frozenset[str]) -> Iterator[str]:
    """What the topology has not brought to its version yet; control plane and pools may look done at the old one."""
    yield from topology_missing(parts.cluster)
    if parts.control_plane and version_of(parts.control_plane) != held:
        yield f"control plane: asks for {version_of(parts.control_plane)} on its way to {held}"
    yield from _unwell(parts)
    for pool in parts.pools:
        if topology_name(pool) not in deferred:
            if version_of(pool) != held:
                yield f"node pool {topology_name(pool)}: asks for {version_of(pool)} on its way to {held}"
            yield from pool_missing(parts, pool)


def _topology_step(
    cluster: Object, held: Version, version: Version, marks: Marks, variables: Mapping[str, Any]
) -> Step:
    reasons = (
        *([f"version {held} -> {version}"] if held < version else []),
        *([f"variables {', '.join(sorted(variables))}"] if variables else []),
        *([f"upgrade of {', '.join(sorted(marks.lifts))} no longer deferred"] if marks.lifts else []),
    )
    return Step(cluster, "topology", str(held), str(version), reasons, marks=marks, variables=dict(variables))
