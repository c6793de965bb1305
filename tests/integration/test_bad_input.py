# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one message with the field and the remedy, no traceback, and no write at the API server."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from bed import Bed, namespace_manifest
from journeys import from_topology, template

NETWORK = {"pods": {"cidrBlocks": ["192.168.0.0/16"]}, "services": {"cidrBlocks": ["10.128.0.0/12"]}}


def small_cluster(namespace: str) -> list[dict[str, Any]]:
    """The objects of a cluster with one control plane machine, right in every way."""
    group = "cluster.x-k8s.io/v1beta2"
    infrastructure = {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "bad-cp"}
    items: list[dict[str, Any]] = [
        {
            "apiVersion": group,
            "kind": "Cluster",
            "spec": {
                "clusterNetwork": copy.deepcopy(NETWORK),
                "controlPlaneRef": {
                    "apiGroup": "controlplane.cluster.x-k8s.io",
                    "kind": "KubeadmControlPlane",
                    "name": "bad-cp",
                },
                "infrastructureRef": {
                    "apiGroup": "infrastructure.cluster.x-k8s.io",
                    "kind": "DevCluster",
                    "name": "bad",
                },
            },
        },
        {"apiVersion": f"infrastructure.{group}", "kind": "DevCluster", "spec": {"backend": {"inMemory": {}}}},
        {
            "apiVersion": f"controlplane.{group}",
            "kind": "KubeadmControlPlane",
            "spec": {
                "replicas": 1,
                "version": "v1.35.4",
                "machineTemplate": {"spec": {"infrastructureRef": infrastructure}},
                "kubeadmConfigSpec": {"clusterConfiguration": {"apiServer": {"certSANs": ["localhost"]}}},
            },
        },
        {
            "apiVersion": f"infrastructure.{group}",
            "kind": "DevMachineTemplate",
            "spec": {"template": {"spec": {"backend": {"inMemory": {}}}}},
        },
    ]
    for item, name in zip(items, ("bad", "bad", "bad-cp", "bad-cp"), strict=True):
        item["metadata"] = {"name": name, "namespace": namespace}
    items[1]["metadata"]["annotations"] = {"a": "b"}
    return items


def edited(namespace: str, index: int, path: str, value: Any) -> list[dict[str, Any]]:
    """The objects with one field set (or removed by None)."""
    items = small_cluster(namespace)
    target: Any = items[index]
    *parents, last = path.split(".")
    for step in parents:
        target = target.setdefault(step, {})
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value
    return items


CLUSTER, INFRASTRUCTURE, PLANE, TEMPLATE = range(4)
CASES = [
    pytest.param(PLANE, "spec.version", "1.35.4", ["spec.version", "v1.35.4"], id="version without v"),
    pytest.param(PLANE, "spec.version", "v1.35", ["no patch number", "v1.35.0"], id="version without patch"),
    pytest.param(PLANE, "spec.replicas", 4, ["odd number", "use 5 instead of 4"], id="even control plane"),
    pytest.param(PLANE, "spec.replicas", 0, ["at least 1"], id="no control plane"),
    pytest.param(PLANE, "spec.replica", 3, ["unknown field spec.replica", "'replicas'"], id="misspelt field"),
    pytest.param(PLANE, "spec.replicas", "three", ["spec.replicas"], id="wrong type"),
    pytest.param(
        CLUSTER,
        "spec.clusterNetwork.services.cidrBlocks",
        ["192.168.8.0/22"],
        ["192.168.0.0/16", "overlap"],
        id="networks overlap",
    ),
    pytest.param(
        CLUSTER, "spec.clusterNetwork.pods.cidrBlocks", ["fd00::/48"], ["families", "IPv6"], id="address families mixed"
    ),
    pytest.param(
        CLUSTER, "spec.clusterNetwork.pods.cidrBlocks", ["192.168.0.0/33"], ["192.168.0.0/33"], id="not a network"
    ),
    pytest.param(
        CLUSTER,
        "spec.controlPlaneEndpoint",
        {"host": "192.168.1.1", "port": 6443},
        ["192.168.1.1", "pods network"],
        id="endpoint inside the pod network",
    ),
    pytest.param(
        CLUSTER,
        "spec.infrastructureRef.name",
        "bda",
        ["DevCluster", "neither in the set nor on the server"],
        id="dangling reference",
    ),
    pytest.param(
        CLUSTER, "spec.infrastructureRef.kind", "DevClutser", ["DevClutser", "'DevCluster'"], id="unknown kind"
    ),
    pytest.param(
        CLUSTER,
        "spec.controlPlaneRef.apiGroup",
        "controlplan.cluster.x-k8s.io",
        ["controlplan.cluster.x-k8s.io"],
        id="provider that is not installed",
    ),
    pytest.param(
        PLANE,
        "spec.machineTemplate.spec.infrastructureRef.name",
        "nobody-wrote-it",
        ["DevMachineTemplate", "nobody-wrote-it", "neither in the set"],
        id="machine template nobody wrote",
    ),
    pytest.param(INFRASTRUCTURE, "kind", "DevKluster", ["DevKluster", "DevCluster"], id="misspelt kind of an object"),
    pytest.param(PLANE, "metadata.name", "x" * 60, ["60 characters"], id="name too long for machines"),
    pytest.param(CLUSTER, "metadata.name", "Bad_Name", ["Bad_Name"], id="cluster name with wrong characters"),
    pytest.param(CLUSTER, "metadata.namespace", "elsewhere", ["elsewhere"], id="cluster in another namespace"),
]


