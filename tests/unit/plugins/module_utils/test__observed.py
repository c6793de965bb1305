# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at clusters: which requests it takes, in which version, and what is not there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._observed import (
    absent_cluster,
    applied_ref,
    cluster_ref,
    cluster_version,
    live_as_applied,
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


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("prodd", "default"), "default/prodd; did you mean 'prod'? (the namespace has: dev, prod; "),
        (("prod", "team"), "team/prod; there is one of that name in default (the namespace has: none; "),
        (("xyz", "team"), "team/xyz (the namespace has: none; "),
    ],
    ids=["a slip", "another namespace", "nothing near"],
)
def test_an_absent_cluster(place: tuple[str, str], words: str) -> None:
    kube = FakeKube(cluster("prod"), cluster("dev"))
    found = absent_cluster(kube, *place)
    assert str(found) == f"There is no Cluster {words}asked was {kube.server}). Nothing was changed."


@pytest.mark.parametrize("allowed", ["default", ""], ids=["the namespace alone", "nothing"])
def test_of_an_absent_cluster_what_may_be_read_is_told(allowed: str) -> None:
    class Narrow(FakeKube):
        def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> Any:
            if not namespace or namespace != allowed:
                raise Forbidden("no")
            return super().list(api_version, kind, namespace, labels)

    said = str(absent_cluster(Narrow(cluster("prod")), "prodd", "default"))
    assert ("did you mean 'prod'?" in said) == bool(allowed)


@pytest.mark.parametrize(
    ("applied", "kinds", "version"),
    [
        ("v1beta1", KINDS, "v1beta1"),
        ("v1beta2", KINDS, "v1beta2"),
        ("v1beta1", tuple(k for k in KINDS if not k.api_version.endswith("/v1beta1")), "v1beta2"),
        ("", KINDS, "v1beta2"),
    ],
    ids=["the older one", "the newest", "not served any more", "never applied"],
)
def test_the_version_of_our_applies(applied: str, kinds: Any, version: str) -> None:
    item = cluster("prod")
    group = item["apiVersion"].partition("/")[0]
    ours = {"manager": "capi.lifecycle", "operation": "Apply", "apiVersion": f"{group}/{applied}"}
    item["metadata"]["managedFields"] = [ours] if applied else []
    kube = FakeKube(item, kinds=kinds)
    assert applied_ref(kube, item).api_version == f"{group}/{version}"
    live = live_as_applied(kube, item)
    assert live is not None
    assert live["apiVersion"] == f"{group}/{version}"
