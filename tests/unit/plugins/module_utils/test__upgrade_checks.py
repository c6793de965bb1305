# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check before an upgrade: what it finds, what is good, and what is no finding in the middle of a rollout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._checks import Unknown
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._plan import Plan, plan_upgrade
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, OURS
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_checks import UpgradeGround
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_preflight import CHECKS
from builders import CONTROL_PLANE, cluster, control_plane, machine, machine_deployment
from upgrade_world import Pool, objects, sight, template, wish

NOW, NEXT = "v1.34.3", "v1.35.10"
PAUSED = {"annotations": {"cluster.x-k8s.io/paused": ""}}
TODAY = datetime(2026, 11, 1, tzinfo=timezone.utc)
JUDGES = {check.id: check.judge for check in CHECKS}
VERSIONS = ("v1beta1", "v1beta2")


def with_these(*changes: Object, v: str = "v1beta2", **more: Any) -> list[Object]:
    """The usual cluster, with these objects in the place of those of their kind and name."""
    found = objects(NOW, [Pool("md-0", NOW)], v=v, **more)
    names = {(c["kind"], c["metadata"]["name"]) for c in changes}
    return [*(i for i in found if (i["kind"], i["metadata"]["name"]) not in names), *changes]


def found(check: str, items: Sequence[Object] | None = None, target: str = NEXT, **ground: Any) -> list[str]:
    asked = wish(target, **ground.pop("params", {}))
    seen = sight(items if items is not None else with_these())
    plan = ground.pop("plan", None) or plan_upgrade(seen, asked)
    return list(JUDGES[check](UpgradeGround(seen, asked, plan, TODAY, **ground)))


def pool(**more: Any) -> Object:
    return machine_deployment("prod-md-0", version=NOW, **{"replicas": 2, **more})


def plane(**more: Any) -> Object:
    return control_plane(version=NOW, **more)


def false(kind: str, message: str = "") -> dict[str, Any]:
    return {kind: {"status": "False", "message": message}}


HOOK = "before-upgrade.hook.cluster.cluster.x-k8s.io/ticket"
AUTOSCALED = {"cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "5"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "capi", "namespace": "n"},
    "spec": {"replicas": 0},
}


def stated(manager: str, *path: str, operation: str = "Apply") -> list[Any]:
    """The managedFields of somebody who set the version below a path."""
    fields: Any = {"f:version": {}}
    for step in reversed(path):
        fields = {f"f:{step}": fields}
    return [{"manager": manager, "operation": operation, "fieldsV1": fields}]


def members(first: str | None, *, deleting: bool = False) -> list[Object]:
    """Control plane machines that tell of etcd; the first one this, the others that they are well."""
    told = [{"EtcdMemberHealthy": first if n == 0 else "True"} for n in range(3)]
    return [machine(f"prod-cp-{n}", version=NOW, deleting=deleting and not n, conditions=c) for n, c in enumerate(told)]


def worker(version: str = NOW, **conditions: Any) -> Object:
    return machine("prod-md-0-1", pool="prod-md-0", version=version, conditions={"Ready": "False", **conditions})


def ending(moment: str) -> Object:
    return machine("prod-cp-1", version=NOW, status={"certificatesExpiryDate": moment})


