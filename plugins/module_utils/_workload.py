# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Reads inside a workload cluster, by the kubeconfig that Cluster API keeps: only where the task allows it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ._errors import CapiError, InvalidInput, NotFound
from ._kube import Kube
from ._kubeconfig_files import parse
from ._objects import Object, Ref, dig, name_of, namespace_of, ref_of


def kubeconfig_of(kube: Kube, name: str, namespace: str) -> Mapping[str, Any]:
    """What the Secret of a cluster holds. Raises NotFound or InvalidInput."""
    ref = Ref("v1", "Secret", namespace, f"{name}-kubeconfig")
    value = dig(kube.get(ref), "data", "value")
    if not value:
        raise NotFound(f"{ref} is not there, or has no key 'value': the control plane is not initialized yet.")
    try:
        return parse(base64.b64decode(value, validate=True).decode(), str(ref))
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput(f"The key 'value' of {ref} is not text in base64.") from None


def tight_budgets(kube: Kube, nodes: Collection[str]) -> Iterator[str]:
    """PodDisruptionBudgets that let no Pod go from the nodes, by the server's own answer to an eviction (dry run)."""
    for budget in kube.list("policy/v1", "PodDisruptionBudget"):
        status = budget.get("status") or {}
        if int(status.get("disruptionsAllowed") or 0) > 0 or not status.get("expectedPods"):
            continue
        pod = _pod_of(kube, budget, nodes)
        if pod:
            words = _words_against(kube, ref_of(pod))
            if words:
                yield (
                    f"PodDisruptionBudget {namespace_of(budget)}/{name_of(budget)} lets no Pod go (for example "
                    f"{name_of(pod)} on {dig(pod, 'spec', 'nodeName')}: {words.rstrip('.')})."
                )


def _pod_of(kube: Kube, budget: Object, nodes: Collection[str]) -> Object | None:
    """One Pod of the budget on the nodes. Selectors with expressions are taken by their labels alone."""
    labels = ",".join(f"{k}={v}" for k, v in sorted(dig(budget, "spec", "selector", "matchLabels", default={}).items()))
    if not labels:
        return None
    there = kube.list("v1", "Pod", namespace_of(budget), labels)
    return next((p for p in there if dig(p, "spec", "nodeName") in nodes), None)


def _words_against(kube: Kube, pod: Ref) -> str:
    try:
        return kube.evict(pod)
    except NotFound:  # an API without evictions: what the budget's status says must do
        return "its status allows no disruption"
    except CapiError as error:
        return str(error)
