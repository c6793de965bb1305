# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server knows about a wish before anything is written: kinds, namespaces, references, classes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._admission import check_kinds, check_references
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, ref_of
from builders import BOOTSTRAP, CORE, INFRASTRUCTURE, cluster, control_plane, machine_deployment
from fakes import KINDS as SERVED
from fakes import FakeKube

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}


def thing(kind: str, name: str, group: str = INFRASTRUCTURE, namespace: str = "default") -> Object:
    return {"apiVersion": f"{group}/v1beta2", "kind": kind, "metadata": {"name": name, "namespace": namespace}}


def config(name: str = "a", namespace: str = "team", **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


KINDS = {
    "misspelt kind": (
        thing("DevKluster", "a"),
        "DevKluster in infrastructure.cluster.x-k8s.io/v1beta2 is not known",
        "; did you mean 'DevCluster'",
    ),
    "kind of another group": (thing("Cluster", "a", "cluster.x-k8s.oi"), "Cluster in cluster.x-k8s.oi/v1beta2", ""),
    "version that is not served": (
        {**thing("DevCluster", "a"), "apiVersion": f"{INFRASTRUCTURE}/v1alpha3"},
        "v1alpha3 is not known",
        "",
    ),
}


@pytest.mark.parametrize(("item", "words", "near"), KINDS.values(), ids=KINDS)
def test_kinds_that_the_server_does_not_have(item: Object, words: str, near: str) -> None:
    (found,) = check_kinds(FakeKube(), [cluster(), item])
    assert found.where == str(ref_of(item))
    assert words in found.message
    assert near in found.message


def test_namespaces_that_are_not_there_are_told_once() -> None:
    kube = FakeKube(NAMESPACE)
    found = list(check_kinds(kube, [config("a", "teem"), config("b", "teem"), config("c", "team")]))
    assert [f.where for f in found] == ["namespace teem"]
    assert found[0].message == (
        f"it does not exist on {kube.server}; create it first, or name another; did you mean 'team'?"
    )


def test_a_namespace_of_the_set_itself() -> None:
    assert list(check_kinds(FakeKube(), [NAMESPACE, config()])) == []


WHOLE = [
    cluster(),
    control_plane(),
    machine_deployment(),
    thing("DevCluster", "prod"),
    thing("DevMachineTemplate", "prod-cp-1"),
    thing("DevMachineTemplate", "prod-md-0-1"),
    thing("KubeadmConfigTemplate", "prod-md-0-1", BOOTSTRAP),
]


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_references_inside_the_set(v: str) -> None:
    assert (
        list(check_references(FakeKube(), [cluster(v=v), control_plane(v=v), machine_deployment(v=v), *WHOLE[3:]]))
        == []
    )


def test_references_to_what_is_on_the_server() -> None:
    assert list(check_references(FakeKube(*WHOLE[3:]), WHOLE[:3])) == []


@pytest.mark.parametrize("missing", range(3, len(WHOLE)), ids=lambda index: f"{WHOLE[index]['kind']} {index}")
def test_nobody_wrote_it(missing: int) -> None:
    """Cluster API waits for such an object for ever."""
    (found,) = check_references(FakeKube(), [item for item in WHOLE if item is not WHOLE[missing]])
    assert (
        found.message
        == f"{ref_of(WHOLE[missing])} is neither in the set nor on the server; add it, or correct the name"
    )


IDENTITY = Resource(f"{INFRASTRUCTURE}/v1beta2", "AWSClusterRoleIdentity", "awsclusterroleidentities", False)
OURS = {
    "apiVersion": IDENTITY.api_version,
    "kind": IDENTITY.kind,
    "metadata": {"name": "prod"},
}


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        pytest.param({"kind": IDENTITY.kind, "name": "prod"}, "", id="it is there"),
        pytest.param(
            {"kind": IDENTITY.kind, "name": "prd"}, "server; did you mean 'prod'?; without it the", id="it is not"
        ),
        pytest.param({"kind": "AWSClusterStaticIdentity", "name": "prod"}, "says so nowhere", id="nor is the kind"),
        pytest.param({"kind": "AWSClusterControllerIdentity", "name": "default"}, "", id="it makes itself"),
        pytest.param({"kind": "Secret", "name": "vcenter"}, "", id="a Secret comes by another way"),
        pytest.param({"name": "cloud-config", "cloudName": "prod"}, "", id="one without a kind"),
        pytest.param("prod", "", id="no reference at all: the server's schema tells"),
    ],
)
def test_identities(reference: Any, words: str) -> None:
    """A controller that finds no credentials sets no condition, and writes no event."""
    item = {**thing("DevCluster", "prod"), "spec": {"identityRef": reference}}
    found = list(check_references(FakeKube(OURS, kinds=(*SERVED, IDENTITY)), [item]))
    assert [words in f.message for f in found] == ([True] if words else [])


def test_who_may_not_read_identities_is_not_stopped() -> None:
    class Blind(FakeKube):
        def list(self, *arguments: Any, **options: Any) -> Any:
            raise Forbidden("you may not list identities")

    item = {**thing("DevCluster", "prod"), "spec": {"identityRef": {"kind": IDENTITY.kind, "name": "prod"}}}
    assert list(check_references(Blind(kinds=(*SERVED, IDENTITY)), [item])) == []


def test_an_identity_of_the_set_itself() -> None:
    item = {**thing("DevCluster", "prod"), "spec": {"identityRef": {"kind": IDENTITY.kind, "name": "prod"}}}
    assert list(check_references(FakeKube(kinds=(*SERVED, IDENTITY)), [item, OURS])) == []