@pytest.mark.parametrize(("index", "path", "value", "words"), CASES)
def test_refused_before_anything(bed: Bed, namespace: str, index: int, path: str, value: Any, words: list[str]) -> None:
    with bed.requests(namespace) as requests:
        result = bed.task("cluster", name="bad", namespace=namespace, manifests=edited(namespace, index, path, value))
    assert result["outcome"] == "refused"
    assert all(word in result["msg"] for word in words), result["msg"]
    assert "Traceback" not in result["msg"]
    assert result["findings"]
    assert requests.writes == []


def test_all_findings_at_once(bed: Bed, namespace: str) -> None:
    items = edited(namespace, PLANE, "spec.replicas", 2)
    items[CLUSTER]["spec"]["infrastructureRef"]["name"] = "missing"
    items[TEMPLATE]["spec"]["template"]["spec"]["backend"]["inMemroy"] = {}
    result = bed.task("cluster", name="bad", namespace=namespace, manifests=items)
    for words in ("use 3 instead of 2", "DevCluster", "inMemroy"):
        assert words in result["msg"]
    assert len(result["findings"]) >= 3


ON_LIVE = [
    pytest.param(
        PLANE, "spec.version", "v1.34.0", ["lower than the live v1.35.4", "never lowered"], id="lower version"
    ),
    pytest.param(PLANE, "spec.version", "v1.37.0", ["skips minors", "go to v1.36.x first"], id="a minor left out"),
    pytest.param(
        PLANE,
        "spec.kubeadmConfigSpec.clusterConfiguration.certificatesDir",
        "/elsewhere",
        ["KubeadmControlPlane", "cannot be modified"],
        id="immutable field",
    ),
    pytest.param(PLANE, "kubectl", "cluster.x-k8s.io/paused=", ["it is paused", "we never do that"], id="paused"),
    pytest.param(PLANE, "kubectl", "argocd.argoproj.io/tracking-id=app", ["Argo CD writes it"], id="owned by GitOps"),
    pytest.param(CLUSTER, "kubectl", "deleted", ["it is being deleted", "wait until it is gone"], id="being deleted"),
]


