# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else has a hand on a cluster, told by each sign."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._ownership import (
    appliers_of,
    autoscaled,
    gitops_owner,
    held_objects,
    paused_objects,
    writers_of,
)
from builders import cluster, control_plane, machine_deployment

_MIN = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size"
_MAX = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size"
_DEFER = "topology.cluster.x-k8s.io/defer-upgrade"
_HOLD = "topology.cluster.x-k8s.io/hold-upgrade-sequence"
_HOOK = "before-upgrade.hook.cluster.cluster.x-k8s.io/ticket"


def managed_by(*managers: str) -> list[dict[str, str]]:
    return [{"manager": m, "operation": "Apply"} for m in managers]


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({}, None),
        ({"managedFields": managed_by("kubectl", "manager", "capi.lifecycle")}, None),
        ({"labels": {"app.kubernetes.io/instance": "x"}}, None),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "app:cluster"}},
            {"tool": "Argo CD", "sign": "annotation argocd.argoproj.io/tracking-id on Cluster prod"},
        ),
        (
            {"managedFields": managed_by("kubectl", "argocd-controller")},
            {"tool": "Argo CD", "sign": "field manager argocd-controller on Cluster prod"},
        ),
        (
            {"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}},
            {"tool": "Flux", "sign": "label kustomize.toolkit.fluxcd.io/name on Cluster prod"},
        ),
        (
            {"managedFields": managed_by("fleetagent")},
            {"tool": "Rancher Fleet", "sign": "field manager fleetagent on Cluster prod"},
        ),
    ],
)
def test_gitops_owner(metadata: dict[str, Any], owner: dict[str, str] | None) -> None:
    assert gitops_owner([cluster(**metadata)]) == owner


def test_a_sign_on_any_object_counts() -> None:
    plane = control_plane(labels={"helm.toolkit.fluxcd.io/name": "x"})
    found = gitops_owner([cluster(), plane])
    assert found is not None
    assert found["sign"] == "label helm.toolkit.fluxcd.io/name on KubeadmControlPlane prod-cp"


def test_what_is_paused_is_named() -> None:
    items = [
        cluster(spec={"paused": True}),
        control_plane(annotations={"cluster.x-k8s.io/paused": ""}),
        machine_deployment(),
        machine_deployment("md-1", spec={"paused": True}),
    ]
    assert [p["name"] for p in paused_objects(items)] == ["prod", "prod-cp", "md-1"]


def test_holds_of_topology_and_objects_are_told_once() -> None:
    pool = {"name": "md-0", "metadata": {"annotations": {_DEFER: ""}}}
    workers = {"machineDeployments": [pool, {"name": "md-new", "metadata": {"annotations": {_HOLD: ""}}}]}
    whole = cluster(class_name="c", annotations={_HOOK: "", "other": ""})
    whole["spec"]["topology"]["workers"] = workers
    made = machine_deployment(
        "prod-md-0-x", labels={"topology.cluster.x-k8s.io/deployment-name": "md-0"}, annotations={_DEFER: ""}
    )
    assert held_objects(whole, [made]) == [
        {"kind": "Cluster", "name": "prod", "annotation": _HOOK},
        {"kind": "MachineDeployment", "name": "prod-md-0-x", "annotation": _DEFER},
        {"kind": "MachineDeployment", "name": "md-new", "annotation": _HOLD},
    ]


@pytest.mark.parametrize(
    ("annotations", "bounds"),
    [
        ({}, None),
        ({_MIN: "1", _MAX: "5"}, {"min": 1, "max": 5}),
        ({_MAX: "5"}, {"min": None, "max": 5}),
        ({_MIN: "many"}, {"min": None, "max": None}),
        ({"cluster.x-k8s.io/replicas-managed-by": "external"}, {"min": None, "max": None}),
        ({"cluster.x-k8s.io/replicas-managed-by": "false"}, None),
    ],
)
def test_autoscaled(annotations: dict[str, str], bounds: dict[str, int | None] | None) -> None:
    assert autoscaled(machine_deployment(annotations=annotations)) == bounds


def writer(manager: str, fields: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "fieldsV1": fields}


VERSION = {"f:spec": {"f:topology": {"f:version": {}}}}


@pytest.mark.parametrize(
    ("entries", "path", "writers"),
    [
        ([], ["spec", "topology", "version"], []),
        ([writer("kubectl", VERSION)], ["spec", "topology", "version"], ["kubectl"]),
        (
            [writer("z", VERSION), writer("a", VERSION), writer("z", VERSION)],
            ["spec", "topology", "version"],
            ["a", "z"],
        ),
        ([writer("kubectl", VERSION)], ["spec", "topology", "class"], []),
        ([writer("kubectl", {"f:spec": {"f:replicas": {}}})], ["spec", "topology", "version"], []),
        ([writer("kubectl", VERSION)], ["spec", "topology"], ["kubectl"]),
        ([{"manager": "old", "operation": "Update"}], ["spec"], []),
    ],
)
def test_writers_of_a_field(entries: list[Any], path: list[str], writers: list[str]) -> None:
    assert writers_of(cluster(managedFields=entries), path) == writers


def applier(manager: str, fields: Any = None) -> dict[str, Any]:
    return {**writer(manager, fields or VERSION), "operation": "Apply"}


@pytest.mark.parametrize(
    ("entries", "appliers"),
    [
        ([], []),
        ([writer("kubectl-edit", VERSION), writer("manager", VERSION)], []),
        ([applier("capi.lifecycle")], []),
        ([applier("kubectl"), applier("capi.lifecycle"), writer("helm", VERSION)], ["kubectl"]),
        ([applier("z"), applier("a")], ["a", "z"]),
        ([applier("kubectl", {"f:spec": {"f:topology": {"f:class": {}}}})], []),
        ([{"manager": "old", "operation": "Apply"}], []),
    ],
)
def test_who_states_a_field_again_and_again(entries: list[Any], appliers: list[str]) -> None:
    """Updates were made once; who applies comes back."""
    assert appliers_of(cluster(managedFields=entries), ["spec", "topology", "version"]) == appliers
