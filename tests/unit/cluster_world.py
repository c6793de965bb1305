# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world for tests of one cluster, `default/prod`: what a user writes, and controllers that do it at once."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._cluster import ensure_cluster
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import CLUSTER_LABEL, Object, Ref
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from builders import BOOTSTRAP, CONTROL_PLANE, CORE, INFRASTRUCTURE, cluster, control_plane, machine, machine_deployment
from fakes import FakeClock, FakeKube, session

V = "v1beta2"
CLUSTER = Ref(f"{CORE}/{V}", "Cluster", "default", "prod")
_OWNERS = ((CONTROL_PLANE, "KubeadmControlPlane", "prod-cp"), (CORE, "MachineDeployment", "prod-md-0"))


def wish(item: Object, spec: Any = None) -> Object:
    """What a user writes of an object that a builder makes."""
    meta = {"name": item["metadata"]["name"], "namespace": "default"}
    return {
        "apiVersion": item["apiVersion"],
        "kind": item["kind"],
        "metadata": meta,
        "spec": copy.deepcopy(spec or item["spec"]),
    }


def template(name: str, group: str = INFRASTRUCTURE, kind: str = "DevMachineTemplate", **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default"}
    return {
        "apiVersion": f"{group}/{V}",
        "kind": kind,
        "metadata": meta,
        "spec": {"template": {"spec": spec or {"size": 1}}},
    }


def manifests(size: int = 1) -> list[Object]:
    """A classic cluster with one control plane machine and a pool of one."""
    return [
        wish(cluster()),
        wish(control_plane(replicas=1)),
        wish(machine_deployment(replicas=1)),
        {**template("prod"), "kind": "DevCluster"},
        template("prod-cp-1"),
        template("prod-md-0-1", size=size),
        template("prod-md-0-1", BOOTSTRAP, "KubeadmConfigTemplate"),
    ]


class World(FakeKube):
    """Controllers that bring up at once whatever is asked for."""

    def __init__(self, *items: Object) -> None:
        super().__init__(*items)
        self.defaults: dict[str, Any] = {}

    def apply(self, item: Object, **how: Any) -> Object:
        if item["kind"] in self.defaults:
            item = defaulted(item, self.defaults[item["kind"]]["diskGiB"])
        stored = super().apply(item, **how)
        if not how.get("dry_run") and not self.dry_run and item["kind"] == "MachineDeployment":
            self.settle()  # the pool is written last
        return stored

    def settle(self) -> None:
        if key_of(CLUSTER) not in self.items:
            return
        plane, pool = (self.items[key_of(Ref(f"{g}/{V}", k, "default", n))] for g, k, n in _OWNERS)
        live = self.items[key_of(CLUSTER)]
        generation = {"generation": live["metadata"]["generation"]}
        live["status"] = cluster(conditions={"Available": {"observedGeneration": generation["generation"]}})["status"]
        for owner, build in ((plane, control_plane), (pool, machine_deployment)):
            owner["status"] = build(replicas=owner["spec"]["replicas"])["status"]
            owner["metadata"].setdefault("labels", {})[CLUSTER_LABEL] = "prod"
            owner["status"]["observedGeneration"] = owner["metadata"]["generation"]
            for number in range(owner["spec"]["replicas"]):
                of_pool = "prod-md-0" if owner is pool else ""
                self.put(machine(f"{owner['metadata']['name']}-{number}", pool=of_pool))


def defaulted(item: Object, disk: int) -> Object:
    found = copy.deepcopy(item)
    found["spec"]["template"]["spec"]["diskGiB"] = disk
    return found


def ensure(kube: FakeKube, *, clock: FakeClock | None = None, **params: Any) -> Outcome:
    asked = {
        "state": "present", "name": "prod", "namespace": "default", "wait": True, "wait_timeout": 3600,
        "stall_timeout": 900, "force_conflicts": False, "protected": False, "confirm": None,
        "manifests": manifests(), **params,
    }  # fmt: skip
    return ensure_cluster(session(kube, clock), asked)


def written(kube: FakeKube) -> list[tuple[str, str]]:
    """Writes without those of the Lease."""
    return [(verb, ref) for verb, ref in kube.writes if not ref.startswith("Lease")]


def edited(index: int, change: Any) -> list[Object]:
    items = manifests()
    items[index] = {**items[index], **change}
    return items


def pool_template(kube: FakeKube) -> str:
    pool = kube.get(Ref(f"{CORE}/{V}", "MachineDeployment", "default", "prod-md-0"))
    assert pool is not None
    return str(pool["spec"]["template"]["spec"]["infrastructureRef"]["name"])


def key_of(ref: Ref) -> tuple[str, str, str, str]:
    return (ref.group, ref.kind, ref.namespace, ref.name)
