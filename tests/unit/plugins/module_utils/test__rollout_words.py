# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a cluster that is not done: the slowest machine, what holds it up, and whether anything moves."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._progress import machine_is_ready, machine_trouble
from ansible_collections.capi.lifecycle.plugins.module_utils._rollout import judge_absent, judge_present
from builders import VERSION, cluster, control_plane, machine, machine_deployment

TROUBLE = {
    "Ready": ({}, ""),
    "no infrastructure": (
        {"InfrastructureReady": "False", "NodeReady": "Unknown", "Ready": "False"},
        "InfrastructureReady: NotInfrastructureReady",
    ),
    "no bootstrap data": (
        {"BootstrapConfigReady": "False", "NodeReady": "Unknown", "Ready": "False"},
        "BootstrapConfigReady: NotBootstrapConfigReady",
    ),
    "no node": ({"NodeReady": "Unknown", "Ready": "False"}, "NodeReady: NotNodeReady"),
    "sick node": ({"NodeHealthy": "False", "Ready": "False"}, "NodeHealthy: NotNodeHealthy"),
    "health check": (
        {"HealthCheckSucceeded": "False", "Ready": "False"},
        "HealthCheckSucceeded: NotHealthCheckSucceeded",
    ),
    "Ready alone": ({"Ready": {"status": "False", "reason": "R", "message": "* a:\n  * b"}}, "Ready: R (a: b)"),
    "without reason": ({"Ready": {"status": "False", "reason": "", "message": ""}}, "Ready: NotReady"),
    "nothing reported": (
        dict.fromkeys(("InfrastructureReady", "BootstrapConfigReady", "NodeReady", "NodeHealthy", "Ready")),
        "Ready: not reported yet",
    ),
}


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
@pytest.mark.parametrize(("conditions", "words"), TROUBLE.values(), ids=TROUBLE)
def test_the_first_step_that_a_machine_has_not_reached(conditions: Any, words: str, v: str) -> None:
    assert machine_trouble(machine(v=v, conditions=conditions)) == words


def test_a_machine_that_is_deleted_says_what_it_waits_for() -> None:
    draining = {"Deleting": {"status": "True", "reason": "DrainingNode", "message": "Pod x: cannot evict"}}
    assert (
        machine_trouble(machine(deleting=True, conditions=draining)) == "deleting: DrainingNode (Pod x: cannot evict)"
    )


def test_long_messages_are_cut() -> None:
    said = machine_trouble(machine(conditions={"Ready": {"status": "False", "reason": "R", "message": "x" * 200}}))
    assert said == f"Ready: R ({'x' * 107}...)"
    whole = machine_trouble(machine(conditions={"Ready": {"status": "False", "reason": "R", "message": "x" * 110}}))
    assert whole == f"Ready: R ({'x' * 110})"


@pytest.mark.parametrize(
    ("item", "version", "ready"),
    [
        (machine(), VERSION, True),
        (machine(), None, True),
        (machine(), "v1.33.0", False),
        (machine(deleting=True), VERSION, False),
        (machine(conditions={"Ready": "False"}), VERSION, False),
    ],
    ids=["ready", "its owner has no version", "another version", "deleting", "not ready"],
)
def test_machine_is_ready(item: Object, version: str | None, ready: bool) -> None:
    assert machine_is_ready(item, version) is ready


def test_the_slowest_machine_is_the_oldest_that_is_not_ready() -> None:
    down = {"InfrastructureReady": "False", "Ready": "False"}
    machines = [
        machine("a", creationTimestamp="2026-11-01T10:00:09Z", conditions={"Ready": "False"}),
        machine("b", creationTimestamp="2026-11-01T10:00:01Z"),
        machine("c", creationTimestamp="2026-11-01T10:00:05Z", conditions=down),
    ]
    progress = judge_present(Parts(cluster(), control_plane(), [], machines))
    assert progress.message == "default/prod: control plane 1/3; c: InfrastructureReady: NotInfrastructureReady"
    assert progress.stuck == "c: InfrastructureReady: NotInfrastructureReady"