REFERENCES = {
    "near name": ({"kind": "DevCluster", "name": "prd"}, "DevCluster default/prd is neither", "; did you mean 'prod'?"),
    "misspelt kind": (
        {"kind": "DevClutser"},
        "no kind DevClutser in infrastructure.cluster.x-k8s.io: the group has DevCluster, DevClusterTemplate,",
        "; did you mean 'DevCluster'",
    ),
    "provider not installed": (
        {"apiGroup": "aws.cluster.x-k8s.io", "kind": "AWSCluster"},
        "no kind AWSCluster in aws.cluster.x-k8s.io: nothing is installed for the group",
        "",
    ),
    "another namespace": (
        {"apiVersion": f"{INFRASTRUCTURE}/v1beta1", "kind": "DevCluster", "namespace": "team"},
        "DevCluster team/prod is neither in the set",
        "",
    ),
}


@pytest.mark.parametrize(("change", "words", "near"), REFERENCES.values(), ids=REFERENCES)
def test_dangling_references(change: Any, words: str, near: str) -> None:
    reference = {"apiGroup": INFRASTRUCTURE, "name": "prod", **change}
    wish = cluster(spec={"infrastructureRef": reference, "controlPlaneRef": None})
    (found,) = check_references(FakeKube(thing("DevCluster", "prod")), [wish])
    assert found.where == "Cluster default/prod spec.infrastructureRef"
    assert words in found.message
    assert near in found.message


VARIABLES = [{"name": "zone"}, {"name": "size"}]
WORKERS = {"machineDeployments": [{"class": "worker"}], "machinePools": [{"class": "spot"}]}
CLASS: Object = {**thing("ClusterClass", "standard", CORE), "spec": {"workers": WORKERS, "variables": VARIABLES}}
ELSEWHERE = {**CLASS, "metadata": {"name": "standard", "namespace": "team"}}
BY_STATUS = {**CLASS, "status": {"variables": [*VARIABLES, {"name": "from-patches"}]}}


def classy(name: str = "standard", v: str = "v1beta2", **topology: Any) -> Object:
    wish = cluster(v=v, class_name=name, spec={"controlPlaneRef": None, "infrastructureRef": None})
    wish["spec"]["topology"].update(topology)
    return wish


CLASSES = {
    "class missing": (
        classy("standart"),
        CLASS,
        "ClusterClass default/standart does not exist; did you mean 'standard'?",
    ),
    "class missing, v1beta1": (classy("standart", "v1beta1"), CLASS, "ClusterClass default/standart does not exist"),
    "in another namespace": (classy(), ELSEWHERE, "does not exist; found in namespace team: set class_namespace"),
    "named in a wrong namespace": (
        classy(classRef={"name": "standard", "namespace": "x"}),
        CLASS,
        "ClusterClass x/standard does not exist; found in namespace default",
    ),
    "unknown variable": (
        classy(variables=[{"name": "zones", "value": 1}]),
        CLASS,
        "ClusterClass has no variable 'zones': it has zone, size; did you mean 'zone'?",
    ),
    "variable of a class without any": (
        classy(variables=[{"name": "x"}]),
        thing("ClusterClass", "standard", CORE),
        "it has no variables",
    ),
    "unknown worker class": (
        classy(workers={"machineDeployments": [{"name": "a", "class": "wroker"}]}),
        CLASS,
        "node pool 'a': no worker class 'wroker', only worker; did you mean 'worker'?",
    ),
    "unknown class of a MachinePool": (
        classy(workers={"machinePools": [{"name": "a", "class": "worker"}]}),
        CLASS,
        "node pool 'a': no worker class 'worker', only spot",
    ),
    "no worker class at all": (
        classy(workers={"machinePools": [{"name": "a", "class": "w"}]}),
        thing("ClusterClass", "standard", CORE),
        "the ClusterClass has no machinePools",
    ),
}


@pytest.mark.parametrize(("wish", "there", "words"), CLASSES.values(), ids=CLASSES)
def test_cluster_classes(wish: Object, there: Object, words: str) -> None:
    (found,) = check_references(FakeKube(there), [wish])
    assert found.where == "Cluster default/prod spec.topology"
    assert words in found.message


RIGHT = {
    "plain": (classy(), CLASS),
    "old form": (classy(v="v1beta1"), CLASS),
    "named namespace": (classy(classRef={"name": "standard", "namespace": "team"}), ELSEWHERE),
    "named namespace, old form": (classy(v="v1beta1", classNamespace="team"), ELSEWHERE),
    "variables and pools": (
        classy(variables=[{"name": "size"}], workers={"machineDeployments": [{"class": "worker"}]}),
        CLASS,
    ),
    "variable that only the status has": (classy(variables=[{"name": "from-patches"}]), BY_STATUS),
    "odd shapes: the schema says it": (classy(variables="x", workers={"machineDeployments": ["x"]}), CLASS),
}


@pytest.mark.parametrize(("wish", "there"), RIGHT.values(), ids=RIGHT)
def test_classes_that_fit(wish: Object, there: Object) -> None:
    assert list(check_references(FakeKube(there), [wish])) == []


def test_a_class_of_the_set_itself() -> None:
    """The clusterctl quick start has class and cluster in one template."""
    wish = classy(variables=[{"name": "zones"}])
    assert ["no variable 'zones'" in f.message for f in check_references(FakeKube(), [CLASS, wish])] == [True]
