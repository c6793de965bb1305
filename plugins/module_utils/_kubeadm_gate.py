# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether a node is where the next step may begin: what is missing, in sentences. Pure.

Nothing is taken as good that was not seen: a part that could not be read is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Of which Nodes a condition speaks, all where none is named, and which version their kubelets shall have."""

    version: str | None = None
    nodes: Sequence[str] = ()


NEEDS: dict[str, tuple[str, ...]] = {  # which parts of a look a condition reads
    "api_ready": ("node",),
    "etcd_healthy": ("node", "etcd"),
    "etcd_same": ("etcd_hashes",),
    "kubeadm_idle": ("host",),
    "node_ready": ("node", "nodes"),
    "nodes_ready": ("node", "nodes"),
    "static_pods_settled": ("node", "static_pods"),
}


def unmet(facts: Facts, conditions: Sequence[str], wanted: Wanted | None = None) -> list[str]:
    """What keeps the conditions from being true, first cause first; nothing when all are."""
    found: list[str] = []
    for condition in conditions:
        unread = [facts["problems"][part] for part in NEEDS[condition] if part in facts.get("problems", {})]
        found += unread or JUDGES[condition](facts, wanted or Wanted())
    return list(dict.fromkeys(found))


def _api_ready(facts: Facts, _wanted: Wanted) -> list[str]:
    node = facts["node"]
    return [] if node["api"]["ready"] else [f"the API server of {node['name']} is not ready: {node['api']['message']}"]


def _etcd_healthy(facts: Facts, _wanted: Wanted) -> list[str]:
    """All members started, voting, healthy, and no alarm: the next node may be taken away."""
    etcd = facts["etcd"]
    found: list[str] = []
    for member in etcd["members"]:
        name = member["name"] or member["id"]
        if not member["started"]:
            found.append(f"etcd member {name} ({', '.join(member['peer_urls'])}) has never started")
        elif member["learner"]:
            found.append(f"etcd member {name} is a learner, without a vote yet")
        elif not member["healthy"]:
            found.append(f"etcd member {name} is not healthy: {member['error']}")
    if etcd["alarms"] is None:
        found.append("etcd does not tell its alarms")
    return found + [f"etcd member {alarm['member']} has the alarm {alarm['alarm']}" for alarm in etcd["alarms"] or []]


def _etcd_same(facts: Facts, _wanted: Wanted) -> list[str]:
    """Hashes tell something only of the same revision, from which the same was compacted away."""
    told = facts["etcd_hashes"]
    spans = {(entry["compact_revision"], entry["revision"]) for entry in told}
    if len(spans) > 1:
        return ["members of etcd are at work on a compaction: their data cannot be compared now"]
    if len({entry["hash"] for entry in told}) > 1:
        hashes = ", ".join(f"{entry['member']} {entry['hash']}" for entry in told)
        return [f"members of etcd hold different data at revision {told[0]['revision']}: {hashes}"]
    return []


def _kubeadm_idle(facts: Facts, _wanted: Wanted) -> list[str]:
    running = facts["host"]["kubeadm_running"]
    return [f"kubeadm {command} still runs on this host" for command in running]


def _node_ready(facts: Facts, wanted: Wanted) -> list[str]:
    return _ready(facts, [facts["node"]["name"]], wanted.version)


def _nodes_ready(facts: Facts, wanted: Wanted) -> list[str]:
    return _ready(facts, wanted.nodes or [node["name"] for node in facts["nodes"]], wanted.version)


def _ready(facts: Facts, names: Sequence[str], version: str | None) -> list[str]:
    nodes = {node["name"]: node for node in facts["nodes"]}
    missing = [f"the cluster has no Node {name}" for name in names if name not in nodes]
    return missing + [cause for name in names if name in nodes for cause in _not_ready(nodes[name], version)]


def _not_ready(node: Mapping[str, Any], version: str | None) -> list[str]:
    found: list[str] = [] if node["ready"] else [f"Node {node['name']} is not Ready: {node['message']}"]
    if version and node["kubelet_version"] != version:
        found.append(f"Node {node['name']} has kubelet {node['kubelet_version'] or '(unknown)'}, wanted {version}")
    return found


def _static_pods_settled(facts: Facts, _wanted: Wanted) -> list[str]:
    pods, name = facts["static_pods"], facts["node"]["name"]
    seen = {pod["component"] for pod in pods}
    missing = [f"{part}-{name}" for part in facts["node"]["manifests"] if part not in seen and part in CONTROL_PLANE]
    found = [f"the kubelet has not taken up static pod {pod} yet" for pod in missing]
    return found + [f"static pod {pod['name']} {_unsettled(pod)}" for pod in pods if not pod["settled"]]


def _unsettled(pod: Mapping[str, Any]) -> str:
    if pod["running"] != [pod["hash"]]:
        return "is being restarted" if pod["running"] else "has no running container"
    return "is not Ready" if pod["mirror"] == pod["hash"] else "runs, and the API server does not show it yet"


CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
JUDGES: dict[str, Callable[[Facts, Wanted], list[str]]] = {
    "api_ready": _api_ready,
    "etcd_healthy": _etcd_healthy,
    "etcd_same": _etcd_same,
    "kubeadm_idle": _kubeadm_idle,
    "node_ready": _node_ready,
    "nodes_ready": _nodes_ready,
    "static_pods_settled": _static_pods_settled,
}
