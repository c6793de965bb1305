# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one Machine may be replaced: a table of what speaks against it, and of what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_judge import (
    REMEDIATION_RUNS,
    check_remediation,
    check_replacement,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import (
    SKIP_CHECKS,
    SKIP_REMEDIATION,
    Place,
    owner_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import PAUSED_ANNOTATION, Object, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import gather
from builders import cluster, control_plane, machine_deployment
from machine_world import PLANE, WORKERS, health_check, machine_set, member, objects, worker

PAUSED = {"annotations": {PAUSED_ANNOTATION: ""}}
SICK = {"EtcdMemberHealthy": {"status": "False", "reason": "NotHealthy", "message": "etcd: no leader"}}
DEAD = {"NodeHealthy": "Unknown"}
EXTERNAL = {"kubeadmConfigSpec": {"clusterConfiguration": {"etcd": {"external": {"endpoints": ["https://e"]}}}}}
REPLACED = {"OwnerRemediated": {"status": "False", "reason": "WaitingForRemediation"}}
OLDER = "v1.33.1"


def placed(name: str, *changes: Object, without: Sequence[str] = ()) -> Place:
    items = [i for i in objects(*changes) if name_of(i) not in without]
    kinds: dict[str, list[Object]] = {}
    for item in items:
        kinds.setdefault(item["kind"], []).append(item)
    planes, pools = kinds["KubeadmControlPlane"], kinds["MachineDeployment"]
    seen = gather(kinds["Cluster"], planes, pools, kinds["Machine"])[0]
    found = next(m for m in seen.machines if name_of(m) == name)
    owner = owner_of(seen, found)
    assert owner is not None
    return Place(seen, owner, found, kinds["MachineSet"][0] if owner["kind"] == "MachineDeployment" else None)


def findings(name: str, *changes: Object, remediated: bool = False, without: Sequence[str] = ()) -> list[str]:
    return [str(f) for f in check_replacement(placed(name, *changes, without=without), remediated=remediated)]


ALLOWED: dict[str, tuple[str, list[Object]]] = {
    "a healthy worker": (WORKERS[0], []),
    "a broken worker": (WORKERS[0], [worker(conditions={"Ready": "False", "NodeHealthy": "False"})]),
    "a worker beside another broken one": (WORKERS[0], [worker(WORKERS[1], conditions={"Ready": "False"})]),
    "a healthy one of three control planes": (PLANE[0], []),
    "the sick one of three": (PLANE[0], [member(conditions=SICK)]),
    "the sick one, which makes all of etcd look bad": (
        PLANE[0],
        [member(conditions=SICK), control_plane(replicas=3, conditions={"EtcdClusterHealthy": "False"})],
    ),
    "the dead one of three": (PLANE[0], [member(conditions=DEAD)]),
    "one that waits for a remediation in vain": (PLANE[0], [member(conditions={**SICK, **REPLACED})]),
    "a worker while the control plane has a sick machine": (WORKERS[0], [member(conditions=SICK)]),
    "one of three with external etcd": (
        PLANE[0],
        [
            control_plane(replicas=3, spec=EXTERNAL),
            *(member(n, conditions=dict.fromkeys(("EtcdMemberHealthy", "EtcdPodHealthy"))) for n in PLANE),
        ],
    ),
    "an old one of a pool that is rolled by deleting": (
        WORKERS[0],
        [
            machine_deployment(
                replicas=2, spec={"rollout": {"strategy": {"type": "OnDelete"}}}, conditions={"RollingOut": "True"}
            ),
            worker(version=OLDER, conditions={"UpToDate": "False"}),
        ],
    ),
    "a pool that is older by a patch": (WORKERS[0], [
        machine_deployment(replicas=2, version="v1.34.1"), *(worker(n, version="v1.34.1") for n in WORKERS),
    ]),
    "an older pool that skips the check": (WORKERS[0], [
        machine_deployment(replicas=2, version=OLDER), *(worker(n, version=OLDER) for n in WORKERS),
        machine_set(annotations={SKIP_CHECKS: "KubeadmVersionSkew"}),
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes"), ALLOWED.values(), ids=ALLOWED)
def test_allowed(name: str, changes: list[Object]) -> None:
    assert findings(name, *changes) == []


REFUSED: dict[str, tuple[str, list[Object], str]] = {
    "the cluster is paused": (WORKERS[0], [cluster(spec={"paused": True})], "Cluster default/prod: it is paused"),
    "the control plane is paused": (PLANE[0], [control_plane(replicas=3, **PAUSED)], "prod-cp: it is paused"),
    "the pool is paused": (WORKERS[0], [machine_deployment(replicas=2, spec={"paused": True})], "md-0: it is paused"),
    "its set is paused": (WORKERS[0], [machine_set(**PAUSED)], "MachineSet default/prod-md-0-x7k2p: it is paused"),
    "the machine is paused": (WORKERS[0], [worker(**PAUSED)], f"Machine default/{WORKERS[0]}: it is paused"),
    "the cluster is being deleted": (
        WORKERS[0], [cluster(deletionTimestamp="2026-11-01T10:00:00Z")], "Cluster default/prod: it is being deleted",
    ),
    "the pool is being deleted": (
        WORKERS[0], [machine_deployment(replicas=2, deletionTimestamp="2026-11-01T10:00:00Z")], "it is being deleted",
    ),
    "another one is being deleted": (
        WORKERS[0], [worker(WORKERS[1], deleting=True)], f"its Machine {WORKERS[1]} is being deleted",
    ),
    "a change is not taken up": (
        WORKERS[0], [machine_deployment(replicas=2, generation=2)], "a change of it is not taken up yet",
    ),
    "it scales up": (WORKERS[0], [machine_deployment(replicas=3)], "it has 2 machines and wants 3"),
    "it scales down": (PLANE[0], [control_plane(replicas=1)], "it has 3 machines and wants 1"),
    "it rolls out": (
        PLANE[0],
        [control_plane(replicas=3, conditions={"RollingOut": {"status": "True", "message": "1 of 3"}})],
        "KubeadmControlPlane default/prod-cp: it is rolling out: RollingOut (1 of 3)",
    ),
    "it will roll out, by condition": (
        WORKERS[0], [worker(WORKERS[1], conditions={"UpToDate": "False"})], f"it is about to roll out ({WORKERS[1]})",
    ),
    "it will roll out, by version": (
        PLANE[0], [control_plane(replicas=3, version="v1.34.4", status={"version": "v1.34.3"})], "about to roll out",
    ),
    "it remediates, by annotation": (
        PLANE[0], [control_plane(replicas=3, annotations={REMEDIATION_RUNS: "{}"})], f"annotation {REMEDIATION_RUNS}",
    ),
    "it remediates another one": (
        WORKERS[0], [worker(WORKERS[1], conditions=REPLACED)], f"it remediates Machine {WORKERS[1]}: WaitingForRem",
    ),
    "another control plane is sick": (PLANE[0], [member(PLANE[1], conditions=SICK)], f"({PLANE[1]}: EtcdMember"),
    "another control plane is dead": (PLANE[0], [member(PLANE[1], conditions=DEAD)], f"({PLANE[1]}: NodeHealthy"),
    "another one does not report etcd": (
        PLANE[0], [member(PLANE[1], conditions={"EtcdMemberHealthy": None})], "EtcdMemberHealthy: not reported yet",
    ),
    "what another reports is stale": (
        PLANE[0], [member(PLANE[1], generation=7)], f"not healthy ({PLANE[1]}: EtcdMemberHealthy",
    ),
    "etcd itself is not well": (
        PLANE[0],
        [control_plane(replicas=3, conditions={"EtcdClusterHealthy": {"status": "False", "message": "alarm NOSPACE"}})],
        "EtcdClusterHealthy: NotEtcdClusterHealthy (alarm NOSPACE)",
    ),
    "quorum is lost": (
        PLANE[0], [member(n, conditions=SICK) for n in PLANE[:2]], "1 of its 3 etcd members are healthy, 2 are needed",
    ),
    "the pool's version may not join": (
        WORKERS[0],
        [machine_deployment(replicas=2, version=OLDER), *(worker(n, version=OLDER) for n in WORKERS)],
        "its version is v1.33.1, the control plane's v1.34.3: no new machine would be made",
    ),
    "the pool of a topology is older by a patch": (
        WORKERS[0],
        [
            cluster(class_name="quick"),
            machine_deployment(replicas=2, version="v1.34.1"),
            *(worker(n, version="v1.34.1") for n in WORKERS),
        ],
        "no new machine would be made",
    ),
    "the control plane is on its way": (
        WORKERS[0],
        [control_plane(replicas=3, version="v1.34.4", status={"version": "v1.34.3"})],
        "it is at v1.34.3, on its way to v1.34.4: no worker is made",
    ),
    "a managed control plane is on its way": (
        WORKERS[0],
        [control_plane(replicas=3, version="v1.35", status={"version": "v1.34.3-eks-3025e55"})],
        "it is at v1.34.3-eks-3025e55, on its way to v1.35: no worker is made",
    ),
    "the topology asks for another version": (
        WORKERS[0], [cluster(class_name="quick", version="v1.35.0")], "it is at v1.34.3, on its way to v1.35.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(name: str, changes: list[Object], words: str) -> None:
    assert [f for f in findings(name, *changes) if words in f], findings(name, *changes)


@pytest.mark.parametrize(
    ("asked", "running"), [("v1.34.3", "v1.34.3-eks-3025e55"), ("v1.34", "v1.34.3"), ("v1.34.3", "v1.34")]
)
def test_a_control_plane_that_says_its_version_in_other_words_has_arrived(asked: str, running: str) -> None:
    assert findings(WORKERS[0], control_plane(replicas=3, version=asked, status={"version": running})) == []


def test_the_only_control_plane_is_never_replaced() -> None:
    for remediated in (False, True):
        found = findings(PLANE[0], control_plane(replicas=1), without=PLANE[1:], remediated=remediated)
        assert len(found) == 1
        assert "it has 1 machine: the API server and all that etcd holds would be lost; scale" in found[0]


def test_the_sick_one_of_two_is_not_replaced() -> None:
    plane = control_plane(replicas=2)
    assert "1 of its 2 etcd members are healthy, 2 are needed" in str(
        findings(PLANE[0], plane, member(conditions=SICK), without=PLANE[2:])
    )
    assert findings(PLANE[0], plane, without=PLANE[2:]) == []


FIVE = [*PLANE, "prod-cp-gggg8", "prod-cp-hhhh9"]


@pytest.mark.parametrize(
    ("sick", "strict", "lenient"),
    [
        ([0], "", ""),
        ([1], "another of its 5 machines", ""),
        ([0, 1], "another of its 5 machines", ""),
        (
            [1, 2],
            "another of its 5 machines",
            "without prod-cp-aaaa2 2 of 4 etcd members would be healthy, 3 are needed",
        ),
        ([0, 1, 2], "2 of its 5 etcd members are healthy", "2 of its 5 etcd members are healthy, 3 are needed"),
    ],
)
def test_of_five_a_remediation_may_go_on_beside_another_sick_one(sick: list[int], strict: str, lenient: str) -> None:
    members = [member(n, uid=f"uid-{n}", conditions=SICK if i in sick else {}) for i, n in enumerate(FIVE)]
    for remediated, words in ((False, strict), (True, lenient)):
        found = findings(FIVE[0], control_plane(replicas=5), *members, remediated=remediated)
        assert (words in str(found)) if words else (found == []), found


REMEDIATION: dict[str, tuple[list[Object], Any, str]] = {
    "covered": ([health_check(WORKERS[0])], {}, ""),
    "none there": ([], {}, "no MachineHealthCheck covers it (the cluster has none), so nobody would remediate it"),
    "not covered": ([health_check(WORKERS[1])], {}, "covers it (the cluster has prod-mhc)"),
    "exempt": ([health_check()], {"annotations": {SKIP_REMEDIATION: ""}}, f"it has the annotation {SKIP_REMEDIATION}"),
    "paused": ([health_check(WORKERS[0], **PAUSED)], {}, "MachineHealthCheck default/prod-mhc: it is paused"),
    "of a template": (
        [health_check(WORKERS[0], spec={"remediation": {"templateRef": {"kind": "X"}}})], {}, "a remediation template",
    ),
    "of a template in v1beta1": (
        [health_check(WORKERS[0], spec={"remediationTemplate": {"kind": "X"}})], {}, "a remediation template",
    ),
    "not allowed now": (
        [health_check(WORKERS[0], allowed={"status": "False", "reason": "TooManyUnhealthy", "message": "2 of 2"})],
        {},
        "it allows no remediation now: TooManyUnhealthy (2 of 2)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checks", "changes", "words"), REMEDIATION.values(), ids=REMEDIATION)
def test_remediation_needs_somebody_who_acts(checks: list[Object], changes: Any, words: str) -> None:
    found = [str(f) for f in check_remediation(placed(WORKERS[0], worker(**changes)), checks)]
    assert all("replaced" in f for f in found), "the remedy is named"
    assert (words in str(found)) if words else (found == [])
