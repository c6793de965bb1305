# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which certificates of a control plane are due, and which static pods still run with older ones. Pure.

A static pod reads its files when it starts. kubeadm renews the files and restarts nothing, so a pod whose container is
older than a file of its is what a renewal, whoever made it, has left to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")  # in this order, one by one
_FILE = re.compile(r"/etc/kubernetes/[\w./-]+\.(?:crt|conf)\b")
_POD = re.compile(r"^metadata:\n(?:  .*\n)*?  name: *(\S+)$", re.MULTILINE)
NANOSECONDS = 10**9

Row = Mapping[str, Any]


def due(rows: Iterable[Row], days: int, names: Sequence[str] = ()) -> list[str]:
    """Certificates with less than so many days left, of these names or of all; authorities never."""
    return [
        row["name"]
        for row in rows
        if not row["authority"] and not row["missing"] and row["days"] < days and (not names or row["name"] in names)
    ]


def obstacles(rows: Sequence[Row], wanted: Sequence[str]) -> list[str]:
    """Why these certificates cannot be renewed by kubeadm on this host."""
    over = {row["name"]: row for row in rows if row["authority"] and not row["missing"] and row["days"] < 0}
    found = [
        f"the authority {name} itself expired on {row['expires']}: nothing that it signs is valid. A new authority is "
        "not made here; it takes kubeadm's documentation of certificates, and a restart of everything."
        for name, row in over.items()
    ]
    outside: dict[str, list[str]] = {}
    for row in rows:
        if row["name"] in wanted and row["external"]:
            outside.setdefault(row["ca"], []).append(row["name"])
    return found + [
        f"the key of the authority {name} is not on this host, so that kubeadm cannot renew {', '.join(names)}. Have "
        "them signed where the key is (kubeadm certs generate-csr makes the requests) and put them in place; then "
        "run again: the static pods are restarted with them."
        for name, names in outside.items()
    ]


def unknown(rows: Iterable[Row], names: Sequence[str]) -> list[str]:
    """Names that no certificate of kubeadm has."""
    return [name for name in names if name not in {row["name"] for row in rows if not row["authority"]}]


def ordered(manifests: Iterable[str]) -> list[str]:
    """Names of static pods in the order in which they are restarted."""
    names = list(manifests)
    return [name for name in COMPONENTS if name in names] + sorted(name for name in names if name not in COMPONENTS)


def files_in(manifest: str | None) -> list[str]:
    """Certificates and kubeconfigs of kubeadm that a static pod reads."""
    return sorted(set(_FILE.findall(manifest or "")))


def pod_in(manifest: str | None, name: str) -> str:
    """The name that a manifest gives its pod; the kubelet adds the name of its node."""
    found = _POD.search(manifest or "")
    return found[1].strip("'\"") if found else name


def running_in(containers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Of ``crictl ps --state running``: when each container of a static pod was made, by pod and id."""
    found: dict[str, dict[str, float]] = {}
    for container in containers:
        labels = container.get("labels", {})
        if labels.get("io.kubernetes.pod.namespace") == "kube-system":
            made = int(container.get("createdAt", 0)) / NANOSECONDS
            found.setdefault(labels.get("io.kubernetes.pod.name", ""), {})[container["id"]] = made
    return found
