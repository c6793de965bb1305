# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What there is: the clusters of a management cluster, with one LIST a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._describe import describe
from ._errors import CapiError
from ._kube import Kube
from ._objects import CLUSTER_LABEL, Object, Ref, dig, listed, name_of
from ._observed import cluster_version, observe
from ._outcome import Outcome
from ._session import Session
from ._tree import tree


def read_clusters(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of cluster_info: ``clusters``, and a ``hint`` when the name is known in another namespace only."""
    kube, namespace, name = session.kube, params.get("namespace") or "", params.get("name") or ""
    api_version = cluster_version(kube)
    if name:
        clusters = _named(kube, api_version, namespace, name)
    else:
        clusters = kube.list(api_version, "Cluster", namespace, params.get("label_selector") or "")
    if not clusters:
        hint = _hint(kube, api_version, namespace, name)
        return Outcome(values={"clusters": [], **({"hint": hint} if hint else {})})
    now, found = session.clock.today(), []
    for parts in observe(kube, clusters, namespace, f"{CLUSTER_LABEL}={name}" if name else ""):
        told = describe(parts, now, with_machines=bool(params.get("with_machines")))
        found.append({**told, "tree": tree(parts, now)} if params.get("with_tree") else told)
    return Outcome(values={"clusters": found})


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
