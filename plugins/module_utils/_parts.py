# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster at one moment: its object and what belongs to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ._objects import (
    CLUSTER_LABEL,
    CONTROL_PLANE_LABEL,
    DEPLOYMENT_LABEL,
    POOL_LABEL,
    Object,
    dig,
    group_of,
    labels_of,
    name_of,
)

POOL_KINDS = ("MachineDeployment", "MachinePool")


@dataclass(frozen=True)
class Parts:
    """A cluster and what belongs to it; pools and machines are in the order of their names."""

    cluster: Object
    control_plane: Object | None = None
    pools: Sequence[Object] = field(default_factory=tuple)  # MachineDeployments and MachinePools
    machines: Sequence[Object] = field(default_factory=tuple)

    @property
    def owners(self) -> list[Object]:
        return [self.cluster, *([self.control_plane] if self.control_plane else []), *self.pools]

    def machines_of(self, pool: Object | None) -> list[Object]:
        """Machines of a pool; of the control plane for None."""
        if pool is None:
            return [m for m in self.machines if CONTROL_PLANE_LABEL in labels_of(m)]
        label = POOL_LABEL if pool["kind"] == "MachinePool" else DEPLOYMENT_LABEL
        return [m for m in self.machines if labels_of(m).get(label) == name_of(pool)]

    def machines_of_owner(self, owner: Object) -> list[Object]:
        """Machines of a control plane or a pool, by what it is."""
        return self.machines_of(owner if owner["kind"] in POOL_KINDS else None)


def is_managed(plane: Object) -> bool:
    """Whether a control plane has no Machines: it counts no replicas, or runs outside the cluster (Kamaji counts Pods).

    ``status.externalManagedControlPlane`` is of Cluster API's contract for control planes.
    """
    return dig(plane, "spec", "replicas") is None or bool(dig(plane, "status", "externalManagedControlPlane"))


def gather(
    clusters: Iterable[Object], control_planes: Iterable[Object], pools: Iterable[Object], machines: Iterable[Object]
) -> list[Parts]:
    """Sort what was listed to the clusters, which come by namespace and name."""
    planes = {(c["kind"], dig(c, "metadata", "namespace"), name_of(c)): c for c in control_planes}
    pools_of, machines_of = _by_cluster(pools), _by_cluster(machines)
    found = []
    for item in sorted(clusters, key=lambda c: (dig(c, "metadata", "namespace", default=""), name_of(c))):
        namespace = dig(item, "metadata", "namespace")
        ref = dig(item, "spec", "controlPlaneRef", default={})
        plane = planes.get((ref.get("kind"), namespace, ref.get("name")))
        key = (namespace, name_of(item))
        found.append(Parts(item, plane, pools_of.get(key, ()), machines_of.get(key, ())))
    return found


def control_plane_kinds(clusters: Iterable[Object]) -> list[tuple[str, str]]:
    """Group and kind of the control planes that the clusters refer to, each once."""
    refs = [dig(c, "spec", "controlPlaneRef", default={}) for c in clusters]
    return sorted({(r.get("apiGroup") or group_of(r.get("apiVersion", "")), r["kind"]) for r in refs if r.get("kind")})


def _by_cluster(items: Iterable[Object]) -> dict[tuple[str, str], list[Object]]:
    found: dict[tuple[str, str], list[Object]] = {}
    for item in sorted(items, key=name_of):
        name = dig(item, "spec", "clusterName") or labels_of(item).get(CLUSTER_LABEL, "")
        found.setdefault((dig(item, "metadata", "namespace", default=""), name), []).append(item)
    return found
