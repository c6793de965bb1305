# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cluster counts as done, one trap a case, in both API versions; and what is said to hold it up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._progress import is_same_version
from ansible_collections.capi.lifecycle.plugins.module_utils._rollout import (
    cannot_tell,
    control_plane_missing,
    is_on_delete,
    judge_present,
    pool_missing,
)
from builders import cluster, control_plane, machine, machine_deployment

VERSIONS = ("v1beta1", "v1beta2")
OLD = "v1.33.9"
MACHINES = ["cp-a", "cp-b", "cp-c", "w-a", "w-b"]


@pytest.mark.parametrize("v", VERSIONS)
def test_done(v: str) -> None:
    progress = judge_present(whole(v))
    assert (progress.done, progress.message, progress.details) == (
        True,
        "default/prod: control plane 3/3, workers 2/2",
        {},
    )


CLUSTER_TRAPS = {
    "infrastructure not provisioned": ({"infrastructure": False}, "infrastructure: not reported yet"),
    "control plane not initialized": (
        {"conditions": {"ControlPlaneInitialized": "False"}, "initialized": False},
        "control plane not initialized: NotControlPlaneInitialized",
    ),
    "not Available": (
        {"conditions": {"Available": {"status": "False", "reason": "NotAvailable", "message": "* a:\n * b"}}},
        "Available: NotAvailable (a: b)",
    ),
    "Available of the generation before": ({"generation": 2}, "Available: Available"),
    "Available not reported": ({"conditions": {"Available": None}}, "Available: not reported yet"),
    "phase Provisioned alone": ({"conditions": {"Available": "Unknown"}}, "Available: NotAvailable"),
}


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize(("change", "missing"), CLUSTER_TRAPS.values(), ids=CLUSTER_TRAPS)
def test_traps_of_the_cluster(change: Any, missing: str, v: str) -> None:
    change = {"conditions": {}, **change}
    if change.pop("infrastructure", True) is False:
        change["status"] = {"initialization": {"controlPlaneInitialized": True}, "infrastructureReady": False}
        change["conditions"] = {"InfrastructureReady": None}
    if change.pop("initialized", True) is False:
        change["status"] = {"initialization": {"infrastructureProvisioned": True}}
    assert missing in missed(whole(v, cluster=cluster(v=v, **change)))


def test_infrastructure_that_is_ready_but_not_taken_up() -> None:
    seen = whole(cluster=cluster(status={"initialization": {"controlPlaneInitialized": True}}))
    assert missed(seen) == ["infrastructure: ready, not taken up yet"]


TOPOLOGY = {
    "generation lag": (
        {
            "generation": 2,
            "conditions": {"TopologyReconciled": {"observedGeneration": 1}, "Available": {"observedGeneration": 2}},
        },
        "topology: the change is not taken up yet",
    ),
    "not reported": ({"conditions": {"TopologyReconciled": None}}, "topology: the change is not taken up yet"),
    "still upgrading (since CAPI 1.12)": (
        {"conditions": {"TopologyReconciled": {"status": "False", "reason": "ClusterUpgrading"}}},
        "topology: ClusterUpgrading",
    ),
    "pending (before CAPI 1.12)": (
        {
            "conditions": {
                "TopologyReconciled": {
                    "status": "False",
                    "reason": "MachineDeploymentsUpgradePending",
                    "message": "md-0 waits",
                }
            }
        },
        "topology: MachineDeploymentsUpgradePending (md-0 waits)",
    ),
    "failed": (
        {"conditions": {"TopologyReconciled": {"status": "False", "reason": "ReconcileFailed", "message": "no"}}},
        "topology: ReconcileFailed (no)",
    ),
}


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize(("change", "missing"), TOPOLOGY.values(), ids=TOPOLOGY)
def test_traps_of_a_topology(change: Any, missing: str, v: str) -> None:
    """Control plane and pools look done at the old version until the topology controller has written to them."""
    assert missed(whole(v, cluster=cluster(v=v, class_name="c", **change))) == [missing]


