# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The next step of a cluster with a topology: one field, the rest is Cluster API's work. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ._errors import Refused
from ._objects import Object
from ._ownership import topology_name
from ._parts import Parts
from ._releases import ascending
from ._rollout import pool_missing, topology_missing
from ._topology import DEFER, Marks, changed_variables, marks_of
from ._upgrade_sight import Decision, Done, Sight, Step, Waiting, hops, refuse_skew, unwell, version_of
from ._upgrade_wish import UpgradeWish
from ._versions import Version


def topology_next(sight: Sight, wish: UpgradeWish, pools: list[Object]) -> Decision:
    """A topology: its version, and which node pools are deferred; the rest is Cluster API's work."""
    parts, cluster = sight.parts, sight.parts.cluster
    path, held = topology_hops(sight, wish), version_of(cluster)
    marks = marks_of(cluster, pools if wish.workers else [], moves=bool(path))
    if not wish.target:  # the version stays as it is, also that of pools that wait for theirs
        marks = replace(marks, lifts=frozenset())
    busy = next(_topology_unwell(parts, held, marks.deferred), None)
    if busy:
        return Waiting(busy)
    late = tuple(n for p in parts.pools if (n := topology_name(p)) and version_of(p) < held)
    variables = changed_variables(cluster, wish.variables)
    if path and marks.lifts:  # first the pools that an earlier run of ours held back, then the next version
        return _topology_step(cluster, held, held, replace(marks, defers=frozenset()), {})
    if path and late:
        _refuse_late(wish, late, held, marks)
    if path:
        kept = [p for p in parts.pools if topology_name(p) in marks.defers | marks.deferred]
        refuse_skew(kept, wish, next_hop(sight, wish, path))
    if path or marks.changed or variables:
        return _topology_step(cluster, held, next_hop(sight, wish, path) if path else held, marks, variables)
    return Done(tuple(f"node pool {name}" for name in late), paused=bool(late) and not wish.workers)


def topology_hops(sight: Sight, wish: UpgradeWish) -> tuple[Version, ...]:
    """The way of a topology: through the versions of its ClusterClass where it has a list of them."""
    if sight.class_versions and not wish.path:
        place = "kubernetesVersions of the ClusterClass"
        known = replace(wish.releases, kubernetes=ascending(sight.class_versions, place))
        return hops(sight.parts, replace(wish, releases=known), place)
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
    yield from unwell(parts)
    for pool in parts.pools:
        name = topology_name(pool)
        if name and name not in deferred:  # one without a name there is of plain objects, and goes its own way
            if version_of(pool) != held:
                yield f"node pool {name}: asks for {version_of(pool)} on its way to {held}"
            yield from pool_missing(parts, pool)


def _refuse_late(wish: UpgradeWish, late: tuple[str, ...], held: Version, marks: Marks) -> None:
    """Cluster API takes the next version only when all node pools are at the one before."""
    names = ", ".join(late)
    if not wish.workers and marks.ours.issuperset(late):
        raise Refused(
            f"{wish.title}: pause_between over several minor versions: node pool {names} has to follow to {held} "
            "before Cluster API takes the next one. Name that version as kubernetes_version, and go on from there; or "
            "list the versions in the ClusterClass (kubernetesVersions), so that it walks by itself."
        )
    raise Refused(
        f"{wish.title}: node pool {names} is deferred and below {held}; Cluster API takes the next version only when "
        f"all pools are at the one before. Upgrade it first (node_pools: [all]), or take its annotation {DEFER} off."
    )


def _topology_step(
    cluster: Object, held: Version, version: Version, marks: Marks, variables: Mapping[str, Any]
) -> Step:
    reasons = (
        *([f"version {held} -> {version}"] if str(held) != str(version) else []),
        *([f"variables {', '.join(sorted(variables))}"] if variables else []),
        *([f"upgrade of {', '.join(sorted(marks.lifts))} no longer deferred"] if marks.lifts else []),
    )
    return Step(cluster, "topology", str(held), str(version), reasons, marks=marks, variables=dict(variables))
