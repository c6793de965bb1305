# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the contract of a Kube is tried: two clients of one server, an empty namespace, and the objects it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.capi.lifecycle.plugins.module_utils._errors import NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Kube
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref, name_of

CLUSTER = "cluster.x-k8s.io"
PAUSED = {
    "paused": True,
    "infrastructureRef": {"apiGroup": f"infrastructure.{CLUSTER}", "kind": "DevCluster", "name": "paused"},
}
FINALIZER = "capi.lifecycle/test"


@dataclass(frozen=True)
class Ground:
    kube: Kube
    dry: Kube
    namespace: str

    def config(self, name: str = "a", labels: Any = None, namespace: str = "", **values: str) -> Object:
        meta = {"name": name, "namespace": namespace or self.namespace}
        meta.update({"labels": labels} if labels else {})
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": values}

    def ref(self, name: str = "a") -> Ref:
        return Ref("v1", "ConfigMap", self.namespace, name)

    def cluster(self, **metadata: Any) -> Object:
        """A paused Cluster: controllers leave it alone."""
        meta = {"name": "paused", "namespace": self.namespace, **metadata}
        return {"apiVersion": f"{CLUSTER}/v1beta2", "kind": "Cluster", "metadata": meta, "spec": dict(PAUSED)}

    def gated(self, *gates: Object) -> Object:
        """A paused Cluster with a list whose items have a key."""
        return {**self.cluster(), "spec": {**PAUSED, "availabilityGates": list(gates)}}

    @contextmanager
    def paused(self) -> Iterator[Ref]:
        """Where the paused Cluster goes; taken away afterwards, since it keeps its finalizer for ever."""
        ref = Ref(f"{CLUSTER}/v1beta2", "Cluster", self.namespace, "paused")
        try:
            yield ref
        finally:
            self.kube.delete(ref)
            with suppress(NotFound):
                self.kube.patch(ref, {"metadata": {"finalizers": None}})

    def data(self, name: str = "a") -> Any:
        found = self.kube.get(self.ref(name))
        return found["data"] if found else None

    def names(self, labels: str = "") -> list[str]:
        return [name_of(i) for i in self.kube.list("v1", "ConfigMap", self.namespace, labels) if name_of(i) in "abc"]


Case = Callable[[Ground], None]
CASES: list[Case] = []


def case(check: Case) -> Case:
    CASES.append(check)
    return check
