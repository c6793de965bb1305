# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cluster_info tells, from built objects and from a real cluster that was read in both API versions."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._describe import describe
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts, control_plane_kinds, gather
from builders import cluster, control_plane, machine, machine_deployment

NOW = datetime(2026, 11, 2, 10, 0, 0, tzinfo=timezone.utc)
REAL = json.loads((Path(__file__).parent / "fixtures" / "one_cluster.json").read_text())
OLD = {"observedGeneration": 0}
MACHINES = ("prod-cp-a", "prod-cp-b", "prod-cp-c")


def parts(**changed: Any) -> Parts:
    """A healthy cluster of three control planes and two workers."""
    made = {
        "cluster": cluster(),
        "control_plane": control_plane(),
        "pools": [machine_deployment(replicas=2)],
        "machines": [machine(n) for n in MACHINES] + [machine(f"prod-md-0-{x}", pool="prod-md-0") for x in "ab"],
        **changed,
    }
    return Parts(**made)


def told(**changed: Any) -> dict[str, Any]:
    return describe(parts(**changed), NOW)


def real(version: str) -> Parts:
    of = {kind: [i for i in REAL[version] if i["kind"] == kind] for kind in {i["kind"] for i in REAL[version]}}
    return gather(of["Cluster"], of["KubeadmControlPlane"], of["MachineDeployment"], of["Machine"])[0]


def test_a_real_cluster_reads_the_same_in_both_api_versions() -> None:
    old, new = (describe(real(v), NOW, with_machines=True) for v in ("v1beta1", "v1beta2"))
    assert old.pop("api_version") == "cluster.x-k8s.io/v1beta1"
    assert new.pop("api_version") == "cluster.x-k8s.io/v1beta2"
    assert old == new


def test_a_real_cluster_in_full() -> None:
    found = describe(real("v1beta2"), NOW, with_machines=True)
    assert (found["available"], found["ready"], found["rolling"]) == (True, True, False)
    assert found["versions"] == {"control_plane": ["v1.35.4"], "workers": ["v1.35.4"]}
    assert found["node_pools"][0]["replicas"] == found["node_pools"][0]["up_to_date"] == 1
    assert [(m["role"], m["pool"], m["ready"]) for m in found["machines"]] == [
        ("control_plane", None, True),
        ("worker", "rd1-md-0", True),
    ]


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_counters_are_the_new_ones(v: str) -> None:
    old = {"readyReplicas": 9, "availableReplicas": 9, "updatedReplicas": 9} if v == "v1beta1" else {}
    pool = machine_deployment(replicas=3, ready=2, available=1, up_to_date=0, v=v, status=old)
    found = told(pools=[pool])["node_pools"][0]
    assert [found[k] for k in ("replicas", "ready", "available", "up_to_date")] == [3, 2, 1, 0]


def test_a_control_plane_that_does_not_count_has_no_counters() -> None:
    managed = control_plane(status={"version": "v1.34.1"}, spec={"replicas": None, "version": None})
    managed["status"] = {"ready": True, "version": "v1.34.1"}
    found = told(control_plane=managed, machines=[], pools=[])
    assert found["control_plane"]["ready"] is None
    assert found["control_plane"]["version"] == "v1.34.1"
    assert found["versions"]["control_plane"] == ["v1.34.1"]
    assert found["ready"] is True


def test_a_control_plane_that_is_not_there_yet() -> None:
    found = told(control_plane=None)
    assert found["control_plane"]["name"] == "prod-cp"
    assert found["control_plane"]["replicas"] is None
    assert found["ready"] is False
    assert found["waits_for"] == ["control plane: not there yet"]


@pytest.mark.parametrize(
    ("changed", "available", "ready"),
    [
        ({}, True, True),
        ({"cluster": cluster(conditions={"Available": "False"})}, False, False),
        ({"cluster": cluster(conditions={"Available": "Unknown"})}, False, False),
        ({"cluster": cluster(conditions={"Available": None})}, False, False),
        # true, but of an older wish
        ({"cluster": cluster(generation=2)}, False, False),
        ({"cluster": cluster(conditions={"Available": {"observedGeneration": 2}}, generation=2)}, False, False),
        ({"cluster": cluster(class_name="c", conditions={"TopologyReconciled": "False"})}, True, False),
        (
            {"cluster": cluster(class_name="c", conditions={"TopologyReconciled": {"observedGeneration": 0}})},
            True,
            False,
        ),
        ({"control_plane": control_plane(generation=2)}, True, False),
        ({"control_plane": control_plane(up_to_date=2)}, True, False),
        ({"pools": [machine_deployment(replicas=2, available=1)]}, True, False),
        ({"cluster": cluster(deletionTimestamp="2026-11-02T09:00:00Z")}, True, False),
        ({"machines": [machine("prod-cp-a", deleting=True)]}, True, False),
    ],
)
def test_available_and_ready(changed: dict[str, Any], available: bool, ready: bool) -> None:
    found = told(**changed)
    assert (found["available"], found["ready"]) == (available, ready)


