# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world for tests of single machines: the cluster `default/prod`, three control planes, a pool of two.

`World` has controllers that take a deleted Machine away and make a new one, a step for each look of a wait.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._machine import ensure_machine
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import HEALTH, REMEDIATE, hooks_of
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref, annotations_of, is_deleting
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from builders import CORE, cluster, condition, control_plane, machine, machine_deployment
from fakes import FakeClock, FakeKube, session

V = "v1beta2"
SET = "prod-md-0-x7k2p"
PLANE = ("prod-cp-aaaa2", "prod-cp-bbbb4", "prod-cp-cccc5")
WORKERS = (f"{SET}-dddd6", f"{SET}-ffff7")
DELETED, SUCCEEDED = "2026-11-01T10:30:00Z", "2026-11-01T11:00:00Z"
HEALTHY = dict.fromkeys(HEALTH, "True")


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def owned_by(kind: str, name: str) -> dict[str, Any]:
    return {"ownerReferences": [{"kind": kind, "name": name, "uid": f"uid-of-{name}", "controller": True}]}


def member(name: str = PLANE[0], **changes: Any) -> Object:
    """A control plane machine that is well; ``conditions`` change some of its conditions."""
    named = {**HEALTHY, **changes.pop("conditions", {})}
    known = {"uid": uid(PLANE.index(name) + 1)} if name in PLANE else {}
    finalizers = ["machine.cluster.x-k8s.io"]
    metadata = {**owned_by("KubeadmControlPlane", "prod-cp"), "finalizers": finalizers, **known, **changes}
    return _later(machine(name, conditions=named, **metadata))


def worker(name: str = WORKERS[0], **changes: Any) -> Object:
    known = {"uid": uid(WORKERS.index(name) + 11)} if name in WORKERS else {}
    metadata = {**owned_by("MachineSet", SET), "finalizers": ["machine.cluster.x-k8s.io"], **known, **changes}
    return _later(machine(name, pool="prod-md-0", **metadata))


def _later(item: Object) -> Object:
    """Deleted after its kin was made."""
    if is_deleting(item):
        item["metadata"]["deletionTimestamp"] = DELETED
    return item


def machine_set(**metadata: Any) -> Object:
    meta = {"name": SET, "namespace": "default", "uid": f"uid-of-{SET}", "generation": 1, **metadata}
    return {"apiVersion": f"{CORE}/{V}", "kind": "MachineSet", "metadata": meta, "spec": {}, "status": {}}


def health_check(*targets: str, name: str = "prod-mhc", spec: Any = None, allowed: Any = "True", **meta: Any) -> Object:
    conditions = [
        condition("RemediationAllowed", **allowed) if isinstance(allowed, dict) else condition("RemediationAllowed")
    ]
    meta = {"name": name, "namespace": "default", "labels": {f"{CORE}/cluster-name": "prod"}, **meta}
    status = {"targets": list(targets), "conditions": conditions}
    return {
        "apiVersion": f"{CORE}/{V}",
        "kind": "MachineHealthCheck",
        "metadata": meta,
        "spec": spec or {},
        "status": status,
    }


def objects(*changes: Object) -> list[Object]:
    """The cluster, with these objects in place of those of their kind and name."""
    usual = [
        cluster(),
        control_plane(replicas=3),
        machine_deployment(replicas=2),
        machine_set(),
        *map(member, PLANE),
        *map(worker, WORKERS),
    ]
    by_name = {(i["kind"], i["metadata"]["name"]): i for i in [*usual, *changes]}
    return list(by_name.values())


class World(FakeKube):
    """Controllers that do a step for each look: away with what is deleted, then a new one in its place."""

    def __init__(self, *changes: Object, dry_run: bool = False) -> None:
        super().__init__(*objects(*changes), dry_run=dry_run)
        self.clock = FakeClock(self.step)
        self.made = 0
        self.idle = False  # controllers do nothing

    def machines(self, prefix: str = "") -> list[Object]:
        found = [i for key, i in self.items.items() if key[1] == "Machine"]
        return [m for m in found if m["metadata"]["name"].startswith(prefix)]

    def ref(self, name: str) -> Ref:
        return Ref(f"{CORE}/{V}", "Machine", "default", name)

    def step(self, _now: float) -> None:
        if self.idle:
            return
        targets = [t for key, i in self.items.items() if key[1] == "MachineHealthCheck" for t in i["status"]["targets"]]
        for item in self.machines():
            name = item["metadata"]["name"]
            if is_deleting(item):
                self._go(item)
            elif REMEDIATE in annotations_of(item) and name in targets:
                self.put({**item, "metadata": {**item["metadata"], "deletionTimestamp": DELETED}})
        for prefix, wanted, build in (("prod-cp-", 3, member), (f"{SET}-", 2, worker)):
            if len(self.machines(prefix)) < wanted:
                self.made += 1
                self.put(build(f"{prefix}new{self.made:02d}", creationTimestamp=SUCCEEDED))

    def _go(self, item: Object) -> None:
        hooks = [h for h in hooks_of(item) if h.startswith("pre-drain")]
        if not hooks:
            self.take(self.ref(item["metadata"]["name"]))
            return
        held = condition("Deleting", "True", "WaitingForPreDrainHook", "Waiting for pre-drain hooks to succeed")
        others = [c for c in item["status"]["conditions"] if c["type"] != "Deleting"]
        item["status"]["conditions"] = [*others, held]


def ensure(kube: FakeKube, name: str, *, clock: FakeClock | None = None, **params: Any) -> Outcome:
    asked = {
        "name": name, "cluster": "prod", "namespace": "default", "uid": None, "state": "replaced", "wait": True,
        "wait_timeout": 1800, "stall_timeout": 900, **params,
    }  # fmt: skip
    clock = clock or (kube.clock if isinstance(kube, World) else FakeClock())
    return ensure_machine(session(kube, clock), asked)


def about_machines(kube: FakeKube) -> list[tuple[str, str]]:
    """Writes without those of the Lease."""
    return [(verb, ref) for verb, ref in kube.writes if not ref.startswith("Lease")]
