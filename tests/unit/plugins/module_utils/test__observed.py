# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at clusters: which requests it takes, in which version, and what is not there."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._observed import (
    cluster_ref,
    cluster_version,
    observe,
    observe_cluster,
)
from builders import cluster, control_plane, machine, machine_deployment
from fakes import KINDS, FakeKube

CLUSTERS = [cluster("a"), cluster("b")]
OTHERS = [
    part
    for name in "ab"
    for part in (
        control_plane(f"{name}-cp", cluster=name),
        machine_deployment(f"{name}-md", cluster=name),
        machine(f"{name}-m", cluster=name, labels={"cluster.x-k8s.io/cluster-name": name}),
    )
]
OLD = tuple(k for k in KINDS if not k.api_version.endswith("/v1beta2"))
WITHOUT = tuple(k for k in KINDS if "cluster.x-k8s.io" not in k.api_version)


def test_one_cluster() -> None:
    kube = FakeKube(*CLUSTERS, *OTHERS)
    seen = observe_cluster(kube, "a", "default")
    assert seen is not None
    assert [i["metadata"]["name"] for i in [*seen.owners, *seen.machines]] == ["a", "a-cp", "a-md", "a-m"]


def test_one_list_a_kind_whatever_the_number_of_clusters() -> None:
    kube = FakeKube(*CLUSTERS, *OTHERS)
    seen = observe(kube, CLUSTERS, "", "")
    assert [len(parts.machines) for parts in seen] == [1, 1]
    assert sorted(kube.reads) == [
        ("list", "KubeadmControlPlane *"),
        ("list", "Machine *"),
        ("list", "MachineDeployment *"),
        ("list", "MachinePool *"),
    ]


def test_a_cluster_that_is_not_there_costs_one_request() -> None:
    kube = FakeKube(*CLUSTERS)
    assert observe_cluster(kube, "gone", "default") is None
    assert kube.reads == [("get", "Cluster default/gone")]


def test_another_namespace_is_another_cluster() -> None:
    assert observe_cluster(FakeKube(*CLUSTERS), "a", "team") is None


@pytest.mark.parametrize(("kinds", "version"), [(KINDS, "v1beta2"), (OLD, "v1beta1")], ids=["newest", "CAPI 1.10"])
def test_in_the_newest_version_that_is_served(kinds: tuple, version: str) -> None:  # type: ignore[type-arg]
    kube = FakeKube(cluster("a", v=version), machine("a-m", cluster="a", v=version), kinds=kinds)
    assert cluster_ref(kube, "a", "default").api_version == f"cluster.x-k8s.io/{version}"
    seen = observe_cluster(kube, "a", "default")
    assert seen is not None
    assert [i["apiVersion"] for i in (seen.cluster, *seen.machines)] == [f"cluster.x-k8s.io/{version}"] * 2


def test_kinds_that_are_not_served_are_not_there() -> None:
    """MachinePools may be switched off; a control plane provider may be gone."""
    few = tuple(k for k in KINDS if k.kind not in ("MachinePool", "KubeadmControlPlane"))
    seen = observe_cluster(FakeKube(cluster("a"), kinds=few), "a", "default")
    assert seen is not None
    assert seen.control_plane is None


def test_no_cluster_api() -> None:
    with pytest.raises(NotFound) as caught:
        cluster_version(FakeKube(kinds=WITHOUT))
    assert "https://fake.example:6443 has no Cluster API" in str(caught.value)
    assert "management_cluster" in str(caught.value)
