# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fakes at the seams: FakeKube holds objects in memory, FakeClock moves when somebody sleeps.

FakeKube is believed because tests/integration/test_kube_contract.py runs the same cases on a real API server.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from ansible_collections.capi.lifecycle.plugins.module_utils._collect import Chosen
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Conflict, InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._http import RETRY_BUDGET
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import (
    FIELD_MANAGER,
    Object,
    Ref,
    annotations_of,
    close_matches,
    dig,
    group_of,
    ref_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import api_version_rank
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from ansible_collections.capi.lifecycle.tests.unit.fake_fields import applied, contested, fields_v1, given_up, merged

_Key = tuple[str, str, str, str]  # group, kind, namespace, name
_APPLIED = {"manager": FIELD_MANAGER, "operation": "Apply"}
_CAPI = ("v1beta2", "v1beta1")
_CAPI_KINDS = {
    "cluster.x-k8s.io": "Cluster ClusterClass Machine MachineDeployment MachineHealthCheck MachinePool MachineSet",
    "controlplane.cluster.x-k8s.io": "KubeadmControlPlane KubeadmControlPlaneTemplate",
    "bootstrap.cluster.x-k8s.io": "KubeadmConfig KubeadmConfigTemplate",
    "infrastructure.cluster.x-k8s.io": "DevCluster DevClusterTemplate DevMachine DevMachineTemplate",
    "addons.cluster.x-k8s.io": "ClusterResourceSet",
}
KINDS = (
    Resource("v1", "Namespace", "namespaces", False),
    Resource("v1", "Secret", "secrets", True),
    Resource("v1", "ConfigMap", "configmaps", True),
    Resource("v1", "Event", "events", True),
    Resource("v1", "Node", "nodes", False),
    Resource("v1", "Pod", "pods", True),
    Resource("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", True),
    Resource("coordination.k8s.io/v1", "Lease", "leases", True),
    Resource("apps/v1", "Deployment", "deployments", True),
    Resource("coordination.k8s.io/v1", "Lease", "leases", True),
    Resource("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False),
    *(
        Resource(
            "admissionregistration.k8s.io/v1", f"{k}WebhookConfiguration", f"{k.lower()}webhookconfigurations", False
        )
        for k in ("Validating", "Mutating")
    ),
    Resource("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", "providers", True),
    Resource("metal3.io/v1alpha1", "BareMetalHost", "baremetalhosts", True),
    Resource("metal3.io/v1alpha1", "HardwareData", "hardwaredata", True),
    *(
        Resource(f"{group}/{version}", kind, f"{kind.lower()}{'es' if kind.endswith('s') else 's'}", True)
        for version in _CAPI
        for group, kinds in _CAPI_KINDS.items()
        for kind in kinds.split()
    ),
)


class FakeClock(Clock):
    """Starts at zero; sleeping moves it and lets the world act by ``on_sleep``."""

    def __init__(self, on_sleep: Callable[[float], None] | None = None) -> None:
        self.seconds, self.on_sleep = 0.0, on_sleep

    def now(self) -> float:
        return self.seconds

    def today(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=timezone.utc) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.on_sleep:
            self.on_sleep(self.seconds)


class FakeKube:
    """An API server in memory: applies and merges, counts requests, refuses what ``refuse`` says."""

    server = "https://fake.example:6443"

    def __init__(self, *items: Mapping[str, Any], dry_run: bool = False, kinds: tuple[Resource, ...] = KINDS) -> None:
        self.dry_run, self._kinds = dry_run, kinds
        self.items: dict[_Key, Object] = {}
        self.writes: list[tuple[str, str]] = []  # (verb, ref) of every write that was no dry run
        self.reads: list[tuple[str, str]] = []
        self.refuse: Callable[[Object], Exception | None] = lambda item: None
        self.paths: dict[str, Any] = {"/version": {"gitVersion": "v1.36.3"}}
        self.budget = RETRY_BUDGET  # of the request that is made now
        self.evictions: dict[str, str] = {}  # words against the eviction of a Pod
        self._applied: dict[_Key, Object] = {}  # fields that are ours by apply, and by create or patch
        self._updated: dict[_Key, Object] = {}
        self._numbers = itertools.count(1)
        for name in ("default", "kube-system"):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": f"uid-of-{name}"}})
        for item in items:
            self.put(item)

    def put(self, item: Mapping[str, Any]) -> Object:
        """Put an object there as somebody else would; returns what is stored."""
        stored = copy.deepcopy(dict(item))
        meta = stored.setdefault("metadata", {})
        key = self._key(ref_of(stored))
        old = self.items.get(key)
        meta.setdefault("uid", old["metadata"]["uid"] if old else f"uid-{next(self._numbers)}")
        meta["resourceVersion"] = str(next(self._numbers))
        meta.setdefault("generation", 1)
        self.items[key] = stored
        return stored

    def take(self, ref: Ref) -> None:
        """Remove an object as a controller would."""
        for held in (self.items, self._applied, self._updated):
            held.pop(self._key(ref), None)

    def identity(self) -> str:
        return "uid-of-kube-system"

    def resource(self, api_version: str, kind: str) -> Resource:
        for found in self._kinds:
            if (found.api_version, found.kind) == (api_version, kind):
                return found
        near = close_matches(kind, {k.kind for k in self._kinds if group_of(k.api_version) == group_of(api_version)})
        raise NotFound(f"{kind} in {api_version} is not known to {self.server}{near}", kind=kind)

    def versions(self, group: str, kind: str = "") -> tuple[str, ...]:
        found = {k.api_version for k in self._kinds if group_of(k.api_version) == group and kind in ("", k.kind)}
        return tuple(sorted(found, key=lambda v: api_version_rank(v.rpartition("/")[2]), reverse=True))

    def kinds(self, group_suffix: str = "") -> tuple[Resource, ...]:
        names = {
            (group_of(k.api_version), k.kind) for k in self._kinds if group_of(k.api_version).endswith(group_suffix)
        }
        return tuple(self.resource(self.versions(group, kind)[0], kind) for group, kind in sorted(names))

    def get(self, ref: Ref) -> Object | None:
        self.resource(ref.api_version, ref.kind)
        self.reads.append(("get", str(ref)))
        found = self.items.get(self._key(ref))
        return {**copy.deepcopy(found), "apiVersion": ref.api_version} if found else None

    def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        self.resource(api_version, kind)
        self.reads.append(("list", f"{kind} {namespace or '*'}"))
        wanted = self._key(Ref(api_version, kind, namespace, ""))
        return [
            {**copy.deepcopy(item), "apiVersion": api_version}
            for key, item in sorted(self.items.items())
            if key[:2] == wanted[:2] and wanted[2] in ("", key[2]) and _selects(labels, item)
        ]

    def collect(self, api_version: str, kind: str, keep: Callable[[Object], Any], chosen: Chosen) -> list[Any]:
        return [keep(item) for item in self.list(api_version, kind, chosen.namespace, chosen.labels)]

    def apply(self, item: Object, *, force: bool = False, dry_run: bool = False, patient: bool = True) -> Object:
        self._admit(item)
        key, wish = self._key(ref_of(item)), _without_status(item)
        old = self.items.get(key)
        self._require_version(item, old)
        if not force:
            self._refuse_conflicts(key, wish)
        entries = dig(old, "metadata", "managedFields", default=[])
        others = [m for m in entries if (m.get("manager"), m.get("operation")) != (FIELD_MANAGER, "Apply")]
        theirs = [m.get("fieldsV1") or {} for m in others]
        stored = applied(given_up(old or {}, self._applied.get(key, {}), wish, theirs), wish)
        fields = {"apiVersion": item["apiVersion"], "fieldsType": "FieldsV1", "fieldsV1": fields_v1(wish)}
        stored["metadata"]["managedFields"] = [*others, {**_APPLIED, **fields}]
        if not (dry_run or self.dry_run):
            self._applied[key] = copy.deepcopy(wish)
        return self._store("apply", stored, dry_run)

    def create(self, item: Object) -> Object:
        self._admit(item)
        key = self._key(ref_of(item))
        if key in self.items:
            raise Conflict(f"Could not create {ref_of(item)}: it already exists.")
        if not self.dry_run:
            self._updated[key] = copy.deepcopy(item)
        return self._store("create", _without_status(item))

    def patch(self, ref: Ref, body: Mapping[str, Any], *, subresource: str = "") -> Object:
        self.resource(ref.api_version, ref.kind)
        key = self._key(ref)
        if key not in self.items:
            raise NotFound(f"Could not apply {ref}: not found")
        self._require_version(body, self.items[key])
        _refuse_outdated(ref, self.items[key], body)
        part = {"status": body.get("status")} if subresource == "status" else _without_status(body)
        if not self.dry_run:
            self._updated[key] = merged(self._updated.get(key, {}), part)
        return self._store("patch", merged(self.items[key], part))

    def delete(self, ref: Ref, uid: str = "") -> bool:
        self.resource(ref.api_version, ref.kind)
        found = self.items.get(self._key(ref))
        if not found:
            return False
        if uid not in ("", found["metadata"]["uid"]):
            raise Conflict(f"Could not delete {ref}: its UID is {found['metadata']['uid']}, not {uid}.")
        if not self.dry_run:
            self.writes.append(("delete", str(ref)))
            if found["metadata"].get("finalizers"):
                self.put(merged(found, {"metadata": {"deletionTimestamp": "2026-11-01T00:00:00Z"}}))
            else:
                self.take(ref)
        return True

    def evict(self, pod: Ref) -> str:
        if self._key(pod) not in self.items:
            raise NotFound(f"Could not evict (dry run) {pod}: not found")
        return self.evictions.get(pod.name, "")

    def read(self, path: str) -> Any:
        self.reads.append(("read", path))
        if path not in self.paths:
            raise NotFound(f"Could not read {path}: not found")
        return self.paths[path]

    def forget(self) -> None:
        return None

    @contextmanager
    def retrying_for(self, seconds: float) -> Iterator[None]:
        before, self.budget = self.budget, min(self.budget, seconds)
        try:
            yield
        finally:
            self.budget = before

    def _key(self, ref: Ref) -> _Key:
        group = group_of(ref.api_version)
        here = (k.namespaced for k in self._kinds if (group_of(k.api_version), k.kind) == (group, ref.kind))
        return (group, ref.kind, ref.namespace if next(here, True) else "", ref.name)

    def _admit(self, item: Object) -> None:
        ref = ref_of(item)
        if (
            self.resource(ref.api_version, ref.kind).namespaced
            and self._key(Ref("v1", "Namespace", "", ref.namespace)) not in self.items
        ):
            raise NotFound(f'Could not apply {ref}: namespaces "{ref.namespace}" not found')
        error = self.refuse(item)
        if error:
            raise error

    def _require_version(self, wish: Mapping[str, Any], old: Object | None) -> None:
        """A resourceVersion in a write is its precondition."""
        wanted, held = dig(wish, "metadata", "resourceVersion"), dig(old, "metadata", "resourceVersion")
        if wanted not in (None, held):
            raise Conflict("Operation cannot be fulfilled: the object has been modified; apply to the latest version.")

    def _refuse_conflicts(self, key: _Key, wish: Object) -> None:
        """Fields of others: by create or patch, or ``spec`` where annotation ``fake/owner`` names its owner."""
        old = self.items.get(key, {})
        owner = annotations_of(old).get("fake/owner", "")
        owned = {"spec": old.get("spec")} if owner else self._updated.get(key, {})
        fields = sorted(contested(owned, old, wish))
        if fields:
            raise Conflict(
                f"Could not apply {ref_of(wish)}: another manager owns fields that this would set: "
                f'{", ".join(fields)} (conflict with "{owner or FIELD_MANAGER}").'
            )

    def _store(self, verb: str, new: Object, dry_run: bool = False) -> Object:
        """Store what differs; an object that is being deleted goes away with its last finalizer."""
        old, meta = self.items.get(self._key(ref_of(new))), new["metadata"]
        if old and {**new, "metadata": 0, "status": 0} != {**old, "metadata": 0, "status": 0}:
            meta["generation"] = old["metadata"].get("generation", 1) + 1
        if dry_run or self.dry_run:
            return {**copy.deepcopy(new), "metadata": {"uid": "uid-of-a-dry-run", **copy.deepcopy(meta)}}
        self.writes.append((verb, str(ref_of(new))))
        stored = old if old == new else self.put(new)
        if meta.get("deletionTimestamp") and not meta.get("finalizers"):
            self.take(ref_of(new))
        return copy.deepcopy(stored)


def session(kube: FakeKube, clock: Clock | None = None, workload: FakeKube | Exception | None = None) -> Session:
    """A session on the fake; its lines are kept in ``kube.lines``. ``workload`` is what a kubeconfig leads to."""
    kube.lines = []  # type: ignore[attr-defined]

    def reach(_content: Mapping[str, Any]) -> Any:
        if isinstance(workload, Exception):
            raise workload
        return nullcontext(workload)

    report, dry_run = kube.lines.append, kube.dry_run  # type: ignore[attr-defined]
    return Session(kube=kube, report=report, clock=clock or FakeClock(), dry_run=dry_run, reach=reach)


def _selects(labels: str, item: Object) -> bool:
    if set(labels) & set("!( "):
        raise NotImplementedError(f"the fake selects by labels alone: {labels}")
    held = item["metadata"].get("labels") or {}
    for term in filter(None, labels.split(",")):
        name, equals, value = term.partition("=")
        if name not in held or (equals and held[name] != value):
            return False
    return True


def _refuse_outdated(ref: Ref, held: Object, body: Mapping[str, Any]) -> None:
    """A patch may name the state that it is meant for."""
    meta, wanted = held["metadata"], body.get("metadata") or {}
    if wanted.get("uid", meta["uid"]) != meta["uid"]:
        raise InvalidInput(f"Could not apply {ref}: metadata.uid: field is immutable")
    if wanted.get("resourceVersion", meta["resourceVersion"]) != meta["resourceVersion"]:
        raise Conflict(f"Could not apply {ref}: the object has been modified")


def _without_status(item: Mapping[str, Any]) -> Object:
    """Writes of an object leave its status alone: that is a subresource."""
    return {k: copy.deepcopy(v) for k, v in item.items() if k != "status"}
