# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What machine_info tells: of both API versions the same, with one LIST."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._describe_machine import describe_machine
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_info import read_machines
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import REMEDIATE, SKIP_REMEDIATION
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import PAUSED_ANNOTATION
from builders import machine
from fakes import FakeKube, session
from machine_world import PLANE, SET, WORKERS, member, owned_by, uid, worker

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=timezone.utc)
HOOK = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/archive"


def told(**changes: Any) -> dict[str, Any]:
    return describe_machine(machine(**{"pool": "prod-md-0", **owned_by("MachineSet", SET), **changes}), NOW)


@pytest.mark.parametrize("v", ["v1beta2", "v1beta1"])
def test_a_machine_that_is_well(v: str) -> None:
    found = told(v=v)
    assert (found["role"], found["pool"], found["cluster"]) == ("worker", "prod-md-0", "prod")
    assert (found["ready"], found["not_ready_reason"]) == (True, None)
    assert (found["up_to_date"], found["not_up_to_date_reason"]) == (True, None)
    assert (found["node"], found["provider_id"]) == ("prod-md-0-a", "dev:////prod-md-0-a")
    assert (found["created"], found["age"]) == ("2026-11-01T10:00:00Z", 86400)
    assert found["owner"] == {"kind": "MachineSet", "name": SET}
    assert found["infrastructure"] == {"kind": "DevMachineTemplate", "name": "prod-md-0-a-1"}
    assert (found["deleting"], found["deleting_since"], found["deleting_reason"]) == (False, None, None)
    assert (found["hooks"], found["paused"], found["certificates_days"]) == ([], False, None)
    assert found["drain"]["policy"].startswith("its Node is drained without a time limit")
    assert found["remediation"] == {
        "healthy": None, "unhealthy_reason": None, "owner_reason": None, "asked_for": False, "skipped": False,
    }  # fmt: skip


def test_certificates_of_control_planes() -> None:
    assert describe_machine(machine(), NOW)["certificates_days"] == 364


def test_what_is_wrong_is_told() -> None:
    conditions = {
        "Ready": "False",
        "NodeHealthy": {"status": "False", "reason": "NotHealthy", "message": "* Node.Ready: down"},
        "UpToDate": {"status": "False", "reason": "NotUpToDate", "message": "* Version v1.34.3, v1.35.0 required"},
        "HealthCheckSucceeded": {"status": "False", "reason": "UnhealthyNode", "message": "for 5m"},
        "OwnerRemediated": {"status": "False", "reason": "CannotBeRemediated"},
    }
    found = told(
        conditions=conditions, annotations={REMEDIATE: "", SKIP_REMEDIATION: "", PAUSED_ANNOTATION: "", HOOK: ""}
    )
    assert found["not_ready_reason"] == "NodeHealthy: NotHealthy (Node.Ready: down)"
    assert found["not_up_to_date_reason"] == "NotUpToDate (Version v1.34.3, v1.35.0 required)"
    assert found["remediation"] == {
        "healthy": False, "unhealthy_reason": "UnhealthyNode (for 5m)", "owner_reason": "CannotBeRemediated",
        "asked_for": True, "skipped": True,
    }  # fmt: skip
    assert (found["paused"], found["hooks"]) == (True, [HOOK])


def test_a_deletion_that_drains() -> None:
    message = "Drain not completed yet (started at x):\n* Pod a/b: cannot evict: PDB\n* Pod a/c: waiting"
    found = told(
        deleting=True,
        conditions={"Deleting": {"status": "True", "reason": "DrainingNode", "message": message}},
        status={"deletion": {"nodeDrainStartTime": "2026-11-01T10:01:00Z"}},
    )
    assert (found["deleting"], found["deleting_since"]) == (True, "2026-11-01T10:00:00Z")
    assert found["drain"]["since"] == "2026-11-01T10:01:00Z"
    assert found["drain"]["messages"][1:] == ["Pod a/b: cannot evict: PDB", "Pod a/c: waiting"]


def test_a_bare_machine() -> None:
    bare = {"metadata": {"name": "m", "creationTimestamp": "2026-11-01T10:00:00Z"}, "spec": {}}
    found = describe_machine({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", **bare}, NOW)
    assert (found["owner"], found["infrastructure"], found["ready"]) == (None, None, False)
    assert found["not_ready_reason"] == "Ready: not reported yet"


CHOICES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all": ({}, ["stray-0", *PLANE[:1], *WORKERS, "far-0"]),
    "a name": ({"name": WORKERS[0]}, [WORKERS[0]]),
    "a cluster": ({"cluster": "stray"}, ["stray-0"]),
    "a namespace": ({"namespace": "team"}, ["far-0"]),
    "labels": ({"label_selector": "cluster.x-k8s.io/control-plane", "cluster": "prod"}, [*PLANE[:1], "far-0"]),
    "none": ({"name": "nobody"}, []),
}


@pytest.mark.parametrize(("asked", "names"), CHOICES.values(), ids=CHOICES)
def test_which_machines_are_read_by_one_list(asked: dict[str, Any], names: list[str]) -> None:
    others = [machine("stray-0", cluster="stray", pool="p"), machine("far-0", namespace="team")]
    kube = FakeKube(*map(worker, WORKERS), member(), *others)
    outcome = read_machines(session(kube), asked)
    found = [m["name"] for m in outcome.values["machines"]]
    assert sorted(found) == sorted(names)
    assert (len(kube.reads), outcome.changed) == (1, False)


def test_the_uid_is_that_which_module_machine_takes() -> None:
    found = read_machines(session(FakeKube(worker())), {"name": WORKERS[0]}).values["machines"]
    assert found[0]["uid"] == uid(11)
