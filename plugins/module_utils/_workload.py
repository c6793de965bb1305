# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Reads inside a workload cluster, by the kubeconfig that Cluster API keeps: only where the task allows it."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ._errors import CapiError, InvalidInput, NotFound
from ._kube import Kube
from ._kubeconfig_files import parse
from ._objects import Object, Ref, dig, name_of, namespace_of, ref_of
from ._parts import Parts
from ._progress import wanted_replicas

_UNREAD = "a version that could not be read"
_GONE = "no version any more (the node is gone)"
_OPERATORS = {
    "In": "{key} in ({values})",
    "NotIn": "{key} notin ({values})",
    "Exists": "{key}",
    "DoesNotExist": "!{key}",
}


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


def nodes_of(pool: Object) -> list[str]:
    """Names of the nodes of a MachinePool."""
    return [str(ref.get("name")) for ref in dig(pool, "status", "nodeRefs", default=[])]


def told_by_nodes(parts: Parts, silent: Collection[str], nodes: Sequence[Object] | None) -> Parts:
    """The parts, where the named pools have ``status.versions`` by their nodes, as Cluster API tells it since v1.14.

    Nodes that could not be read (None) have a version that is never the wanted one: such a pool is not done.
    """
    held = {name_of(n): str(dig(n, "status", "nodeInfo", "kubeletVersion", default=_UNREAD)) for n in nodes or ()}

    def told(pool: Object) -> Object:
        if name_of(pool) not in silent:
            return pool
        found = Counter(held.get(name, _GONE if nodes is not None else _UNREAD) for name in nodes_of(pool))
        versions = found or {_UNREAD: wanted_replicas(pool)}
        rows = [{"version": version, "replicas": number} for version, number in sorted(versions.items())]
        return {**pool, "status": {**pool.get("status", {}), "versions": rows}}

    return replace(parts, pools=tuple(map(told, parts.pools)))


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
    """One Pod of the budget on the nodes. An empty selector is every Pod of the namespace, a missing one is none."""
    selector = dig(budget, "spec", "selector")
    if selector is None:
        return None
    there = kube.list("v1", "Pod", namespace_of(budget), selector_text(selector))
    return next((p for p in there if dig(p, "spec", "nodeName") in nodes), None)


def selector_text(selector: Mapping[str, Any]) -> str:
    """A label selector in the words of a query."""
    labels = [f"{key}={value}" for key, value in sorted(selector.get("matchLabels", {}).items())]
    wanted = (
        _OPERATORS[e["operator"]].format(key=e["key"], values=",".join(e.get("values") or ()))
        for e in selector.get("matchExpressions", ())
    )
    return ",".join((*labels, *wanted))


def _words_against(kube: Kube, pod: Ref) -> str:
    try:
        return kube.evict(pod)
    except NotFound:  # an API without evictions: what the budget's status says must do
        return "its status allows no disruption"
    except CapiError as error:
        return str(error)
