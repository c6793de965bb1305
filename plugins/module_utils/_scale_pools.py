# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The node pools of a cluster: by which names they are known, and where their numbers are written. Pure.

The number of a pool has one owner. In a classy cluster that is the topology of the Cluster, whose controller puts back
what is written to the MachineDeployment; otherwise it is the MachineDeployment or MachinePool itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._objects import Object, close_matches, dig, listed, mappings_at, name_of
from ._ownership import AUTOSCALER, autoscaled, topology_name
from ._parts import Parts

Path = tuple[Any, ...]

WORKERS: Path = ("spec", "topology", "workers")
LISTS = {"MachineDeployment": "machineDeployments", "MachinePool": "machinePools"}


@dataclass(frozen=True)
class Pool:
    """A node pool: ``entry`` is its place in the topology or its own object, ``live`` its object once it is made."""

    name: str
    kind: str
    owner: Object  # the object that is written
    path: Path  # where the pool is in there; empty for an object of its own
    entry: Mapping[str, Any]
    live: Object | None = None

    @property
    def in_topology(self) -> bool:
        return bool(self.path)

    @property
    def is_leaving(self) -> bool:
        """Taken out of the topology, and still there."""
        return self.in_topology and not self.entry

    @property
    def fixed_replicas(self) -> int | None:
        """The number that its owner states; None where it is left to others."""
        number: int | None = self.entry.get("replicas") if self.in_topology else dig(self.owner, "spec", "replicas")
        return number

    @property
    def replicas(self) -> int | None:
        live: int | None = dig(self.live, "spec", "replicas")
        return live if self.fixed_replicas is None else self.fixed_replicas

    @property
    def replicas_path(self) -> Path:
        return (*self.path, "replicas") if self.in_topology else ("spec", "replicas")

    @property
    def bounds(self) -> dict[str, int | None] | None:
        """Bounds of the autoscaler that owns the number, or None."""
        return autoscaled(dict(self.entry)) or (autoscaled(self.live) if self.live else None)

    def bound_path(self, side: str) -> Path:
        return (*self.path, "metadata", "annotations", f"{AUTOSCALER}{side}-size")


def pools_of(seen: Parts) -> list[Pool]:
    """Every pool: those of the topology in its order, then what is leaving it, then objects of their own."""
    made = {(p["kind"], topology_name(p)): p for p in seen.pools if topology_name(p)}
    asked = [
        Pool(str(e["name"]), kind, seen.cluster, _place(kind, str(e["name"])), e, made.pop((kind, e["name"]), None))
        for kind, key in LISTS.items()
        for e in mappings_at(seen.cluster, *WORKERS, key)
    ]
    leaving = [Pool(str(name), kind, seen.cluster, _place(kind, str(name)), {}, p) for (kind, name), p in made.items()]
    own = [Pool(name_of(p), p["kind"], p, (), p, p) for p in seen.pools if not topology_name(p)]
    return [*asked, *leaving, *own]


def found(pools: Sequence[Pool], name: str, cluster: str) -> list[Pool]:
    """The pools of that name: their own, that of their object, or that without the cluster's prefix."""
    for names in (_own_name, _object_name, _short_name(cluster)):
        fitting = [pool for pool in pools if names(pool) == name]
        if fitting:
            return fitting
    return []


def unknown(pools: Sequence[Pool], name: str, cluster: str) -> str:
    """That there is no such pool, which there are, and which may be meant."""
    names = [pool.name for pool in pools]
    near = close_matches(name, {*names, *map(_object_name, pools), *map(_short_name(cluster), pools)} - {""})
    return f"there is no such node pool; the cluster has {listed(names) or 'none'}{near}"


def new_pool(seen: Parts, kind: str, name: str) -> Pool:
    """A pool that is to be added to the topology."""
    return Pool(name, kind, seen.cluster, _place(kind, name), {})


def others_left(cluster: Object, kind: str, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """The topology's list of that kind without the pools of these names."""
    return [entry for entry in mappings_at(cluster, *WORKERS, LISTS[kind]) if entry.get("name") not in names]


def machine_sets(machines: Sequence[Object]) -> list[str]:
    """The MachineSets that the machines of a pool belong to; several while it rolls."""
    names: Iterator[Any] = (dig(m, "metadata", "labels", "cluster.x-k8s.io/set-name") for m in machines)
    return sorted({str(name) for name in names if name})


def _place(kind: str, name: str) -> Path:
    return (*WORKERS, LISTS[kind], ("name", name))


def _own_name(pool: Pool) -> str:
    return pool.name


def _object_name(pool: Pool) -> str:
    return name_of(pool.live) if pool.live else ""


def _short_name(cluster: str) -> Any:
    prefix = f"{cluster}-"

    def short(pool: Pool) -> str:
        name = _object_name(pool)
        return name.removeprefix(prefix) if name.startswith(prefix) and not pool.in_topology else ""

    return short
