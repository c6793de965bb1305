# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wishes that an upgrade refuses: nothing is written, and the message names what was found and what is wanted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bed import Bed
from reading import VERSION, Living, living
from upgrading import OTHER

__all__ = ["living"]

TARGET = "v1.36.6"
OVERRIDE = {"machine_template": {"patch": OTHER}}

MODULE: dict[str, tuple[dict[str, Any], str]] = {
    "without v": (
        {"kubernetes_version": "1.36.6"},
        "kubernetes_version '1.36.6' is not a valid version: it must start",
    ),
    "without patch": ({"kubernetes_version": "v1.36"}, "it has no patch number, for example 'v1.36.0'"),
    "no version": ({"kubernetes_version": "latest"}, "it must look like 'v1.34.3'"),
    "downgrade": ({"kubernetes_version": "v1.34.3"}, f"v1.34.3 is lower than the live {VERSION}"),
    "neither version nor rollout": ({}, "exactly one of kubernetes_version and rollout_only"),
    "both": (
        {"kubernetes_version": TARGET, "rollout_only": True},
        "exactly one of kubernetes_version and rollout_only",
    ),
    "another major version": ({"kubernetes_version": "v2.0.0"}, "v2.0.0"),
    "path ends elsewhere": (
        {"kubernetes_version": TARGET, "path": ["v1.36.5"]},
        f"path ends at v1.36.5, but kubernetes_version is {TARGET}",
    ),
    "path skips a minor": (
        {"kubernetes_version": "v1.37.2", "path": ["v1.37.2"]},
        f"path goes from {VERSION} to v1.37.2",
    ),
    "unknown minor on the way": ({"kubernetes_version": "v1.40.0"}, "needs a version of v1.38, and none is known"),
    "beyond what Cluster API supports": (
        {"kubernetes_version": "v1.37.2"},
        "kubernetes-range: Cluster API v1.14.2 supports workload clusters from v1.31 to v1.36",
    ),
    "unknown node pool": (
        {"kubernetes_version": TARGET, "node_pools": ["reading-md-1"]},
        "has no node pool 'reading-md-1'; did you mean 'reading-md-0'? (there are: md-0)",
    ),
    "all and a name": ({"kubernetes_version": TARGET, "node_pools": ["all", "md-0"]}, "wanted is all, none, or names"),
    "no concurrency": (
        {"kubernetes_version": TARGET, "upgrade_concurrency": 0},
        "upgrade_concurrency is 0; wanted is 1",
    ),
    "negative drain": (
        {"kubernetes_version": TARGET, "node_drain_timeout": -5},
        "node_drain_timeout is -5; wanted is 0",
    ),
    "unknown check": (
        {"kubernetes_version": TARGET, "skip_checks": ["pausd"]},
        "no check 'pausd'; did you mean 'paused'?",
    ),
    "override of nobody": (
        {"kubernetes_version": TARGET, "overrides": [{**OVERRIDE, "owners": ["md-1"]}]},
        "overrides name 'md-1'",
    ),
    "override without a patch": (
        {"kubernetes_version": TARGET, "overrides": [{"machine_template": {"patch": {}}}]},
        "machine_template needs a patch",
    ),
    "override that the server does not know": (
        {"kubernetes_version": TARGET, "overrides": [{"machine_template": {"patch": {"imageNam": "x"}}}]},
        "imageNam",
    ),
    "variables without a class": ({"kubernetes_version": TARGET, "variables": {"x": 1}}, "has no ClusterClass"),
    "restart in the future": (
        {"rollout_only": True, "rollout_after": "2999-01-01T00:00:00Z"},
        "rollout_after is 2999-01-01T00:00:00Z, which is in the future",
    ),
    "restart at no time": ({"rollout_only": True, "rollout_after": "today"}, "wanted is a time in UTC such as"),
    "unknown option": ({"kubernetes_version": TARGET, "nodepools": ["a"]}, "nodepools. Supported parameters include"),
    "no such cluster": (
        {"name": "readng", "kubernetes_version": TARGET},
        "There is no Cluster reading/readng; did you mean",
    ),
    "wrong namespace": ({"namespace": "default", "kubernetes_version": TARGET}, "There is no Cluster default/reading"),
}


