# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of the user: which objects they meet, what they do, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._overrides import merged, overridden
from descriptions import example, judged, rendered

POOLS = judged(example("aws"))["description"]["cluster_node_pools"]
MEETS: dict[str, list[str]] = {
    "AWSCluster": ["prod"],
    "Cluster/prod": ["prod"],
    "KubeadmControlPlane": ["prod-control-plane"],
    "KubeadmControlPlane/control-plane": ["prod-control-plane"],
    "MachineDeployment": ["prod-workers-us-east-1a", "prod-workers-us-east-1b"],
    "MachineDeployment/workers": ["prod-workers-us-east-1a", "prod-workers-us-east-1b"],
    "MachineDeployment/workers-us-east-1a": ["prod-workers-us-east-1a"],
    "MachineDeployment/prod-workers-us-east-1b": ["prod-workers-us-east-1b"],
    "AWSMachineTemplate/workers": ["prod-workers-us-east-1a", "prod-workers-us-east-1b"],
}
PATCHES: dict[str, tuple[Any, Any, Any]] = {
    "set": ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    "deep": ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
    "null takes away": ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
    "a list is replaced": ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    "a map in place of a value": ({"a": 1}, {"a": {"b": None, "c": 2}}, {"a": {"c": 2}}),
}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "kind": (
        {"AWSClutser": {"spec": {}}},
        "cluster_overrides[AWSClutser]: it meets no object; did you mean 'AWSCluster'",
    ),
    "name": ({"MachineDeployment/worker": {"spec": {}}}, "did you mean 'MachineDeployment/workers'"),
    "no patch": ({"AWSCluster": []}, "cluster_overrides[AWSCluster]: list is no patch; wanted is a map"),
    "a name changed": ({"AWSCluster": {"metadata": {"name": "x"}}}, "kinds, names and namespaces cannot be overridden"),
}


@pytest.mark.parametrize("key", MEETS)
def test_what_a_key_meets(key: str) -> None:
    before = rendered(example("aws"))
    objects, findings = overridden(before, {key: {"spec": {"marked": True}}}, "prod", POOLS)
    assert [item["metadata"]["name"] for item in objects if item["spec"].get("marked")] == MEETS[key]
    assert findings == []
    assert not [item for item in before if item["spec"].get("marked")]


@pytest.mark.parametrize("name", PATCHES)
def test_merging(name: str) -> None:
    value, patch, wanted = PATCHES[name]
    assert merged(value, patch) == wanted


@pytest.mark.parametrize("name", BAD)
def test_bad_patches_are_refused(name: str) -> None:
    overrides, said = BAD[name]
    before = rendered(example("aws"))
    objects, findings = overridden(before, overrides, "prod", POOLS)
    assert said in str(findings[0])
    assert objects == before
