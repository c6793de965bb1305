# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the ways to say what a cluster is to one list of objects, and the words for what cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import CapiError, InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._sources import (
    objects_of,
    parse_manifests,
    topology_cluster,
)
from fake_server import FakeServer, Reply
from fakes import FakeKube

CLUSTER = "{apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, metadata: {name: prod}}"
TEMPLATE = "{apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, metadata: {name: '${CLUSTER_NAME}'}, spec: {x: ${X}}}"
POOL = {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "metadata": {"name": "md-0"}}
SERVED = ("cluster.x-k8s.io/v1beta2", "cluster.x-k8s.io/v1beta1")


@pytest.mark.parametrize(
    ("manifests", "names"),
    [
        pytest.param(CLUSTER, ["prod"], id="one text"),
        pytest.param(f"{CLUSTER}\n---\n\n---\n# nothing\n---\n{CLUSTER}", ["prod", "prod"], id="several documents"),
        pytest.param([CLUSTER, POOL], ["prod", "md-0"], id="list of texts and objects"),
        pytest.param(POOL, ["md-0"], id="one object"),
        pytest.param(f"kind: List\nitems: [{CLUSTER}, {CLUSTER}]", ["prod", "prod"], id="List"),
        pytest.param("kind: List\nitems:", [], id="empty List"),
        pytest.param("", [], id="empty text"),
        pytest.param([], [], id="empty list"),
    ],
)
def test_manifests(manifests: Any, names: list[str]) -> None:
    assert [item["metadata"]["name"] for item in read(manifests=manifests)] == names


def test_manifest_files_come_after_manifests(tmp_path: Path) -> None:
    file = tmp_path / "pool.yaml"
    file.write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: from-file}}")
    found = read(manifests=[CLUSTER], manifest_files=[str(file)])
    assert [item["metadata"]["name"] for item in found] == ["prod", "from-file"]


