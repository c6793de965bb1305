# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of an inventory, what is seen on them, and a cluster through one of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_wish import host_of

ADDRESSES = {"cp1": "192.0.2.11", "cp2": "192.0.2.12", "cp3": "192.0.2.13", "w1": "192.0.2.21", "w2": "192.0.2.22"}
COMMON = {
    "bare_metal_cluster_name": "site",
    "bare_metal_kubernetes_version": "v1.35.4",
    "bare_metal_endpoint": "api.example.org:6443",
    "bare_metal_pod_subnet": "10.244.0.0/16",
    "bare_metal_service_subnet": "10.96.0.0/16",
}
OURS, OTHERS = "sha256:ours", "sha256:theirs"


def host(name: str, **variables: Any) -> dict[str, Any]:
    found = {"inventory_hostname": name, "ansible_host": ADDRESSES.get(name, "192.0.2.99"), **COMMON, **variables}
    return host_of(found, [name] if name.startswith("cp") else [], {})


def hosts(*names: str) -> list[dict[str, Any]]:
    return [host(name) for name in names or ("cp1", "cp2", "cp3", "w1")]


def look(name: str, **node: Any) -> dict[str, Any]:
    """A host without anything of kubeadm, but for what ``node`` says."""
    seen = {
        "os": {"id": "debian", "version": "13", "name": "Debian 13", "family": "debian"},
        "cpus": 2,
        "memory_mib": 4096,
        "cgroup": "v2",
        "swap": [],
        "machine_id": f"id-of-{name}",
        "ports": [22],
        "free_mib": {"/var/lib": 50000},
        "kubeadm_running": [],
    }
    api = {"server": "", "ready": False, "version": "", "message": "there is none on this node"}
    new = {"name": name, "role": "none", "manifests": [], "traces": [], "etcd_data": False, "server": "", "ca_hash": ""}
    new["kubelet_active"] = False
    return {"host": seen, "node": {**new, "kubelet": "", "api": api, **node}}


def joined(name: str, **node: Any) -> dict[str, Any]:
    """A host that is a node of the cluster."""
    role = "control_plane" if name.startswith("cp") else "worker"
    marks = {"role": role, "traces": ["/etc/kubernetes/kubelet.conf"], "ca_hash": OURS, "kubelet": "v1.35.4"}
    return look(name, **{**marks, "etcd_data": role == "control_plane", **node})


def member(name: str, /, **values: Any) -> dict[str, Any]:
    url = f"https://{ADDRESSES[name]}:2380"
    state = {"learner": False, "started": True, "healthy": True, "error": ""}
    return {"name": name, "id": name, "peer_urls": [url], **state, **values}


def node(name: str, **values: Any) -> dict[str, Any]:
    control_plane = name.startswith("cp")
    return {"name": name, "control_plane": control_plane, "kubelet_version": "v1.35.4", "ready": True, **values}


def cluster(*names: str, **parts: Any) -> dict[str, Any]:
    """What is seen through cp1 of a healthy cluster of these nodes."""
    members = [member(name) for name in names if name.startswith("cp")]
    live = {
        "name": "site",
        "kubernetes_version": "v1.35.4",
        "endpoint": "api.example.org:6443",
        "pod_subnet": "10.244.0.0/16",
        "service_subnet": "10.96.0.0/16",
        "missing": [],
    }
    return {
        "source": "cp1",
        "node": {"name": "cp1", "ca_hash": OURS},
        "cluster": live,
        "nodes": [node(name) for name in names],
        "etcd": {"members": members, "alarms": [], "quorum": {"spare": (len(members) - 1) // 2}},
        **parts,
    }
