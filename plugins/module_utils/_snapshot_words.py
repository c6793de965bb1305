# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the keys of an etcd tell of the cluster that it holds, and how two of them differ. Pure."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ._etcd_words import parsed
from ._kubeadm_words import cluster_of

PREFIX = "/registry/"  # kube-apiserver --etcd-prefix, which kubeadm leaves as it is
CONFIG = f"{PREFIX}configmaps/kube-system/kubeadm-config"
NODES = f"{PREFIX}minions/"
KNOWN = ("namespaces/kube-system", "configmaps/kube-system/kubeadm-config")
ENCRYPTED = b"k8s:enc:"
# What changes by itself every few seconds says nothing of what is lost.
PASSING = ("events", "leases", "masterleases", "endpointslices", "apiserver.k8s.io", "peerserverleases")


def keys_of(text: str) -> list[str]:
    """Keys of ``etcdctl get --prefix --keys-only``, without the prefix, as 'configmaps/default/x'."""
    return [line[len(PREFIX) :] for line in text.splitlines() if line.startswith(PREFIX)]


def values_of(text: str) -> dict[str, bytes]:
    """Values by key of ``etcdctl get -w json``."""
    found = parsed(text, "etcdctl get").get("kvs") or []
    return {base64.b64decode(entry["key"]).decode(): base64.b64decode(entry.get("value", "")) for entry in found}


def cluster_in(values: Mapping[str, bytes]) -> dict[str, Any]:
    """Name, version, endpoint and subnets of kubeadm-config as it lies in etcd; empty texts where it is encrypted."""
    text = values.get(CONFIG, b"").decode(errors="replace")
    found = cluster_of({"data": {"ClusterConfiguration": text}})
    return {key: value for key, value in found.items() if key != "configuration"}


def is_encrypted(values: Iterable[bytes]) -> bool:
    return any(value.startswith(ENCRYPTED) for value in values)


def resource_of(key: str) -> str:
    """'configmaps' of configmaps/default/x, 'apps/deployments' where a group stands before it."""
    first, _slash, rest = key.partition("/")
    return f"{first}/{rest.partition('/')[0]}" if "." in first else first


def counted(keys: Iterable[str]) -> dict[str, int]:
    """How many objects of each resource, by name of the resource."""
    return dict(sorted(Counter(map(resource_of, keys)).items()))


def difference(now: Iterable[str], snapshot: Iterable[str]) -> dict[str, list[str]]:
    """``gone``: what is there now and not in the snapshot; ``back``: what would come back. Sorted."""
    live, saved = set(now), set(snapshot)
    lasting = [key for key in sorted(live ^ saved) if resource_of(key).partition("/")[0] not in PASSING]
    return {"gone": [key for key in lasting if key in live], "back": [key for key in lasting if key in saved]}