@pytest.mark.parametrize("reason", ["MachineDeploymentsUpgradeDeferred", "MachinePoolsUpgradeDeferred"])
def test_pools_that_the_user_deferred_are_not_waited_for(reason: str) -> None:
    deferred = {"TopologyReconciled": {"status": "False", "reason": reason}}
    assert judge_present(whole(cluster=cluster(class_name="c", conditions=deferred))).done


OWNER_TRAPS = {
    "stale observedGeneration": ({"generation": 2}, "the change is not taken up yet"),
    "never observed": ({"status": {"observedGeneration": None}}, "the change is not taken up yet"),
    "available lags": ({"available": 1}, "availableReplicas 1 of"),
    "up-to-date lags": ({"up_to_date": 1}, "upToDateReplicas 1 of"),
    "one replica too many": ({"status": {"replicas": 9}}, "replicas 9 of"),
    "rolling out": (
        {"conditions": {"RollingOut": {"status": "True", "message": "1 of 3"}}},
        "rolling out: RollingOut (1 of 3)",
    ),
    "remediating": ({"conditions": {"Remediating": "True"}}, "remediating: Remediating"),
}


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize("kind", ["plane", "pool"])
@pytest.mark.parametrize(("change", "missing"), OWNER_TRAPS.values(), ids=OWNER_TRAPS)
def test_traps_of_counters(change: Any, missing: str, kind: str, v: str) -> None:
    """Every Machine is Ready at its version: only the owner knows that it is not done."""
    owner = control_plane(v=v, **change) if kind == "plane" else machine_deployment(v=v, replicas=2, **change)
    found = missed(whole(v, **{kind: owner}))
    assert len(found) == 1
    assert missing in found[0]
    assert found[0].startswith(f"{owner['kind']} {owner['metadata']['name']}: ")


def test_the_race_between_pool_and_machine_controllers() -> None:
    """Just after the patch all conditions and new counters say done; the newest MachineSet has no machine yet."""
    pool = machine_deployment(replicas=2, status={"deprecated": {"v1beta1": {"updatedReplicas": 0}}})
    assert missed(whole(pool=pool)) == ["MachineDeployment prod-md-0: 0 of 2 machines have the newest template"]
    old = machine_deployment(v="v1beta1", replicas=2, status={"updatedReplicas": 1})
    assert missed(whole("v1beta1", pool=old)) == [
        "MachineDeployment prod-md-0: 1 of 2 machines have the newest template"
    ]


def test_the_newest_template_on_all_machines() -> None:
    assert judge_present(
        whole(pool=machine_deployment(replicas=2, status={"deprecated": {"v1beta1": {"updatedReplicas": 2}}}))
    ).done


MACHINE_TRAPS = {
    "at the old version": {"version": OLD},
    "deleting": {"deleting": True},
    "not Ready": {"conditions": {"Ready": "False"}},
    "Ready unknown": {"conditions": {"Ready": "Unknown"}},
    "Ready of the generation before": {"generation": 2},
}


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize("name", ["cp-b", "w-b"])
@pytest.mark.parametrize("change", MACHINE_TRAPS.values(), ids=MACHINE_TRAPS)
def test_traps_of_machines(change: Any, name: str, v: str) -> None:
    """All counters and conditions of the owners say done."""
    pool = "" if name.startswith("cp") else "prod-md-0"
    seen = whole(v, machines={name: machine(name, pool=pool, v=v, **change)})
    wanted = 2 if pool else 3
    assert [m.split(": ")[1] for m in missed(seen)] == [f"{wanted - 1} of {wanted} machines ready, {wanted} there"]


