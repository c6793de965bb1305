# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster `default/prod` to be scaled, classic or classy, and controllers that follow the numbers at once."""

from __future__ import annotations

from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref, dig, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts, gather
from ansible_collections.capi.lifecycle.plugins.module_utils._scale import ensure_scale
from builders import CONTROL_PLANE, CORE, cluster, control_plane, machine, machine_deployment
from fakes import FakeClock, FakeKube, session

V = "v1beta2"
CLUSTER = Ref(f"{CORE}/{V}", "Cluster", "default", "prod")
POOL = Ref(f"{CORE}/{V}", "MachineDeployment", "default", "prod-md-0")
PLANE = Ref(f"{CONTROL_PLANE}/{V}", "KubeadmControlPlane", "default", "prod-cp")
TOPOLOGY_LABEL = "topology.cluster.x-k8s.io/deployment-name"
BOUND = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-"
CLASS = {
    "apiVersion": f"{CORE}/{V}",
    "kind": "ClusterClass",
    "metadata": {"name": "quick", "namespace": "default"},
    "spec": {"workers": {"machineDeployments": [{"class": "worker"}], "machinePools": [{"class": "group"}]}},
}


def bounds(low: int, high: int) -> dict[str, str]:
    return {f"{BOUND}min-size": str(low), f"{BOUND}max-size": str(high)}


def entry(name: str, replicas: int | None = None, **more: Any) -> Object:
    return {"name": name, "class": "worker", **({} if replicas is None else {"replicas": replicas}), **more}


def classic(replicas: int = 3, planes: int = 3, **pool: Any) -> list[Object]:
    workers = [machine(f"w{n}", pool="prod-md-0") for n in range(replicas)]
    return [
        cluster(),
        control_plane(replicas=planes),
        machine_deployment(replicas=replicas, **pool),
        *(machine(f"p{n}") for n in range(planes)),
        *workers,
    ]


def classy(*entries: Object, planes: int = 3, **topology: Any) -> list[Object]:
    """A topology; the object of its pool ``a`` is ``prod-a``, with the machines ``a0``, ``a1``, …"""
    body = {"controlPlane": {"replicas": planes}, "workers": {"machineDeployments": list(entries)}, **topology}
    found = cluster(class_name="quick")
    found["spec"]["topology"] |= body
    pools = [_made(e) for e in entries]
    counts = {str(e["name"]): int(dig(p, "spec", "replicas")) for e, p in zip(entries, pools, strict=True)}
    machines = [machine(f"{name}{n}", pool=f"prod-{name}") for name, count in counts.items() for n in range(count)]
    planes_made = [machine(f"p{n}") for n in range(planes)]
    return [found, control_plane(replicas=planes), *pools, *machines, *planes_made]


def _made(item: Object) -> Object:
    notes = {"annotations": dig(item, "metadata", "annotations")} if dig(item, "metadata", "annotations") else {}
    labels = {TOPOLOGY_LABEL: item["name"]}
    return machine_deployment(f"prod-{item['name']}", replicas=item.get("replicas", 1), labels=labels, **notes)


def parts(items: list[Object]) -> Parts:
    def kind(*kinds: str) -> list[Object]:
        return [item for item in items if item["kind"] in kinds]

    pools = kind("MachineDeployment", "MachinePool")
    return gather(kind("Cluster"), kind("KubeadmControlPlane"), pools, kind("Machine"))[0]


class World(FakeKube):
    """Topology, numbers and machines follow each apply and patch at once."""

    def __init__(self, *items: Object) -> None:
        super().__init__(*items, CLASS)
        self.obeys = True  # whether the marked machines are those that go
        self.asleep = False

    def apply(self, item: Object, **how: Any) -> Object:
        stored = super().apply(item, **how)
        if not how.get("dry_run"):
            self.settle()
        return stored

    def patch(self, ref: Ref, body: Any, **how: Any) -> Object:
        stored = super().patch(ref, body, **how)
        if ref.kind == "Cluster":
            self.settle()
        return stored

    def settle(self) -> None:
        live = self.get(CLUSTER)
        if not live or self.asleep or self.dry_run:
            return
        if dig(live, "spec", "topology"):
            self._topology(live)
        plane = self.get(PLANE)
        if plane:
            self._follow(plane, "")
        for pool in self.list(f"{CORE}/{V}", "MachineDeployment", "default"):
            self._follow(pool, name_of(pool))

    def _topology(self, live: Object) -> None:
        asked = dig(live, "spec", "topology", "workers", "machineDeployments", default=[])
        planes = dig(live, "spec", "topology", "controlPlane", "replicas")
        self.put({**self._held(PLANE), "spec": {**self._held(PLANE)["spec"], "replicas": planes}})
        for pool in self.list(f"{CORE}/{V}", "MachineDeployment", "default"):
            if pool["metadata"]["labels"].get(TOPOLOGY_LABEL) not in [e["name"] for e in asked]:
                self.take(Ref(f"{CORE}/{V}", "MachineDeployment", "default", name_of(pool)))
                self._shrink(name_of(pool), 0)
        for item in asked:
            self.put(_made(item))

    def _follow(self, owner: Object, pool: str) -> None:
        wanted = dig(owner, "spec", "replicas")
        self._shrink(pool, wanted)
        for number in range(wanted - len(self._machines(pool))):
            self.put(machine(f"{owner['metadata']['name']}-new{number}", pool=pool))
        build = machine_deployment if pool else control_plane
        status = build(replicas=wanted)["status"]
        self.put({**owner, "status": {**status, "observedGeneration": owner["metadata"]["generation"]}})

    def _shrink(self, pool: str, wanted: int) -> None:
        held = self._machines(pool)
        marked = [m for m in held if "cluster.x-k8s.io/delete-machine" in m["metadata"].get("annotations", {})]
        order = (marked if self.obeys else []) + [m for m in held if m not in marked]
        for item in order[: max(len(held) - wanted, 0)]:
            self.take(Ref(f"{CORE}/{V}", "Machine", "default", name_of(item)))

    def _machines(self, pool: str) -> list[Object]:
        label = "cluster.x-k8s.io/deployment-name" if pool else "cluster.x-k8s.io/control-plane"
        return self.list(f"{CORE}/{V}", "Machine", "default", f"{label}={pool}" if pool else label)

    def _held(self, ref: Ref) -> Object:
        found = self.get(ref)
        assert found is not None
        return found

    def names(self, pool: str = "prod-md-0") -> list[str]:
        return [name_of(m) for m in self._machines(pool)]


def pool_wish(name: str = "md-0", **given: Any) -> Object:
    return {"name": name, "state": "present", **given}


def scale(kube: FakeKube, *pools: Object, clock: FakeClock | None = None, **params: Any) -> Outcome:
    planes = params.pop("planes", None)
    asked = {
        "name": "prod", "namespace": "default", "wait": True, "wait_timeout": 3600, "stall_timeout": 900,
        "node_pools": list(pools), "control_plane": {"replicas": planes} if planes is not None else None,
        "confirm": None, "force_conflicts": False, **params,
    }  # fmt: skip
    return ensure_scale(session(kube, clock), asked)
