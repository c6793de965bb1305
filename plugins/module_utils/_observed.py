# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One look at workload clusters: their objects and what belongs to them, one LIST a kind."""

from __future__ import annotations

from dataclasses import replace

from ._errors import CapiError, NotFound
from ._kube import Kube
from ._objects import CLUSTER_LABEL, CORE_GROUP, Object, Ref, close_matches, listed, name_of, namespace_of, ref_of
from ._owned import applied_version
from ._parts import POOL_KINDS, Parts, control_plane_kinds, gather


def cluster_version(kube: Kube) -> str:
    """The newest served apiVersion of Cluster. Raises NotFound where Cluster API is not installed."""
    served = kube.versions(CORE_GROUP, "Cluster")
    if not served:
        raise NotFound(
            f"{kube.server} has no Cluster API: nothing is installed for the group {CORE_GROUP}. "
            "Check kubeconfig and context, or install it by the module management_cluster."
        )
    return served[0]


def cluster_ref(kube: Kube, name: str, namespace: str) -> Ref:
    """A Cluster in the newest served API version."""
    return Ref(cluster_version(kube), "Cluster", namespace, name)


def observe_cluster(kube: Kube, name: str, namespace: str) -> Parts | None:
    """Read one cluster and what belongs to it; None when its object is not there."""
    cluster = kube.get(cluster_ref(kube, name, namespace))
    return observe(kube, [cluster], namespace, f"{CLUSTER_LABEL}={name}")[0] if cluster else None


def absent_cluster(kube: Kube, name: str, namespace: str) -> NotFound:
    """The error that there is no such cluster, with those that may be meant."""
    version = cluster_version(kube)
    try:
        clusters = kube.list(version, "Cluster")
    except CapiError:  # the rights may end at the namespace
        clusters = _listed_in(kube, version, namespace)
    here = sorted(name_of(c) for c in clusters if namespace_of(c) == namespace)
    elsewhere = sorted(namespace_of(c) for c in clusters if name_of(c) == name)
    near = close_matches(name, here) or (f"; there is one of that name in {listed(elsewhere)}" if elsewhere else "")
    return NotFound(
        f"There is no Cluster {namespace}/{name}{near} (the namespace has: {listed(here) or 'none'}; asked was "
        f"{kube.server}). Nothing was changed.",
        kind="Cluster",
        namespace=namespace,
        name=name,
    )


def _listed_in(kube: Kube, version: str, namespace: str) -> list[Object]:
    try:
        return kube.list(version, "Cluster", namespace)
    except CapiError:  # a guess is not worth an error
        return []


def applied_ref(kube: Kube, item: Object) -> Ref:
    """An object in the apiVersion in which we apply to it; in its own where that one is not served any more."""
    ref, version = ref_of(item), applied_version(item)
    return replace(ref, api_version=version) if version in kube.versions(ref.group, ref.kind) else ref


def live_as_applied(kube: Kube, item: Object) -> Object | None:
    """The object as it is now, in the apiVersion in which we apply to it, where that one is still served."""
    return kube.get(applied_ref(kube, item))


def observe(kube: Kube, clusters: list[Object], namespace: str, labels: str) -> list[Parts]:
    """Read what belongs to the clusters; ``labels`` narrows the LISTs."""
    planes = [
        plane
        for group, kind in control_plane_kinds(clusters)
        for plane in _all_of(kube, group, kind, namespace, labels)
    ]
    pools = [pool for kind in POOL_KINDS for pool in _all_of(kube, CORE_GROUP, kind, namespace, labels)]
    return gather(clusters, planes, pools, _all_of(kube, CORE_GROUP, "Machine", namespace, labels))


def _all_of(kube: Kube, group: str, kind: str, namespace: str, labels: str) -> list[Object]:
    """One LIST in the highest served version; nothing where the kind is not served."""
    versions = kube.versions(group, kind)
    return kube.list(versions[0], kind, namespace, labels) if versions else []
