# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What stands beside the objects of a cluster: Secrets with credentials, and addons that go into it.

Addons go by a ClusterResourceSet, which applies ConfigMaps to the cluster as soon as its API server answers, and again
when they change.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ._errors import CapiError
from ._fetch import fetch
from ._kube import Kube
from ._objects import CLUSTER_LABEL, Object
from ._preflight import Finding, refuse

ADDONS_GROUP = "addons.cluster.x-k8s.io"
ADDONS_LABEL = "capi.lifecycle/addons"
MOVE_LABEL = "clusterctl.cluster.x-k8s.io/move"  # `clusterctl move` takes along what has it
_LARGEST = 1_000_000  # bytes; a ConfigMap holds 1 MiB, and the rest of it needs room
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SECRET = re.compile(r"^kind:\s*['\"]?Secret\b", re.MULTILINE)


def with_companions(kube: Kube, params: Mapping[str, Any], objects: list[Object]) -> list[Object]:
    """The objects with Secrets and addons. Raises InvalidInput with every addon that cannot be had."""
    cluster, namespace = params["name"], params["namespace"]
    secrets = [_secret(name, namespace, cluster, held) for name, held in (params.get("secrets") or {}).items()]
    addons = params.get("addons") or []
    if not addons:
        return [*secrets, *objects]
    texts, findings = _texts(addons)
    refuse(findings)
    carriers = [_carrier(f"{cluster}-{name}", namespace, cluster, text) for name, text in texts.items()]
    marked = [_marked(item, cluster) for item in objects]
    return [*secrets, *marked, *carriers, _resource_set(kube, namespace, cluster, carriers)]


def _secret(name: str, namespace: str, cluster: str, held: Mapping[str, Any]) -> Object:
    meta = {"name": name, "namespace": namespace, "labels": {CLUSTER_LABEL: cluster, MOVE_LABEL: ""}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": _encoded(held)}


def _encoded(held: Mapping[str, Any]) -> dict[str, str]:
    return {key: base64.b64encode(str(value).encode()).decode() for key, value in held.items()}


def _texts(addons: list[Mapping[str, Any]]) -> tuple[dict[str, str], list[Finding]]:
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for addon in addons:
        name, where = str(addon["name"]), f"addons[{addon['name']}]"
        if name in texts:
            findings.append(Finding(where, "two addons have this name; give each its own"))
        if not _NAME.fullmatch(name):
            findings.append(Finding(where, f"{name!r} is no name; wanted are small letters, digits and -"))
        try:
            content = _content(addon, where)
        except (CapiError, OSError) as error:
            reason = f"{addon['path']} cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
            findings.append(Finding(where, reason))
            continue
        findings += _unfit(addon, where, content)
        texts[name] = content.decode(errors="replace")
    return texts, findings


def _content(addon: Mapping[str, Any], where: str) -> bytes:
    if addon.get("url"):
        return fetch(addon["url"], f"{where}.url", largest=_LARGEST)
    with open(os.path.expanduser(addon["path"]), "rb") as file:
        return file.read(_LARGEST + 1)


def _unfit(addon: Mapping[str, Any], where: str, content: bytes) -> Iterator[Finding]:
    if len(content) > _LARGEST:
        yield Finding(where, f"it is larger than {_LARGEST} bytes, and a ConfigMap holds no more; split it")
        return
    wanted, found = str(addon.get("sha256") or "").lower(), hashlib.sha256(content).hexdigest()
    if wanted and wanted != found:
        yield Finding(f"{where}.sha256", f"what was read has {found}; wanted is {wanted}")
    elif addon.get("url") and not wanted:
        yield Finding(f"{where}.sha256", f"missing beside url; what is there now has {found}")


def _carrier(name: str, namespace: str, cluster: str, text: str) -> Object:
    """A ConfigMap; a Secret where the manifests have one."""
    meta = {"name": name, "namespace": namespace, "labels": {CLUSTER_LABEL: cluster}}
    held = {"addon.yaml": text}
    if _SECRET.search(text):
        kind = f"{ADDONS_GROUP}/resource-set"
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": kind, "data": _encoded(held)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": held}


def _marked(item: Object, cluster: str) -> Object:
    """The Cluster with the label by which its ClusterResourceSet finds it."""
    if item.get("kind") != "Cluster" or not str(item.get("apiVersion")).startswith("cluster.x-k8s.io/"):
        return item
    labels = {**(item["metadata"].get("labels") or {}), ADDONS_LABEL: cluster}
    return {**item, "metadata": {**item["metadata"], "labels": labels}}


def _resource_set(kube: Kube, namespace: str, cluster: str, carriers: list[Object]) -> Object:
    served = kube.versions(ADDONS_GROUP, "ClusterResourceSet")
    spec = {
        "clusterSelector": {"matchLabels": {ADDONS_LABEL: cluster}},
        "strategy": "Reconcile",
        "resources": [{"kind": item["kind"], "name": item["metadata"]["name"]} for item in carriers],
    }
    return {
        "apiVersion": served[0] if served else f"{ADDONS_GROUP}/v1beta2",
        "kind": "ClusterResourceSet",
        "metadata": {"name": f"{cluster}-addons", "namespace": namespace, "labels": {CLUSTER_LABEL: cluster}},
        "spec": spec,
    }
