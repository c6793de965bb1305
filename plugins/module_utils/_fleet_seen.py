# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One look at a management cluster for a report: one LIST a kind, and no Secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from ._errors import CapiError
from ._fleet_templates import Templates, templates_by_cluster
from ._kube import Kube
from ._management_seen import look_at
from ._objects import CORE_GROUP, Object, group_of
from ._observed import cluster_version, observe
from ._parts import Parts
from ._provider_plan import Installed


@dataclass
class FleetSeen:
    """What was read. None for what could not be, with the reason in ``unread``: less rights make a shorter report."""

    clusters: Sequence[Parts]
    uid: str = ""
    kubernetes: str = ""
    installed: Sequence[Installed] | None = None
    health_checks: Sequence[Object] | None = None
    templates: dict[tuple[str, str], Templates] | None = None
    unread: dict[str, str] = field(default_factory=dict)


def look_at_fleet(kube: Kube, namespace: str, labels: str) -> FleetSeen:
    """Read clusters and what surrounds them. Raises what reading the clusters and their machines raises."""
    clusters = kube.list(cluster_version(kube), "Cluster", namespace, labels)
    seen = FleetSeen(observe(kube, clusters, namespace, "") if clusters else [])
    unread = seen.unread
    seen.uid = tried(kube.identity, "uid", unread) or ""
    seen.kubernetes = tried(lambda: str(kube.read("/version").get("gitVersion", "")), "kubernetes", unread) or ""
    providers = tried(lambda: look_at(kube), "providers", unread)
    seen.installed = providers.installed if providers else None
    seen.health_checks = tried(lambda: _listed(kube, "MachineHealthCheck", namespace), "no_health_check", unread)
    seen.templates = tried(lambda: _templates(kube, seen, namespace), "templates", unread)
    return seen


def _templates(kube: Kube, seen: FleetSeen, namespace: str) -> dict[tuple[str, str], Templates]:
    """Every template of Cluster API's groups against everything that may refer to one."""
    kinds = [r for r in kube.kinds(".cluster.x-k8s.io") if r.kind.endswith("Template") and r.namespaced]
    templates = [t for r in kinds for t in kube.list(r.api_version, r.kind, namespace)]
    owners = [o for parts in seen.clusters for o in parts.owners]
    owners += [*_listed(kube, "ClusterClass", namespace), *(seen.health_checks or [])]
    sets = _listed(kube, "MachineSet", namespace)
    return templates_by_cluster(templates, owners, sets, {(group_of(r.api_version), r.kind) for r in kinds})


def _listed(kube: Kube, kind: str, namespace: str) -> list[Object]:
    """One LIST in the newest served version; nothing where the kind is not served."""
    versions = kube.versions(CORE_GROUP, kind)
    return kube.list(versions[0], kind, namespace) if versions else []


def tried(read: Callable[[], Any], what: str, unread: dict[str, str]) -> Any:
    """What may be read; a missing right makes a part of the report unknown, lost contact ends it."""
    try:
        return read()
    except CapiError as error:
        if error.outcome == "unknown":
            raise
        unread[what] = str(error)
    return None
