# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What infrastructure objects say, by conditions recorded of real controllers, and what a wait makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, Forbidden, Stalled
from ansible_collections.capi.lifecycle.plugins.module_utils._infrastructure import Words, explained, words_of
from ansible_collections.capi.lifecycle.plugins.module_utils._infrastructure_seen import with_words
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._progress import Progress
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.every import hint_for, plain_words
from ansible_collections.capi.lifecycle.plugins.module_utils._rollout import judge_present
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import wait_until
from builders import cluster, control_plane, machine, machine_deployment
from fakes import KINDS, FakeClock, FakeKube

GROUP = "infrastructure.cluster.x-k8s.io"
RUN = (
    "failed to create AWSMachine instance: failed to run instance: operation error EC2: RunInstances, https response "
    "error StatusCode: 400, RequestID: 7a62c49f-347e-4fc4-9331-6e8e6d1c2f07, api error "
)
CLOUD_KINDS = ("AWSMachine", "AWSCluster", "OpenStackMachine", "OpenStackServer", "AzureMachine")
RESOURCES = (*KINDS, *(Resource(f"{GROUP}/v1beta2", kind, f"{kind.lower()}s", True) for kind in CLOUD_KINDS))


def infra(kind: str, name: str, *conditions: Object, **status: Any) -> Object:
    labels = {"cluster.x-k8s.io/cluster-name": "prod"}
    return {
        "apiVersion": f"{GROUP}/v1beta2",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "status": {"conditions": list(conditions), **status},
    }


def false(kind: str, reason: str, message: str = "", severity: str = "Error") -> Object:
    return {
        "type": kind,
        "status": "False",
        "severity": severity,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-11-22T10:00:00Z",
    }


SUMMARY = false("Ready", "InstanceProvisionFailed", "0 of 2 completed")

# Kind, reason and message as they stood there; what it is, and a part of the advice.
RECORDED = [
    (
        "AWSMachine",
        "InstanceProvisionFailed",
        f"{RUN}InvalidKeyPair.NotFound: The keypair 'x' ...",
        "retried",
        "import",
    ),
    ("AWSMachine", "InstanceProvisionFailed", f"{RUN}InvalidAMIID.NotFound: The image id", "retried", "ami.id"),
    (
        "AWSMachine",
        "InstanceProvisionFailed",
        'failed to find ami: found no AMIs with name "capa-ami-ubuntu-24.04-?1.35.9-*", architecture "x86_64"',
        "retried",
        "cluster_aws.ami",
    ),
    (
        "AWSMachine",
        "InstanceProvisionFailed",
        "StatusCode: 404, api error NoSuchEntity: Instance profile nope not found",
        "retried",
        "clusterawsadm",
    ),
    ("AWSMachine", "InstanceProvisionFailed", f"{RUN}VcpuLimitExceeded: You have requested", "retried", "L-1216C47A"),
    (
        "AWSMachine",
        "InstanceProvisionFailed",
        "api error InvalidInstanceType: The following",
        "retried",
        "no such type",
    ),
    (
        "AWSMachine",
        "InstanceProvisionFailed",
        'failed to run machine "x", no subnets available in',
        "retried",
        "domain",
    ),
    ("AWSMachine", "InstanceTerminated", "", "terminal", "MachineHealthCheck"),
    ("AWSMachine", "WaitingForBootstrapData", "", "wait", "first control plane machine"),
    ("AWSMachine", "InstanceProvisionStarted", "", "wait", ""),
    ("AWSCluster", "VpcReconciliationFailed", "api error InvalidVpcID.NotFound: The vpc", "retried", "vpc_id"),
    ("AWSCluster", "NatGatewaysReconciliationFailed", "AddressLimitExceeded: The maximum", "retried", "L-0263D0A3"),
    ("AWSCluster", "WaitForDNSNameResolve", "", "wait", "minutes"),
    ("AzureMachine", "SKUNotFound", "reconcile error", "terminal", "VM size"),
    ("AzureMachine", "VMProvisionFailed", "GalleryImageNotFound: The gallery image", "retried", "no image"),
    ("OpenStackServer", "InstanceCreateFailed", "Quota exceeded for cores: Requested 4", "terminal", "raise the quota"),
    ("OpenStackServer", "InstanceCreateFailed", "Invalid key_name provided.", "terminal", "key pair"),
    ("OpenStackServer", "InstanceStateError", "", "terminal", "fault"),
    ("OpenStackMachine", "InvalidMachineSpec", "no images were found", "retried", "exactly one image"),
    ("VSphereVM", "CloningFailed", "unable to find template", "retried", "template"),
    ("VSphereVM", "WaitingForIPAllocation", "", "wait", "DHCP"),
    ("Metal3Machine", "AssociateBareMetalHostFailed", "no available host found. Requeuing.", "retried", "hosts"),
    ("DevMachine", "WaitingForClusterInfrastructure", "", "wait", "network"),
    ("NovelMachine", "Whatever", "something that nobody has seen", "retried", ""),
]


