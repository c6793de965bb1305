# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._node_words import (
    budgets_of,
    image_version,
    nodes_of,
    static_pods_of,
)
from fake_host import recording


def items(name: str) -> list[dict]:
    return recording(name)["stdout_json"]["items"]


def server_pod(node: str, image: str, component: str = "kube-apiserver") -> dict:
    return {
        "metadata": {"labels": {"component": component}},
        "spec": {"nodeName": node, "containers": [{"image": image}]},
    }


def test_nodes_with_the_version_of_their_api_server() -> None:
    nodes = nodes_of(items("nodes-1.36.3"), [server_pod("cp1", "registry.k8s.io/kube-apiserver:v1.36.3")])
    assert [(n["name"], n["control_plane"], n["control_plane_version"]) for n in nodes] == [
        ("cp1", True, "v1.36.3"),
        ("cp2", True, ""),
        ("cp3", True, ""),
        ("w1", False, ""),
    ]
    assert nodes[0]["addresses"] == ["10.77.0.11"]
    assert nodes[0]["taints"] == ["node-role.kubernetes.io/control-plane:NoSchedule"]
    assert all(n["ready"] and n["message"] == "" for n in nodes)


def test_an_upgrade_that_was_cut_off_between_two_static_pods() -> None:
    old = server_pod("cp1", "registry.k8s.io/kube-scheduler:v1.35.4", "kube-scheduler")
    new = server_pod("cp1", "registry.k8s.io/kube-apiserver:v1.36.3")
    etcd = server_pod("cp1", "registry.k8s.io/etcd:3.6.8-0", "etcd")
    assert nodes_of(items("nodes-1.36.3"), [old, new, etcd])[0]["control_plane_version"] == "v1.35.4/v1.36.3"


def test_a_node_that_nobody_hears_is_unknown() -> None:
    node = nodes_of(items("nodes-one-notready"))[2]
    assert (node["name"], node["ready"], node["ready_status"]) == ("cp3", False, "Unknown")
    assert node["message"] == "Kubelet stopped posting node status."


def test_a_node_without_power_still_says_ready_for_a_while() -> None:
    assert all(n["ready"] for n in nodes_of(items("node-still-ready-after-kill")))


def test_a_node_that_has_not_reported() -> None:
    node = nodes_of([{"metadata": {"name": "w9"}}])[0]
    assert (node["ready"], node["message"]) == (False, "it has not reported yet")


def test_budgets_that_block() -> None:
    assert budgets_of(items("pdb-list")) == [
        {"namespace": "default", "name": "strict", "healthy": 4, "wanted": 4, "pods": 4}
    ]


def test_budgets_without_pods_block_nothing() -> None:
    budget = {"metadata": {"name": "a", "namespace": "b"}, "status": {"disruptionsAllowed": 0, "expectedPods": 0}}
    assert budgets_of([budget]) == []


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry.k8s.io/kube-apiserver:v1.36.3", "v1.36.3"),
        ("mirror.example:5000/kube-apiserver:v1.36.3", "v1.36.3"),
        ("mirror.example:5000/kube-apiserver", ""),
        ("registry.k8s.io/kube-apiserver@sha256:85", ""),
    ],
)
def test_image_versions(image: str, version: str) -> None:
    assert image_version(image) == version


def static_pod(
    wanted: str = "new", running: tuple[str, ...] = ("new",), mirror: str = "new", ready: str = "True"
) -> dict:
    source = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": wanted}
    meta = {"name": "etcd-cp1", "annotations": source, "labels": {"component": "etcd"}}
    pod = {"metadata": meta, "spec": {"containers": [{"image": "registry.k8s.io/etcd:3.6.8-0"}]}}
    labels = [{"io.kubernetes.pod.name": "etcd-cp1", "io.kubernetes.pod.uid": uid} for uid in running]
    shown = {
        "metadata": {"name": "etcd-cp1", "annotations": {"kubernetes.io/config.hash": mirror}},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }
    return static_pods_of([pod], [{"labels": entry} for entry in labels], [shown])[0]


@pytest.mark.parametrize(
    ("pod", "settled"),
    [
        (static_pod(), True),
        (static_pod(running=("old",), mirror="old"), False),  # the new kubelet has not restarted it yet
        (static_pod(running=("old", "new")), False),  # both for a moment
        (static_pod(running=()), False),
        (static_pod(mirror="old"), False),
        (static_pod(ready="False"), False),
    ],
)
def test_when_a_static_pod_is_settled(pod: dict, settled: bool) -> None:
    assert pod["settled"] is settled


def test_pods_of_the_api_server_are_no_static_pods() -> None:
    pod = {
        "metadata": {"name": "web", "annotations": {"kubernetes.io/config.source": "api"}},
        "spec": {"containers": [{}]},
    }
    assert static_pods_of([pod], [], []) == []


def test_a_control_plane_that_has_settled() -> None:
    containers = recording("crictl-ps-settled-1.35.4")["stdout_json"]["containers"]
    pods = static_pods_of(items("kubelet-pods-1.35.4"), containers, items("mirror-pods-1.35.4"))
    assert [(pod["component"], pod["settled"]) for pod in pods] == [
        ("etcd", True),
        ("kube-apiserver", True),
        ("kube-controller-manager", True),
        ("kube-scheduler", True),
    ]
    assert {pod["version"] for pod in pods} == {"v1.35.4", "3.6.6-0"}


def test_containers_of_the_recording_carry_the_hash_as_uid() -> None:
    containers = recording("crictl-ps-1.36.3")["stdout_json"]["containers"]
    source = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "ae6d9c7aa3d2502609cbc65e44625347"}
    pod = {
        "metadata": {"name": "kube-apiserver-cp1", "annotations": source},
        "spec": {"containers": [{"image": "a:v1"}]},
    }
    assert static_pods_of([pod], containers, [])[0]["running"] == ["ae6d9c7aa3d2502609cbc65e44625347"]