CASES: dict[str, tuple[str, list[Object], dict[str, Any], list[str]]] = {
    "paused: Cluster": (
        "paused",
        with_these(cluster(spec={"paused": True})),
        {},
        ["Cluster prod is paused, so nothing would happen to it."],
    ),
    "paused: control plane": (
        "paused",
        with_these(plane(**PAUSED)),
        {},
        ["KubeadmControlPlane prod-cp is paused, so nothing would happen to it."],
    ),
    "deleting: a pool": (
        "deleting",
        with_these(pool(deletionTimestamp="x")),
        {},
        ["MachineDeployment prod-md-0 is being deleted."],
    ),
    "deleting: a pool that is left out": (
        "deleting",
        with_these(pool(deletionTimestamp="x")),
        {"params": {"node_pools": ["none"]}},
        [],
    ),
    "held: by a hook": (
        "held",
        with_these(cluster(annotations={HOOK: ""})),
        {},
        [f"Cluster prod has the annotation {HOOK}, which holds the upgrade."],
    ),
    "held: deferred is another check": ("held", with_these(pool(annotations={DEFER: ""})), {}, []),
    "deferred: by others": (
        "deferred",
        with_these(pool(annotations={DEFER: ""})),
        {},
        [f"MachineDeployment prod-md-0 has the annotation {DEFER}: it will stay behind."],
    ),
    "deferred: by us": ("deferred", with_these(pool(annotations={DEFER: "true", OURS: "true"})), {}, []),
    "gitops": (
        "gitops",
        with_these(plane(annotations={"argocd.argoproj.io/x": ""})),
        {},
        [
            (
                "Argo CD writes this cluster (annotation argocd.argoproj.io/x on KubeadmControlPlane "
                "prod-cp) and would "
                "undo the upgrade."
            )
        ],
    ),
    "gitops: of a pool that is left out": (
        "gitops",
        with_these(pool(annotations={"argocd.argoproj.io/x": ""})),
        {"params": {"node_pools": ["none"]}},
        [],
    ),
    "field-owners: by server-side apply": (
        "field-owners",
        with_these(plane(managedFields=[*stated("argo", "spec"), *stated("manager", "spec", operation="Update")])),
        {},
        ["KubeadmControlPlane prod-cp: argo states its version by server-side apply, and would take it back."],
    ),
    "field-owners: of a pool and the control plane": (
        "field-owners",
        with_these(
            plane(managedFields=stated("b", "spec")), pool(managedFields=stated("a", "spec", "template", "spec"))
        ),
        {},
        [
            "KubeadmControlPlane prod-cp: b states its version by server-side apply, and would take it back.",
            "MachineDeployment prod-md-0: a states its version by server-side apply, and would take it back.",
        ],
    ),
    "field-owners: of a topology": (
        "field-owners",
        with_these(
            cluster(class_name="c", version=NOW, managedFields=stated("flux", "spec", "topology")), class_name="c"
        ),
        {},
        ["Cluster prod: flux states its version by server-side apply, and would take it back."],
    ),
    "field-owners: the topology states it below": (
        "field-owners",
        with_these(plane(managedFields=stated("capi-topology", "spec")), class_name="c"),
        {},
        [],
    ),
    "field-owners: ours": (
        "field-owners",
        with_these(plane(managedFields=stated("capi.lifecycle", "spec"))),
        {},
        [],
    ),
    "field-owners: of a pool that is left out": (
        "field-owners",
        with_these(pool(managedFields=stated("a", "spec", "template", "spec"))),
        {"params": {"node_pools": ["none"]}},
        [],
    ),
    "paused: a pool that is left out": (
        "paused",
        with_these(pool(**PAUSED)),
        {"params": {"node_pools": ["none"]}},
        [],
    ),
    "autoscaled": (
        "autoscaled",
        with_these(pool(annotations=AUTOSCALED)),
        {},
        ["MachineDeployment prod-md-0 is sized by an autoscaler, which may remove new machines in mid-rollout."],
    ),
    "kubernetes-range": (
        "kubernetes-range",
        with_these(),
        {"core": "v1.11.2"},
        [
            (
                "Cluster API v1.11.2 supports workload clusters from v1.28 to v1.34, as of 2026-11-25; "
                "v1.35.10 would be installed."
            )
        ],
    ),
    "kubernetes-range: supported": ("kubernetes-range", with_these(), {"core": "v1.14.2"}, []),
    "known-bad-version": (
        "known-bad-version",
        with_these(),
        {"core": "v1.12.1", "target": "v1.35.5"},
        [
            (
                "Kubernetes v1.35.5 with Cluster API v1.12.1: the rollout of a control plane gets stuck; fixed in "
                "Cluster API v1.11.11, v1.12.8, v1.13.2 (source: the Cluster API book, user/troubleshooting.md, and "
                "cluster-api#13664)."
            )
        ],
    ),
    "known-bad-version: fixed": ("known-bad-version", with_these(), {"core": "v1.14.2", "target": "v1.35.5"}, []),
    "version-skew: newer": (
        "version-skew",
        objects(NOW, [Pool("md-0", NEXT)]),
        {"plan": Plan()},
        ["MachineDeployment prod-md-0 is at v1.35.10, newer than the control plane (v1.34.3)."],
    ),
    "version-skew: older": (
        "version-skew",
        objects(NOW, [Pool("md-0", "v1.30.1")]),
        {"plan": Plan()},
        ["MachineDeployment prod-md-0 is at v1.30.1, more than 3 minors older than the control plane (v1.34.3)."],
    ),
    "version-skew: three minors": ("version-skew", objects(NOW, [Pool("md-0", "v1.31.1")]), {"plan": Plan()}, []),
    "control-plane-healthy": (
        "control-plane-healthy",
        with_these(plane(conditions=false("EtcdClusterHealthy", "no\n leader"))),
        {},
        ["KubeadmControlPlane prod-cp: EtcdClusterHealthy is False (no leader)."],
    ),
    "control-plane-healthy: while it rolls": (
        "control-plane-healthy",
        with_these(plane(conditions={**false("EtcdClusterHealthy"), "RollingOut": "True"})),
        {},
        [],
    ),
    "control-plane-healthy: Unknown is no finding": (
        "control-plane-healthy",
        with_these(plane(conditions={"EtcdClusterHealthy": "Unknown"})),
        {},
        [],
    ),
    "control-plane-healthy: none": (
        "control-plane-healthy",
        [cluster()],
        {"plan": Plan()},
        ["Cluster default/prod has no control plane object yet."],
    ),
    "etcd-members": (
        "etcd-members",
        with_these(*members("False")),
        {},
        ["KubeadmControlPlane prod-cp has 2 healthy etcd members, wanted 3 (not: prod-cp-0)."],
    ),
    "etcd-members: one that does not tell": (
        "etcd-members",
        with_these(*members(None)),
        {},
        ["KubeadmControlPlane prod-cp has 2 healthy etcd members, wanted 3 (not: prod-cp-0)."],
    ),
    "etcd-members: nobody tells (external etcd)": ("etcd-members", with_these(), {}, []),
    "etcd-members: a machine goes": (
        "etcd-members",
        with_these(*members("False", deleting=True)),
        {},
        [],
    ),
    "machines-healthy": (
        "machines-healthy",
        with_these(worker(**false("NodeReady", "kubelet stopped"))),
        {},
        ["Machine prod-md-0-1 is not Ready (NodeReady: NotNodeReady (kubelet stopped))."],
    ),
    "machines-healthy: of a pool that is left out": (
        "machines-healthy",
        with_these(worker()),
        {"params": {"node_pools": ["none"]}},
        [],
    ),
    "machines-healthy: while it rolls": (
        "machines-healthy",
        with_these(pool(conditions={"RollingOut": "True"}), worker()),
        {},
        [],
    ),
    "machines-healthy: a machine of the version before": (
        "machines-healthy",
        with_these(worker("v1.33.1")),
        {},
        [],
    ),
    "even-control-plane": (
        "even-control-plane",
        with_these(planes=2),
        {},
        ["KubeadmControlPlane prod-cp has 2 machines; etcd survives no more failures than with 1."],
    ),
    "even-control-plane: odd": ("even-control-plane", with_these(), {}, []),
    "certificates": (
        "certificates",
        with_these(ending("2026-11-01T12:00:00Z")),
        {},
        ["A certificate of the control plane of default/prod ends in 0 days."],
    ),
    "certificates: long enough": (
        "certificates",
        with_these(ending("2026-11-03T00:00:00Z")),
        {},
        [],
    ),
    "template: gone": (
        "template",
        with_these(),
        {"templates": {"prod-cp": template("prod-cp-1"), "prod-md-0": None}},
        ["MachineDeployment prod-md-0 refers to DevMachineTemplate prod-md-0-1, which does not exist."],
    ),
    "image: of the version that is left": (
        "image",
        with_these(),
        {"templates": {"prod-cp": template("prod-cp-1", disks=[{"image": "ubuntu-1.34.3-a"}])}},
        [
            (
                "KubeadmControlPlane prod-cp goes to v1.35.10, but its DevMachineTemplate prod-cp-1 has "
                "'ubuntu-1.34.3-a', which names v1.34.3."
            )
        ],
    ),
    "image: names no version": (
        "image",
        with_these(),
        {"templates": {"prod-cp": template("prod-cp-1", image="ubuntu")}},
        [],
    ),
    "image: names both": (
        "image",
        with_these(),
        {"templates": {"prod-cp": template("x", image="1.34.3-to-1.35.10")}},
        [],
    ),
    "image: a template is missing": ("image", with_these(), {"templates": {"prod-cp": None}}, []),
    "admission": ("admission", with_these(), {"refused": "spec.version: no."}, ["spec.version: no."]),
    "admission: taken": ("admission", with_these(), {}, []),
    "providers": (
        "providers",
        with_these(),
        {"deployments": [DEPLOYMENT]},
        ["Deployment n/capi: scaled to 0."],
    ),
    "providers: none": ("providers", with_these(), {"deployments": []}, []),
    "rollout-running": (
        "rollout-running",
        with_these(plane(generation=2)),
        {},
        [
            (
                "Something moves already (KubeadmControlPlane prod-cp: the change is not taken up yet); the run "
                "waits for it first."
            )
        ],
    ),
    "disruption-budgets": ("disruption-budgets", with_these(), {"budgets": ["a/b allows none."]}, ["a/b allows none."]),
}


