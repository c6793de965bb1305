# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. When the parts of a cluster that were scaled have the wanted size, and what holds them up. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ._objects import Object, Ref, dig, is_deleting, listed, name_of, ref_of
from ._ownership import autoscaled
from ._parts import Parts
from ._progress import Progress, key_of, machine_is_ready, ready_in, slowest, title_of, why_stuck
from ._rollout import control_plane_missing, pool_missing
from ._scale_checks import held_back
from ._scale_plan import Change
from ._scale_pools import Pool, found, pools_of
from ._scale_wish import PLANE, PoolWish, ScaleWish


def judge_scaled(seen: Parts, wish: ScaleWish) -> Progress:
    """Whether everything that the wish names has its size: wanted, counted, available and Ready, none going away."""
    pools = pools_of(seen)
    missing, counts, touched = list(_plane_missing(seen, wish)), _plane_counts(seen, wish), _plane_machines(seen, wish)
    held = ""
    for asked in wish.pools:
        pool = next(iter(found(pools, asked.name, name_of(seen.cluster))), None)
        lacks = list(_lacks(seen, pool, asked))
        missing += lacks
        counts.append(_count(seen, pool, asked))
        if pool:
            touched += seen.machines_of(pool.live) if pool.live else []
        if pool and lacks and not held:
            held = _held(seen, pool, asked)
    part = replace(seen, machines=touched)
    message = f"{title_of(seen.cluster)}: {', '.join(counts)}"
    if missing:
        message += f"; {held or slowest(part) or missing[0]}"
    stuck = held or why_stuck(part, missing)
    return Progress(not missing, message, key_of(seen), stuck, {"missing": missing} if missing else {})


def _plane_missing(seen: Parts, wish: ScaleWish) -> Iterator[str]:
    if wish.control_plane is None:
        return
    if dig(seen.control_plane, "spec", "replicas") != wish.control_plane:
        yield f"{PLANE}: the number is not taken up yet"
    yield from control_plane_missing(seen)


def _plane_counts(seen: Parts, wish: ScaleWish) -> list[str]:
    if wish.control_plane is None:
        return []
    version = dig(seen.control_plane, "spec", "version")
    ready = sum(machine_is_ready(m, version) for m in seen.machines_of(None))
    return [f"{PLANE} {ready}/{wish.control_plane}"]


def _plane_machines(seen: Parts, wish: ScaleWish) -> list[Object]:
    return [] if wish.control_plane is None else seen.machines_of(None)


def _lacks(seen: Parts, pool: Pool | None, asked: PoolWish) -> Iterator[str]:
    """What a pool lacks of what is asked; the first cause first."""
    if asked.absent:
        if pool:
            left = len(seen.machines_of(pool.live)) if pool.live else 0
            yield f"{asked.where}: not gone yet, {left} machines left"
    elif pool is None or pool.live is None:
        yield f"{asked.where}: not made yet"
    elif asked.bounds is not None:
        if autoscaled(pool.live) != dict(asked.bounds):
            yield f"{asked.where}: the bounds are not taken up yet"
    else:
        yield from _short(seen, pool, pool.live, asked)


def _short(seen: Parts, pool: Pool, live: Object, asked: PoolWish) -> Iterator[str]:
    if dig(live, "spec", "replicas") != asked.replicas:
        yield f"{asked.where}: the number is not taken up yet"
    yield from pool_missing(seen, live)
    going = [name_of(m) for m in seen.machines_of(live) if is_deleting(m)]
    if going:
        yield f"{asked.where}: {listed(going)} not gone yet"


def _count(seen: Parts, pool: Pool | None, asked: PoolWish) -> str:
    live = pool.live if pool else None
    if asked.absent:
        left = len(seen.machines_of(live)) if live else 0
        return f"{asked.name} {'leaving, ' + str(left) + ' machines left' if pool else 'gone'}"
    ready = ready_in(seen, live) if live else 0
    if asked.bounds is not None:
        return f"{asked.name} {ready} ready, autoscaled {asked.bounds['min']}..{asked.bounds['max']}"
    return f"{asked.name} {ready}/{asked.replicas}"


def _held(seen: Parts, pool: Pool, asked: PoolWish) -> str:
    there = len(seen.machines_of(pool.live)) if pool.live else 0
    why = "" if asked.absent else held_back(seen, pool, growing=(asked.replicas or 0) > there)
    return f"{asked.name}: {why}" if why else ""


def not_as_chosen(change: Change, before: Parts, after: Parts) -> tuple[list[Ref], list[str]]:
    """Of the machines that were to go, those that stayed; and others of the pool that went."""
    live = change.pool.live if change.pool else None
    if not live or not change.chosen:
        return [], []
    chosen, now = {name_of(m) for m in change.chosen}, {name_of(m) for m in after.machines if not is_deleting(m)}
    stayed = [ref_of(m) for m in change.chosen if name_of(m) in now]
    return stayed, [name_of(m) for m in before.machines_of(live) if name_of(m) not in now | chosen]
