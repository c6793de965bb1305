# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thin object is told as the whole one is, and holds no more than that needs."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._hosts import cluster_row
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts, gather
from ansible_collections.capi.lifecycle.plugins.module_utils._thin import Thinner
from builders import cluster, control_plane, machine, machine_deployment

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
COPY = "kubectl.kubernetes.io/last-applied-configuration"


def stories(v: str) -> dict[str, list[Any]]:
    well = [cluster(v=v), control_plane(v=v), machine_deployment(v=v, replicas=1), machine("a", v=v)]
    return {
        "well": [*well, machine("b", pool="prod-md-0", v=v)],
        "old machine": [*well, machine("b", pool="prod-md-0", v=v, version="v1.33.1")],
        "not ready": [*well, machine("b", pool="prod-md-0", v=v, conditions={"Ready": {"status": "False"}})],
        "being deleted": [*well, machine("b", pool="prod-md-0", v=v, deleting=True)],
        "stale": [*well, machine("b", pool="prod-md-0", v=v, generation=7)],
        "none": well[:3],
    }


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
@pytest.mark.parametrize("story", stories("v1beta2"))
def test_told_alike(story: str, v: str) -> None:
    items, thinner = stories(v)[story], Thinner()
    whole = cluster_row(sorted_out(copy.deepcopy(items)), "mgmt", NOW)
    assert cluster_row(sorted_out([thinner.thin(item) for item in items]), "mgmt", NOW) == whole


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_told_alike_as_a_server_sent_them(v: str) -> None:
    text = (Path(__file__).parent / "fixtures/one_cluster.json").read_text()
    items, thinner = json.loads(text)[v], Thinner()
    whole = cluster_row(sorted_out(json.loads(json.dumps(items))), "mgmt", NOW)
    assert cluster_row(sorted_out([thinner.thin(item) for item in items]), "mgmt", NOW) == whole


def test_equal_conditions_are_one() -> None:
    thinner = Thinner()
    one, two = (thinner.thin(machine(name)) for name in ("a", "b"))
    assert one["status"]["conditions"][0] is two["status"]["conditions"][0]


def test_copies_of_objects_go() -> None:
    found = Thinner().thin(cluster(annotations={COPY: "{}", "a": "1"}))
    assert found["metadata"]["annotations"] == {"a": "1"}
    assert "annotations" not in Thinner().thin(machine("a", annotations={COPY: "{}"}))["metadata"]


def sorted_out(items: list[Any]) -> Parts:
    by_kind: dict[str, list[Any]] = {}
    for item in items:
        by_kind.setdefault(item["kind"], []).append(item)
    planes = [item for item in items if item["kind"].endswith("ControlPlane")]
    pools = by_kind.get("MachineDeployment", []) + by_kind.get("MachinePool", [])
    return gather(by_kind["Cluster"], planes, pools, by_kind.get("Machine", []))[0]