BLOCKED = {"status": "True", "reason": "ScalingUp", "message": "Scaling up is blocked because: x is not there"}
STUCK = {
    "control plane blocked": (
        {"plane": control_plane(conditions={"ScalingUp": BLOCKED})},
        "KubeadmControlPlane prod-cp: ScalingUp (Scaling up is blocked because: x is not there)",
    ),
    "pool blocked": (
        {"pool": machine_deployment(conditions={"RollingOut": BLOCKED})},
        "MachineDeployment prod-md-0: ScalingUp (Scaling up is blocked because: x is not there)",
    ),
    "scaling down blocked": (
        {"pool": machine_deployment(conditions={"ScalingDown": BLOCKED})},
        "MachineDeployment prod-md-0",
    ),
    "scaling without trouble": (
        {"pool": machine_deployment(conditions={"ScalingUp": {"status": "True", "message": "2 of 3"}})},
        "w: Ready: NotReady",
    ),
    "cluster paused": ({"cluster": cluster(spec={"paused": True})}, "Cluster prod is paused"),
    "control plane paused": (
        {"plane": control_plane(annotations={"cluster.x-k8s.io/paused": ""})},
        "KubeadmControlPlane prod-cp is paused",
    ),
    "pool paused": ({"pool": machine_deployment(spec={"paused": True})}, "MachineDeployment prod-md-0 is paused"),
    "slowest machine": ({}, "w: Ready: NotReady"),
}


@pytest.mark.parametrize(("parts", "words"), STUCK.values(), ids=STUCK)
def test_what_holds_it_up(parts: Any, words: str) -> None:
    slow = machine("w", pool="prod-md-0", conditions={"Ready": "False"})
    seen = Parts(parts.get("cluster", cluster()), parts.get("plane"), [parts.get("pool", machine_deployment())], [slow])
    assert judge_present(seen).stuck.startswith(words)


def test_without_machines_the_first_thing_missing_holds_it_up() -> None:
    seen = Parts(
        cluster(
            conditions={"InfrastructureReady": {"status": "False", "reason": "NoVPC"}}, status={"initialization": {}}
        )
    )
    assert judge_present(seen).stuck == "infrastructure: NoVPC"
    assert judge_present(Parts(cluster())).stuck == "control plane: not there yet"
    assert judge_present(Parts(cluster(spec={"controlPlaneRef": None}))).stuck == ""


MOVES = {
    "a machine more": {"machines": [machine("a"), machine("b")]},
    "another machine": {"machines": [machine("b")]},
    "a phase": {"machines": [machine("a", phase="Provisioned")]},
    "a machine's version": {"machines": [machine("a", version="v1.35.0")]},
    "what a machine waits for": {"machines": [machine("a", conditions={"NodeReady": "False"})]},
    "a reason of deletion": {"machines": [machine("a", deleting=True)]},
    "a counter of the control plane": {"plane": control_plane(ready=1)},
    "a counter of a pool": {"pool": machine_deployment(up_to_date=1)},
    "a condition of the cluster": {"cluster": cluster(conditions={"RollingOut": "True"})},
    "a version of a managed control plane": {"plane": control_plane(status={"version": "v1.35.0"})},
    "a condition of the control plane": {"plane": control_plane(conditions={"Ready": {"status": "False"}})},
    "a condition of a pool": {"pool": machine_deployment(conditions={"RollingOut": "True"})},
    "an old counter": {"pool": machine_deployment(status={"deprecated": {"v1beta1": {"updatedReplicas": 1}}})},
    "a counter of nodes": {"plane": control_plane(status={"updatedReplicas": 1})},
    "an old condition": {
        "pool": machine_deployment(
            status={"deprecated": {"v1beta1": {"conditions": [{"type": "InfrastructureReady", "status": "False"}]}}}
        )
    },
    "versions of nodes": {"pool": machine_deployment(status={"versions": [{"version": "v1.35.0", "replicas": 1}]})},
    "a node": {"pool": machine_deployment(status={"nodeRefs": [{"name": "n"}]})},
    "a reason of the cluster": {"cluster": cluster(conditions={"RollingOut": {"status": "False", "reason": "X"}})},
}