@pytest.mark.parametrize(
    ("manifests", "words"),
    [
        pytest.param("a: b\nc: d: e", "manifests[1] is not valid YAML in line 2", id="broken YAML with its line"),
        pytest.param(["a: b: c"], "manifests[1] is not valid YAML in line 1", id="broken YAML in a list"),
        pytest.param(
            [CLUSTER, "text"], "manifests[2], document 1 is not a Kubernetes object but str: 'text'", id="text"
        ),
        pytest.param([7], "manifests[1] is not a Kubernetes object but int: '7'", id="number"),
        pytest.param([None], "manifests[1] is not a Kubernetes object but NoneType", id="null"),
        pytest.param("kind: A", "manifests[1], document 1 has no apiVersion", id="no apiVersion"),
        pytest.param("apiVersion: 1\nkind: A", "has no apiVersion", id="apiVersion that is a number"),
        pytest.param("apiVersion: v1", "has no kind", id="no kind"),
        pytest.param("{apiVersion: v1, kind: A}", "(A) has no metadata.name", id="no metadata"),
        pytest.param("{apiVersion: v1, kind: A, metadata: x}", "(A) has no metadata.name", id="metadata that is text"),
        pytest.param("{apiVersion: v1, kind: A, metadata: {name: 12}}", "quote it if it looks like", id="numeric name"),
        pytest.param(f"{CLUSTER}\n---\nkind: A", "manifests[1], document 2 has no apiVersion", id="second document"),
        pytest.param(
            "kind: List\nitems: [7]", "manifests[1], document 1 is not a Kubernetes object", id="inside a List"
        ),
    ],
)
def test_what_is_no_manifest_is_named(manifests: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(manifests=manifests)
    assert words in str(caught.value)


def test_dates_are_text() -> None:
    """Kubernetes has no dates, JSON neither: an annotation that looks like one is a text for kubectl too."""
    text = "{apiVersion: v1, kind: A, metadata: {name: a, annotations: {day: 2026-11-01, at: 2026-11-01T10:00:00Z}}}"
    notes = parse_manifests(text, "x")[0]["metadata"]["annotations"]
    assert notes == {"day": "2026-11-01", "at": "2026-11-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("item", "namespace"),
    [
        pytest.param(POOL, "team", id="none named: the cluster's"),
        pytest.param({**POOL, "metadata": {"name": "a", "namespace": None}}, "team", id="null: the cluster's"),
        pytest.param({**POOL, "metadata": {"name": "a", "namespace": "other"}}, "other", id="named: kept"),
        pytest.param({**POOL, "kind": "Unknown"}, "team", id="a kind that the server does not know"),
        pytest.param({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}, None, id="no namespaces"),
    ],
)
def test_placed_in_the_namespace_of_the_cluster(item: Any, namespace: str | None) -> None:
    assert read(manifests=[item])[0]["metadata"].get("namespace") == namespace


def test_the_status_of_an_exported_object_is_left_out() -> None:
    assert "status" not in read(manifests=[{**POOL, "status": {"phase": "Running"}}])[0]


class TestTemplate:
    """A clusterctl template by path, address or ConfigMap gives the same objects."""

    def test_path(self, tmp_path: Path) -> None:
        file = tmp_path / "template.yaml"
        file.write_text(TEMPLATE)
        assert_filled(read(template={"path": str(file), "variables": {"X": 3}}))

    def test_address(self) -> None:
        with FakeServer({"GET /t.yaml": Reply(body=TEMPLATE.encode())}) as server:
            assert_filled(read(template={"url": f"{server.url}/t.yaml", "variables": {"X": 3}}))

    @pytest.mark.parametrize(
        ("where", "stored"),
        [
            pytest.param({"name": "t"}, {"name": "t", "namespace": "team"}, id="the cluster's namespace"),
            pytest.param({"name": "t", "namespace": "x"}, {"name": "t", "namespace": "x"}, id="another namespace"),
        ],
    )
    def test_config_map(self, where: Any, stored: Any) -> None:
        kube = FakeKube({"apiVersion": "v1", "kind": "ConfigMap", "metadata": stored, "data": {"template": TEMPLATE}})
        assert_filled(read(kube, template={"config_map": where, "variables": {"X": 3}}))

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            pytest.param("v1.34.3", "v1.34.3", id="text"),
            pytest.param(True, True, id="bool: true, not True"),
            pytest.param(3, 3, id="number"),
            pytest.param(["a", "b"], ["a", "b"], id="list"),
            pytest.param({"a": 1}, {"a": 1}, id="mapping"),
        ],
    )
    def test_values_arrive_as_they_are(self, value: Any, found: Any, tmp_path: Path) -> None:
        file = tmp_path / "t.yaml"
        file.write_text(TEMPLATE)
        assert read(template={"path": str(file), "variables": {"X": value}})[0]["spec"]["x"] == found

    def test_a_null_is_no_value(self, tmp_path: Path) -> None:
        file = tmp_path / "t.yaml"
        file.write_text(TEMPLATE)
        with pytest.raises(InvalidInput, match="no value: X"):
            read(template={"path": str(file), "variables": {"X": None}})

    def test_unknown_variables_are_kept_when_asked(self, tmp_path: Path) -> None:
        file = tmp_path / "t.yaml"
        file.write_text("{apiVersion: v1, kind: A, metadata: {name: a}, spec: {unit: '${COREOS_IP}'}}")
        assert read(template={"path": str(file), "keep_unknown": True})[0]["spec"] == {"unit": "${COREOS_IP}"}

    @pytest.mark.parametrize(
        ("template", "words"),
        [
            ({"path": "/nonexistent/t.yaml"}, "/nonexistent/t.yaml cannot be read: No such file"),
            ({"path": "/"}, "/ cannot be read: Is a directory"),
            ({"url": "ftp://a.example/t"}, "template.url 'ftp://a.example/t' must start with https://"),
            ({"config_map": {"name": "gone"}}, "template.config_map: ConfigMap team/gone does not exist"),
            ({"config_map": {"name": "t", "key": "tmpl"}}, "has no key 'tmpl'; it holds other, template."),
            ({"config_map": {"name": "empty"}}, "has no key 'template'; it holds nothing."),
        ],
        ids=["no file", "folder", "scheme", "no ConfigMap", "no key", "empty ConfigMap"],
    )
    def test_what_cannot_be_read_is_named(self, template: Any, words: str) -> None:
        meta = {"name": "t", "namespace": "team"}
        full = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"template": "x", "other": "y"}}
        empty = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**meta, "name": "empty"}}
        with pytest.raises(CapiError) as caught:
            read(FakeKube(full, empty), template=template)
        assert words in str(caught.value)
        assert isinstance(caught.value, (InvalidInput, NotFound))

    def test_bad_yaml_names_the_template(self, tmp_path: Path) -> None:
        file = tmp_path / "t.yaml"
        file.write_text("a: ${X}")
        with pytest.raises(InvalidInput) as caught:
            read(template={"path": str(file), "variables": {"X": "b: c"}})
        assert f"template {file} is not valid YAML in line 1" in str(caught.value)

    def test_not_text(self, tmp_path: Path) -> None:
        file = tmp_path / "t.yaml"
        file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InvalidInput, match="is not UTF-8 text"):
            read(template={"path": str(file)})


