# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Shapes of Kubernetes and Cluster API objects: names, conditions, counters, comparison. Pure."""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

CORE_GROUP = "cluster.x-k8s.io"
BOOTSTRAP_GROUP = "bootstrap.cluster.x-k8s.io"
CONTROL_PLANE_GROUP = "controlplane.cluster.x-k8s.io"
INFRASTRUCTURE_GROUP = "infrastructure.cluster.x-k8s.io"

CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE_LABEL = "cluster.x-k8s.io/control-plane"
DEPLOYMENT_LABEL = "cluster.x-k8s.io/deployment-name"
POOL_LABEL = "cluster.x-k8s.io/pool-name"
PAUSED_ANNOTATION = "cluster.x-k8s.io/paused"
PROTECTED_LABEL = "capi.lifecycle/protected"

FIELD_MANAGER = "capi.lifecycle"

# Fields that the server writes; they say nothing about what somebody wished.
_SERVER_METADATA = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
# Copies of the whole object, status included, which kubectl and the conversion of Cluster API leave in annotations.
_COPIES = ("kubectl.kubernetes.io/last-applied-configuration", "cluster.x-k8s.io/conversion-data")
_SECRET_KEYS = ("data", "stringData", "binaryData")


@dataclass(frozen=True)
class Ref:
    """Where an object lives. ``namespace`` is empty for cluster-scoped kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}".rstrip()

    @property
    def group(self) -> str:
        return group_of(self.api_version)


def ref_of(item: Mapping[str, Any]) -> Ref:
    """The Ref of a whole object."""
    meta = item.get("metadata", {})
    return Ref(item["apiVersion"], item["kind"], meta.get("namespace", ""), meta["name"])


def group_of(api_version: str) -> str:
    """``cluster.x-k8s.io/v1beta2`` -> ``cluster.x-k8s.io``; empty for the core group."""
    return api_version.rpartition("/")[0]


def name_of(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])


def labels_of(item: Mapping[str, Any]) -> Mapping[str, str]:
    return _mapping(dig(item, "metadata", "labels"))


def annotations_of(item: Mapping[str, Any]) -> Mapping[str, str]:
    return _mapping(dig(item, "metadata", "annotations"))


def is_deleting(item: Mapping[str, Any]) -> bool:
    return bool(item.get("metadata", {}).get("deletionTimestamp"))


def dig(item: Any, *path: str, default: Any = None) -> Any:
    """Follow keys through nested dicts; ``default`` where a step is missing or null."""
    for step in path:
        if item is None or not isinstance(item, (dict, Mapping)):  # dict first: asking an abstract class takes long
            return default
        item = item.get(step)
    return default if item is None else item


def mappings_at(item: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings in a list inside an object; empty where there is something else: users' manifests come here."""
    found = dig(item, *path, default=[])
    return [part for part in found if isinstance(part, Mapping)] if isinstance(found, list) else []


def new_style_status(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The status part with new-style conditions and counters (since CAPI v1.9).

    In v1beta2 that is ``status``, in v1beta1 ``status.v1beta2``: same names at ``status`` mean Nodes there.
    Source: CAPI book, migrations v1.10 to v1.11.
    """
    status: Mapping[str, Any] = item.get("status") or {}
    if str(item.get("apiVersion", "")).endswith("/v1beta1") and ".x-k8s.io" in str(item.get("apiVersion", "")):
        return status.get("v1beta2") or {}
    return status


def conditions(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The new-style conditions of an object in either API version; old-style ones where a kind has no other."""
    found: list[Mapping[str, Any]] = new_style_status(item).get("conditions") or dig(
        item, "status", "conditions", default=[]
    )
    return found


def condition(item: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """One condition by type, or an empty mapping."""
    return next((c for c in conditions(item) if c.get("type") == kind), {})


def is_true(item: Mapping[str, Any], kind: str) -> bool:
    """Whether a condition is True and speaks of the object's current generation."""
    found = condition(item, kind)
    generation = item.get("metadata", {}).get("generation", 0)
    return found.get("status") == "True" and found.get("observedGeneration", generation) >= generation


def counter(item: Mapping[str, Any], name: str) -> int:
    """A new-style replica counter (``readyReplicas``, ``availableReplicas``, ``upToDateReplicas``); 0 if absent."""
    return int(new_style_status(item).get(name) or 0)


def namespace_of(item: Mapping[str, Any]) -> str:
    """The namespace of an object; empty where it has none, or none yet."""
    return str(dig(item, "metadata", "namespace", default=""))


def is_protected(item: Mapping[str, Any]) -> bool:
    """Any value of the label but ``false`` protects: somebody wanted it."""
    return labels_of(item).get(PROTECTED_LABEL, "false") != "false"


def is_paused(item: Mapping[str, Any]) -> bool:
    return bool(dig(item, "spec", "paused")) or PAUSED_ANNOTATION in annotations_of(item)


def cleaned(item: Mapping[str, Any]) -> Object:
    """A copy without what the server writes and without secret content: fit for comparing and for showing."""
    kept = {k: copy.deepcopy(v) for k, v in item.items() if k != "status"}
    meta = kept.get("metadata", {})
    for key in _SERVER_METADATA:
        meta.pop(key, None)
    if any(name in _COPIES for name in annotations_of(item)):
        meta["annotations"] = {k: v for k, v in meta["annotations"].items() if k not in _COPIES}
        if not meta["annotations"]:
            del meta["annotations"]
    if kept.get("kind") == "Secret":
        for key in _SECRET_KEYS:
            if key in kept:
                kept[key] = f"(hidden, sha256 {content_hash(kept[key])})"
    return kept


def content_hash(content: Any, length: int = 8) -> str:
    """A short, stable hash of JSON content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def close_matches(word: str, choices: Iterable[str], limit: int = 3) -> str:
    """``; did you mean 'x' or 'y'?`` for a misspelt word, or an empty text."""
    by_lower = {c.lower(): c for c in choices}
    found = difflib.get_close_matches(word.lower(), by_lower, n=limit, cutoff=0.7)
    return "; did you mean " + " or ".join(f"'{by_lower[f]}'" for f in found) + "?" if found else ""


def listed(words: Sequence[str], limit: int = 5) -> str:
    """``a, b and 3 more``."""
    shown = ", ".join(words[:limit])
    return shown if len(words) <= limit else f"{shown} and {len(words) - limit} more"


def _mapping(value: Any) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}