@pytest.mark.parametrize(
    ("name", "there"), [("cp-b", "2 of 3 machines ready, 2 there"), ("w-b", "1 of 2 machines ready, 1 there")]
)
def test_a_machine_that_is_not_there(name: str, there: str) -> None:
    assert [m.split(": ")[1] for m in missed(whole(machines={name: None}))] == [there]


def test_a_machine_more_than_wanted() -> None:
    assert "4 there" in missed(whole(machines={"cp-d": machine("cp-d")}))[0]


def test_no_pools_and_zero_replicas_are_done() -> None:
    seen = Parts(cluster(), control_plane(), [], [machine(n) for n in MACHINES[:3]])
    assert judge_present(seen).message == "default/prod: control plane 3/3"
    none = Parts(cluster(), control_plane(), [machine_deployment(replicas=0)], seen.machines)
    assert judge_present(none).done
    assert judge_present(none).message == "default/prod: control plane 3/3, workers 0/0"


POOL_TRAPS = {
    "fewer ready": ({"readyReplicas": 1}, {}, "MachinePool prod-mp: 1 of 2 ready"),
    "stale": ({"readyReplicas": 2}, {"generation": 2}, "MachinePool prod-mp: the change is not taken up yet"),
    "nodes at the old version (since CAPI 1.14)": (
        {"readyReplicas": 2, "versions": [{"version": OLD, "replicas": 1}, {"version": "v1.34.3", "replicas": 1}]},
        {},
        "MachinePool prod-mp: 1 nodes at v1.33.9, wanted v1.34.3",
    ),
    "done": ({"readyReplicas": 2, "versions": [{"version": "v1.34.3", "replicas": 2}]}, {}, ""),
    "managed nodes with a suffix": ({"readyReplicas": 2, "versions": [{"version": "v1.34.3-eks-3025e55"}]}, {}, ""),
    "no versions told": ({"readyReplicas": 2}, {}, ""),
}


@pytest.mark.parametrize(("status", "meta", "missing"), POOL_TRAPS.values(), ids=POOL_TRAPS)
def test_machine_pools(status: Any, meta: Any, missing: str) -> None:
    """They have no conditions, and the Available of their Cluster ignores them."""
    pool = {**machine_deployment("prod-mp", replicas=2, status=status, **meta), "kind": "MachinePool"}
    assert missed(Parts(cluster(spec={"controlPlaneRef": None}), None, [pool], [])) == ([missing] if missing else [])


def node(name: str, **more: Any) -> Object:
    """A Machine of the MachinePool ``prod-mp``: with the version that its node tells."""
    found = machine(name, pool="prod-mp", labels={"cluster.x-k8s.io/pool-name": "prod-mp"}, **more)
    del found["metadata"]["labels"]["cluster.x-k8s.io/deployment-name"]
    return found


POOL_MACHINES: dict[str, tuple[list[Object], str]] = {
    "done": ([node("a"), node("b")], ""),
    "done, in the provider's words": ([node("a", version="v1.34.3-eks-3025e55"), node("b")], ""),
    "one at the old version": ([node("a"), node("b", version=OLD)], "1 of 2 machines ready, 2 there"),
    "one without a node": ([node("a"), node("b", version="")], "1 of 2 machines ready, 2 there"),
    "one not Ready": ([node("a"), node("b", conditions={"Ready": "False"})], "1 of 2 machines ready, 2 there"),
    "one more than wanted": ([node("a"), node("b"), node("c", version=OLD)], "2 of 2 machines ready, 3 there"),
    "one that goes": ([node("a"), node("b"), node("c", deleting=True)], "2 of 2 machines ready, 3 there"),
}


@pytest.mark.parametrize(("machines", "missing"), POOL_MACHINES.values(), ids=POOL_MACHINES)
def test_machine_pools_are_judged_by_their_machines(machines: list[Object], missing: str) -> None:
    """Just after a change its counters are as they were: only the versions of its nodes tell that it rolls."""
    pool = {**machine_deployment("prod-mp", replicas=2, status={"readyReplicas": 2}), "kind": "MachinePool"}
    seen = Parts(cluster(), None, [pool], machines)
    assert list(pool_missing(seen, pool)) == ([f"MachinePool prod-mp: {missing}"] if missing else [])
    assert not cannot_tell(seen, pool)


