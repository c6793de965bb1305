# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to which cluster."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import (
    Parts,
    control_plane_kinds,
    gather,
    is_managed,
)
from builders import CONTROL_PLANE, cluster, control_plane, machine, machine_deployment

VERSIONS = ("v1beta1", "v1beta2")


@pytest.mark.parametrize("v", VERSIONS)
def test_objects_go_to_their_cluster(v: str) -> None:
    one, two = gather(
        [cluster("b", v=v), cluster("a", v=v)],
        [control_plane("b-cp", cluster="b", v=v), control_plane("a-cp", cluster="a", v=v)],
        [machine_deployment("a-md", cluster="a", v=v), machine_deployment("b-md", cluster="b", v=v)],
        [machine("b-2", cluster="b", v=v), machine("a-1", cluster="a", v=v), machine("b-1", cluster="b", v=v)],
    )
    assert names(one) == ["a", "a-cp", "a-md", "a-1"]
    assert names(two) == ["b", "b-cp", "b-md", "b-1", "b-2"], "by name"


def test_the_same_name_in_two_namespaces() -> None:
    found = gather(
        [cluster("prod", namespace="y"), cluster("prod", namespace="x")],
        [control_plane(namespace="y")],
        [],
        [machine("m", namespace="x")],
    )
    assert [(p.cluster["metadata"]["namespace"], names(p)) for p in found] == [
        ("x", ["prod", "m"]),
        ("y", ["prod", "prod-cp"]),
    ]


def test_what_belongs_to_no_cluster_of_the_list_is_left_out() -> None:
    (found,) = gather([cluster("a")], [control_plane("b-cp", cluster="b")], [], [machine("m", cluster="b")])
    assert names(found) == ["a"]


def test_the_label_tells_where_the_spec_does_not() -> None:
    bare = {"metadata": {"name": "m", "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}}}
    (found,) = gather([cluster()], [], [], [bare])
    assert names(found) == ["prod", "m"]


def test_a_cluster_without_anything() -> None:
    bare = {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "new"}}
    (found,) = gather([bare], [control_plane()], [], [])
    assert names(found) == ["new"]
    assert found.owners == [bare]


def test_machines_of_the_control_plane_and_of_pools() -> None:
    pool = {**machine_deployment("pool"), "kind": "MachinePool"}
    of_pool = machine("p", labels={"cluster.x-k8s.io/pool-name": "pool"})
    del of_pool["metadata"]["labels"]["cluster.x-k8s.io/control-plane"]
    deployment = machine_deployment("md-0")
    found = Parts(cluster(), control_plane(), [deployment, pool], [machine("cp"), machine("w", pool="md-0"), of_pool])
    assert [[m["metadata"]["name"] for m in found.machines_of(o)] for o in (None, deployment, pool)] == [
        ["cp"],
        ["w"],
        ["p"],
    ]
    assert [o["kind"] for o in found.owners] == ["Cluster", "KubeadmControlPlane", "MachineDeployment", "MachinePool"]


def test_a_pool_named_like_another_kind_has_its_own_machines() -> None:
    pool = {**machine_deployment("same"), "kind": "MachinePool"}
    found = Parts(cluster(), None, [pool], [machine("w", pool="same")])
    assert found.machines_of(pool) == []


KUBEADM = (CONTROL_PLANE, "KubeadmControlPlane")
MANAGED = {"kind": "AWSManagedControlPlane", "apiGroup": "g"}


@pytest.mark.parametrize(
    ("clusters", "kinds"),
    [
        pytest.param([cluster("a"), cluster("b", v="v1beta1")], [KUBEADM], id="each once"),
        pytest.param([cluster(spec={"controlPlaneRef": None})], [], id="none"),
        pytest.param(
            [cluster(spec={"controlPlaneRef": MANAGED}), cluster()], [KUBEADM, ("g", MANAGED["kind"])], id="two"
        ),
    ],
)
def test_kinds_of_control_planes(clusters: Any, kinds: Any) -> None:
    assert control_plane_kinds(clusters) == kinds


def names(parts: Parts) -> list[str]:
    return [i["metadata"]["name"] for i in [*parts.owners, *parts.machines]]


def test_machines_of_an_owner_by_what_it_is() -> None:
    pool = {**machine_deployment("mp"), "kind": "MachinePool"}
    foreign = {**control_plane(), "kind": "AControlPlane"}
    of_pool = machine("n", labels={"cluster.x-k8s.io/pool-name": "mp"})
    del of_pool["metadata"]["labels"]["cluster.x-k8s.io/control-plane"]
    seen = Parts(cluster(), foreign, [machine_deployment("md"), pool], [machine("c"), machine("w", pool="md"), of_pool])
    found = [[m["metadata"]["name"] for m in seen.machines_of_owner(o)] for o in seen.owners[1:]]
    assert found == [["c"], ["w"], ["n"]]


@pytest.mark.parametrize(
    ("spec", "status", "managed"),
    [({}, {}, False), ({"replicas": None}, {}, True), ({}, {"externalManagedControlPlane": True}, True)],
)
def test_managed_control_planes(spec: Any, status: Any, managed: bool) -> None:
    assert is_managed(control_plane(spec=spec, status=status)) is managed
