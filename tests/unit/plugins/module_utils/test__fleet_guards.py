# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks by their selectors, and who paused or holds a cluster."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_guards import (
    held_by,
    paused_by,
    without_health_check,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from builders import CORE, cluster, control_plane, machine, machine_deployment

ALL = ["KubeadmControlPlane prod-cp", "MachineDeployment prod-md-0"]


def parts(**of_cluster: Any) -> Parts:
    return Parts(
        cluster(**of_cluster), control_plane(), [machine_deployment()], [machine("a"), machine("b", pool="prod-md-0")]
    )


def check(selector: dict[str, Any], cluster_name: str = "prod", namespace: str = "default") -> dict[str, Any]:
    spec = {"clusterName": cluster_name, "selector": selector}
    return {"kind": "MachineHealthCheck", "metadata": {"name": "x", "namespace": namespace}, "spec": spec}


def term(operator: str, *values: str, key: str = f"{CORE}/control-plane") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("checks", "without"),
    [
        ([], ALL),
        ([check({"matchLabels": {f"{CORE}/cluster-name": "prod"}})], []),
        ([check({"matchLabels": {f"{CORE}/deployment-name": "prod-md-0"}})], ALL[:1]),
        ([check({"matchLabels": {f"{CORE}/cluster-name": "other"}})], ALL),
        ([check(term("Exists"))], ALL[1:]),
        ([check(term("DoesNotExist"))], ALL[:1]),
        ([check(term("In", "")), check(term("NotIn", "", key=f"{CORE}/deployment-name"))], []),
        ([check(term("Gt", "1"))], ALL),
        ([check({}, "other")], ALL),
        ([check({}, namespace="elsewhere")], ALL),
    ],
)
def test_health_checks(checks: list[dict[str, Any]], without: list[str]) -> None:
    assert without_health_check(parts(), checks) == without


def managed(manager: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"manager": manager, "operation": "Update", "fieldsV1": fields}]


def test_who_paused_it() -> None:
    fields = {"f:metadata": {"f:annotations": {"f:cluster.x-k8s.io/paused": {}}}}
    seen = parts(annotations={"cluster.x-k8s.io/paused": ""}, managedFields=managed("velero", fields))
    assert paused_by(seen) == [{"kind": "Cluster", "name": "prod", "by": ["velero"]}]
    assert paused_by(parts(spec={"paused": True})) == [{"kind": "Cluster", "name": "prod", "by": []}]


def test_who_holds_it() -> None:
    hook = "before-upgrade.hook.cluster.cluster.x-k8s.io/change-board"
    fields = {"f:metadata": {"f:annotations": {f"f:{hook}": {}}}}
    seen = parts(annotations={hook: ""}, managedFields=managed("kubectl-annotate", fields))
    assert held_by(seen) == [{"kind": "Cluster", "name": "prod", "annotation": hook, "by": ["kubectl-annotate"]}]
