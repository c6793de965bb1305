# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters to be upgraded, of plain objects and with a topology, and the whole of an upgrade with what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import yaml
from bed import Bed, own_namespace
from descriptions import rendered
from journeys import template

STEPS = ("check", "upgrade", "again")
SLOW = {"backend": {"inMemory": {"vm": {"provisioning": {"startupDuration": "24h"}}}}}
OTHER = {"backend": {"inMemory": {"vm": {"provisioning": {"startupDuration": "2s"}}}}}


@dataclass
class Upgrade:
    """One cluster's upgrade: results and writes by step, and the machines before and after."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)  # names of machines, and their versions
    after: dict[str, str] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """How the cluster is made, and what is asked for."""

    make: Callable[[Bed, str, str], None]
    wish: Mapping[str, Any]


def whole(name: str, scenario: Scenario, bed: Bed) -> Upgrade:
    """Make the cluster, plan in check mode, upgrade, upgrade again, and delete it."""
    with own_namespace(bed, f"u-{name}") as namespace:
        return _upgraded(bed, {"name": f"c-{name}", "namespace": namespace}, scenario)


def _upgraded(bed: Bed, place: dict[str, str], scenario: Scenario) -> Upgrade:
    found = Upgrade()
    scenario.make(bed, place["name"], place["namespace"])
    found.before = versions(bed, place["namespace"])
    wish = dict(scenario.wish)
    if wish.get("rollout_after") == "now":
        wish["rollout_after"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for step in STEPS:
        with bed.requests(place["namespace"]) as requests:
            arguments = ["--check"] if step == "check" else []
            found.results[step] = bed.task("cluster_upgrade", *arguments, "--diff", **place, **wish)
        found.writes[step] = [w for w in requests.writes if "leases" not in w]
        if found.results[step].get("failed"):
            break
    found.after = versions(bed, place["namespace"])
    found.leftovers = notes(bed, place["namespace"])
    return found


def versions(bed: Bed, namespace: str) -> dict[str, str]:
    """Name and version of each Machine."""
    return {m["metadata"]["name"]: m["spec"]["version"] for m in bed.objects("machines", namespace)}


def notes(bed: Bed, namespace: str) -> list[str]:
    """Annotations of ours that are left on anything of the clusters."""
    kinds = "clusters,kubeadmcontrolplanes,machinedeployments"
    found = [a for item in bed.objects(kinds, namespace) for a in item["metadata"].get("annotations", {})]
    return [a for a in found if a.startswith("capi.lifecycle/drain")]


def manifests(bed: Bed, name: str, version: str, planes: int, pools: Mapping[str, int], startup: int = 1) -> list[Any]:
    """Plain objects: what the role makes of a short description."""
    described = {
        "cluster_provider": "development",
        "cluster_api_version": bed.api_version,
        "cluster_control_plane": {"replicas": planes, "startup_seconds": startup},
        "cluster_kubernetes_version": version,
        "cluster_node_pools": [{"name": n, "replicas": r, "startup_seconds": startup} for n, r in pools.items()],
    }
    return rendered(described, name)


def classic(version: str, planes: int = 1, pools: Mapping[str, int] | None = None, **plane: Any) -> Any:
    """Makes a cluster of plain objects; ``plane`` goes into the spec of its control plane."""

    def make(bed: Bed, name: str, namespace: str) -> None:
        items = manifests(bed, name, version, planes, {"a": 1} if pools is None else pools)
        for item in items:
            if item["kind"] == "KubeadmControlPlane":
                item["spec"].update(plane)
        made = bed.task("cluster", name=name, namespace=namespace, manifests=items)
        assert not made["failed"], made["msg"]

    return make


def classy(version: str, planes: int = 1, pools: Mapping[str, int] | None = None, walks: tuple[str, ...] = ()) -> Any:
    """Makes a cluster from CAPI's own in-memory ClusterClass; ``walks`` are its kubernetesVersions."""

    def make(bed: Bed, name: str, namespace: str) -> None:
        new_class(bed, namespace, walks)
        made = bed.task("cluster", name=name, namespace=namespace, topology=topology(version, planes, pools))
        assert not made["failed"], made["msg"]

    return make


def new_class(bed: Bed, namespace: str, walks: tuple[str, ...] = ()) -> None:
    """The ClusterClass, with machines that start in a second."""
    text = template(bed, "clusterclass-in-memory.yaml").read_text().replace("${NAMESPACE}", namespace)
    items = list(yaml.safe_load_all(text.replace('"10s"', '"1s"').replace('"2s"', '"1s"')))
    for item in items:
        if item["kind"] == "ClusterClass" and walks:
            item["spec"]["kubernetesVersions"] = list(walks)
    bed.kubectl("apply", "-n", namespace, "-f", "-", text=yaml.safe_dump_all(items))


def topology(version: str, planes: int = 1, pools: Mapping[str, int] | None = None) -> dict[str, Any]:
    return {
        "class": "in-memory",
        "kubernetes_version": version,
        "control_plane_replicas": planes,
        "node_pools": [
            {"name": name, "class": "default-worker", "replicas": number}
            for name, number in ({"a": 1} if pools is None else pools).items()
        ],
        "pod_cidrs": ["192.168.0.0/16"],
        "service_cidrs": ["10.128.0.0/12"],
    }
