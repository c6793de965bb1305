# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which templates of earlier versions go: ours, that nothing refers to, all but the newest ones."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._cluster_templates import collect_templates
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import CLUSTER_LABEL, Object, Ref, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._observed import observe_cluster
from builders import BOOTSTRAP, CORE, INFRASTRUCTURE
from fakes import FakeKube
from upgrade_world import V, objects

OLD, NEW, LAST = "a-00000001", "a-00000002", "a-00000003"
LABELS = {"labels": {CLUSTER_LABEL: "prod"}}


def made(name: str, kind: str = "DevMachineTemplate", group: str = INFRASTRUCTURE, **meta: Any) -> Object:
    """A template as this collection makes it; the number at the end of its name says when."""
    ours = [{"manager": "capi.lifecycle", "operation": "Apply"}]
    made_at = f"2026-11-0{name[-1] if name[-1] in '123456789' else 1}T00:00:00Z"
    whole = {
        "name": name,
        "namespace": "default",
        "creationTimestamp": made_at,
        "managedFields": ours,
        **LABELS,
        **meta,
    }
    return {"apiVersion": f"{group}/{V}", "kind": kind, "metadata": whole, "spec": {"template": {"spec": {}}}}


def item(kind: str, group: str = CORE, spec: Any = None, **meta: Any) -> Object:
    whole = {"name": "x", "namespace": "default", **LABELS, **meta}
    return {"apiVersion": f"{group}/{V}", "kind": kind, "metadata": whole, "spec": spec or {}}


def reference(name: str) -> dict[str, Any]:
    return {"infrastructureRef": {"kind": "DevMachineTemplate", "name": name, "apiGroup": INFRASTRUCTURE}}


CLONED = {"annotations": {"cluster.x-k8s.io/cloned-from-name": OLD}}
OTHER_OWNER = [{"kind": "Cluster", "name": "other", "uid": "u", "apiVersion": f"{CORE}/{V}"}]
THREE = [made(OLD), made(NEW), made(LAST)]
CASES: dict[str, tuple[list[Object], int, list[str]]] = {
    "all but the newest": (THREE, 1, [NEW, OLD]),
    "all but two": (THREE, 2, [OLD]),
    "all": (THREE, 0, [LAST, NEW, OLD]),
    "none": (THREE, 9, []),
    "each base keeps its own": ([made(OLD), made("b-00000001")], 1, []),
    "each kind keeps its own": ([made(OLD), made(NEW, "KubeadmConfigTemplate", BOOTSTRAP)], 1, []),
    "a MachineSet refers to it": (
        [*THREE, item("MachineSet", spec={"template": {"spec": reference(OLD)}})], 0, [LAST, NEW],
    ),
    "a Machine refers to it": (
        [*THREE, item("Machine", spec={"clusterName": "prod", **reference(OLD)})], 0, [LAST, NEW],
    ),
    "a machine was cloned from it": ([*THREE, item("DevMachine", INFRASTRUCTURE, **CLONED)], 0, [LAST, NEW]),
    "a machine of another cluster was": (
        [*THREE, item("DevMachine", INFRASTRUCTURE, labels={CLUSTER_LABEL: "other"}, **CLONED)], 0, [LAST, NEW, OLD],
    ),
    "its name was not made from its content": ([made("a"), made("a-1")], 0, []),
    "another manager made it": ([made(OLD, managedFields=[{"manager": "kubectl"}])], 0, []),
    "it has another cluster's label": ([made(OLD, labels={CLUSTER_LABEL: "other"})], 0, []),
    "it has no label": ([made(OLD, labels={})], 0, []),
    "another Cluster owns it": ([made(OLD, ownerReferences=OTHER_OWNER)], 0, []),
    "it lives in another namespace": ([made(OLD, namespace="kube-system")], 0, []),
}  # fmt: skip


@pytest.mark.parametrize(("items", "keep", "gone"), CASES.values(), ids=CASES)
def test_collection(items: list[Object], keep: int, gone: list[str]) -> None:
    kube = FakeKube(*objects(), *items)
    seen = observe_cluster(kube, "prod", "default")
    assert seen is not None
    before = {name_of(i) for i in kube.items.values()}
    found = collect_templates(kube, seen, "prod", keep)
    assert [ref.name for ref in found] == gone
    assert before - {name_of(i) for i in kube.items.values()} == set(gone)


def test_what_owners_refer_to_stays() -> None:
    kube = FakeKube(*objects(), *THREE)
    plane = kube.items["controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "default", "prod-cp"]
    plane["spec"]["machineTemplate"]["spec"] = reference(OLD)
    seen = observe_cluster(kube, "prod", "default")
    assert seen is not None
    assert [ref.name for ref in collect_templates(kube, seen, "prod", 0)] == [LAST, NEW]


def test_nothing_more_is_read_where_nothing_was_made() -> None:
    kube = FakeKube(*objects())
    seen = observe_cluster(kube, "prod", "default")
    assert seen is not None
    kube.reads.clear()
    assert collect_templates(kube, seen, "prod", 0) == []
    assert "list MachineSet default" not in [" ".join(r) for r in kube.reads]


def test_one_that_is_gone_already_is_not_told() -> None:
    class Slow(FakeKube):
        def delete(self, ref: Ref, uid: str = "") -> bool:
            self.take(ref)
            return super().delete(ref, uid)

    kube = Slow(*objects(), made(OLD))
    seen = observe_cluster(kube, "prod", "default")
    assert seen is not None
    assert collect_templates(kube, seen, "prod", 0) == []
