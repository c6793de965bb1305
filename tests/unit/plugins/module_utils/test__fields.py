# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a field is, in both API versions and for a control plane of either contract."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fields import (
    drain_timeout_at,
    has_machine_template,
    machine_template_at,
    rollout_after_at,
    seconds_as,
    topology_drain_timeouts_at,
    value_at,
    version_at,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from builders import cluster, control_plane, machine_deployment

VERSIONS = ("v1beta1", "v1beta2")


def pool(v: str, kind: str = "MachineDeployment") -> Object:
    return {**machine_deployment(v=v), "kind": kind}


@pytest.mark.parametrize("v", VERSIONS)
def test_versions(v: str) -> None:
    owners = [control_plane(v=v), pool(v), pool(v, "MachinePool"), cluster(v=v, class_name="c")]
    assert [value_at(o, version_at(o)) for o in owners] == ["v1.34.3"] * 4


@pytest.mark.parametrize("v", VERSIONS)
def test_machine_templates(v: str) -> None:
    owners = [control_plane(v=v), pool(v), pool(v, "MachinePool")]
    found = [value_at(o, machine_template_at(o))["name"] for o in owners]
    assert found == ["prod-cp-1", "prod-md-0-1", "prod-md-0-1"]


@pytest.mark.parametrize("v", VERSIONS)
def test_who_has_machines_of_a_template(v: str) -> None:
    managed = {**control_plane(v=v, spec={"machineTemplate": None}), "kind": "AWSManagedControlPlane"}
    owners = [control_plane(v=v), pool(v), pool(v, "MachinePool"), managed, cluster(v=v, class_name="c")]
    assert [has_machine_template(o) for o in owners] == [True, True, True, False, False]


FIELDS = {
    "control plane, contract v1beta1": (
        control_plane(v="v1beta1"), "spec.rolloutAfter", "spec.machineTemplate.nodeDrainTimeout", "600s",
    ),
    "control plane, contract v1beta2": (
        control_plane(), "spec.rollout.after", "spec.machineTemplate.spec.deletion.nodeDrainTimeoutSeconds", 600,
    ),
    "a provider's v1beta2 with the shape of contract v1beta1": (
        {**control_plane(v="v1beta1"), "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2"},
        "spec.rolloutAfter", "spec.machineTemplate.nodeDrainTimeout", "600s",
    ),
    "MachineDeployment v1beta1": (
        pool("v1beta1"), "spec.rolloutAfter", "spec.template.spec.nodeDrainTimeout", "600s",
    ),
    "MachineDeployment v1beta2": (
        pool("v1beta2"), "spec.rollout.after", "spec.template.spec.deletion.nodeDrainTimeoutSeconds", 600,
    ),
    "MachinePool v1beta2": (
        pool("v1beta2", "MachinePool"), "spec.rollout.after",
        "spec.template.spec.deletion.nodeDrainTimeoutSeconds", 600,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("owner", "after", "drain", "written"), FIELDS.values(), ids=FIELDS)
def test_moved_fields(owner: Object, after: str, drain: str, written: Any) -> None:
    assert ".".join(rollout_after_at(owner)) == after
    assert ".".join(drain_timeout_at(owner)) == drain
    assert seconds_as(owner, 600) == written


@pytest.mark.parametrize(
    ("v", "last"), [("v1beta1", ("nodeDrainTimeout",)), ("v1beta2", ("deletion", "nodeDrainTimeoutSeconds"))]
)
def test_drain_timeouts_of_a_topology(v: str, last: tuple[str, ...]) -> None:
    item = cluster(v=v, class_name="c")
    item["spec"]["topology"]["workers"] = {"machineDeployments": [{"name": "a"}], "machinePools": [{"name": "b"}]}
    base = ("spec", "topology")
    assert topology_drain_timeouts_at(item) == [
        (*base, "controlPlane", *last),
        (*base, "workers", "machineDeployments", ("name", "a"), *last),
        (*base, "workers", "machinePools", ("name", "b"), *last),
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("a", "b"), 1),
        (("a", "c"), None),
        (("x", "y", "z"), None),
        (("list", ("name", "n"), "v"), 2),
        (("list", ("name", "gone"), "v"), None),
        (("a", ("name", "n")), None),
        (("list", "name"), None),
    ],
)
def test_values(path: Any, value: Any) -> None:
    assert value_at({"a": {"b": 1}, "list": [{"name": "m"}, {"name": "n", "v": 2}]}, path) == value