@pytest.mark.parametrize(
    ("kind", "replicas", "status", "silent"),
    [
        ("MachinePool", 2, {}, True),
        ("MachinePool", 2, {"versions": []}, True),
        ("MachinePool", 2, {"versions": [{"version": "v1.34.3", "replicas": 2}]}, False),
        ("MachinePool", 0, {}, False),
        ("MachineDeployment", 2, {}, False),
    ],
)
def test_pools_whose_nodes_tell_no_version(kind: str, replicas: int, status: Any, silent: bool) -> None:
    pool = {**machine_deployment("prod-mp", replicas=replicas, status=status), "kind": kind}
    assert cannot_tell(Parts(cluster(), None, [pool], []), pool) is silent


def test_managed_control_planes_have_no_machines() -> None:
    plane = {**control_plane(spec={"replicas": None}), "kind": "AWSManagedControlPlane"}
    assert judge_present(Parts(cluster(), plane, [], [])).message == "default/prod: managed control plane ready"
    down = cluster(conditions={"ControlPlaneAvailable": "False", "Available": "False"})
    progress = judge_present(Parts(down, plane, [], []))
    assert (
        progress.done,
        "managed control plane not ready; AWSManagedControlPlane prod-cp: Control" in progress.message,
    ) == (
        False,
        True,
    )
    assert progress.details["missing"][1:] == ["Available: NotAvailable"]


MANAGED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "just patched": ({"generation": 2}, {}, "the change is not taken up yet"),
    "taken up": ({"generation": 2, "status": {"observedGeneration": 2}}, {}, ""),
    "does not tell what it has seen": ({"generation": 2, "status": {"observedGeneration": None}}, {}, ""),
    "updating": ({"conditions": {"Ready": {"status": "False", "reason": "Up"}}}, {}, "Ready: Up"),
    "Ready": ({"conditions": {"Ready": "True"}}, {}, ""),
    "the Cluster says no": ({}, {"ControlPlaneAvailable": "False"}, "ControlPlaneAvailable: NotControlPlaneAvailable"),
    "the Cluster says nothing": ({}, {"ControlPlaneAvailable": None}, ""),
}


@pytest.mark.parametrize(("change", "told", "missing"), MANAGED.values(), ids=MANAGED)
@pytest.mark.parametrize("outside", [True, False])
def test_managed_control_planes_have_to_take_the_change_up(change: Any, told: Any, missing: str, outside: bool) -> None:
    """Many tell no version: what they have seen, and how they are, is all that there is to go by."""
    plane = {**control_plane(**change), "kind": "AManagedControlPlane"}
    plane["status"].pop("version", None)
    if outside:  # Kamaji: its replicas are Pods
        plane["status"]["externalManagedControlPlane"] = True
    else:
        plane["spec"]["replicas"] = None
    found = list(control_plane_missing(Parts(cluster(conditions=told), plane)))
    assert found == ([f"AManagedControlPlane prod-cp: {missing}"] if missing else [])


