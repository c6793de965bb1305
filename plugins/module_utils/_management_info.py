# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a management cluster is: providers, API versions, Kubernetes, health, identity. One LIST a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._kube import Kube
from ._management_seen import Seen, look_at, support_of
from ._objects import CORE_GROUP, Object, dig, labels_of, name_of
from ._outcome import Outcome
from ._provider_health import deployment_trouble, place_of
from ._provider_plan import CORE, PROVIDER_LABEL, TYPES, Installed, type_of
from ._session import Session
from ._support import contract_of
from ._versions import is_version, parse_version

_SUFFIX = ".cluster.x-k8s.io"


def describe_management_cluster(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of management_cluster_info."""
    kube = session.kube
    seen = look_at(kube)
    core = next((p.version for p in seen.installed if p.label == CORE), "")
    crds = _api_versions(kube)
    health = _health(seen)
    return Outcome(
        values={
            "management_cluster_uid": kube.identity(),
            "server": kube.server,
            "installed": bool(core),
            "providers": [_provider(p) for p in seen.installed],
            "half_installed": seen.strays,
            "core_version": core,
            "contract": contract_of(parse_version(core)) if is_version(core) else "",
            "kubernetes": support_of(kube, core),
            "crds": crds,
            "leftovers_v1beta1": [c["name"] for c in crds if _is_leftover(c)],
            "healthy": bool(core) and not health,
            "not_healthy": health,
            "clusters": _count_clusters(kube),
        }
    )


def _provider(found: Installed) -> dict[str, Any]:
    kind = type_of(found.label)
    return {
        "label": found.label,
        "name": found.label.removeprefix(TYPES[kind][1]),
        "type": kind,
        "version": found.version,
        "namespace": found.namespace,
        "half_done": found.half_done,
    }


def _health(seen: Seen) -> list[dict[str, str]]:
    """Deployments that are not Available, and providers that are not wholly installed, with the reason."""
    troubles = [
        {"provider": labels_of(d).get(PROVIDER_LABEL, ""), "deployment": place_of(d), "reason": deployment_trouble(d)}
        for d in seen.deployments
    ]
    troubles += [
        {"provider": p.label, "deployment": "", "reason": p.half_done}
        for p in seen.installed
        if p.half_done and not p.deployments
    ]
    troubles += [
        {"provider": label, "deployment": "", "reason": "half-installed: it has Deployments, but no Provider object"}
        for label in seen.strays
    ]
    return [t for t in troubles if t["reason"]]


def _api_versions(kube: Kube) -> list[dict[str, Any]]:
    """Served and stored versions of every kind of Cluster API and its providers."""
    found = kube.list("apiextensions.k8s.io/v1", "CustomResourceDefinition", labels=PROVIDER_LABEL)
    return [_crd(c) for c in found if f".{dig(c, 'spec', 'group', default='')}".endswith(_SUFFIX)]


def _crd(crd: Object) -> dict[str, Any]:
    versions: Iterable[Mapping[str, Any]] = dig(crd, "spec", "versions", default=[])
    return {
        "name": name_of(crd),
        "kind": dig(crd, "spec", "names", "kind", default=""),
        "group": dig(crd, "spec", "group", default=""),
        "served": [v["name"] for v in versions if v.get("served")],
        "storage": next((v["name"] for v in versions if v.get("storage")), ""),
        "stored": dig(crd, "status", "storedVersions", default=[]),
    }


def _is_leftover(crd: Mapping[str, Any]) -> bool:
    """Objects may still be stored as v1beta1 where new ones are stored as v1beta2; the controllers migrate them."""
    return bool(crd["storage"] == "v1beta2" and "v1beta1" in crd["stored"])


def _count_clusters(kube: Kube) -> int:
    versions = kube.versions(CORE_GROUP, "Cluster")
    return len(kube.list(versions[0], "Cluster")) if versions else 0