@pytest.mark.parametrize(("kind", "reason", "message", "effect", "advice"), RECORDED)
def test_recorded_words(kind: str, reason: str, message: str, effect: str, advice: str) -> None:
    found = words_of(infra(kind, "m", SUMMARY, false("InstanceReady", reason, message)))
    assert found
    assert (found.reason, found.hint.effect) == (reason, effect)
    assert advice in found.hint.advice
    assert "RequestID" not in found.message
    assert bool(found.hint.advice) == bool(advice)


def test_two_tries_say_the_same() -> None:
    first = plain_words(f"{RUN}X: criteria [{{0x1b24281b20e0 [pending]}}]\n in a new line")
    assert first == plain_words(
        f"{RUN.replace('7a62c49f', 'ffffffff')}X: criteria [{{0x1b24281b9999 [pending]}}] in a new line"
    )
    assert first == (
        "failed to create AWSMachine instance: failed to run instance: operation error EC2: RunInstances, api error X: "
        "criteria [{0x… [pending]}] in a new line"
    )


def test_an_error_goes_before_what_waits_and_the_summary_is_the_last_resort() -> None:
    waiting = false("BootstrapReady", "Later", "", "Info")
    assert words_of(infra("AWSMachine", "m", SUMMARY, waiting, false("X", "Bad", "very"))).reason == "Bad"  # type: ignore[union-attr]
    assert words_of(infra("AWSMachine", "m", SUMMARY)).message == "0 of 2 completed"  # type: ignore[union-attr]
    assert words_of(infra("AWSMachine", "m", {"type": "Ready", "status": "True"})) is None


@pytest.mark.parametrize(
    ("found", "effect"),
    [
        pytest.param(
            {"reason": "Provisioning", "message": "ready in 4s"}, "wait", id="a new-style condition has no severity"
        ),
        pytest.param({"reason": "ProvisioningFailed", "message": "no"}, "retried", id="but its reason says it"),
        pytest.param({"reason": "Odd", "message": "no", "severity": "Warning"}, "retried", id="a severity says it"),
        pytest.param({"reason": "Odd", "message": "no", "severity": "Info"}, "wait", id="and what is no error"),
    ],
)
def test_words_that_nobody_knows(found: dict[str, str], effect: str) -> None:
    said = words_of(infra("NovelMachine", "m", {"type": "VMReady", "status": "False", **found}))
    assert said
    assert (said.hint.effect, said.hint.advice) == (effect, "")


def test_a_failure_reason_is_heard_behind_a_condition() -> None:
    """A provider that has given up says so in failureReason alone."""
    failed = {"failureReason": "CreateError", "failureMessage": "no such image"}
    found = words_of(
        infra("AzureMachine", "m", false("VMRunning", "VMProvisionFailed", "GalleryImageNotFound"), **failed)
    )
    assert found
    assert found.hint.effect == "terminal"
    alone = words_of(infra("AzureMachine", "m", **failed))
    assert alone
    assert (alone.reason, alone.message) == ("CreateError", "no such image")
    gone = {"failureReason": "UpdateError", "failureMessage": 'EC2 instance state "terminated" is unexpected'}
    found = words_of(infra("AWSMachine", "m", false("InstanceReady", "InstanceTerminated"), **gone))
    assert str(found).startswith(
        'AWSMachine m: InstanceTerminated: EC2 instance state "terminated" is unexpected. Hint: '
    )


WAITS = {"InfrastructureReady": {"status": "False", "reason": "InstanceProvisionFailed", "message": "0 of 2 completed"}}


def worker(name: str = "w", kind: str = "AWSMachine", **more: Any) -> Object:
    ref = {"infrastructureRef": {"apiGroup": GROUP, "kind": kind, "name": name}}
    waits = {**WAITS, "Ready": "False", "Available": "False", **more.pop("conditions", {})}
    return machine(name, pool="prod-md-0", conditions=waits, spec=ref, **more)


def seen(*machines: Object) -> Parts:
    pool = machine_deployment(replicas=len(machines), ready=0, available=0)
    return Parts(cluster(), control_plane(replicas=0), [pool], machines)


def told(parts: Parts, *there: Object) -> Progress:
    return with_words(FakeKube(*there, kinds=RESOURCES), parts, judge_present(parts))


