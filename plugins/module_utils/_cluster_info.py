# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What there is: the clusters of a management cluster, with one LIST a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._describe import control_plane_kinds, describe, gather
from ._errors import CapiError, NotFound
from ._kube import Kube
from ._objects import CLUSTER_LABEL, CORE_GROUP, Object, Ref, dig, listed, name_of
from ._outcome import Outcome
from ._session import Session
from ._tree import tree


def read_clusters(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of cluster_info: ``clusters``, and a ``hint`` when the name is known in another namespace only."""
    kube, namespace, name = session.kube, params.get("namespace") or "", params.get("name") or ""
    api_version = _served(kube)
    if name:
        clusters = _named(kube, api_version, namespace, name)
    else:
        clusters = kube.list(api_version, "Cluster", namespace, params.get("label_selector") or "")
    if not clusters:
        hint = _hint(kube, api_version, namespace, name)
        return Outcome(values={"clusters": [], **({"hint": hint} if hint else {})})
    now, found = session.clock.today(), []
    for parts in _parts(kube, clusters, namespace, f"{CLUSTER_LABEL}={name}" if name else ""):
        told = describe(parts, now, with_machines=bool(params.get("with_machines")))
        found.append({**told, "tree": tree(parts, now)} if params.get("with_tree") else told)
    return Outcome(values={"clusters": found})


def _served(kube: Kube) -> str:
    versions = kube.versions(CORE_GROUP, "Cluster")
    if not versions:
        raise NotFound(
            f"{kube.server} has no Cluster API: nothing is installed for the group {CORE_GROUP}. "
            "Check kubeconfig and context, or install it by the module management_cluster."
        )
    return versions[0]


def _named(kube: Kube, api_version: str, namespace: str, name: str) -> list[Object]:
    """The cluster of that name; of every namespace when none is given."""
    if not namespace:
        return [c for c in kube.list(api_version, "Cluster") if name_of(c) == name]
    found = kube.get(Ref(api_version, "Cluster", namespace, name))
    return [found] if found else []


def _hint(kube: Kube, api_version: str, namespace: str, name: str) -> str:
    """Where else a cluster of that name is; nothing when that cannot be known."""
    if not name or not namespace:
        return ""
    try:
        others = [c for c in kube.list(api_version, "Cluster") if name_of(c) == name]
    except CapiError:  # a guess is not worth an error: the rights may end at the namespace
        return ""
    where = sorted(str(dig(c, "metadata", "namespace")) for c in others)
    return f"No Cluster {namespace}/{name}, but there is one of that name in {listed(where)}." if where else ""


def _parts(kube: Kube, clusters: list[Object], namespace: str, labels: str) -> Any:
    planes = [
        plane
        for group, kind in control_plane_kinds(clusters)
        for plane in _all_of(kube, group, kind, namespace, labels)
    ]
    pools = [
        p for kind in ("MachineDeployment", "MachinePool") for p in _all_of(kube, CORE_GROUP, kind, namespace, labels)
    ]
    return gather(clusters, planes, pools, _all_of(kube, CORE_GROUP, "Machine", namespace, labels))


def _all_of(kube: Kube, group: str, kind: str, namespace: str, labels: str) -> list[Object]:
    """One LIST in the highest served version; nothing where the kind is not served."""
    versions = kube.versions(group, kind)
    return kube.list(versions[0], kind, namespace, labels) if versions else []