@pytest.fixture(scope="module")
def live(bed: Bed) -> Iterator[str]:
    """The namespace of a small cluster that lives."""
    bed.kubectl("apply", "-f", "-", text=namespace_manifest("live"))
    bed.kubectl("apply", "-f", "-", text=yaml.safe_dump_all(small_cluster("live")))
    bed.kubectl("wait", "kcp/bad-cp", "-n", "live", "--for=condition=Initialized", "--timeout=120s")
    bed.kubectl(
        "patch", "cluster/bad", "-n", "live", "--type=merge", "-p", '{"metadata": {"finalizers": ["test/hold"]}}'
    )
    yield "live"
    bed.kubectl("patch", "cluster/bad", "-n", "live", "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    bed.kubectl("delete", "cluster", "--all", "-n", "live", "--timeout=180s")
    bed.kubectl("delete", "namespace", "live", "--wait=false")


@pytest.mark.parametrize(("index", "path", "value", "words"), ON_LIVE)
def test_refused_changes_of_a_live_cluster(
    bed: Bed, live: str, index: int, path: str, value: Any, words: list[str]
) -> None:
    items = edited(live, PLANE, "spec.replicas", 3) if path == "kubectl" else edited(live, index, path, value)
    if value == "deleted":
        bed.kubectl("delete", "cluster/bad", "-n", live, "--wait=false")
    elif path == "kubectl":
        bed.kubectl("annotate", "kcp/bad-cp", "-n", live, value)
    with bed.requests(live) as requests:
        result = bed.task("cluster", name="bad", namespace=live, manifests=items)
    if path == "kubectl" and value != "deleted":
        bed.kubectl("annotate", "kcp/bad-cp", "-n", live, value.partition("=")[0] + "-")
    assert result["outcome"] == "refused"
    assert all(word in result["msg"] for word in words), result["msg"]
    assert requests.writes == []


ENDS = [
    pytest.param(
        {"namespace": "nowhere", "manifests": small_cluster("nowhere")},
        ["namespace nowhere", "does not exist"],
        id="namespace missing",
    ),
    pytest.param(
        {"topology": {"class": "nobody", "kubernetes_version": "v1.35.4"}, "manifests": None},
        ["ClusterClass", "nobody", "does not exist"],
        id="class missing",
    ),
    pytest.param(
        {"template": {"path": "classic", "variables": {}}, "manifests": None},
        ["variables that have no value", "KUBERNETES_VERSION"],
        id="variables of the template missing",
    ),
    pytest.param(
        {"manifests": small_cluster("default")[:1] * 2, "namespace": "default"},
        ["Cluster default/bad: it is there twice"],
        id="an object twice",
    ),
    pytest.param({"manifests": ["kind: ["]}, ["not valid YAML"], id="broken YAML"),
    pytest.param({"manifests": ["a: b"]}, ["no apiVersion"], id="not an object"),
    pytest.param(
        {"manifests": None, "manifest_files": ["/nonexistent/cluster.yaml"]},
        ["/nonexistent/cluster.yaml"],
        id="no file",
    ),
    pytest.param(
        {"manifests": None, "template": {"url": "ftp://example.org/x"}}, ["template.url", "https://"], id="odd address"
    ),
    pytest.param({"kubeconfig": "/nonexistent"}, ["/nonexistent", "does not exist"], id="kubeconfig missing"),
    pytest.param({"context": "typo"}, ["typo"], id="context missing"),
    pytest.param(
        {"management_cluster_uid": "another"}, ["another", "another management cluster"], id="another cluster"
    ),
    pytest.param({"nmae": "bad"}, ["nmae"], id="misspelt option"),
    pytest.param({"state": "gone"}, ["state", "present", "absent"], id="unknown state"),
]


@pytest.mark.parametrize(("options", "words"), ENDS)
def test_one_clear_message(bed: Bed, namespace: str, options: dict[str, Any], words: list[str]) -> None:
    arguments = {"name": "bad", "namespace": namespace, "manifests": small_cluster(namespace), **copy.deepcopy(options)}
    if "path" in (arguments.get("template") or {}):
        arguments["template"]["path"] = str(template(bed, "cluster-template-in-memory-classic.yaml"))
    with bed.requests(str(arguments["namespace"] or namespace)) as requests:
        result = bed.task("cluster", **{k: v for k, v in arguments.items() if v is not None})
    assert result["failed"]
    assert all(word in result["msg"] for word in words), result["msg"]
    assert "Traceback" not in str(result)
    assert requests.writes == []


def test_unreachable_management_cluster(bed: Bed, tmp_path: Any) -> None:
    config = yaml.safe_load(bed.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    dead = tmp_path / "kubeconfig"
    dead.write_text(yaml.safe_dump(config))
    result = bed.task("cluster", kubeconfig=str(dead), name="bad", manifests=small_cluster("default"))
    assert result["outcome"] == "unknown"
    assert "https://127.0.0.1:9 cannot be reached" in result["msg"]


def test_writes_need_a_named_cluster(bed: Bed) -> None:
    result = bed.task("cluster", kubeconfig=None, name="bad", state="absent")
    assert result["outcome"] == "refused"
    assert "No management cluster is named" in result["msg"]


def test_two_hosts_for_one_cluster(bed: Bed, namespace: str, tmp_path: Any) -> None:
    same = {"cluster_name": "same", "cluster_namespace": namespace}
    twins = tmp_path / "twins.yml"
    twins.write_text(yaml.safe_dump({"clusters": {"hosts": {"one": same, "two": same}}}))
    with bed.requests(namespace) as requests:
        run = bed.play("create", "-i", "inventories/sandbox", "-i", str(twins), "--limit", "one,two")
    assert run.code != 0
    assert "these describe the same one: one and two" in " ".join(run.output.split())
    assert requests.writes == []


OF_CLASS = [
    pytest.param({"variables": {"nope": 1}}, ["no variable 'nope'"], id="unknown variable"),
    pytest.param({"node_pools": [{"name": "a", "class": "wroker"}]}, ["no worker class 'wroker'"], id="unknown class"),
    pytest.param({"control_plane_replicas": 2}, ["use 3 instead of 2"], id="even control plane"),
    pytest.param({"kubernetes_version": "1.35.4"}, ["spec.topology.version", "v1.35.4"], id="version without v"),
]


@pytest.mark.parametrize(("topology", "words"), OF_CLASS)
def test_refused_by_the_class(bed: Bed, namespace: str, topology: dict[str, Any], words: list[str]) -> None:
    wish = from_topology(bed, namespace, 1)["topology"]
    with bed.requests(namespace) as requests:
        result = bed.task("cluster", name="bad", namespace=namespace, topology={**wish, **topology})
    assert result["outcome"] == "refused"
    assert all(word in result["msg"] for word in words), result["msg"]
    assert requests.writes == []


IN_INVENTORY = [
    pytest.param(
        "create", {"cluster_topology": {"class": "x"}}, "cluster_provider and cluster_topology", id="two ways"
    ),
    pytest.param("create", {"cluster_provider": ""}, "says by nothing what its cluster is", id="no way"),
    pytest.param("create", {"cluster_network": {"pods": ["10.0.0.0/16"]}}, "services", id="half a network"),
    pytest.param("create", {"cluster_kubernetes_version": 1.35}, "1.35 is a number; wanted is a text", id="a number"),
    pytest.param("create", {"cluster_control_plane": {"replicas": 2}}, "use 3 instead of 2", id="even control plane"),
    pytest.param("create", {"cluster_control_plane": {"replica": 3}}, "replica", id="misspelt variable"),
    pytest.param("delete", {"cluster_confirm": ""}, "is protected", id="protected"),
]


@pytest.mark.parametrize(("playbook", "variables", "words"), IN_INVENTORY)
def test_what_playbooks_refuse(bed: Bed, namespace: str, playbook: str, variables: dict[str, Any], words: str) -> None:
    if playbook == "delete":
        bed.kubectl("apply", "-f", "-", text=protected_cluster(namespace))
    with bed.requests(namespace) as requests:
        run = bed.play(playbook, "--limit", "dev", cluster_namespace=namespace, **variables)
    assert run.code != 0
    assert words in " ".join(run.output.split()), run.output
    assert "Traceback" not in run.output
    assert requests.writes == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 2), (["-e", "cluster_delete_many=false"], 2), (["-e", "cluster_delete_many=true"], 0)],
    ids=["not said", "false", "true"],
)
def test_several_clusters_are_deleted_only_when_told(
    bed: Bed, namespace: str, tmp_path: Any, arguments: list[str], code: int
) -> None:
    """Variables on the command line are text."""
    more = tmp_path / "more.yml"
    more.write_text(yaml.safe_dump({"clusters": {"hosts": {"one": {}, "two": {}}}}))
    inventories = ["-i", "inventories/sandbox", "-i", str(more), "--limit", "one,two"]
    run = bed.play("delete", *inventories, *arguments, cluster_namespace=namespace)
    assert run.code == code, run.output
    assert ("This would delete 2 clusters (one, two)" in " ".join(run.output.split())) is (code == 2)


def protected_cluster(namespace: str) -> str:
    item = small_cluster(namespace)[CLUSTER]
    item["metadata"] = {"name": "dev", "namespace": namespace, "labels": {"capi.lifecycle/protected": "yes"}}
    return yaml.safe_dump(item)
