# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input by name: what each mistake is told, and what is no mistake. One test a rule, one case a mistake."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._preflight import (
    Finding,
    check_change,
    check_set,
    refuse,
    version_path,
)
from builders import cluster, control_plane, machine_deployment

V = "v1.34.3"
BOUNDS = {"cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "5"}
ARGO = {"argocd.argoproj.io/tracking-id": "app"}


def network(pods: Any = None, services: Any = None, host: str = "") -> Object:
    blocks = {"pods": pods, "services": services}
    spec: Object = {"clusterNetwork": {k: {"cidrBlocks": v} for k, v in blocks.items() if v is not None}}
    return cluster(spec={**spec, "controlPlaneEndpoint": {"host": host, "port": 6443}})


def classy(replicas: Any = 3, version: Any = V, name: str = "prod", pools: Any = ()) -> Object:
    topology = {"version": version, "controlPlane": {"replicas": replicas}, "workers": {"machineDeployments": pools}}
    return cluster(name, spec={"topology": topology})


def pool_of(version: str, kind: str = "MachineDeployment", **more: Any) -> Object:
    return {**machine_deployment(version=version, **more), "kind": kind}


ETCD = {"kubeadmConfigSpec": {"clusterConfiguration": {"etcd": {"external": {"endpoints": ["e"]}}}}}
ONE = {
    "version without v": (
        control_plane(version="1.34.3"),
        "spec.version '1.34.3' is not a valid version: it must start with 'v'",
    ),
    "version without patch": (control_plane(version="v1.34"), "it has no patch number, for example 'v1.34.0'"),
    "version as a number": (control_plane(spec={"version": 1.34}), "'1.34' is not a valid version"),
    "version of a topology": (classy(version="latest"), "spec.topology.version 'latest'"),
    "version of a MachineDeployment": (pool_of("1.34.3"), "spec.template.spec.version '1.34.3'"),
    "version of a MachinePool": (pool_of("1.34.3", "MachinePool"), "spec.template.spec.version '1.34.3'"),
    "even": (control_plane(replicas=4), "spec.replicas is 4; etcd needs an odd number: use 5 instead of 4"),
    "two": (control_plane(replicas=2), "use 3 instead of 2"),
    "none": (control_plane(replicas=0), "spec.replicas is 0; a control plane has at least 1 machine"),
    "less than none": (control_plane(replicas=-1), "at least 1 machine"),
    "even topology": (classy(replicas=2), "spec.topology.controlPlane.replicas is 2; etcd needs an odd"),
    "upper case in a cluster's name": (classy(name="Prod"), "lower-case letters"),
    "dot in a cluster's name": (classy(name="a.b"), "lower-case letters"),
    "dash at the start": (classy(name="-a"), "lower-case letters"),
    "long name": (cluster("x" * 64), "its name has 64 characters; at most 63 keep Machine names within 63"),
    "long KubeadmControlPlane": (control_plane("x" * 58), "its name has 58 characters; at most 57"),
    "long MachineDeployment": (machine_deployment("x" * 52), "its name has 52 characters; at most 51"),
    "long node pool": (classy(name="x" * 30, pools=[{"name": "y" * 15}]), "have 46 characters; at most 45"),
    "overlap": (network(["10.0.0.0/8"], ["10.128.0.0/12"]), "pods 10.0.0.0/8 overlap services 10.128.0.0/12"),
    "second block": (network(["10.1.0.0/16", "10.2.0.0/16"], ["10.2.9.0/24"]), "pods 10.2.0.0/16 overlap"),
    "family mix": (network(["fd00::/48"], ["10.0.0.0/16"]), "pods have IPv6 and services have IPv4"),
    "dual stack on one side": (
        network(["10.0.0.0/16", "fd00::/48"], ["10.9.0.0/16"]),
        "pods have IPv4/IPv6 and services have IPv4",
    ),
    "prefix too long": (network(["10.0.0.0/33"]), "spec.clusterNetwork.pods: '10.0.0.0/33'"),
    "no network at all": (network(services=["pods"]), "wanted for example 192.168.0.0/16"),
    "endpoint in pods": (network(["10.0.0.0/16"], host="10.0.3.4"), "10.0.3.4 lies in the pods network"),
    "endpoint in services": (network(services=["10.0.0.0/16"], host="10.0.3.4"), "in the services network"),
    "autoscaled": (pool_of(V, annotations=BOUNDS), "gives the number to the autoscaler: leave replicas out"),
    "autoscaled MachinePool": (pool_of(V, "MachinePool", annotations=BOUNDS), "leave replicas out"),
    "namespace": (machine_deployment(namespace="other"), "in another namespace than its cluster ('default')"),
}


@pytest.mark.parametrize(("item", "words"), ONE.values(), ids=ONE)
def test_one_mistake(item: Object, words: str) -> None:
    (found,) = told(item)
    assert found.where.startswith(str(ref_of(item)))
    assert words in found.message


FINE = [
    pytest.param(control_plane(replicas=1), id="one"),
    pytest.param(control_plane(replicas=4, spec=ETCD), id="even with an etcd of its own"),
    pytest.param(control_plane(spec={"replicas": None}), id="no number"),
    pytest.param(control_plane(spec={"replicas": "three"}), id="wrong type: the schema says it better"),
    pytest.param(control_plane("x" * 57), id="longest KubeadmControlPlane"),
    pytest.param(machine_deployment("x" * 51), id="longest MachineDeployment"),
    pytest.param(classy(name="x" * 30, pools=[{"name": "y" * 14}]), id="longest node pool"),
    pytest.param(classy(pools=["text", None]), id="pools of odd shapes: the schema says it"),
    pytest.param(cluster("x" * 63), id="longest cluster"),
    pytest.param(network(["10.0.0.0/16"], ["10.1.0.0/16"], "192.168.0.1"), id="networks apart"),
    pytest.param(network(["10.0.0.0/16", "fd00::/48"], ["10.1.0.0/16", "fd01::/108"]), id="dual stack"),
    pytest.param(network(["10.0.0.1/16"]), id="host bits are masked, as the controllers do it"),
    pytest.param(network(["10.0.0.0/16"], host="api.example.org"), id="endpoint by name"),
    pytest.param(network("10.0.0.0/16"), id="text instead of a list: the schema says it"),
    pytest.param(pool_of(V, annotations=BOUNDS, spec={"replicas": None}), id="autoscaled without replicas"),
    pytest.param(control_plane(version="v1.34.3+build.1"), id="build data"),
    pytest.param({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}, id="a namespace"),
    pytest.param({"apiVersion": "x/v1", "kind": "Wide", "metadata": {"name": "w"}}, id="kind without namespace"),
]


@pytest.mark.parametrize("item", FINE)
def test_no_mistake(item: Object) -> None:
    assert told(item) == []


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        pytest.param([], "it has no Cluster; wanted exactly one, named 'prod'", id="no cluster"),
        pytest.param(
            [cluster("prd")],
            "it has the Cluster prd; wanted exactly one, named 'prod'; did you mean 'prd'?",
            id="another name",
        ),
        pytest.param(
            [cluster("prod"), cluster("b")], "it has the Cluster prod, b; wanted exactly one", id="two clusters"
        ),
        pytest.param(
            [{**cluster("prod"), "apiVersion": "other.example/v1"}], "it has no Cluster", id="Cluster of others"
        ),
    ],
)
def test_exactly_the_one_cluster(objects: list[Object], words: str) -> None:
    assert words in str(next(iter(check_set(objects, "prod", "default"))))


