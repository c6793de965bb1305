# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control planes as a restore sees them, and what a snapshot was found to hold."""

from __future__ import annotations

from typing import Any

from bare_metal_world import ADDRESSES, COMMON, joined

LATE = "2026-11-01T00:00:00Z"
NEWEST = "/var/backups/etcd/etcd-20261101T000000Z.db"
WISH = {"snapshot": "", "on": "", "max_age": 86400, "again": False, "token": "restore-now"}


def beside(seen: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """What was seen on a host, and what a restore has to know of it."""
    found = seen or joined("cp1", kubelet_active=True)
    name = found["node"]["name"]
    member = {"name": name, "peer_url": f"https://{ADDRESSES[name]}:2380", "data_folder": "/var/lib/etcd"}
    old = {"path": "/var/backups/etcd/etcd-20261030T000000Z.db", "taken": "2026-10-30T00:00:00Z"}
    return {
        **found,
        "restore": {"open": None, "last": None, "member": member, "missing": [], "backups": [old], **parts},
    }


def looks(**seen: Any) -> dict[str, Any]:
    """Three control planes; cp1 has the newest backup."""
    found = {name: beside(joined(name, kubelet_active=True)) for name in ("cp1", "cp2", "cp3")}
    found["cp1"] = beside(joined("cp1", kubelet_active=True), backups=[{"path": NEWEST, "taken": LATE}])
    return {**found, **seen}


def tried(**values: Any) -> dict[str, Any]:
    """A good snapshot of the cluster, five minutes old."""
    facts = {"path": NEWEST, "sha256": "abc", "size": 1 << 20, "revision": 400, "taken": LATE, "age": 300}
    cluster = {
        "name": COMMON["bare_metal_cluster_name"],
        **{
            key: COMMON[f"bare_metal_{key}"]
            for key in ("kubernetes_version", "endpoint", "pod_subnet", "service_subnet")
        },
    }
    whole = {"resources": {"configmaps": 9}, "objects": 90, "nodes": ["cp1", "w1"], "encrypted": False, "missing": []}
    found = {"snapshot": facts, "cluster": cluster, "live": None, **whole}
    for key, value in values.items():
        next(part for part in (facts, cluster, found) if key in part)[key] = value
    return found