TOPOLOGY = {
    "class": "standard",
    "class_namespace": "classes",
    "kubernetes_version": "v1.35.4",
    "control_plane_replicas": 3,
    "node_pools": [
        {
            "name": "a",
            "class": "worker",
            "replicas": 0,
            "failure_domain": "z1",
            "labels": {"l": "1"},
            "annotations": {"n": "2"},
            "variables": {"size": "big"},
        },
        {"name": "b", "class": "worker", "replicas": None, "labels": None},
    ],
    "variables": {"zone": "z", "cidr": "c"},
    "pod_cidrs": ["192.168.0.0/16"],
    "service_cidrs": ["10.128.0.0/12"],
    "service_domain": "cluster.local",
    "labels": {"team": "t"},
    "annotations": {"note": "n"},
}
NETWORK = {
    "pods": {"cidrBlocks": ["192.168.0.0/16"]},
    "services": {"cidrBlocks": ["10.128.0.0/12"]},
    "serviceDomain": "cluster.local",
}
FIRST_POOL = {
    "name": "a",
    "class": "worker",
    "replicas": 0,
    "failureDomain": "z1",
    "metadata": {"labels": {"l": "1"}, "annotations": {"n": "2"}},
    "variables": {"overrides": [{"name": "size", "value": "big"}]},
}
BODY = {
    "version": "v1.35.4",
    "controlPlane": {"replicas": 3},
    "workers": {"machineDeployments": [FIRST_POOL, {"name": "b", "class": "worker"}]},
    "variables": [{"name": "cidr", "value": "c"}, {"name": "zone", "value": "z"}],
}


@pytest.mark.parametrize(
    ("served", "api_version", "reference"),
    [
        pytest.param(SERVED, SERVED[0], {"classRef": {"name": "standard", "namespace": "classes"}}, id="v1beta2"),
        pytest.param(SERVED[1:], SERVED[1], {"class": "standard", "classNamespace": "classes"}, id="v1beta1"),
        pytest.param((), SERVED[0], {"classRef": {"name": "standard", "namespace": "classes"}}, id="not installed"),
    ],
)
def test_topology(served: tuple[str, ...], api_version: str, reference: Any) -> None:
    assert topology_cluster("prod", "team", TOPOLOGY, served) == {
        "apiVersion": api_version,
        "kind": "Cluster",
        "metadata": {"name": "prod", "namespace": "team", "labels": {"team": "t"}, "annotations": {"note": "n"}},
        "spec": {"topology": {**BODY, **reference}, "clusterNetwork": NETWORK},
    }


@pytest.mark.parametrize(("v", "reference"), [(SERVED, {"classRef": {"name": "c"}}), (SERVED[1:], {"class": "c"})])
def test_a_small_topology_says_no_more_than_asked(v: Any, reference: Any) -> None:
    """What is left out is left to the class; an empty field would be owned by us."""
    found = topology_cluster("prod", "team", {"class": "c", "kubernetes_version": "v1.35.4"}, v)
    assert found["spec"] == {"topology": {"version": "v1.35.4", **reference}}
    assert found["metadata"] == {"name": "prod", "namespace": "team"}


def test_topology_takes_the_newest_version_of_the_server() -> None:
    found = read(topology={"class": "c", "kubernetes_version": "v1.35.4"})
    assert [(i["apiVersion"], i["kind"]) for i in found] == [(SERVED[0], "Cluster")]


def read(kube: FakeKube | None = None, **params: Any) -> list[dict[str, Any]]:
    return objects_of(kube or FakeKube(), {"name": "prod", "namespace": "team", **params})


def assert_filled(found: list[dict[str, Any]]) -> None:
    assert [(i["kind"], i["metadata"], i["spec"]) for i in found] == [
        ("Cluster", {"name": "prod", "namespace": "team"}, {"x": 3})
    ]