def test_duplicates() -> None:
    twice = [cluster(), machine_deployment(), machine_deployment(), machine_deployment("md-1")]
    found = [str(f) for f in check_set(twice, "prod", "default")]
    assert found == ["MachineDeployment default/prod-md-0: it is there twice"]


SKEW = [
    pytest.param("v1.34.3", "v1.35.0", "version v1.35.0 is newer than its control plane's v1.34.3", id="newer"),
    pytest.param("v1.34.3", "v1.34.4", "newer", id="newer by a patch"),
    pytest.param("v1.34.3", "v1.34.3", "", id="same"),
    pytest.param("v1.34.3", "v1.31.0", "", id="three minors older"),
    pytest.param(
        "v1.34.3", "v1.30.9", "version v1.30.9 is more than 3 minors older than v1.34.3", id="four minors older"
    ),
    pytest.param("nonsense", "v1.30.9", "nonsense", id="not comparable: only the form is told"),
]


@pytest.mark.parametrize("kind", ["MachineDeployment", "MachinePool"])
@pytest.mark.parametrize(("plane", "worker", "words"), SKEW)
def test_skew_between_control_plane_and_workers(plane: str, worker: str, words: str, kind: str) -> None:
    found = list(check_set([cluster(), control_plane(version=plane), pool_of(worker, kind)], "prod", "default"))
    assert len(found) == bool(words)
    assert words in "".join(map(str, found))


def with_version(kind: str, version: str) -> Object:
    if kind == "Cluster":
        return classy(version=version)
    return control_plane(version=version) if kind == "KubeadmControlPlane" else pool_of(version, kind)


