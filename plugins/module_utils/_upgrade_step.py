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

from collections.abc import Iterator
from dataclasses import replace

from ._errors import Refused
from ._fields import has_machine_template, machine_template_at, rollout_after_at, value_at
from ._objects import Object, dig, name_of
from ._parts import Parts
from ._preflight import MAX_SKEW
from ._rollout import pool_missing
from ._topology_step import topology_next
from ._upgrade_sight import Decision, Done, Sight, Step, Waiting, hops, refuse_skew, unwell, version_of
from ._upgrade_wish import UpgradeWish, chosen, patched_template, title_of_owner
from ._versions import Version, parse_version


def next_step(sight: Sight, wish: UpgradeWish) -> Decision:
    """What comes next. Raises Refused or InvalidInput for what must never be done."""
    pools = chosen(sight.parts, wish)
    if not dig(sight.parts.cluster, "spec", "topology"):
        return _owners_next(sight, wish, pools)
    found = topology_next(sight, wish, pools)
    if not isinstance(found, Done) or not wish.rollout_after:
        return found
    there = [p for p in pools if version_of(p) == version_of(sight.parts.cluster)]  # the others are deferred
    then = _owners_next(sight, wish, there)
    return replace(then, paused=then.paused or found.paused) if isinstance(then, Done) else then


def _owners_next(sight: Sight, wish: UpgradeWish, pools: list[Object]) -> Decision:
    """Plain objects: the control plane, then node pools, as often as skew or the wish asks for."""
    parts, plane = sight.parts, sight.parts.control_plane
    trouble = next(unwell(parts), None)
    if plane is None or trouble:
        return Waiting(trouble or "control plane: not there yet")
    held, path = version_of(plane), hops(parts, wish)
    after = path[0] if path else held
    own = _due(sight, wish, plane, after, last=len(path) < 2)
    lagging = [
        s
        for p in pools
        if (s := _due(sight, wish, p, held if wish.target else version_of(p), last=not path))
        and (not own or _first(s, after, wish))
    ]
    rolling = [p for p in pools if any(pool_missing(parts, p))]
    if lagging and not wish.workers:
        return Done(tuple(s.title for s in lagging), paused=True)
    mended = [s for s in lagging if s.owner in rolling and s.template and s.was == s.version]
    if mended:  # another template may be what a rollout that does not come to its end needs
        return mended[0]
    idle = [s for s in lagging if s.owner not in rolling]
    if idle and len(rolling) < (wish.concurrency or 1):
        return idle[0]
    if rolling:
        return Waiting(next(pool_missing(parts, rolling[0])))
    if own:
        refuse_skew(parts.pools, wish, after)
        return own
    return Done(tuple(_behind(parts, wish, held)))


def _first(step: Step, after: Version, wish: UpgradeWish) -> bool:
    """Whether a node pool must move before its control plane goes on."""
    raised = step.was != step.version
    return raised and (wish.every_hop or parse_version(step.was).minor < after.minor - MAX_SKEW)


def _due(sight: Sight, wish: UpgradeWish, owner: Object, version: Version, *, last: bool) -> Step | None:
    """The step that brings an owner to a version; None where it is as wanted, or at a newer patch release."""
    was = version_of(owner)
    if was.minor > version.minor:
        raise Refused(
            f"{owner['kind']} {name_of(owner)} is at {was}, above the control plane or target {version}: somebody else "
            "has raised it. Versions are never lowered; raise kubernetes_version, or leave the node pool out."
        )
    moves = was < version or was.is_other_build(version)
    goal = version if moves else was
    template = patched_template(wish, owner, sight.templates.get(name_of(owner)), str(goal))
    again = last and wish.rollout_after and value_at(owner, rollout_after_at(owner)) != wish.rollout_after
    again = again and has_machine_template(owner) and owner["kind"] != "MachinePool"  # the others have no such field
    reasons = [
        *([f"version {was} -> {goal}"] if moves else []),
        *([f"template {_template_name(owner)} -> {name_of(template)}"] if template else []),
        *([f"made before {wish.rollout_after}"] if again else []),
    ]
    if not reasons:
        return None
    after = wish.rollout_after if again else ""
    return Step(owner, title_of_owner(owner, wish.name), str(was), str(goal), tuple(reasons), template, after)


def _template_name(owner: Object) -> str:
    return str(dig(value_at(owner, machine_template_at(owner)), "name", default="(none)"))


def _behind(parts: Parts, wish: UpgradeWish, held: Version) -> Iterator[str]:
    for pool in parts.pools:
        if version_of(pool) < held:
            yield title_of_owner(pool, wish.name)
