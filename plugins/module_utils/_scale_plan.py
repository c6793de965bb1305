# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. From a cluster as it is and the wanted sizes to the changes, or to what stands against them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ._objects import Object, close_matches, dig, is_deleting, listed, name_of, ref_of
from ._parts import Parts
from ._preflight import MAX_NAME, Finding
from ._scale_checks import (
    already_gone,
    check_chosen,
    check_confirm,
    check_owner,
    check_plane_number,
    check_plane_state,
    held_back,
    plane_finding,
)
from ._scale_pools import Path, Pool, found, new_pool, pools_of, unknown
from ._scale_wish import PLANE, PoolWish, ScaleWish, check_wish

Classes = Mapping[str, Sequence[str]]  # kind of the pool -> worker classes of the ClusterClass

_SUFFIX = len("-xxxxx-xxxxx-xxxxx")  # of a machine of a topology's pool, after the names of cluster and pool


@dataclass(frozen=True)
class Change:
    """What becomes of one pool, or of the control plane (``pool`` is None): fields of ``owner`` get other values."""

    name: str
    action: str  # scale, add, remove, autoscale
    owner: Object
    fields: tuple[tuple[Path, Any], ...] = ()
    pool: Pool | None = None
    before: int | None = None
    after: int | None = None
    detail: str = ""
    chosen: tuple[Object, ...] = ()  # the machines that are to go
    held: str = ""  # why Cluster API lets it wait

    @property
    def words(self) -> str:
        steps = (
            "" if self.action in ("remove", "autoscale") or self.before is None else f" {self.before} -> {self.after}"
        )
        chosen = f" without {listed([name_of(m) for m in self.chosen])}" if self.chosen else ""
        return f"{self.action} {self.name}{steps}{self.detail}{chosen}"

    @property
    def facts(self) -> dict[str, Any]:
        """The entry of ``changes`` in the task's result."""
        machines = [name_of(m) for m in self.chosen]
        told = {"name": self.pool.name if self.pool else None, "action": self.action}
        return {**told, "from": self.before, "to": self.after, "machines": machines, "held_back": self.held or None}


