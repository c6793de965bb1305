# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What is on a management cluster: Provider objects and the Deployments that clusterctl installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._kube import Kube
from ._objects import Object, labels_of
from ._provider_plan import CLUSTERCTL_LABEL, PROVIDER_LABEL, Installed, installed
from ._support import kubernetes_support


@dataclass(frozen=True)
class Seen:
    """One look: two LISTs."""

    installed: Sequence[Installed]
    deployments: Sequence[Object]

    @property
    def strays(self) -> list[str]:
        """Labels of Deployments whose Provider object is missing: an installation that did not come to its end."""
        known = {p.label for p in self.installed}
        return sorted(
            {labels_of(d)[PROVIDER_LABEL] for d in self.deployments if PROVIDER_LABEL in labels_of(d)} - known
        )


def look_at(kube: Kube) -> Seen:
    """Read providers and Deployments; no providers where the kind is not installed."""
    deployments = kube.list("apps/v1", "Deployment", labels=CLUSTERCTL_LABEL)
    versions = kube.versions(CLUSTERCTL_LABEL, "Provider")
    providers = kube.list(versions[0], "Provider") if versions else []
    return Seen(installed(providers, deployments), deployments)


def table_of(seen: Seen) -> dict[str, str]:
    """Versions by provider label."""
    return {p.label: p.version for p in seen.installed}


def support_of(kube: Kube, core: str) -> Mapping[str, Any]:
    """Whether this release of Cluster API supports the Kubernetes of the management cluster."""
    return kubernetes_support(core, str(kube.read("/version").get("gitVersion", "")))
