# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade asks inside a workload cluster, where the task allows it: budgets, and nodes of MachinePools.

The sandbox's own API server stands for the workload cluster: it evicts and lists as a real one, which the API servers
in memory do not. No controller of disruptions runs there, so a test tells a budget's status itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from bed import Bed, own_namespace
from reading import RELEASES
from side_by_side import Case
from upgrading import classic

FROM = {"v1.14.2": ("v1.35.10", "v1.36.6"), "v1.10.10": ("v1.32.13", "v1.33.13")}  # as each release supports them
OLDER = "v1.31.14"
FULL = {"observedGeneration": 1, "disruptionsAllowed": 0, "expectedPods": 1, "currentHealthy": 1, "desiredHealthy": 1}
NODES = ("inside-a", "inside-b")
CLUSTER = "cluster.x-k8s.io"


@contextmanager
def cluster(bed: Bed, name: str) -> Iterator[dict[str, str]]:
    """A cluster whose kubeconfig leads to the sandbox's API server."""
    with own_namespace(bed, f"w-{name}") as namespace:
        classic(FROM[bed.capi_version][0])(bed, f"c-{name}", namespace)
        place = {"name": f"c-{name}", "namespace": namespace}
        content = base64.b64encode(bed.kubeconfig.read_bytes()).decode()
        merge(bed, f"secret/c-{name}-kubeconfig", {"data": {"value": content}}, "-n", namespace)
        yield place


def merge(bed: Bed, name: str, body: Mapping[str, Any], *arguments: str) -> None:
    bed.kubectl("patch", name, "--type=merge", "-p", json.dumps(body), *arguments)


def put(bed: Bed, *items: Mapping[str, Any]) -> None:
    bed.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)}))


def check(bed: Bed, place: Mapping[str, str], **more: Any) -> dict[str, Any]:
    wish = {"kubernetes_version": FROM[bed.capi_version][1], "workload_access": True, **more}
    return bed.task("cluster_upgrade", "--check", **place, **wish)


def budgets(bed: Bed, place: Mapping[str, str]) -> dict[str, str]:
    found = check(bed, place)
    assert not found["failed"], found["msg"]
    told: dict[str, str] = next(c for c in found["checks"] if c["id"] == "disruption-budgets")
    return told


def a_budget_that_lets_no_pod_go(bed: Bed) -> None:
    with cluster(bed, "budget") as place:
        space = place["namespace"]
        worker = next(m for m in bed.objects("machines", space) if "-a-" in m["metadata"]["name"])
        node = worker["status"]["nodeRef"]["name"]
        selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}
        meta = {"name": "web", "namespace": space}
        spec = {"minAvailable": 1, "selector": selector}
        put(
            bed,
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec},
            pod("web-0", space, node),
        )
        merge(bed, "pdb/web", {"status": FULL}, "-n", space, "--subresource=status")
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        merge(bed, "pod/web-0", {"status": ready}, "-n", space, "--subresource=status")
        told = budgets(bed, place)
        assert told["status"] == "warn"
        assert f"PodDisruptionBudget {space}/web lets no Pod go (for example web-0 on {node}: " in told["message"]
        assert "would violate the pod's disruption budget" in told["message"]
        assert bed.objects("pods", space), "asked only: the Pod is there"
        merge(bed, "pdb/web", {"status": {**FULL, "disruptionsAllowed": 1}}, "-n", space, "--subresource=status")
        assert budgets(bed, place)["status"] == "ok"
        bed.kubectl("delete", "pod/web-0", "-n", space, "--force", "--grace-period=0")


def pod(name: str, namespace: str, node: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace, "labels": {"app": "web"}}
    spec = {"nodeName": node, "automountServiceAccountToken": False, "containers": [{"name": "a", "image": "a"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def nodes_of_a_pool_without_machines(bed: Bed) -> None:
    with cluster(bed, "nodes") as place, pool_with_nodes(bed, place):
        now = FROM[bed.capi_version][0]
        half, all_there = (planned(bed, place, *versions) for versions in ((now, OLDER), (now, now)))
        assert f"1 nodes at {OLDER}, wanted {now}" in half["waits_for"]
        step = next(s for s in all_there["steps"] if s["step"] == "node pool mp")
        assert (all_there["waits_for"], step["replaced"], step["machines"]) == ("", 2, [])
        assert step["note"] == "its nodes are no Machines: they have no names here"
        bed.kubectl("delete", "node", NODES[0])
        assert "1 nodes at no version any more (the node is gone)" in planned(bed, place)["waits_for"]


@contextmanager
def pool_with_nodes(bed: Bed, place: Mapping[str, str]) -> Iterator[None]:
    """A MachinePool with two Nodes. It is paused, so that no controller takes back the status that it has from here."""
    pool, space = f"machinepool/{place['name']}-mp", place["namespace"]
    put(bed, machine_pool(bed, place), *({"apiVersion": "v1", "kind": "Node", "metadata": {"name": n}} for n in NODES))
    status = {"readyReplicas": 2, "observedGeneration": 99, "nodeRefs": [{"name": n} for n in NODES]}
    merge(bed, pool, {"status": status}, "-n", space, "--subresource=status")
    try:
        yield
    finally:
        bed.kubectl("annotate", pool, "-n", space, f"{CLUSTER}/paused-")
        bed.kubectl("delete", pool, "-n", space, "--wait=false")
        merge(bed, pool, {"metadata": {"finalizers": None}}, "-n", space)  # its provider's part was never there
        bed.kubectl("delete", "node", "--ignore-not-found", *NODES)


def planned(bed: Bed, place: Mapping[str, str], *versions: str) -> dict[str, Any]:
    for node, version in zip(NODES, versions):  # none: they stay as they are
        merge(bed, f"node/{node}", {"status": {"nodeInfo": {"kubeletVersion": version}}}, "--subresource=status")
    found = check(bed, place, skip_checks=["paused", "template", "machines-healthy"])
    assert not found["failed"], found["msg"]
    plan: dict[str, Any] = found["plan"]
    return plan


def machine_pool(bed: Bed, place: Mapping[str, str]) -> dict[str, Any]:
    """Of a provider that makes no Machines."""
    group = f"infrastructure.{CLUSTER}"
    newest = {"apiGroup": group} if bed.api_version == "v1beta2" else {"apiVersion": f"{group}/v1beta1"}
    pool = {**newest, "kind": "DevMachinePool", "name": f"{place['name']}-mp"}
    spec = {"clusterName": place["name"], "version": FROM[bed.capi_version][0], "bootstrap": {"dataSecretName": "none"}}
    meta = {"name": pool["name"], "namespace": place["namespace"]}
    return {
        "apiVersion": f"{CLUSTER}/{bed.api_version}",
        "kind": "MachinePool",
        "metadata": {
            **meta,
            "labels": {f"{CLUSTER}/cluster-name": place["name"]},
            "annotations": {f"{CLUSTER}/paused": ""},
        },
        "spec": {
            "clusterName": place["name"],
            "replicas": 2,
            "template": {"spec": {**spec, "infrastructureRef": pool}},
        },
    }


INSIDE: dict[str, Case] = {
    "a budget that lets no Pod go": a_budget_that_lets_no_pod_go,
    "nodes of a pool without Machines": nodes_of_a_pool_without_machines,
}


def cases(_release: str) -> Mapping[str, Case]:
    return INSIDE


@pytest.mark.parametrize("capi_version", RELEASES, indirect=True)
@pytest.mark.parametrize("name", INSIDE)
def test_inside(beside: Callable[[str], None], name: str) -> None:
    beside(name)