@pytest.mark.parametrize("change", MOVES.values(), ids=MOVES)
def test_what_counts_as_movement(change: Any) -> None:
    assert key() == key()
    assert key(**change) != key()


STILL = {
    "a heartbeat of a condition": {"cluster": cluster(conditions={"Available": {"lastTransitionTime": "later"}})},
    "a heartbeat of a pool": {"pool": machine_deployment(conditions={"Available": {"lastTransitionTime": "later"}})},
    "labels": {"machines": [machine("a", labels={"x": "y"})]},
    "a resourceVersion": {"plane": control_plane(resourceVersion="77")},
}


@pytest.mark.parametrize("change", STILL.values(), ids=STILL)
def test_what_does_not(change: Any) -> None:
    """Else a stall would never be seen."""
    assert key(**change) == key()


DELETING = {"deletionTimestamp": "2026-11-01T10:00:00Z", "finalizers": ["cluster.cluster.x-k8s.io"]}


class TestAbsent:
    def test_gone(self) -> None:
        progress = judge_absent(None, "prod", "team")
        assert (progress.done, progress.message) == (True, "team/prod: gone")

    def test_machines_that_are_left(self) -> None:
        draining = {"Deleting": {"status": "True", "reason": "DrainingNode", "message": "pod x"}}
        machines = [machine("a"), machine("b", deleting=True, conditions=draining)]
        progress = judge_absent(Parts(deleted("WaitingForWorkersDeletion"), None, [], machines), "prod", "default")
        assert progress.message == "default/prod: deleting, 2 machines left; b: DrainingNode (pod x)"
        assert progress.stuck == "b: DrainingNode (pod x)"
        assert progress.details == {
            "machines": ["a", "b"],
            "finalizers": ["cluster.cluster.x-k8s.io"],
            "blocked_by": ["b: DrainingNode (pod x)"],
        }
        assert not progress.done

    @pytest.mark.parametrize(
        ("reason", "stuck"),
        [
            (
                "WaitingForInfrastructureDeletion",
                "WaitingForInfrastructureDeletion; finalizers a.example/hold are still there",
            ),
            ("", "no controller has taken it up; finalizers a.example/hold are still there"),
        ],
        ids=["what the controller waits for", "no controller"],
    )
    def test_without_machines_the_finalizers_are_named(self, reason: str, stuck: str) -> None:
        progress = judge_absent(Parts(deleted(reason, finalizers=["a.example/hold"])), "prod", "default")
        assert (progress.stuck, progress.details["blocked_by"]) == (stuck, [stuck])

    def test_machines_are_the_reason_before_finalizers(self) -> None:
        progress = judge_absent(
            Parts(deleted("WaitingForWorkersDeletion"), None, [], [machine("a")]), "prod", "default"
        )
        assert progress.stuck == "WaitingForWorkersDeletion"

    def test_movement_is_seen(self) -> None:
        one = judge_absent(Parts(deleted("A"), None, [], [machine("a")]), "prod", "default")
        assert one.key != judge_absent(Parts(deleted("A")), "prod", "default").key
        assert one.key != judge_absent(Parts(deleted("B"), None, [], [machine("a")]), "prod", "default").key


def deleted(reason: str, **meta: Any) -> Object:
    state = {"status": "True", "reason": reason} if reason else "False"
    return cluster(conditions={"Deleting": state}, **{**DELETING, **meta})


def key(**parts: Any) -> str:
    seen = Parts(
        parts.get("cluster", cluster()),
        parts.get("plane", control_plane()),
        [parts.get("pool", machine_deployment())],
        parts.get("machines", [machine("a")]),
    )
    return judge_present(seen).key
