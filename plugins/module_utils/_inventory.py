# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What there is: rows of the machines or clusters of one management cluster, with one LIST a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from ._collect import Chosen
from ._errors import Failed
from ._hosts import Row, cluster_row, machine_row
from ._kube import Kube
from ._objects import CORE_GROUP, Object, dig
from ._observed import cluster_version
from ._parts import POOL_KINDS, control_plane_kinds, gather
from ._thin import Thinner


@dataclass(frozen=True)
class Asked:
    """What is wanted of a management cluster; every namespace where none is named."""

    management_cluster: str
    namespaces: Sequence[str] = ()
    labels: str = ""
    fields: str = ""
    annotations: Sequence[str] = ()

    def chosen(self) -> list[Chosen]:
        return [Chosen(namespace, self.labels, self.fields) for namespace in self.namespaces or ("",)]

    def everything(self) -> list[Chosen]:
        """Without the selectors: what belongs to a cluster does not have its labels."""
        return [Chosen(namespace) for namespace in self.namespaces or ("",)]


def read_machine_rows(kube: Kube, asked: Asked, now: datetime) -> list[Row]:
    """Rows of the Machines, by namespace, cluster and name."""

    def keep(machine: Object) -> Row:
        return machine_row(machine, asked.management_cluster, now, asked.annotations)

    rows = _collected(kube, cluster_version(kube), "Machine", keep, asked.chosen())
    return sorted(rows, key=lambda row: (row["namespace"], str(row["cluster"]), row["name"]))


def read_cluster_rows(kube: Kube, asked: Asked, now: datetime) -> list[Row]:
    """Rows of the Clusters, by namespace and name."""
    version, thinner = cluster_version(kube), Thinner()
    clusters = _collected(kube, version, "Cluster", thinner.thin, asked.chosen())
    if not clusters:
        return []
    read = partial(_all_of, kube, thinner, asked.everything())
    planes = chain.from_iterable(read(group, kind) for group, kind in control_plane_kinds(clusters))
    pools = chain.from_iterable(read(CORE_GROUP, kind) for kind in POOL_KINDS)
    found = gather(clusters, planes, pools, read(CORE_GROUP, "Machine"))
    describe = _guarded(lambda parts: cluster_row(parts, asked.management_cluster, now, asked.annotations))
    return [describe(parts) for parts in found]


def _all_of(kube: Kube, thinner: Thinner, chosen: Sequence[Chosen], group: str, kind: str) -> list[Object]:
    """Nothing where the kind is not served."""
    versions = kube.versions(group, kind)
    return _collected(kube, versions[0], kind, thinner.thin, chosen) if versions else []


def _collected(
    kube: Kube, api_version: str, kind: str, keep: Callable[[Object], Any], chosen: Sequence[Chosen]
) -> list[Any]:
    return [kept for part in chosen for kept in kube.collect(api_version, kind, _guarded(keep), part)]


def _guarded(keep: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What has another shape than Cluster API gives it is named; a traceback names a line of ours."""

    def kept(item: Any) -> Any:
        try:
            return keep(item)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            whole = item if isinstance(item, dict) else item.cluster
            what = f"{whole.get('kind')} {dig(whole, 'metadata', 'namespace')}/{dig(whole, 'metadata', 'name')}"
            raise Failed(
                f"{what} does not have the shape of Cluster API's objects ({type(error).__name__}: {error}). "
                "Is something between here and the API server that changes answers?"
            ) from error

    return kept
