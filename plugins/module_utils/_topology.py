# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The node pools in a topology, and which of them wait because we said so. Pure.

A pool is left out of an upgrade by CAPI's annotation defer-upgrade. Where we set it, our own annotation stands beside
it, so that a later run takes back what we deferred and never what somebody else did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._objects import Object, dig
from ._ownership import topology_name

DEFER = "topology.cluster.x-k8s.io/defer-upgrade"
OURS = "capi.lifecycle/deferred"
CONCURRENCY = "topology.cluster.x-k8s.io/upgrade-concurrency"
POOL_LISTS = {"MachineDeployment": "machineDeployments", "MachinePool": "machinePools"}


@dataclass(frozen=True)
class Marks:
    """Topology names of pools: to be deferred, to be taken back, and deferred now by anybody."""

    defers: frozenset[str] = frozenset()
    lifts: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()
    ours: frozenset[str] = field(default=frozenset(), compare=False)  # deferred by a run of ours

    @property
    def changed(self) -> bool:
        return bool(self.defers or self.lifts)


def topology_pools(cluster: Object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The list and the entry of each node pool in the topology."""
    for key in POOL_LISTS.values():
        for entry in dig(cluster, "spec", "topology", "workers", key, default=[]):
            yield key, entry


def marks_of(cluster: Object, chosen: Sequence[Object], *, moves: bool) -> Marks:
    """How pools are to be marked so that only the chosen ones follow; ``moves`` when the version is about to change."""
    notes = {str(e["name"]): dig(e, "metadata", "annotations", default={}) for _key, e in topology_pools(cluster)}
    deferred = frozenset(name for name, held in notes.items() if DEFER in held)
    ours = frozenset(name for name, held in notes.items() if OURS in held)
    wanted = frozenset(topology_name(p) for p in chosen)
    left_out = frozenset(notes) - wanted - deferred
    return Marks(left_out if moves else frozenset(), ours & wanted, deferred, ours)


def changed_variables(cluster: Object, wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    """The variables whose value in the topology is another one than wanted."""
    held = {v.get("name"): v.get("value") for v in dig(cluster, "spec", "topology", "variables", default=[])}
    return {name: value for name, value in (wanted or {}).items() if name not in held or held[name] != value}
