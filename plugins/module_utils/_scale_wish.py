# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a task asks of the sizes of a cluster, and what contradicts itself in that. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._objects import listed
from ._preflight import Finding

PLANE = "control plane"


@dataclass(frozen=True)
class PoolWish:
    """What becomes of one node pool. ``replicas`` is None where the number is not asked for."""

    name: str
    replicas: int | None = None
    bounds: Mapping[str, int] | None = None  # of the autoscaler: min and max
    class_name: str = ""
    absent: bool = False
    delete_machines: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, given: Mapping[str, Any]) -> PoolWish:
        return cls(
            name=given["name"],
            replicas=given.get("replicas"),
            bounds=given.get("autoscaler"),
            class_name=given.get("class") or "",
            absent=given.get("state") == "absent",
            delete_machines=tuple(given.get("delete_machines") or ()),
        )

    @property
    def where(self) -> str:
        return f"node pool {self.name}"


@dataclass(frozen=True)
class ScaleWish:
    """What the task asks for; ``control_plane`` is its number of machines, None where it stays."""

    control_plane: int | None = None
    pools: tuple[PoolWish, ...] = ()
    confirm: str = ""
    force: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ScaleWish:
        return cls(
            control_plane=(params.get("control_plane") or {}).get("replicas"),
            pools=tuple(map(PoolWish.from_params, params.get("node_pools") or ())),
            confirm=params.get("confirm") or "",
            force=bool(params.get("force_conflicts")),
        )


def check_wish(wish: ScaleWish) -> Iterator[Finding]:
    """Contradictions inside the wish; needs no server."""
    if wish.control_plane is None and not wish.pools:
        yield Finding("the task", "it asks for nothing; wanted control_plane, node_pools, or both")
    names = [pool.name for pool in wish.pools]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Finding(f"node pool {name}", f"it is named {names.count(name)} times; name each pool once")
    for pool in wish.pools:
        for message in _contradictions(pool):
            yield Finding(pool.where, message)


def _contradictions(pool: PoolWish) -> Iterator[str]:
    asked = [
        word
        for word, there in (
            ("replicas", pool.replicas is not None),
            ("autoscaler", pool.bounds is not None),
            ("delete_machines", bool(pool.delete_machines)),
        )
        if there
    ]
    if pool.absent and asked:
        yield f"state is absent, and {listed(asked)} is given, too: leave one of them out"
    elif not pool.absent and not asked:
        yield "it says nothing to do; wanted replicas, autoscaler, or state: absent"
    if pool.replicas is not None and pool.bounds is not None:
        yield "replicas and autoscaler exclude each other: either you give the number, or the autoscaler finds it"
    if pool.replicas is not None and pool.replicas < 0:
        yield f"replicas is {pool.replicas}; wanted 0 or more"
    yield from _bounds(pool.bounds)
    if pool.delete_machines and pool.replicas is None and not pool.absent:
        yield "delete_machines is given without replicas: say how many shall be left"
    twice = sorted({m for m in pool.delete_machines if pool.delete_machines.count(m) > 1})
    if twice:
        yield f"delete_machines names {listed(twice)} more than once"


def _bounds(bounds: Mapping[str, int] | None) -> Iterator[str]:
    if bounds is None:
        return
    low, high = bounds["min"], bounds["max"]
    if low < 0:
        yield f"autoscaler.min is {low}; wanted 0 or more"
    if low > high:
        yield f"autoscaler.min is {low} and autoscaler.max is {high}; wanted min <= max"
