# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One look at a workload cluster: its object and what belongs to it, one LIST a kind."""

from __future__ import annotations

from ._kube import Kube
from ._objects import CLUSTER_LABEL, CORE_GROUP, Object, Ref, dig, group_of
from ._parts import POOL_KINDS, Parts


def cluster_ref(kube: Kube, name: str, namespace: str) -> Ref:
    """The Cluster in the newest served API version. Raises NotFound where Cluster API is not installed."""
    served = kube.versions(CORE_GROUP, "Cluster")
    api_version = served[0] if served else f"{CORE_GROUP}/v1beta2"
    kube.resource(api_version, "Cluster")
    return Ref(api_version, "Cluster", namespace, name)


def observe(kube: Kube, name: str, namespace: str) -> Parts | None:
    """Read a cluster and what belongs to it; None when its object is not there."""
    ref = cluster_ref(kube, name, namespace)
    cluster = kube.get(ref)
    if not cluster:
        return None
    labels = f"{CLUSTER_LABEL}={name}"
    pools = [p for k in POOL_KINDS if _served(kube, k) for p in kube.list(_served(kube, k), k, namespace, labels)]
    machines = kube.list(ref.api_version, "Machine", namespace, labels)
    return Parts(cluster, _control_plane(kube, cluster, namespace), pools, machines)


def _served(kube: Kube, kind: str) -> str:
    return next(iter(kube.versions(CORE_GROUP, kind)), "")


def _control_plane(kube: Kube, cluster: Object, namespace: str) -> Object | None:
    reference = dig(cluster, "spec", "controlPlaneRef")
    if not reference:
        return None
    group = reference.get("apiGroup") or group_of(reference.get("apiVersion", ""))
    served = kube.versions(group, reference["kind"])
    return kube.get(Ref(served[0], reference["kind"], namespace, reference["name"])) if served else None
