# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fakes at the seams: FakeKube holds objects in memory, FakeClock moves when somebody sleeps.

FakeKube is believed because tests/integration/test_kube_contract.py runs the same cases on a real API server.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Conflict, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import (
    FIELD_MANAGER,
    Object,
    Ref,
    close_matches,
    group_of,
    ref_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import api_version_rank
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock

_CAPI = ("v1beta2", "v1beta1")
_CAPI_KINDS = {
    "cluster.x-k8s.io": "Cluster ClusterClass Machine MachineDeployment MachineHealthCheck MachinePool MachineSet",
    "controlplane.cluster.x-k8s.io": "KubeadmControlPlane KubeadmControlPlaneTemplate",
    "bootstrap.cluster.x-k8s.io": "KubeadmConfig KubeadmConfigTemplate",
    "infrastructure.cluster.x-k8s.io": "DevCluster DevClusterTemplate DevMachine DevMachineTemplate",
}
KINDS = (
    Resource("v1", "Namespace", "namespaces", False),
    Resource("v1", "Secret", "secrets", True),
    Resource("v1", "ConfigMap", "configmaps", True),
    Resource("v1", "Event", "events", True),
    Resource("v1", "Pod", "pods", True),
    Resource("apps/v1", "Deployment", "deployments", True),
    Resource("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False),
    *(
        Resource(
            "admissionregistration.k8s.io/v1", f"{k}WebhookConfiguration", f"{k.lower()}webhookconfigurations", False
        )
        for k in ("Validating", "Mutating")
    ),
    Resource("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", "providers", True),
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
    """An API server in memory: applies by merging, counts requests, refuses what ``refuse`` says."""

    server = "https://fake.example:6443"

    def __init__(self, *items: Mapping[str, Any], dry_run: bool = False, kinds: tuple[Resource, ...] = KINDS) -> None:
        self.dry_run, self._kinds = dry_run, kinds
        self.items: dict[tuple[str, str, str, str], Object] = {}
        self.writes: list[tuple[str, str]] = []  # (verb, ref) of every write that was no dry run
        self.reads: list[tuple[str, str]] = []
        self.refuse: Callable[[Object], Exception | None] = lambda item: None
        self.paths: dict[str, Any] = {"/version": {"gitVersion": "v1.36.3"}}
        self._numbers = itertools.count(1)
        for name in ("default", "kube-system"):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": f"uid-of-{name}"}})
        for item in items:
            self.put(item)

    def put(self, item: Mapping[str, Any]) -> Object:
        """Put an object there as somebody else would; returns what is stored."""
        stored = copy.deepcopy(dict(item))
        meta = stored.setdefault("metadata", {})
        old = self.items.get(_key(ref_of(stored)))
        meta.setdefault("uid", old["metadata"]["uid"] if old else f"uid-{next(self._numbers)}")
        meta["resourceVersion"] = str(next(self._numbers))
        meta.setdefault("generation", 1)
        self.items[_key(ref_of(stored))] = stored
        return stored

    def take(self, ref: Ref) -> None:
        """Remove an object as a controller would."""
        self.items.pop(_key(ref), None)

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
        found = self.items.get(_key(ref))
        return {**copy.deepcopy(found), "apiVersion": ref.api_version} if found else None

    def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        self.resource(api_version, kind)
        self.reads.append(("list", f"{kind} {namespace or '*'}"))
        wanted = _key(Ref(api_version, kind, namespace, ""))
        return [
            {**copy.deepcopy(item), "apiVersion": api_version}
            for key, item in sorted(self.items.items())
            if key[:2] == wanted[:2] and namespace in ("", key[2]) and _selects(labels, item)
        ]

    def apply(self, item: Object, *, force: bool = False, dry_run: bool = False) -> Object:
        self._admit(item)
        old = self.items.get(_key(ref_of(item)))
        _conflicts(old, item, force)
        merged = _merge(old or {}, item)
        merged["metadata"]["managedFields"] = [{"manager": FIELD_MANAGER, "operation": "Apply"}]
        return self._store("apply", old, merged, dry_run)

    def create(self, item: Object) -> Object:
        self._admit(item)
        if _key(ref_of(item)) in self.items:
            raise Conflict(f"Could not create {ref_of(item)}: it already exists.")
        return self._store("create", None, item, False)

    def patch(self, ref: Ref, body: Mapping[str, Any], *, subresource: str = "") -> Object:
        old = self.items.get(_key(ref))
        if not old:
            raise NotFound(f"Could not apply {ref}: not found")
        return self._store("patch", old, _merge(old, body), False)

    def delete(self, ref: Ref, uid: str = "") -> bool:
        found = self.items.get(_key(ref))
        if not found:
            return False
        if not self.dry_run:
            self.writes.append(("delete", str(ref)))
            if found["metadata"].get("finalizers"):
                found["metadata"]["deletionTimestamp"] = "2026-11-01T00:00:00Z"
            else:
                self.take(ref)
        return True

    def read(self, path: str) -> Any:
        self.reads.append(("read", path))
        if path not in self.paths:
            raise NotFound(f"Could not read {path}: not found")
        return self.paths[path]

    def forget(self) -> None:
        return None

    def _admit(self, item: Object) -> None:
        ref = ref_of(item)
        if (
            self.resource(ref.api_version, ref.kind).namespaced
            and _key(Ref("v1", "Namespace", "", ref.namespace)) not in self.items
        ):
            raise NotFound(f'Could not apply {ref}: namespaces "{ref.namespace}" not found')
        error = self.refuse(item)
        if error:
            raise error

    def _store(self, verb: str, old: Object | None, new: Object, dry_run: bool) -> Object:
        stored = copy.deepcopy(new)
        if old and {k: v for k, v in old.items() if k != "metadata"} != {
            k: v for k, v in new.items() if k != "metadata"
        }:
            stored["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
        if dry_run or self.dry_run:
            stored["metadata"].setdefault("uid", "uid-of-a-dry-run")
            return stored
        self.writes.append((verb, str(ref_of(stored))))
        return copy.deepcopy(self.put(stored))


def session(kube: FakeKube, clock: Clock | None = None) -> Session:
    """A session on the fake; its lines are kept in ``kube.lines``."""
    kube.lines = []  # type: ignore[attr-defined]
    return Session(kube=kube, report=kube.lines.append, clock=clock or FakeClock(), dry_run=kube.dry_run)  # type: ignore[attr-defined]


def _key(ref: Ref) -> tuple[str, str, str, str]:
    return (group_of(ref.api_version), ref.kind, ref.namespace, ref.name)


def _selects(labels: str, item: Object) -> bool:
    held = item["metadata"].get("labels") or {}
    for term in filter(None, labels.split(",")):
        name, equals, value = term.partition("=")
        if name not in held or (equals and held[name] != value):
            return False
    return True


def _merge(old: Any, new: Any) -> Any:
    """JSON merge patch: good enough for apply, since lists of the objects here have one owner."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return copy.deepcopy(new)
    merged = {**old, **{k: _merge(old.get(k), v) for k, v in new.items()}}
    return {k: v for k, v in merged.items() if v is not None}


def _conflicts(old: Object | None, item: Object, force: bool) -> None:
    """Fields of ``spec`` that another manager owns: set ``metadata.annotations[fake/owner]`` on the stored object."""
    owner = ((old or {}).get("metadata", {}).get("annotations") or {}).get("fake/owner")
    if owner and not force and old and {**old.get("spec", {}), **item.get("spec", {})} != old.get("spec", {}):
        raise Conflict(f'Could not apply {ref_of(item)}: another manager owns fields: .spec (conflict with "{owner}").')