VERSION_CHANGES = [
    pytest.param(
        "v1.34.3",
        "v1.34.2",
        "version v1.34.2 is lower than the live v1.34.3: versions are never lowered",
        id="lower patch",
    ),
    pytest.param("v1.34.3", "v1.33.9", "never lowered", id="lower minor"),
    pytest.param("v1.34.3", "v1.34.3-rc.1", "never lowered", id="back to a pre-release"),
    pytest.param("v1.34.3", "v1.36.0", "version v1.36.0 skips minors (live: v1.34.3); go to v1.35.x first", id="skip"),
    pytest.param("v1.34.3", "v2.0.0", "skips minors", id="another major"),
    pytest.param("v1.34.3", "v1.35.9", "", id="next minor"),
    pytest.param("v1.34.3", "v1.34.9", "", id="next patch"),
    pytest.param("v1.9.0", "v1.10.0", "", id="nine and ten are numbers"),
]


@pytest.mark.parametrize("kind", ["Cluster", "KubeadmControlPlane", "MachineDeployment", "MachinePool"])
@pytest.mark.parametrize(("now", "wanted", "words"), VERSION_CHANGES)
def test_version_changes(now: str, wanted: str, words: str, kind: str) -> None:
    found = changed(with_version(kind, now), with_version(kind, wanted))
    assert [words in f for f in found] == [True] * bool(words)


@pytest.mark.parametrize(("now", "wanted"), [("v1.34.3", None), (None, "v1.34.3"), ("nonsense", "v1.34.3")])
def test_versions_that_are_not_there_are_not_compared(now: Any, wanted: Any) -> None:
    assert changed(control_plane(spec={"version": now}), control_plane(spec={"version": wanted})) == []


MINE = machine_deployment(replicas=5)
LIVE = [
    pytest.param({"spec": {"paused": True}}, "it is paused, nothing would happen", id="paused"),
    pytest.param({"annotations": {"cluster.x-k8s.io/paused": ""}}, "it is paused", id="paused by annotation"),
    pytest.param(
        {"deletionTimestamp": "2026-11-01T10:00:00Z"}, "it is being deleted; wait until it is gone", id="deleting"
    ),
    pytest.param({"annotations": ARGO}, "Argo CD writes it (annotation argocd.argoproj.io/tracking-id", id="GitOps"),
    pytest.param({}, "", id="nobody's"),
]


@pytest.mark.parametrize(("live", "words"), LIVE)
def test_objects_in_other_hands(live: Any, words: str) -> None:
    found = changed(machine_deployment(**live), MINE)
    assert [words in f for f in found] == [True] * bool(words)


def test_gitops_owners_are_overruled_when_asked() -> None:
    assert changed(machine_deployment(annotations=ARGO), MINE, force=True) == []


def test_pausing_and_keeping_paused_is_allowed() -> None:
    paused = machine_deployment(spec={"paused": True}, replicas=5)
    assert changed(machine_deployment(spec={"paused": True}), paused) == []


def test_only_what_differs_is_judged() -> None:
    """A paused or GitOps-owned cluster that is already as wished is no mistake."""
    live = machine_deployment(spec={"paused": True}, annotations=ARGO)
    assert list(check_change([], {ref_of(live): live})) == []


def test_a_deleting_object_is_told_also_when_nothing_differs() -> None:
    """Else the wait would look at it until it is gone."""
    live = cluster(deletionTimestamp="2026-11-01T10:00:00Z")
    assert [f.where for f in check_change([], {ref_of(live): live})] == ["Cluster default/prod"]


def test_new_objects_have_nothing_to_contradict() -> None:
    assert list(check_change([MINE], {})) == []


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (classy(), ("spec", "topology", "version")),
        (cluster(), ()),
        (control_plane(), ("spec", "version")),
        ({"apiVersion": "controlplane.cluster.x-k8s.io/v1beta1", "kind": "RKE2ControlPlane"}, ("spec", "version")),
        (machine_deployment(), ("spec", "template", "spec", "version")),
        ({"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevCluster"}, ()),
    ],
    ids=["classy", "classic", "KCP", "another control plane", "MachineDeployment", "others"],
)
def test_where_the_version_stands(item: Object, path: tuple[str, ...]) -> None:
    assert version_path(item) == path


class TestRefuse:
    def test_all_findings_at_once_each_said_once(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            refuse([Finding("a", "x"), Finding("b", "y"), Finding("a", "x")])
        assert str(caught.value) == "2 findings, nothing was changed:\n- a: x\n- b: y"
        assert caught.value.details["findings"] == [{"where": "a", "message": "x"}, {"where": "b", "message": "y"}]

    def test_one(self) -> None:
        with pytest.raises(InvalidInput, match=r"^1 finding, nothing was changed:\n- a: x$"):
            refuse(iter([Finding("a", "x")]))

    def test_none(self) -> None:
        refuse([])


def told(item: Object) -> list[Finding]:
    """What is said of one object that is not the cluster that the set needs."""
    return [f for f in check_set([item], item["metadata"]["name"], "default") if f.where != "the set of objects"]


def changed(live: Object, wish: Object, *, force: bool = False) -> list[str]:
    return [str(f) for f in check_change([wish], {ref_of(live): live}, force=force)]