@dataclass(frozen=True)
class Plan:
    """The changes that are to be made, and everything that stands against them."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def plan(seen: Parts, wish: ScaleWish, classes: Classes | None = None) -> Plan:
    """What is to be changed; ``classes`` are needed where a pool is to be added."""
    if is_deleting(seen.cluster):
        return Plan(findings=[Finding(str(ref_of(seen.cluster)), "it is being deleted; nothing is scaled any more")])
    made = Plan(findings=list(check_wish(wish)))
    if wish.control_plane is not None:
        _plan_plane(seen, wish.control_plane, made)
    pools = pools_of(seen)
    named: list[Pool] = []
    for asked in wish.pools:
        fitting = found(pools, asked.name, name_of(seen.cluster))
        if fitting:
            made.findings.extend(_ambiguous(asked, fitting, named))
            named += fitting
            _plan_pool(seen, fitting[0], asked, wish, made)
        elif not asked.absent:
            _plan_new(seen, pools, asked, classes or {}, made)
    made.findings.extend(_owner_findings(seen, made.changes, force=wish.force))
    return made


def _ambiguous(asked: PoolWish, fitting: list[Pool], named: list[Pool]) -> Iterator[Finding]:
    """A name for two pools, or two names for one."""
    if len(fitting) > 1:
        names = listed([f"{p.kind} {name_of(p.live)}" for p in fitting if p.live])
        yield Finding(asked.where, f"several pools have this name: {names}; name it by its object")
    elif any(pool is fitting[0] for pool in named):
        yield Finding(asked.where, f"this is {fitting[0].name}, which is named, too; name each pool once")


def _owner_findings(seen: Parts, changes: list[Change], *, force: bool) -> Iterator[Finding]:
    """Of each object that is written, and of those whose controllers do the work."""
    if not changes:
        return
    owners = {ref_of(change.owner): change.owner for change in changes}
    for owner in owners.values():
        yield from check_owner(owner, force=force)
    if ref_of(seen.cluster) not in owners:
        yield from check_owner(seen.cluster, force=True)
    for change in changes:
        if change.pool and change.pool.in_topology and change.pool.live:
            yield from check_owner(change.pool.live, force=True)


def _plan_plane(seen: Parts, wanted: int, made: Plan) -> None:
    nothing = plane_finding(seen)
    plane = seen.control_plane
    if nothing or not plane:
        made.findings.extend([nothing] if nothing else [])
        return
    classy = bool(dig(seen.cluster, "spec", "topology"))
    path = ("spec", "topology", "controlPlane", "replicas") if classy else ("spec", "replicas")
    owner = seen.cluster if classy else plane
    stated = dig(owner, *path)
    held = int(dig(plane, "spec", "replicas") if stated is None else stated)
    if held == wanted:
        return
    made.findings.extend([*check_plane_number(plane, wanted), *check_plane_state(seen, plane)])
    made.changes.append(Change(PLANE, "scale", owner, ((path, wanted),), before=held, after=wanted))


def _plan_pool(seen: Parts, pool: Pool, asked: PoolWish, wish: ScaleWish, made: Plan) -> None:
    """Of a pool that is there."""
    machines = seen.machines_of(pool.live) if pool.live else []
    if asked.absent:
        _plan_removal(seen, pool, asked, wish, machines, made)
        return
    if pool.is_leaving:
        made.findings.append(Finding(asked.where, "it is being removed; wait until it is gone, then run again"))
        return
    made.findings.extend(_class_finding(pool, asked))
    if asked.bounds is not None:
        _plan_bounds(pool, asked, made)
    elif asked.replicas is not None:
        _plan_number(seen, pool, asked, wish, machines, made)


def _plan_number(
    seen: Parts, pool: Pool, asked: PoolWish, wish: ScaleWish, machines: Sequence[Object], made: Plan
) -> None:
    held, wanted = pool.replicas, asked.replicas or 0
    bounds = pool.bounds
    if bounds:
        between = f"between {bounds['min']} and {bounds['max']}"
        words = f"the autoscaler owns its number ({between}): give autoscaler: {{min: …, max: …}} in place of replicas"
        made.findings.append(Finding(asked.where, words))
        return
    if asked.delete_machines:
        made.findings.extend(Finding(asked.where, words) for words in check_chosen(pool, asked, machines))
    if held == wanted:
        return
    if wanted == 0 and (held or machines):
        becomes = f"0 replicas take all of its {max(held or 0, len(machines))} machines away"
        made.findings.extend(check_confirm(asked.where, becomes, wish.confirm, name_of(seen.cluster)))
    chosen = () if already_gone(pool, asked, machines) else _chosen(asked, machines)
    change = Change(
        asked.where, "scale", pool.owner, ((pool.replicas_path, wanted),), pool, held, wanted, chosen=chosen
    )
    made.changes.append(replace(change, held=held_back(seen, pool, growing=wanted > (held or 0))))


def _chosen(asked: PoolWish, machines: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(m for m in machines if name_of(m) in asked.delete_machines)


def _plan_bounds(pool: Pool, asked: PoolWish, made: Plan) -> None:
    wanted = {side: (asked.bounds or {})[side] for side in ("min", "max")}
    if pool.bounds == wanted:
        return
    if pool.bounds is None and pool.in_topology and pool.fixed_replicas is not None:
        words = (
            f"it is not autoscaled, and the topology gives it {pool.fixed_replicas} replicas, which Cluster API does "
            "not accept beside an autoscaler: describe it without replicas and with both annotations of the autoscaler "
            "(module cluster), once; after that the bounds can be changed here"
        )
        made.findings.append(Finding(asked.where, words))
        return
    fields = tuple((pool.bound_path(side), str(number)) for side, number in wanted.items())
    detail = f" between {wanted['min']} and {wanted['max']}"
    made.changes.append(Change(asked.where, "autoscale", pool.owner, fields, pool, detail=detail))


def _plan_removal(
    seen: Parts, pool: Pool, asked: PoolWish, wish: ScaleWish, machines: Sequence[Object], made: Plan
) -> None:
    if pool.is_leaving or (pool.live and is_deleting(pool.live) and not pool.in_topology):
        return
    count = max(len(machines), pool.replicas or 0)
    if count:
        becomes = f"removing it takes all of its {count} machines away"
        made.findings.extend(check_confirm(asked.where, becomes, wish.confirm, name_of(seen.cluster)))
    detail = f" and its {count} machines" if count else ""
    made.changes.append(Change(asked.where, "remove", pool.owner, (), pool, pool.replicas, 0, detail))


def _plan_new(seen: Parts, pools: list[Pool], asked: PoolWish, classes: Classes, made: Plan) -> None:
    """Of a pool that is not there: only a topology takes a new one, and the task must say its class."""
    problem = _cannot_add(seen, pools, asked, classes)
    if problem:
        made.findings.append(Finding(asked.where, problem))
        return
    pool = new_pool(seen, next(kind for kind, names in classes.items() if asked.class_name in names), asked.name)
    fields: list[tuple[Path, Any]] = [((*pool.path, "class"), asked.class_name)]
    if asked.replicas is not None:
        fields.append((pool.replicas_path, asked.replicas))
    fields += [(pool.bound_path(side), str(number)) for side, number in (asked.bounds or {}).items()]
    number = f" with {asked.replicas} machines" if asked.replicas is not None else " for the autoscaler"
    change = Change(asked.where, "add", seen.cluster, tuple(fields), pool, None, asked.replicas)
    held = held_back(seen, pool, growing=True)
    made.changes.append(replace(change, detail=f"{number}, class {asked.class_name}", held=held))


def _cannot_add(seen: Parts, pools: list[Pool], asked: PoolWish, classes: Classes) -> str:
    missing = unknown(pools, asked.name, name_of(seen.cluster))
    if not asked.class_name:
        return missing
    if not dig(seen.cluster, "spec", "topology"):
        return (
            f"{missing}; this cluster is made of plain objects, and a pool of it is added by module cluster (playbook "
            "create) with the objects of the pool; class is for clusters with a topology"
        )
    known = [name for names in classes.values() for name in names]
    if asked.class_name not in known:
        near = close_matches(asked.class_name, known)
        return f"its ClusterClass has no worker class {asked.class_name}; it has {listed(known) or 'none'}{near}"
    if asked.delete_machines:
        return "it is to be added, and has no machines that could be deleted"
    length = len(name_of(seen.cluster)) + 1 + len(asked.name)
    if length + _SUFFIX > MAX_NAME:
        most = MAX_NAME - _SUFFIX
        return f"cluster and pool name have {length} characters; at most {most} keep Machine names within {MAX_NAME}"
    return ""


def _class_finding(pool: Pool, asked: PoolWish) -> Iterator[Finding]:
    held = pool.entry.get("class") if pool.in_topology else None
    if asked.class_name and held and asked.class_name != held:
        yield Finding(asked.where, f"its class is {held}, not {asked.class_name}; the class of a pool stays as it is")