@pytest.mark.parametrize(("check", "items", "ground", "wanted"), CASES.values(), ids=CASES)
def test_checks(check: str, items: list[Object], ground: dict[str, Any], wanted: list[str]) -> None:
    assert found(check, items, **ground) == wanted


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize("check", [c.id for c in CHECKS if c.id != "drain-timeout"])
def test_a_healthy_cluster_has_no_findings(check: str, v: str) -> None:
    good = {"core": "v1.14.2", "deployments": [], "health_checks": [], "budgets": []}
    assert found(check, objects(NOW, [Pool("md-0", NOW)], v=v), **good) == []


@pytest.mark.parametrize("check", [c.id for c in CHECKS])
def test_nothing_is_said_of_versions_when_nothing_changes(check: str) -> None:
    good = {"core": "v1.10.0", "deployments": [], "health_checks": [], "budgets": []}
    said = found(check, objects(NOW, [Pool("md-0", NOW)]), NOW, **good)
    assert said == [] or check == "drain-timeout"


def test_a_managed_control_plane_drains_nothing() -> None:
    """It has no machines that a template makes."""
    ref = {"kind": "AWSManagedControlPlane", "name": "prod-cp", "apiGroup": CONTROL_PLANE}
    spec = {"replicas": None, "machineTemplate": None}
    managed = {**plane(spec=spec, status={"version": NOW}), "kind": "AWSManagedControlPlane"}
    assert found("drain-timeout", [cluster(spec={"controlPlaneRef": ref}), managed, machine("prod-cp-0")]) == []