@pytest.mark.parametrize(("options", "words"), MODULE.values(), ids=MODULE)
def test_the_module_refuses(bed: Bed, living: Living, options: dict[str, Any], words: str) -> None:
    with bed.requests(living.namespace) as requests:
        result = bed.task("cluster_upgrade", **{**living.place, **options})
    assert result["failed"]
    assert words in result["msg"]
    assert result["outcome"] == "refused", result
    assert "Traceback" not in str(result)
    assert requests.writes == []


PLAYBOOK: dict[str, tuple[dict[str, Any], str]] = {
    "no version": ({"cluster": "reading"}, "reading has no version to go to"),
    "no such cluster": ({"cluster": "readng", "kubernetes_version": TARGET}, "did you mean 'reading/reading'"),
    "no inventory, no cluster": ({"kubernetes_version": TARGET}, "No host is in the group 'clusters'"),
    "two findings at once": (
        {"cluster": "reading", "kubernetes_version": "v1.37.2", "upgrade_skip_checks": ["drain-timeout"]},
        "clusters may not be upgraded now, nothing was changed",
    ),
    "no server": (
        {"cluster": "reading", "kubernetes_version": TARGET, "management_cluster_kubeconfig": "nowhere.kubeconfig"},
        "kubeconfig nowhere.kubeconfig does not exist",
    ),
    "another management cluster": (
        {"cluster": "reading", "kubernetes_version": TARGET, "management_cluster_uid": "of-another"},
        "this is another management cluster",
    ),
}


@pytest.mark.parametrize(("variables", "words"), PLAYBOOK.values(), ids=PLAYBOOK)
def test_the_playbook_refuses(bed: Bed, living: Living, variables: dict[str, Any], words: str) -> None:
    known = {"cluster_namespace": living.namespace, "management_cluster_kubeconfig": str(bed.kubeconfig)}
    with bed.requests(living.namespace) as requests:
        run = bed.play("upgrade", "-i", "localhost,", **{**known, **variables})
    assert run.code != 0
    assert words in " ".join(run.output.split())
    assert "Traceback" not in run.output
    assert requests.writes == []


HELD: dict[str, tuple[str, dict[str, Any], str]] = {
    "paused": ("clusters", {"spec": {"paused": True}}, "paused: Cluster reading is paused"),
    "held": (
        "clusters",
        {"metadata": {"annotations": {"topology.cluster.x-k8s.io/hold-upgrade-sequence": "me"}}},
        "held: Cluster reading has the annotation topology.cluster.x-k8s.io/hold-upgrade-sequence",
    ),
    "GitOps": (
        "kubeadmcontrolplanes",
        {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "fleet"}}},
        "gitops: Flux writes this cluster",
    ),
}


@pytest.mark.parametrize(("kind", "patch", "words"), HELD.values(), ids=HELD)
def test_a_cluster_in_other_hands(bed: Bed, living: Living, kind: str, patch: dict[str, Any], words: str) -> None:
    name = bed.objects(kind, living.namespace)[0]["metadata"]["name"]
    change = ("patch", kind, name, "-n", living.namespace, "--type=merge", "-p")
    bed.kubectl(*change, json.dumps(patch))
    try:
        result = bed.task("cluster_upgrade", **living.place, kubernetes_version=TARGET)
    finally:
        bed.kubectl(*change, json.dumps(_without(patch)))
    assert result["outcome"] == "refused"
    assert words in result["msg"]
    assert "Remedy: " in result["msg"]


def _without(patch: Any) -> Any:
    return {key: _without(value) for key, value in patch.items()} if isinstance(patch, dict) else None


def test_two_hosts_for_one_cluster(bed: Bed, living: Living, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.ini"
    wishes = {"high": "v1.36.6", "low": "v1.34.3"}
    lines = [f"{name} upgrade_kubernetes_version={version}" for name, version in wishes.items()]
    hosts.write_text("\n".join(["[clusters]", *lines]))
    known = {"cluster_namespace": living.namespace, "management_cluster_kubeconfig": str(bed.kubeconfig)}
    run = bed.play("upgrade", "-i", str(hosts), cluster_name=living.name, **known)
    assert run.code != 0
    assert "these stand for the same one: high and low" in " ".join(run.output.split())