@pytest.mark.parametrize(
    ("changed", "rolling"),
    [
        ({}, False),
        ({"control_plane": control_plane(conditions={"RollingOut": "True"})}, True),
        ({"control_plane": control_plane(version="v1.35.0")}, True),
        ({"pools": [machine_deployment(version="v1.35.0")]}, True),
        # a pool that stays behind by its own wish is not rolling
        (
            {
                "pools": [machine_deployment(replicas=1, version="v1.33.1")],
                "machines": [machine("prod-md-0-a", pool="prod-md-0", version="v1.33.1")],
            },
            False,
        ),
    ],
)
def test_rolling(changed: dict[str, Any], rolling: bool) -> None:
    assert told(**changed)["rolling"] is rolling


def test_versions_are_sorted_as_versions() -> None:
    seen = [machine(f"m{n}", version=v) for n, v in enumerate(["v1.10.0", "v1.9.3", "v1.10.0", "strange"])]
    assert told(machines=seen)["versions"]["control_plane"] == ["v1.9.3", "v1.10.0", "strange"]


def test_a_class_is_named_in_either_version() -> None:
    assert told(cluster=cluster(class_name="small", v="v1beta1"))["class"] == "small"
    assert told(cluster=cluster(class_name="small"))["class"] == "small"
    assert told()["class"] is None


def test_days_until_the_first_certificate_expires() -> None:
    soon = machine("prod-cp-a", status={"certificatesExpiryDate": "2026-11-05T09:00:00Z"})
    past = machine("prod-cp-b", status={"certificatesExpiryDate": "2026-11-02T09:00:00Z"})
    assert told(machines=[soon, machine("prod-cp-c")])["certificates_days"] == 2
    assert told(machines=[soon, past])["certificates_days"] == -1
    assert told(machines=[])["certificates_days"] is None


def test_deletion_says_what_it_waits_for() -> None:
    waits = {"status": "True", "reason": "WaitingForWorkersDeletion", "message": "* MachineDeployment\n  md-0"}
    found = told(cluster=cluster(deletionTimestamp="2026-11-02T09:00:00Z", conditions={"Deleting": waits}))
    assert (found["deleting"], found["deleting_reason"]) == (
        True,
        "WaitingForWorkersDeletion: * MachineDeployment md-0",
    )


@pytest.mark.parametrize(("value", "protected"), [(None, False), ("", True), ("true", True), ("false", False)])
def test_protected(value: str | None, protected: bool) -> None:
    labels = {} if value is None else {"capi.lifecycle/protected": value}
    assert told(cluster=cluster(labels=labels))["protected"] is protected


def test_age_is_in_seconds() -> None:
    assert told()["age"] == 86400


def test_gathering_keeps_clusters_apart() -> None:
    clusters = [cluster("b"), cluster("a", namespace="other"), cluster("a")]
    planes = [control_plane("a-cp", cluster="a"), control_plane("a-cp", cluster="a", namespace="other")]
    machines = [machine("m2", cluster="a"), machine("m1", cluster="a"), machine("m3", cluster="a", namespace="other")]
    found = gather(clusters, planes, [machine_deployment("p", cluster="b")], machines)
    assert [(p.cluster["metadata"]["namespace"], p.cluster["metadata"]["name"]) for p in found] == [
        ("default", "a"),
        ("default", "b"),
        ("other", "a"),
    ]
    assert [[m["metadata"]["name"] for m in p.machines] for p in found] == [["m1", "m2"], [], ["m3"]]
    assert found[0].control_plane == planes[0]
    assert found[1].control_plane is None


def test_kinds_of_control_planes_each_once() -> None:
    other = cluster("c", spec={"controlPlaneRef": {"apiGroup": "controlplane.x", "kind": "Managed", "name": "c"}})
    bare = cluster("d", spec={"controlPlaneRef": None})
    assert control_plane_kinds([cluster("a"), cluster("b", v="v1beta1"), other, bare]) == [
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane"),
        ("controlplane.x", "Managed"),
    ]
