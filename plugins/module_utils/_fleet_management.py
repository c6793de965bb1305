# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The management cluster in the report: Cluster API, providers, their releases and health. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ._fleet_support import contract_named, life
from ._fleet_templates import Templates
from ._objects import Object
from ._provider_health import deployment_trouble, place_of
from ._provider_plan import CORE, Installed, contract_mismatches, known_contracts, type_of
from ._support import kubernetes_support

_KUBEADM = ("bootstrap-kubeadm", "control-plane-kubeadm")


def management_row(
    installed: Sequence[Installed] | None, kubernetes: str, support: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Providers against the support tables. ``installed`` is None where it could not be read."""
    known = installed or []
    core = next((p.version for p in known if p.label == CORE), "")
    return {
        "cluster_api": {
            "version": core or None,
            "contract": contract_named(core) or None,
            **life(support["cluster_api"], core, now),
        },
        "kubernetes": {
            **kubernetes_support(core, kubernetes),
            **life(support["kubernetes"], kubernetes, now),
        },
        "providers": None if installed is None else [_provider(p, support, now) for p in installed],
        "mismatches": list(_mismatches({p.label: p.version for p in known}, core)),
        "not_healthy": list(_troubles(known)),
    }


def unowned(found: Mapping[tuple[str, str], Templates], clusters: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Templates that belong to no cluster that is there, with their namespaces."""
    told: dict[str, list[str]] = {"unreferenced": [], "stale": [], "missing": []}
    for (namespace, name), templates in sorted(found.items()):
        if (namespace, name) not in clusters:
            for kind, names in templates.as_dict().items():
                told[kind] += [f"{namespace}: {text}" for text in names]
    return told


def _provider(found: Installed, support: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    released_with_core = found.label == CORE or found.label in _KUBEADM
    table = support["cluster_api"] if released_with_core else support["providers"].get(found.label, {})
    return {
        "label": found.label,
        "type": type_of(found.label),
        "version": found.version,
        "namespace": found.namespace,
        **life(table, found.version, now),
    }


def _mismatches(versions: Mapping[str, str], core: str) -> Iterator[str]:
    """Providers that do not go together: by contract, and the kubeadm providers, which have one version with core."""
    yield from contract_mismatches(known_contracts(versions), core)
    kubeadm = {label: versions[label] for label in _KUBEADM if label in versions}
    if len(set(kubeadm.values())) > 1:
        yield "the kubeadm providers have different versions: " + ", ".join(f"{k} {v}" for k, v in kubeadm.items())


def _troubles(installed: Sequence[Installed]) -> Iterator[str]:
    for provider in installed:
        told = list(_deployments(provider.deployments))
        yield from told
        if provider.half_done and not told:
            yield f"{provider.label}: {provider.half_done}"


def _deployments(deployments: Sequence[Object]) -> Iterator[str]:
    for deployment in deployments:
        trouble = deployment_trouble(deployment)
        if trouble:
            yield f"Deployment {place_of(deployment)}: {trouble}"
