# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of machines and of clusters by what they are."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._host_groups import (
    CLUSTER_GROUPS,
    MACHINE_GROUPS,
    cluster_state_groups,
    label_groups,
    machine_groups,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._hosts import cluster_row, machine_row
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import gather
from builders import cluster, control_plane, machine, machine_deployment

NOW = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
TOPOLOGY = {"topology.cluster.x-k8s.io/deployment-name": "workers"}
MACHINES: dict[str, tuple[dict[str, Any], str]] = {
    "control plane": ({}, "control_plane version_v1_34_3 provider_dev ready"),
    "worker": ({"pool": "prod-md-0"}, "workers pool_prod_md_0 version_v1_34_3 provider_dev ready"),
    "of a topology": (
        {"pool": "prod-workers-x7", "labels": TOPOLOGY},
        "workers pool_workers version_v1_34_3 provider_dev ready",
    ),
    "not ready": ({"conditions": {"Ready": "False"}}, "control_plane version_v1_34_3 provider_dev not_ready"),
    "no version": ({"version": ""}, "control_plane provider_dev ready"),
}


@pytest.mark.parametrize(("given", "groups"), MACHINES.values(), ids=MACHINES)
def test_machines(given: dict[str, Any], groups: str) -> None:
    row = machine_row(machine("m", spec={"infrastructureRef": {"kind": "DevMachine"}}, **given), "mgmt", NOW)
    assert machine_groups(row, MACHINE_GROUPS, "cluster_prod", kubespray=False) == ["cluster_prod", *groups.split()]
    names = {"control_plane": "kube_control_plane", "worker": "kube_node"}
    assert machine_groups(row, [], "cluster_prod", kubespray=True) == [names[row["role"]]]


WELL = "clusters_version_v1_34_3 clusters_provider_dev clusters_ready"
CLUSTERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "well": ({}, "", WELL),
    "at the target": ({}, "v1.34.3", WELL),
    "outdated": ({}, "v1.35.0", f"{WELL} clusters_outdated"),
    "paused": ({"spec": {"paused": True}}, "", f"{WELL} clusters_paused"),
    "not available": (
        {"conditions": {"Available": "False"}},
        "",
        "clusters_version_v1_34_3 clusters_provider_dev clusters_not_ready clusters_not_available",
    ),
    "rolling": (
        {"conditions": {"RollingOut": "True"}},
        "",
        f"{WELL} clusters_rolling",
    ),
    "classy": (
        {"class_name": "small"},
        "",
        "clusters_version_v1_34_3 clusters_provider_dev clusters_class_small clusters_ready",
    ),
    "going away": (
        {"deletionTimestamp": "2026-11-01T10:00:00Z"},
        "",
        "clusters_version_v1_34_3 clusters_provider_dev clusters_not_ready clusters_deleting",
    ),
}


@pytest.mark.parametrize(("given", "target", "groups"), CLUSTERS.values(), ids=CLUSTERS)
def test_clusters(given: dict[str, Any], target: str, groups: str) -> None:
    machines = [machine("a"), machine("b", pool="prod-md-0")]
    parts = gather([cluster(**given)], [control_plane(replicas=1)], [machine_deployment(replicas=1)], machines)
    row = cluster_row(parts[0], "mgmt", NOW)
    assert cluster_state_groups(row, CLUSTER_GROUPS, target) == groups.split()
    assert cluster_state_groups(row, [], target) == []


LABELS = {"env": "prod", "example.com/tier": "web-1", "empty": ""}


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ([], []),
        (["env"], ["env_prod"]),
        (["example.com/tier", "env"], ["tier_web_1", "env_prod"]),
        (["empty", "none"], []),
    ],
)
def test_labels(keys: list[str], groups: list[str]) -> None:
    assert label_groups(LABELS, keys) == groups