@pytest.mark.parametrize(
    ("check", "what"),
    [
        ("kubernetes-range", "core"),
        ("known-bad-version", "core"),
        ("providers", "deployments"),
        ("health-check-limit", "health_checks"),
        ("disruption-budgets", "budgets"),
    ],
)
def test_what_could_not_be_read_is_unknown(check: str, what: str) -> None:
    with pytest.raises(Unknown, match=f"{what} were not read"):
        found(check)
    with pytest.raises(Unknown, match="you may not list them"):
        found(check, unread={what: "you may not list them"})


def test_who_states_a_version_does_not_mind_a_rollout_that_leaves_it_alone() -> None:
    """Below a topology, Cluster API itself states the versions of control plane and pools."""
    below = {"managedFields": stated("capi-topology", "spec")}
    items = with_these(plane(**below), class_name="c")
    assert found("field-owners", items, "", params={"rollout_after": "2026-10-20T08:00:00Z"}) == []


def test_a_release_that_is_no_version() -> None:
    with pytest.raises(Unknown, match="told as 'dev', which is no version"):
        found("kubernetes-range", core="dev")


def drained(v: str, seconds: int | None) -> list[Object]:
    items = objects(NOW, [Pool("md-0", NOW)], v=v)
    if seconds is not None:
        value: dict[str, Any] = (
            {"nodeDrainTimeout": f"{seconds}s"}
            if v == "v1beta1"
            else {"deletion": {"nodeDrainTimeoutSeconds": seconds}}
        )
        outer = items[1]["spec"]["machineTemplate"]
        (outer if v == "v1beta1" else outer["spec"]).update(value)
        next(i for i in items if i["kind"] == "MachineDeployment")["spec"]["template"]["spec"].update(value)
    return items


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize(
    ("seconds", "params", "number"),
    [
        (None, {}, 2),
        (600, {}, 0),
        (0, {}, 2),
        (None, {"node_drain_timeout": 60}, 0),
        (None, {"node_pools": ["none"]}, 1),
    ],
)
def test_drains_without_an_end(v: str, seconds: int | None, params: dict[str, Any], number: int) -> None:
    """0 is without an end, too, in either way of writing it."""
    said = found("drain-timeout", drained(v, seconds), params=params)
    assert len(said) == number
    assert all("has no drain timeout: a node that cannot be drained holds the rollout for ever." in s for s in said)


def test_a_pool_without_machines_has_nothing_to_drain() -> None:
    assert found("drain-timeout", objects(NOW, [Pool("md-0", NOW, 0)], planes=1)) == [
        "KubeadmControlPlane prod-cp has no drain timeout: a node that cannot be drained holds the rollout for ever."
    ]


LIMITS: dict[str, tuple[dict[str, Any], bool]] = {
    "nothing said: all": ({}, True),
    "v1beta2, high": ({"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": "80%"}}}, True),
    "v1beta2, low": ({"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": "40%"}}}, False),
    "v1beta2, a number": ({"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 2}}}, False),
    "v1beta2, a range": ({"remediation": {"triggerIf": {"unhealthyInRange": "[1-2]"}}}, False),
    "v1beta1, high": ({"maxUnhealthy": "100%"}, True),
    "v1beta1, low": ({"maxUnhealthy": "20%"}, False),
    "v1beta1, a number as text": ({"maxUnhealthy": "2"}, False),
    "v1beta1, a range": ({"unhealthyRange": "[1-2]"}, False),
}


@pytest.mark.parametrize(("spec", "bad"), LIMITS.values(), ids=LIMITS)
def test_health_checks_that_never_stop(spec: dict[str, Any], bad: bool) -> None:
    check = {"metadata": {"name": "mhc"}, "spec": spec}
    said = found("health-check-limit", health_checks=[check])
    assert bool(said) is bad
    assert not said or said[0].startswith("MachineHealthCheck mhc may replace ")