KEY_MISSING = false(
    "InstanceReady", "InstanceProvisionFailed", f"{RUN}InvalidKeyPair.NotFound: The keypair is not there"
)
GONE = false("InstanceReady", "InstanceTerminated")


def test_the_words_of_the_infrastructure_are_quoted_with_a_hint() -> None:
    found = told(seen(worker()), infra("AWSMachine", "w", SUMMARY, KEY_MISSING))
    assert "; AWSMachine w: failed to create AWSMachine instance" in found.message
    assert "InvalidKeyPair.NotFound: The keypair is not there. Hint: import the key pair" in found.stuck
    assert found.hopeless == ""
    assert found.details["provider"][0]["effect"] == "retried"


def test_what_only_waits_changes_no_line() -> None:
    parts = seen(worker())
    found = told(parts, infra("AWSMachine", "w", false("InstanceReady", "WaitingForBootstrapData", "", "Info")))
    assert (found.message, found.stuck) == (judge_present(parts).message, judge_present(parts).stuck)
    assert found.details["provider"][0]["effect"] == "wait"


def test_the_object_beside_has_the_words() -> None:
    """On release 0.14 of that provider the machine object says nothing."""
    parts = seen(worker(kind="OpenStackMachine"))
    server = infra("OpenStackServer", "w", false("InstanceReady", "InstanceCreateFailed", "Quota exceeded for cores"))
    found = told(parts, infra("OpenStackMachine", "w"), server)
    assert found.hopeless.startswith("OpenStackServer w: InstanceCreateFailed: Quota exceeded for cores. Hint: raise")


@pytest.mark.parametrize(
    ("more", "hopeless"),
    [
        pytest.param({}, True, id="nobody will replace it"),
        pytest.param({"conditions": {"HealthCheckSucceeded": "False"}}, False, id="a MachineHealthCheck will"),
        pytest.param({"deleting": True}, False, id="it goes already"),
        pytest.param({"version": "v1.30.0"}, False, id="the rollout replaces it"),
    ],
)
def test_terminal_is_hopeless_only_where_nobody_replaces_the_machine(more: dict[str, Any], hopeless: bool) -> None:
    found = told(seen(worker(**more)), infra("AWSMachine", "w", GONE))
    assert bool(found.hopeless) is hopeless


def test_a_terminal_one_is_told_before_others() -> None:
    parts = seen(worker("a"), worker("b"))
    found = told(parts, infra("AWSMachine", "a", KEY_MISSING), infra("AWSMachine", "b", GONE))
    assert found.stuck.startswith("AWSMachine b: InstanceTerminated")
    assert len(found.details["provider"]) == 2


def test_one_list_a_kind_and_none_when_nothing_waits() -> None:
    kube = FakeKube(infra("AWSMachine", "a", KEY_MISSING), infra("AWSMachine", "b", KEY_MISSING), kinds=RESOURCES)
    parts = seen(worker("a"), worker("b"))
    with_words(kube, parts, judge_present(parts))
    assert [verb for verb, _ref in kube.reads].count("list") == 1
    kube.reads.clear()
    well = replace(parts, machines=[machine("a", pool="prod-md-0"), machine("b", pool="prod-md-0")])
    with_words(kube, well, judge_present(well))
    assert kube.reads == []


def test_without_the_right_to_read_them_the_wait_goes_on() -> None:
    class Closed(FakeKube):
        def list(self, *args: Any, **more: Any) -> Any:
            raise Forbidden("awsmachines may not be listed")

    parts = seen(worker())
    assert with_words(Closed(kinds=RESOURCES), parts, judge_present(parts)) == judge_present(parts)


def run(progress: Progress) -> None:
    times = {"timeout": 600, "stall_timeout": 300}
    wait_until(lambda: progress, clock=FakeClock(), report=lambda line: None, **times)


def test_a_wait_ends_early_on_what_is_hopeless_and_says_what_to_do() -> None:
    with pytest.raises(
        Failed, match=r"never succeed by itself: AWSMachine w: InstanceTerminated\. Hint: its instance is gone"
    ):
        run(told(seen(worker()), infra("AWSMachine", "w", GONE)))


def test_a_wait_goes_on_with_what_is_retried_and_quotes_it_when_it_stalls() -> None:
    with pytest.raises(Stalled, match=r"nothing has moved for 5m00s: AWSMachine w: .* Hint: import the key pair"):
        run(told(seen(worker()), infra("AWSMachine", "w", KEY_MISSING)))


def test_nothing_said_is_nothing_told() -> None:
    progress = Progress(False, "x")
    assert explained(progress, seen(), []) == progress
    assert hint_for("Any", "Reason", "", loud=False).effect == "wait"
    assert isinstance(words_of(infra("AWSMachine", "m", KEY_MISSING)), Words)