NEW_COUNTERS = ("readyReplicas", "availableReplicas", "upToDateReplicas")
OLD_COUNTERS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "done": ({"readyReplicas": 3, "updatedReplicas": 3, "unavailableReplicas": 0}, {}, []),
    "zeros are left out": ({"readyReplicas": 3, "updatedReplicas": 3}, {}, []),
    "no updated ones (Talos)": ({"readyReplicas": 3, "unavailableReplicas": 0}, {}, []),
    "one not ready": ({"readyReplicas": 2, "updatedReplicas": 3}, {}, ["availableReplicas 2 of 3"]),
    "one unavailable": ({"readyReplicas": 3, "unavailableReplicas": 1}, {}, ["availableReplicas 2 of 3"]),
    "none ready": ({}, {}, ["availableReplicas 0 of 3"]),
    "an old one": (
        {"readyReplicas": 3, "updatedReplicas": 2}, {}, ["2 of 3 machines have the newest template"],
    ),
    "just patched (RKE2, K3s)": (
        {"readyReplicas": 3},
        {"MachinesSpecUpToDate": {"status": "False", "reason": "RollingUpdateInProgress"}},
        ["rolling out: RollingUpdateInProgress"],
    ),
    "stale": ({"readyReplicas": 3, "observedGeneration": 0}, {}, ["the change is not taken up yet"]),
    "does not tell what it has seen": ({"readyReplicas": 3, "observedGeneration": None}, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize(("status", "conditions", "missing"), OLD_COUNTERS.values(), ids=OLD_COUNTERS)
def test_control_planes_with_old_counters(status: Any, conditions: Any, missing: list[str], v: str) -> None:
    """Of contract v1beta1, as RKE2, K3s and Talos; their API version says nothing of that."""
    plane = {**control_plane(v=v, conditions=conditions), "kind": "AControlPlane"}
    held = plane["status"].pop("v1beta2", {}) or plane["status"]
    kept = {k: value for k, value in {**plane["status"], **held}.items() if k not in NEW_COUNTERS}
    plane["status"] = {**kept, **status}
    found = control_plane_missing(Parts(cluster(v=v), plane, [], [machine(n, v=v) for n in MACHINES[:3]]))
    assert list(found) == [f"AControlPlane prod-cp: {text}" for text in missing]


@pytest.mark.parametrize("name", NEW_COUNTERS[1:])
def test_of_cluster_api_itself_a_missing_counter_is_zero(name: str) -> None:
    plane = control_plane(status={"updatedReplicas": 3, "readyReplicas": 3})
    del plane["status"][name]
    assert missed(whole(plane=plane)) == [f"KubeadmControlPlane prod-cp: {name} 0 of 3"]


@pytest.mark.parametrize(
    ("asked", "held", "missing"),
    [
        ("v1.34.3", "v1.34.3", []),
        ("v1.34.3", "v1.34.3-eks-3025e55", []),
        ("v1.34.3", "v1.34", []),
        ("v1.34", "v1.34.3", []),
        ("v1.34.3", None, []),
        (None, "v1.34.3", []),
        ("v1.34.3", "v1.33.9", ["AWSManagedControlPlane prod-cp: at v1.33.9, wanted v1.34.3"]),
        ("v1.34.3", "v1.3", ["AWSManagedControlPlane prod-cp: at v1.3, wanted v1.34.3"]),
        ("v1.3.4", "v1.34", ["AWSManagedControlPlane prod-cp: at v1.34, wanted v1.3.4"]),
    ],
)
def test_managed_control_planes_tell_their_version(asked: Any, held: Any, missing: list[str]) -> None:
    plane = control_plane(spec={"replicas": None, "version": asked}, status={"version": held})
    plane["kind"] = "AWSManagedControlPlane"
    assert list(control_plane_missing(Parts(cluster(), plane))) == missing


@pytest.mark.parametrize(
    ("held", "wanted", "same"),
    [
        ("v1.34.3", "v1.34.3", True),
        ("v1.34.3+k3s1", "v1.34.3", True),
        ("v1.34.3+k3s1", "v1.34.3+k3s1", True),
        ("v1.34.30", "v1.34.3", False),
        ("v1.34.3", "v1.34.30", False),
        ("1.34.3-gke.1", "v1.34.3", True),
        ("v1.34.3", "1.34", True),
    ],
)
def test_the_same_version(held: str, wanted: str, same: bool) -> None:
    assert is_same_version(held, wanted) is same


def test_a_control_plane_that_is_not_there() -> None:
    assert list(control_plane_missing(Parts(cluster()))) == ["control plane: not there yet"]
    assert list(control_plane_missing(Parts(cluster(spec={"controlPlaneRef": None})))) == []


def by_hand(v: str, **more: Any) -> Object:
    strategy = {"strategy": {"type": "OnDelete"}}
    return machine_deployment(v=v, replicas=2, spec=strategy if v == "v1beta1" else {"rollout": strategy}, **more)


@pytest.mark.parametrize("v", VERSIONS)
class TestOnDelete:
    """Old machines stay until somebody deletes them: that is as it was asked for."""

    def missed(self, pool: Object, *machines: Object) -> list[str]:
        return list(pool_missing(Parts(cluster(), None, [pool], machines), pool))

    def test_old_machines_are_not_waited_for(self, v: str) -> None:
        pool = by_hand(v, up_to_date=0, conditions={"RollingOut": "True"})
        assert is_on_delete(pool)
        old = [machine(n, pool="prod-md-0", v=v, version=OLD) for n in ("a", "b")]
        assert self.missed(pool, *old) == []

    def test_but_machines_that_are_not_well_are(self, v: str) -> None:
        sick = machine("a", pool="prod-md-0", v=v, conditions={"Ready": "False"})
        found = self.missed(by_hand(v), sick, machine("b", pool="prod-md-0", v=v))
        assert found == ["MachineDeployment prod-md-0: 1 of 2 machines ready, 2 there"]

    def test_and_so_are_a_stale_look_and_late_counters(self, v: str) -> None:
        there = [machine(n, pool="prod-md-0", v=v) for n in ("a", "b")]
        assert self.missed(by_hand(v, generation=2), *there) == [
            "MachineDeployment prod-md-0: the change is not taken up yet"
        ]
        assert self.missed(by_hand(v, available=1), *there) == ["MachineDeployment prod-md-0: availableReplicas 1 of 2"]


def test_only_the_pool_itself_is_judged() -> None:
    """Another pool that rolls is no reason for this one to wait."""
    first, second = (machine_deployment(f"prod-{n}", replicas=1, generation=g) for n, g in (("a", 1), ("b", 2)))
    seen = Parts(cluster(), None, [first, second], [machine("m", pool="prod-a")])
    assert list(pool_missing(seen, first)) == []
    assert list(pool_missing(seen, second)) == ["MachineDeployment prod-b: the change is not taken up yet"]


def test_nothing_there_yet() -> None:
    bare = {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "prod", "namespace": "n"}}
    assert judge_present(Parts(bare)).message == "n/prod: no machines asked for yet; infrastructure: not reported yet"


def whole(v: str = "v1beta2", *, machines: Any = None, **changed: Object) -> Parts:
    """A cluster that is done: three control plane machines and two workers; parts may be given otherwise."""
    found = {n: machine(n, pool="" if n.startswith("cp") else "prod-md-0", v=v) for n in MACHINES}
    found.update(machines or {})
    updated = {"status": {"updatedReplicas": 2}} if v == "v1beta1" else {}
    plane_updated = {"status": {"updatedReplicas": 3}} if v == "v1beta1" else {}
    return Parts(
        changed.get("cluster") or cluster(v=v),
        with_updated(changed.get("plane"), 3) or control_plane(v=v, **plane_updated),
        [with_updated(changed.get("pool"), 2) or machine_deployment(v=v, replicas=2, **updated)],
        [m for m in found.values() if m],
    )


def with_updated(owner: Object | None, count: int) -> Object | None:
    if owner and owner["apiVersion"].endswith("/v1beta1"):
        owner["status"].setdefault("updatedReplicas", count)
    return owner


def missed(seen: Parts) -> list[str]:
    progress = judge_present(seen)
    found: list[str] = progress.details.get("missing", [])
    assert progress.done is (not found)
    return found
