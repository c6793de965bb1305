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

_UNNAMED = "a version that nobody knows yet (the pool names no nodes)"
_UNTOLD = "a version that its kubelet has not told"
_GONE = "no version any more (the node is gone)"
_DATA = {
    "cluster": {"server", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name", "proxy-url"},
    "user": {"client-certificate-data", "client-key-data", "token"},
}
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


def only_data(kubeconfig: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """The kubeconfig, if it holds all that it needs. Raises InvalidInput where it would run a program or read files.

    Who may write a Secret in the management cluster must not by that run programs where Ansible runs.
    """
    for part, allowed in _DATA.items():
        for entry in kubeconfig.get(f"{part}s") or ():
            others = sorted(set(entry.get(part) or {}) - allowed)
            if others:
                raise InvalidInput(
                    f"{source}: its {part} {entry.get('name')!r} has {others[0]!r}. Used are kubeconfigs with "
                    f"{', '.join(sorted(allowed))} only, since others run programs or read files of this machine."
                )
    return kubeconfig


def nodes_of(pool: Object) -> list[str]:
    """Names of the nodes of a MachinePool."""
    return [str(ref.get("name")) for ref in dig(pool, "status", "nodeRefs", default=[])]


def told_by_nodes(parts: Parts, silent: Collection[str], nodes: Sequence[Object]) -> Parts:
    """The parts, where the named MachinePools have ``status.versions`` by their nodes, as v1.14 itself tells it.

    What a node does not tell stands there in words, which are never the wanted version: such a pool is not done.
    """
    held = {name_of(n): str(dig(n, "status", "nodeInfo", "kubeletVersion", default=_UNTOLD)) for n in nodes}

    def told(pool: Object) -> Object:
        if pool["kind"] != "MachinePool" or name_of(pool) not in silent:
            return pool
        found = Counter(held.get(name, _GONE) for name in nodes_of(pool)) or {_UNNAMED: wanted_replicas(pool)}
        rows = [{"version": version, "replicas": number} for version, number in sorted(found.items())]
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
    return next((p for p in there if dig(p, "spec", "nodeName") in nodes and _is_drained(p)), None)


def _is_drained(pod: Object) -> bool:
    """Whether a drain evicts a Pod: not one that has ended, and none of a DaemonSet."""
    owners = dig(pod, "metadata", "ownerReferences", default=[])
    ended = dig(pod, "status", "phase") in ("Succeeded", "Failed")
    return not ended and not any(owner.get("kind") == "DaemonSet" for owner in owners)


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
