# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Nodes, static pods and disruption budgets as the API server, the kubelet and the runtime tell them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OURS = "capi.lifecycle/cordoned"  # annotation of a node that a run of ours has cordoned
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
FILE = "file"  # annotation kubernetes.io/config.source of a static pod


def nodes_of(items: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Nodes by name; ``control_plane_version`` is that of the static pods, ``v1/v2`` while they differ."""
    servers: dict[str, str] = {}
    for pod in pods:
        if pod["metadata"].get("labels", {}).get("component") in KUBERNETES:
            version = image_version(pod["spec"]["containers"][0].get("image", ""))
            node = pod["spec"].get("nodeName", "")
            servers[node] = "/".join(sorted({version, *filter(None, servers.get(node, "").split("/"))}))
    nodes = [_node(item, servers) for item in items if item.get("kind", "Node") == "Node"]
    return sorted(nodes, key=lambda node: str(node["name"]))


def _node(item: Mapping[str, Any], servers: Mapping[str, str]) -> dict[str, Any]:
    name, spec, status = item["metadata"]["name"], item.get("spec", {}), item.get("status", {})
    ready: Mapping[str, Any] = next((c for c in status.get("conditions", []) if c["type"] == "Ready"), {})
    info = status.get("nodeInfo", {})
    return {
        "name": name,
        "uid": item["metadata"].get("uid", ""),
        "control_plane": CONTROL_PLANE in item["metadata"].get("labels", {}),
        "control_plane_version": servers.get(name, ""),
        "kubelet_version": info.get("kubeletVersion", ""),
        "ready": ready.get("status") == "True",
        "ready_status": ready.get("status", "Unknown"),  # True, False, or Unknown: nobody hears the kubelet
        "message": "" if ready.get("status") == "True" else ready.get("message", "it has not reported yet"),
        "cordoned": bool(spec.get("unschedulable")),
        "cordoned_by_us": OURS in item["metadata"].get("annotations", {}),
        "taints": [f"{taint['key']}:{taint['effect']}" for taint in spec.get("taints") or []],
        "addresses": [a["address"] for a in status.get("addresses", []) if a["type"] == "InternalIP"],
        "container_runtime": info.get("containerRuntimeVersion", ""),
        "os_image": info.get("osImage", ""),
        "kernel": info.get("kernelVersion", ""),
        "boot_id": info.get("bootID", ""),  # tells whether a Ready is from before a reboot
    }


def image_version(image: str) -> str:
    """``v1.36.3`` of ``registry.k8s.io/kube-apiserver:v1.36.3``; ``''`` where an image has only a digest."""
    return image.rpartition(":")[2] if ":" in image.rpartition("/")[2] and "@" not in image else ""


def budgets_of(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """PodDisruptionBudgets that let no Pod go now, and have Pods: they block a drain."""
    found = [item for item in items if item.get("kind", "PodDisruptionBudget") == "PodDisruptionBudget"]
    return [
        {
            "namespace": item["metadata"]["namespace"],
            "name": item["metadata"]["name"],
            "healthy": item.get("status", {}).get("currentHealthy", 0),
            "wanted": item.get("status", {}).get("desiredHealthy", 0),
            "pods": item.get("status", {}).get("expectedPods", 0),
        }
        for item in found
        if not item.get("status", {}).get("disruptionsAllowed") and item.get("status", {}).get("expectedPods", 0)
    ]


def static_pods_of(
    kubelet: Iterable[Mapping[str, Any]],
    containers: Iterable[Mapping[str, Any]],
    mirrors: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Static pods of one node: what the kubelet wants, what runs, what the API server shows; by name.

    A kubelet of a new minor version gives every static pod a new hash, which is the pod's uid, and restarts it some
    25 s later, while the Node says Ready at once. A pod is settled when only containers of the wanted hash run, and the
    mirror pod has the same hash and is Ready.
    """
    running: dict[str, set[str]] = {}
    for container in containers:
        labels = container.get("labels", {})
        running.setdefault(labels.get("io.kubernetes.pod.name", ""), set()).add(labels.get("io.kubernetes.pod.uid", ""))
    shown = {mirror["metadata"]["name"]: mirror for mirror in mirrors}
    pods = [
        _static_pod(pod, running.get(pod["metadata"]["name"], set()), shown.get(pod["metadata"]["name"], {}))
        for pod in kubelet
        if pod["metadata"].get("annotations", {}).get("kubernetes.io/config.source") == FILE
    ]
    return sorted(pods, key=lambda pod: str(pod["name"]))


def _static_pod(pod: Mapping[str, Any], running: set[str], mirror: Mapping[str, Any]) -> dict[str, Any]:
    wanted = pod["metadata"]["annotations"].get("kubernetes.io/config.hash", "")
    shown = mirror.get("metadata", {}).get("annotations", {}).get("kubernetes.io/config.hash", "")
    conditions = mirror.get("status", {}).get("conditions") or []
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return {
        "name": pod["metadata"]["name"],
        "component": pod["metadata"].get("labels", {}).get("component", ""),
        "version": image_version(pod["spec"]["containers"][0].get("image", "")),
        "hash": wanted,
        "running": sorted(running),
        "mirror": shown,
        "ready": ready,
        "settled": running == {wanted} and shown == wanted and ready,
    }
