# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin clusters on a real HTTP server: hosts, variables and groups, and how many requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import cluster
from fake_server import FakeServer, Reply, status
from inventory_ground import answers, one_cluster, parse, parsed, plugin_of, refusal

GROUPS = {"clusters", "clusters_version_v1_34_3", "clusters_provider_dev", "clusters_ready"}


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_hosts_and_groups(v: str, tmp_path: Path) -> None:
    seen = parsed("clusters", tmp_path, *one_cluster(v=v), *one_cluster("test", v=v), v=v)
    assert sorted(seen.hosts) == ["prod", "test"]
    assert seen.hosts["prod"]["ansible_connection"] == "local"
    assert seen.hosts["prod"]["capi_cluster"]["kubernetes_version"] == "v1.34.3"
    assert seen.hosts["prod"]["capi_cluster"]["machines"] == 2
    assert seen.hosts["prod"]["capi_cluster"]["waits_for"] == []
    assert set(seen.groups) == GROUPS
    assert seen.groups["clusters"] == ["prod", "test"]
    assert seen.warnings == []


OPTIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "labels": ({"label_groups": ["env", "example.com/tier"]}, {*GROUPS, "env_prod", "tier_web"}),
    "outdated": ({"target_version": "v1.36.0"}, {*GROUPS, "clusters_outdated"}),
    "by one thing": ({"group_by": ["version"]}, {"clusters", "clusters_version_v1_34_3"}),
    "keyed": (
        {"group_by": [], "keyed_groups": [{"key": "capi_cluster.labels", "prefix": "label"}]},
        {"clusters", "label_env_prod", "label_example_com_tier_web"},
    ),
    "by health": ({"group_by": [], "groups": {"up": "capi_cluster.available"}}, {"clusters", "up"}),
}


@pytest.mark.parametrize(("options", "groups"), OPTIONS.values(), ids=OPTIONS)
def test_groups_by_option(options: dict[str, Any], groups: set[str], tmp_path: Path) -> None:
    labels = {"env": "prod", "example.com/tier": "web"}
    assert set(parsed("clusters", tmp_path, *one_cluster(labels=labels), **options).groups) == groups


def test_what_the_playbooks_need(tmp_path: Path) -> None:
    made = {"cluster_name": "capi_cluster.name", "cluster_namespace": "capi_cluster.namespace"}
    seen = parsed("clusters", tmp_path, *one_cluster(), host_format="{namespace}-{name}", compose=made)
    assert seen.hosts["default-prod"]["cluster_name"] == "prod"
    assert seen.hosts["default-prod"]["cluster_namespace"] == "default"


@pytest.mark.parametrize("number", [1, 20])
def test_one_list_a_kind_however_many(number: int, tmp_path: Path) -> None:
    items = [item for index in range(number) for item in one_cluster(f"c{index}")]
    with FakeServer(answers(*items)) as server:
        seen = parse("clusters", tmp_path, host=server.url, api_key="t")
    assert len(seen.hosts) == number
    lists = ["clusters", "kubeadmcontrolplanes", "machinedeployments", "machinepools", "machines"]
    assert sorted(line.rpartition("/")[2] for line in server.seen) == sorted(["api", "apis", *lists])


def test_selectors_choose_clusters_and_not_what_belongs_to_them(tmp_path: Path) -> None:
    with FakeServer(answers(*one_cluster())) as server:
        parse("clusters", tmp_path, host=server.url, api_key="t", label_selector="env=prod")
    asked = {request.line.rpartition("/")[2]: request.query for request in server.requests}
    assert asked["clusters"]["labelSelector"] == "env=prod"
    assert "labelSelector" not in asked["machines"]


def test_no_clusters_no_further_lists(tmp_path: Path) -> None:
    with FakeServer(answers()) as server:
        seen = parse("clusters", tmp_path, host=server.url, api_key="t")
    assert len(server.seen) == 3
    assert "There is no Cluster in http" in seen.warnings[0]


def test_rights_for_machines_are_missing(tmp_path: Path) -> None:
    table = {
        **answers(*one_cluster()),
        "GET /apis/cluster.x-k8s.io/v1beta2/machines": status(403, "machines is forbidden"),
    }
    with FakeServer(table) as server:
        assert "Could not list Machine *" in refusal("clusters", tmp_path, host=server.url, api_key="t")


def test_a_cluster_of_another_shape_is_named(tmp_path: Path) -> None:
    odd = cluster("odd", namespace="team")
    odd["metadata"]["creationTimestamp"] = "yesterday"
    with FakeServer(answers(odd)) as server:
        said = refusal("clusters", tmp_path, host=server.url, api_key="t")
    assert "Cluster team/odd does not have the shape of Cluster API's objects" in said


BAD = {
    "version": ({"target_version": "1.36"}, "target_version '1.36' is not a valid version: it must start with 'v'"),
    "group": ({"group_by": ["cluster"]}, "cluster"),
    "option of the other plugin": ({"address_types": []}, "'address_types' is no option of capi.lifecycle.clusters"),
    "same names": ({}, "Set host_format to '{namespace}-{name}'"),
}


@pytest.mark.parametrize(("options", "words"), BAD.values(), ids=BAD)
def test_refused(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    with FakeServer(answers(cluster("a", namespace="x"), cluster("a", namespace="y"))) as server:
        assert words in refusal("clusters", tmp_path, host=server.url, api_key="t", **options)


def test_a_page_that_is_no_list(tmp_path: Path) -> None:
    table = {**answers(), "GET /apis/cluster.x-k8s.io/v1beta2/clusters": Reply(body={"hello": "proxy"})}
    with FakeServer(table) as server:
        assert "something else than a list" in refusal("clusters", tmp_path, host=server.url, api_key="t")


@pytest.mark.parametrize(
    ("name", "ours"), [("a.clusters.yml", True), ("clusters.yaml", True), ("a.machines.yml", False)]
)
def test_files(name: str, ours: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("plugin: capi.lifecycle.clusters\n")
    assert plugin_of("clusters").verify_file(str(tmp_path / name)) is ours
