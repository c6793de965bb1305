# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of CAPI's own end-to-end tests, done by our modules: what rolls machines, what does not, and what mixes with it.

Further rows: 10, 11, 12 and 15 are scenarios of test_upgrade.py, 30 and 32 are in test_scale.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from bed import Bed, eventually, finish, own_namespace
from side_by_side import Case
from upgrading import classic, classy, manifests, topology, versions

TARGET = "v1.36.6"
SKIP = "machineset.cluster.x-k8s.io/skip-preflight-checks"


@contextmanager
def cluster(bed: Bed, name: str, make: Callable[[Bed, str, str], None]) -> Iterator[dict[str, str]]:
    with own_namespace(bed, f"r-{name}") as namespace:
        make(bed, f"c-{name}", namespace)
        yield {"name": f"c-{name}", "namespace": namespace}


def labels(bed: Bed, namespace: str, name: str) -> set[str]:
    return {m["metadata"]["labels"].get(name, "") for m in bed.objects("machines", namespace)}


def row_27_metadata_of_plain_objects_goes_in_place(bed: Bed) -> None:
    with cluster(bed, "plain-labels", classic("v1.35.10")) as place:
        before = versions(bed, place["namespace"])
        items = manifests(bed, place["name"], "v1.35.10", 1, {"a": 1})
        for item in items:
            path = {"KubeadmControlPlane": "machineTemplate", "MachineDeployment": "template"}.get(item["kind"])
            if path:
                item["spec"][path]["metadata"] = {"labels": {"row.example/cost": "b"}}
        done = bed.task("cluster", **place, manifests=items)
        assert not done["failed"], done["msg"]
        eventually(lambda: labels(bed, place["namespace"], "row.example/cost") == {"b"})
        assert versions(bed, place["namespace"]) == before


def row_18_metadata_of_a_topology_goes_in_place(bed: Bed) -> None:
    with cluster(bed, "class-labels", classy("v1.35.10")) as place:
        before = versions(bed, place["namespace"])
        wish = topology("v1.35.10")
        wish["node_pools"][0]["labels"] = {"row.example/cost": "b"}
        done = bed.task("cluster", **place, topology=wish)
        assert not done["failed"], done["msg"]
        eventually(lambda: "b" in labels(bed, place["namespace"], "row.example/cost"))
        assert versions(bed, place["namespace"]) == before


def row_17_a_changed_class_rolls_what_it_defines(bed: Bed) -> None:
    """Cluster API begins by itself; an upgrade that has nothing to write says so, names the machines, and waits."""
    with cluster(bed, "class-change", classy("v1.35.10")) as place:
        space, before = place["namespace"], versions(bed, place["namespace"])
        old = json.loads(bed.kubectl("get", "devmachinetemplate", "-n", space, "-o", "json", WORKER))
        new = {k: old[k] for k in ("apiVersion", "kind", "spec")} | {"metadata": {"name": f"{WORKER}-2"}}
        new["spec"]["template"]["spec"]["backend"]["inMemory"]["vm"]["provisioning"]["startupDuration"] = "2s"
        bed.kubectl("apply", "-n", space, "-f", "-", text=yaml.safe_dump(new))
        patch = [{"op": "replace", "path": REFERENCE, "value": f"{WORKER}-2"}]
        bed.kubectl("patch", "clusterclass", "in-memory", "-n", space, "--type=json", "-p", json.dumps(patch))
        eventually(lambda: any(_is_outdated(m) for m in bed.objects("machines", space)))
        plan = bed.task("cluster_upgrade", "--check", **place, rollout_only=True)["plan"]
        done = bed.task("cluster_upgrade", **place, rollout_only=True)
        assert (done["failed"], done["changed"]) == (False, False)
        gone = set(before) - set(versions(bed, space))
        assert {m for m in gone if "-a-" in m} == gone
        assert len(gone) == 1
        assert plan["machines"] == sorted(gone)
        assert plan["waits_for"]


WORKER = "in-memory-default-worker-machinetemplate"
REFERENCE = "/spec/workers/machineDeployments/0/infrastructure/templateRef/name"


def _is_outdated(machine: dict[str, Any]) -> bool:
    found = machine["status"].get("conditions", [])
    return any(c["type"] == "UpToDate" and c["status"] == "False" for c in found)


def row_29_an_old_node_joins_a_newer_control_plane(bed: Bed) -> None:
    with cluster(bed, "old-nodes", classic("v1.35.10")) as place:
        done = bed.task("cluster_upgrade", **place, kubernetes_version=TARGET, node_pools=["none"])
        assert not done["failed"], done["msg"]
        assert "left as they are: node pool a" in done["message"]
        pool = f"{place['name']}-a"
        bed.kubectl("annotate", "machinedeployment", pool, "-n", place["namespace"], f"{SKIP}=All")
        scaled = bed.task("cluster_scale", **place, node_pools=[{"name": "a", "replicas": 2}])
        assert not scaled["failed"], scaled["msg"]
        assert sorted(versions(bed, place["namespace"]).values()) == ["v1.35.10", "v1.35.10", TARGET]


def row_31_a_remediation_in_mid_upgrade(bed: Bed) -> None:
    with cluster(bed, "remedy", classic("v1.35.10", 1, {"a": 2})) as place:
        space = place["namespace"]
        selector = {"matchLabels": {"cluster.x-k8s.io/deployment-name": f"{place['name']}-a"}}
        unhealthy = {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 300}]}
        check = {
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "MachineHealthCheck",
            "metadata": {"name": "a", "namespace": space},
            "spec": {"clusterName": place["name"], "selector": selector, "checks": unhealthy},
        }
        bed.kubectl("apply", "-f", "-", text=yaml.safe_dump(check))
        process = bed.start(
            "upgrade", "-i", "localhost,", cluster=place["name"], cluster_namespace=space, kubernetes_version=TARGET,
            management_cluster_kubeconfig=str(bed.kubeconfig),
        )  # fmt: skip
        fresh: list[str] = []

        def joined() -> bool:
            fresh[:] = [
                m["metadata"]["name"]
                for m in bed.objects("machines", space)
                if m["spec"]["version"] == TARGET and "-a-" in m["metadata"]["name"] and m["status"].get("nodeRef")
            ]
            return bool(fresh)

        eventually(joined, 300)
        bed.kubectl("annotate", "machine", fresh[0], "-n", space, "cluster.x-k8s.io/remediate-machine=")
        run = finish(process)
        assert run.code == 0, run.output
        there = versions(bed, space)
        assert (set(there.values()), len(there)) == ({TARGET}, 3)
        assert fresh[0] not in there


ROWS: dict[str, Case] = {
    case.__name__: case
    for case in (
        row_27_metadata_of_plain_objects_goes_in_place,
        row_18_metadata_of_a_topology_goes_in_place,
        row_17_a_changed_class_rolls_what_it_defines,
        row_29_an_old_node_joins_a_newer_control_plane,
        row_31_a_remediation_in_mid_upgrade,
    )
}


def cases(_release: str) -> Mapping[str, Case]:
    return ROWS


@pytest.mark.parametrize("name", ROWS)
def test_row(beside: Callable[[str], None], name: str) -> None:
    beside(name)
