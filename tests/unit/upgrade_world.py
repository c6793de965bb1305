# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world for tests of upgrades: the cluster `default/prod`, classic or classy, and controllers that move it.

`Controllers.moves` are the single things that may happen next, in any order; `World` lets all of them happen at each
sleep. New machines are there before old ones go, as with a surge of 1.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.capi.lifecycle.plugins.module_utils._fields import (
    machine_template_at,
    rollout_after_at,
    value_at,
    version_at,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import (
    CLUSTER_LABEL,
    Object,
    Ref,
    annotations_of,
    condition,
    dig,
    is_deleting,
    is_true,
    name_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._owned import with_value
from ansible_collections.capi.lifecycle.plugins.module_utils._ownership import topology_name
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts, gather
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, topology_pools
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade import ensure_upgraded
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_sight import Sight
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_wish import UpgradeWish, wish_of
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import Version, parse_version
from builders import CONTROL_PLANE, CORE, INFRASTRUCTURE, VERSION, cluster, control_plane, machine, machine_deployment
from fakes import FakeClock, FakeKube, session

V = "v1beta2"
CLUSTER = Ref(f"{CORE}/{V}", "Cluster", "default", "prod")
PLANE = Ref(f"{CONTROL_PLANE}/{V}", "KubeadmControlPlane", "default", "prod-cp")
MADE = "2026-10-01T10:00:00Z"  # of the machines that are there at the start
TOPOLOGY_LABEL = "topology.cluster.x-k8s.io/deployment-name"
_FROM = "test/template"  # which template a Machine was made from
_OLDEST_NODES = 3  # minors behind the control plane


@dataclass(frozen=True)
class Pool:
    name: str = "md-0"
    version: str = VERSION
    replicas: int = 2
    more: dict[str, Any] = field(default_factory=dict)


def pool_ref(name: str = "md-0") -> Ref:
    return Ref(f"{CORE}/{V}", "MachineDeployment", "default", f"prod-{name}")


def template(name: str, **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default"}
    body = {"template": {"spec": spec or {"size": 1}}}
    return {"apiVersion": f"{INFRASTRUCTURE}/{V}", "kind": "DevMachineTemplate", "metadata": meta, "spec": body}


def objects(
    version: str = VERSION,
    pools: Sequence[Pool] = (Pool(),),
    *,
    planes: int = 3,
    class_name: str = "",
    v: str = V,
    **more: Any,
) -> list[Object]:
    """A cluster at rest, everything Ready. ``cluster`` and ``plane`` in ``more`` are arguments of their builders."""
    entries = [{"name": p.name, "class": "worker"} for p in pools]
    item = cluster(v=v, class_name=class_name, version=version, **more.get("cluster", {}))
    if class_name:
        item["spec"]["topology"]["workers"] = {"machineDeployments": entries}
    plane = control_plane(v=v, replicas=planes, version=version, **more.get("plane", {}))
    found = [item, _with_updated(plane), *_machines(plane, "", planes, version, v)]
    for pool in pools:
        labels = {"labels": {TOPOLOGY_LABEL: pool.name}} if class_name else {}
        kind = {"v": v, "replicas": pool.replicas, "version": pool.version, **labels, **pool.more}
        made = _with_updated(machine_deployment(f"prod-{pool.name}", **kind))
        found += [made, *_machines(made, name_of(made), pool.replicas, pool.version, v)]
    return found


def _with_updated(owner: Object) -> Object:
    number, status = owner["spec"].get("replicas", 0), owner["status"]
    if str(owner["apiVersion"]).endswith("/v1beta1"):
        status.setdefault("updatedReplicas", number)
    else:
        status.setdefault("deprecated", {"v1beta1": {"updatedReplicas": number}})
    return owner


def _machines(owner: Object, pool: str, number: int, version: str, v: str) -> Iterator[Object]:
    for count in range(number):
        yield _machine(owner, f"{name_of(owner)}-{count}", pool, version, made=MADE, v=v)


def _machine(owner: Object, name: str, pool: str, version: str, *, made: str, v: str = V, **more: Any) -> Object:
    meta = {"annotations": {_FROM: _template_name(owner)}, "creationTimestamp": made}
    return machine(name, pool=pool, version=version, v=v, **meta, **more)


def _template_name(owner: Object) -> str:
    return str(dig(value_at(owner, machine_template_at(owner)), "name", default=""))


def parts(items: Iterable[Object]) -> Parts:
    found = list(items)

    def kind(*kinds: str) -> list[Object]:
        return [item for item in found if item["kind"] in kinds]

    planes = [item for item in found if str(item["apiVersion"]).startswith("controlplane.")]
    return gather(kind("Cluster"), planes, kind("MachineDeployment", "MachinePool"), kind("Machine"))[0]


def sight(items: Iterable[Object], **more: Any) -> Sight:
    return Sight(parts(items), **more)


def wish(target: str = "", **params: Any) -> UpgradeWish:
    asked = {"name": "prod", "namespace": "default", "kubernetes_version": target, **params}
    return wish_of({"rollout_only": not target, **asked})


class Controllers:
    """What Cluster API does to the objects in a store, one move at a time."""

    def __init__(self, store: dict[Any, Object], class_versions: Sequence[str] = (), concurrency: int = 1) -> None:
        self.store, self.made = store, 0
        self.class_versions = [parse_version(text) for text in class_versions]
        self.concurrency = concurrency
        self.now: Callable[[], str] = lambda: "2026-11-01T00:00:00Z"
        self.stuck = ""  # no machine of this owner ever becomes Ready
        self.on_made: Callable[[Object, str], None] = lambda item, template_name: None

    def moves(self) -> list[Callable[[], None]]:
        """What may happen next; nothing when all is at rest."""
        found: list[Callable[[], None]] = []
        seen = parts(self.store.values())
        if dig(seen.cluster, "spec", "topology"):
            found += self._topology_moves(seen)
        for owner in seen.owners[1:]:
            if owner["kind"] == "MachinePool":
                continue  # its provider moves it: a test does that itself
            there = seen.machines_of(None if owner is seen.control_plane else owner)
            found += self._owner_moves(owner, there)
        return found

    def rest(self) -> None:
        """Everything that moves arrives."""
        while moves := self.moves():
            for move in moves:
                move()

    def outdated(self, owner: Object, there: Iterable[Object]) -> list[Object]:
        version, after = value_at(owner, version_at(owner)), value_at(owner, rollout_after_at(owner))
        return [
            m
            for m in there
            if dig(m, "spec", "version") != version
            or annotations_of(m)[_FROM] != _template_name(owner)
            or (after and m["metadata"]["creationTimestamp"] < after)
        ]

    def _owner_moves(self, owner: Object, there: list[Object]) -> Iterator[Callable[[], None]]:
        generation = owner["metadata"]["generation"]
        if owner["status"].get("observedGeneration") != generation:
            yield lambda: self._observe(owner, there)
            return
        wanted = owner["spec"]["replicas"]
        unready = [m for m in there if not is_true(m, "Ready") and not is_deleting(m)]
        going, old = [m for m in there if is_deleting(m)], self.outdated(owner, there)
        fresh = len(there) - len(going)
        if unready and name_of(owner) != self.stuck:
            yield lambda: self._ready(unready[0])
        elif going:
            yield lambda: self._remove(going[0])
        elif fresh > wanted and old and not unready:
            yield lambda: self.delete(old[0])
        if not going and not unready and (fresh < wanted or (old and fresh == wanted)):
            yield lambda: self._grow(owner)
        if self._counted(owner, there) != owner["status"]:
            yield lambda: owner.update(status=self._counted(owner, there))

    def _observe(self, owner: Object, there: list[Object]) -> None:
        """The generation is taken up, and the newest MachineSet counted; everything else may be late."""
        owner["status"]["observedGeneration"] = owner["metadata"]["generation"]
        self._update(owner["status"], len(there) - len(self.outdated(owner, there)))

    def _update(self, status: Object, number: int) -> None:
        status.setdefault("deprecated", {})["v1beta1"] = {"updatedReplicas": number}

    def _counted(self, owner: Object, there: list[Object]) -> Object:
        old = self.outdated(owner, there)
        ready = sum(is_true(m, "Ready") for m in there)
        build = machine_deployment if owner["kind"] == "MachineDeployment" else control_plane
        rolling = {"RollingOut": "True"} if old else {}
        status = build(replicas=len(there), ready=ready, available=ready, up_to_date=len(there) - len(old),
                       conditions=rolling)["status"]  # fmt: skip
        for found in status["conditions"]:
            found["observedGeneration"] = owner["metadata"]["generation"]
        self._update(status, len(there) - len(old))
        return {**status, "observedGeneration": owner["metadata"]["generation"]}

    def _ready(self, item: Object) -> None:
        item["status"] = machine(version=item["spec"]["version"])["status"]

    def delete(self, item: Object) -> None:
        item["metadata"].update(deletionTimestamp="2026-11-01T01:00:00Z", finalizers=["machine.cluster.x-k8s.io"])

    def _remove(self, item: Object) -> None:
        self.store.pop(_key_of(item))
        self.store.pop(("infrastructure.cluster.x-k8s.io", "DevMachine", "default", name_of(item)), None)

    def _grow(self, owner: Object) -> None:
        self.made += 1
        pool = "" if owner["kind"] == "KubeadmControlPlane" else name_of(owner)
        version = str(value_at(owner, version_at(owner)))
        name, conditions = f"{name_of(owner)}-new{self.made:03d}", {"Ready": "False", "NodeReady": "False"}
        item = _machine(owner, name, pool, version, made=self.now(), conditions=conditions)
        self.store[_key_of(item)] = {**item, "metadata": {**item["metadata"], "resourceVersion": f"m{self.made}"}}
        self.on_made(item, _template_name(owner))

    def _topology_moves(self, seen: Parts) -> Iterator[Callable[[], None]]:
        item, plane = seen.cluster, seen.control_plane
        assert plane is not None
        told = self._topology_condition(seen)
        if condition(item, "TopologyReconciled") != told:
            yield lambda: self._tell(item, told)
        if condition(item, "TopologyReconciled").get("observedGeneration") != item["metadata"]["generation"]:
            return
        target, held = self._version(item), self._version(plane)
        if not self._arrived(seen, plane):
            return
        following = [p for p in seen.pools if topology_name(p) not in self._deferred(item)]
        step = self._next(held, target)
        due = [p for p in following if self._must_move(self._version(p), held, step)]
        rolling = [p for p in seen.pools if not self._arrived(seen, p)]
        yield from (
            (lambda p=p: self._write(p, held))
            for p in due[: max(0, self.concurrency - len(rolling))]  # type: ignore[misc]
        )
        if str(held) != str(target) and not due and not rolling:  # another build is another version here
            yield lambda: self._write(plane, step)

    def _must_move(self, pool: Version, held: Version, step: Version) -> bool:
        return str(pool) != str(held) and (str(step) == str(held) or pool.minor < step.minor - _OLDEST_NODES)

    def _next(self, held: Version, target: Version) -> Version:
        between = [v for v in self.class_versions if held.minor + 1 == v.minor and v < target]
        return max(between) if between and target.minor > held.minor + 1 else target

    def _topology_condition(self, seen: Parts) -> Object:
        target, late = self._version(seen.cluster), []
        for owner in seen.owners[1:]:
            if topology_name(owner) not in self._deferred(seen.cluster):
                there = str(self._version(owner)) == str(target) and self._arrived(seen, owner)
                late += [] if there else [owner]
        deferred = any(str(self._version(p)) != str(target) for p in seen.pools)
        reason = "ClusterUpgrading" if late else "MachineDeploymentsUpgradeDeferred" if deferred else ""
        told = {"status": "False", "reason": reason} if reason else {}
        generation = {"observedGeneration": seen.cluster["metadata"]["generation"]}
        made = cluster(class_name="c", conditions={"TopologyReconciled": {**told, **generation}})
        return dict(condition(made, "TopologyReconciled"))

    def _tell(self, item: Object, told: Object) -> None:
        generation = item["metadata"]["generation"]
        others = [c for c in item["status"]["conditions"] if c["type"] != "TopologyReconciled"]
        item["status"]["conditions"] = [{**c, "observedGeneration": generation} for c in others] + [told]

    def _arrived(self, seen: Parts, owner: Object) -> bool:
        there = seen.machines_of(None if owner is seen.control_plane else owner)
        fresh = owner["status"].get("observedGeneration") == owner["metadata"]["generation"]
        return fresh and not self.outdated(owner, there) and all(is_true(m, "Ready") for m in there)

    def _deferred(self, item: Object) -> set[str]:
        return {e["name"] for _k, e in topology_pools(item) if DEFER in dig(e, "metadata", "annotations", default={})}

    def _version(self, owner: Object) -> Version:
        return parse_version(str(value_at(owner, version_at(owner))))

    def _write(self, owner: Object, version: Version) -> None:
        changed = with_value(owner, version_at(owner), str(version))
        owner["spec"] = changed["spec"]
        owner["metadata"]["generation"] += 1


class World(FakeKube):
    """An API server whose controllers make every possible move at each sleep."""

    def __init__(self, *items: Object, dry_run: bool = False, class_versions: Sequence[str] = ()) -> None:
        found = list(items)
        templates = {n: template(n) for i in found if str(i["kind"]).startswith(("Kubeadm", "MachineD", "MachineP"))
                     if (n := _template_name(i))}  # fmt: skip
        super().__init__(*found, *templates.values(), dry_run=dry_run)
        self.controllers = Controllers(self.items, class_versions)
        self.controllers.on_made = self._infrastructure
        self.clock = FakeClock(self._sleep)
        self.controllers.now = lambda: self.clock.today().strftime("%Y-%m-%dT%H:%M:%SZ")
        self.asleep = False
        self.at: dict[int, Callable[[], None]] = {}  # what happens at a sleep, by its number
        self.sleeps = 0
        self.kill_at = 0  # the number of the write in which the run dies
        if class_versions or dig(found[0], "spec", "topology"):
            body = {"kubernetesVersions": list(class_versions)} if class_versions else {}
            meta = {"name": "c", "namespace": "default"}
            self.put({"apiVersion": f"{CORE}/{V}", "kind": "ClusterClass", "metadata": meta, "spec": body})

    def apply(self, item: Object, **how: Any) -> Object:
        if not (how.get("dry_run") or self.dry_run):
            self._die()
        stored = super().apply(item, **how)
        if not (how.get("dry_run") or self.dry_run):
            self._stamp(item)
        return stored

    def delete(self, ref: Ref, uid: str = "") -> bool:
        self._die()
        return super().delete(ref, uid)

    def _die(self) -> None:
        if self.kill_at and len(self.about_cluster()) + 1 >= self.kill_at:
            raise KeyboardInterrupt

    def _stamp(self, item: Object) -> None:
        held = self.held(Ref(item["apiVersion"], item["kind"], "default", name_of(item)))
        made = f"2026-11-01T00:00:00.{len(self.writes):06d}Z"
        held["metadata"].setdefault("creationTimestamp", made)

    def _sleep(self, _now: float) -> None:
        self.sleeps += 1
        self.at.pop(self.sleeps, lambda: None)()
        if not self.asleep:
            for move in self.controllers.moves():
                move()

    def _infrastructure(self, item: Object, template_name: str) -> None:
        """The DevMachine of a Machine, which remembers its template."""
        notes = {"cluster.x-k8s.io/cloned-from-name": template_name}
        meta = {"name": name_of(item), "namespace": "default", "annotations": notes, "labels": {CLUSTER_LABEL: "prod"}}
        kind = {"apiVersion": f"{INFRASTRUCTURE}/{V}", "kind": "DevMachine"}
        self.items[("infrastructure.cluster.x-k8s.io", "DevMachine", "default", name_of(item))] = {
            **kind, "metadata": {**meta, "uid": f"i-{name_of(item)}", "resourceVersion": "1"}, "spec": {}
        }  # fmt: skip

    def held(self, ref: Ref) -> Object:
        """The stored object itself."""
        return self.items[(ref.group, ref.kind, ref.namespace, ref.name)]

    def change(self, ref: Ref, **spec: Any) -> None:
        """Somebody else changes an object."""
        item = self.held(ref)
        item["spec"] = {**copy.deepcopy(item["spec"]), **spec}
        item["metadata"]["generation"] += 1
        item["metadata"]["resourceVersion"] = f"r{self.sleeps}"

    def versions_of_machines(self) -> set[str]:
        return {i["spec"]["version"] for key, i in self.items.items() if key[1] == "Machine"}

    def names(self, kind: str) -> list[str]:
        return sorted(key[3] for key in self.items if key[1] == kind)

    def about_cluster(self) -> list[tuple[str, str]]:
        """Writes without those of the Lease."""
        return [(verb, ref) for verb, ref in self.writes if not ref.startswith("Lease")]

    def end_state(self) -> dict[str, Any]:
        """What matters of all that is there, to compare two ways to one end."""
        return {
            f"{key[1]} {key[3]}": (item["spec"], {k: v for k, v in annotations_of(item).items() if k != _FROM})
            for key, item in self.items.items()
            if key[1] in ("Cluster", "KubeadmControlPlane", "MachineDeployment", "DevMachineTemplate")
        }


def _key_of(item: Object) -> tuple[str, str, str, str]:
    return (CORE, item["kind"], "default", name_of(item))


def upgrade(
    kube: FakeKube,
    target: str | None = None,
    *,
    clock: FakeClock | None = None,
    workload: FakeKube | Exception | None = None,
    **params: Any,
) -> Outcome:
    """One run of the module; ``workload`` is the cluster inside."""
    asked = {
        "name": "prod", "namespace": "default", "kubernetes_version": target, "rollout_only": target is None,
        "wait": True, "wait_timeout": 1800, "stall_timeout": 900, "keep_templates": 1, "tell_plan": True,
        "skip_checks": [], **params,
    }  # fmt: skip
    clock = clock or (kube.clock if isinstance(kube, World) else FakeClock())
    return ensure_upgraded(session(kube, clock, workload), asked)


def lines(kube: FakeKube) -> str:
    return "\n".join(kube.lines)  # type: ignore[attr-defined]
