# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. When a cluster counts as done, and what holds it up: one judgement for every release. Pure.

Done is judged from Machines, counters and fresh observedGeneration, never from phases: ``Provisioned`` comes before
any node, ``Running`` of a MachineDeployment ignores readiness and version (CAPI e2e uses the same definition).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._objects import Object, condition, counter, dig, is_true, listed, name_of, new_style_status
from ._parts import Parts, is_managed
from ._progress import (
    Progress,
    counts,
    is_same_version,
    key_of,
    machine_is_ready,
    node_is_ready,
    reason_of,
    slowest,
    title_of,
    wanted_replicas,
    why_stuck,
)

_DEFERRED = ("MachineDeploymentsUpgradeDeferred", "MachinePoolsUpgradeDeferred")  # as the user asked: not waited for
_OF_CAPI = ("KubeadmControlPlane", "MachineDeployment", "MachinePool")  # a counter that is missing is 0 there


def judge_present(seen: Parts) -> Progress:
    """Whether the cluster is as its objects say: every machine there, at its version, Ready, and nothing rolling."""
    missing = list(_missing(seen))
    slow = slowest(seen)
    message = f"{title_of(seen.cluster)}: {counts(seen)}"
    if missing:
        message += f"; {slow or missing[0]}"
    return Progress(
        done=not missing,
        message=message,
        key=key_of(seen),
        stuck=why_stuck(seen, missing),
        details={"missing": missing} if missing else {},
    )


def judge_absent(seen: Parts | None, name: str, namespace: str) -> Progress:
    """Whether the cluster is gone; what is left, and what holds it."""
    if seen is None:
        return Progress(True, f"{namespace}/{name}: gone", key="gone")
    deleting = condition(seen.cluster, "Deleting")
    left = [name_of(m) for m in seen.machines]
    message = f"{namespace}/{name}: deleting, {len(left)} machines left"
    held = [f"{name_of(m)}: {reason_of(condition(m, 'Deleting'))}" for m in seen.machines if is_true(m, "Deleting")]
    if held:
        message += f"; {held[0]}"
    finalizers = dig(seen.cluster, "metadata", "finalizers", default=[])
    told = reason_of(deleting) if deleting.get("status") == "True" else "no controller has taken it up"
    kept = f"; finalizers {listed(finalizers)} are still there" if finalizers and not left else ""
    stuck = listed(held, 3) or f"{told}{kept}"
    details = {"machines": left, "finalizers": finalizers, "blocked_by": held or [stuck]}
    return Progress(False, message, key=key_of(seen), stuck=stuck, details=details)


def _missing(seen: Parts) -> Iterator[str]:
    """What keeps the cluster from being done, the first cause first."""
    cluster = seen.cluster
    if not _initialized(cluster, "infrastructureProvisioned", "infrastructureReady"):
        yield f"infrastructure: {_latch_reason(condition(cluster, 'InfrastructureReady'))}"
    if not _initialized(cluster, "controlPlaneInitialized", ""):
        yield f"control plane not initialized: {_latch_reason(condition(cluster, 'ControlPlaneInitialized'))}"
    yield from topology_missing(cluster)
    yield from control_plane_missing(seen)
    for pool in seen.pools:
        yield from pool_missing(seen, pool)
    if not is_true(cluster, "Available"):
        yield f"Available: {reason_of(condition(cluster, 'Available'))}"


def _initialized(cluster: Object, now: str, before: str) -> bool:
    """A latch of the Cluster: ``status.initialization`` in v1beta2, a boolean or condition in v1beta1."""
    if str(cluster["apiVersion"]).endswith("/v1beta1"):
        condition_holds = condition(cluster, now[0].upper() + now[1:]).get("status") == "True"
        return condition_holds or bool(before and dig(cluster, "status", before))
    return bool(dig(cluster, "status", "initialization", now))


def topology_missing(cluster: Object) -> Iterator[str]:
    """The topology controller does not move status.observedGeneration: its condition says what it has seen."""
    if not dig(cluster, "spec", "topology"):
        return
    found = condition(cluster, "TopologyReconciled")
    if found.get("observedGeneration", 0) < cluster["metadata"].get("generation", 0):
        yield "topology: the change is not taken up yet"
    elif found.get("status") != "True" and found.get("reason") not in _DEFERRED:
        yield f"topology: {reason_of(found)}"


def control_plane_missing(seen: Parts) -> Iterator[str]:
    """What keeps the control plane from being as it is asked for: by Machines, or status where it is managed."""
    plane = seen.control_plane
    if plane is None:
        if dig(seen.cluster, "spec", "controlPlaneRef"):
            yield "control plane: not there yet"
    elif is_managed(plane):
        yield from _managed_missing(seen.cluster, plane)
    else:
        yield from _replicas_missing(plane, seen.machines_of(None), ("spec", "version"))


def _managed_missing(cluster: Object, plane: Object) -> Iterator[str]:
    """A control plane without Machines (EKS, AKS, GKE): its status tells how far it is, where it tells it at all."""
    what = f"{plane['kind']} {name_of(plane)}"
    wanted, held = str(dig(plane, "spec", "version", default="")), str(dig(plane, "status", "version", default=""))
    if is_stale(plane) and dig(plane, "status", "observedGeneration") is not None:
        yield f"{what}: the change is not taken up yet"
    elif wanted and held and not is_same_version(held, wanted):
        yield f"{what}: at {held}, wanted {wanted}"
    for item, kind in ((plane, "Ready"), (cluster, "ControlPlaneAvailable")):
        found = condition(item, kind)
        if found and found.get("status") != "True":
            yield f"{what}: {kind}: {reason_of(found)}"


def pool_missing(seen: Parts, pool: Object) -> Iterator[str]:
    """What keeps a node pool from being as it is asked for; empty when it is."""
    if pool["kind"] != "MachinePool":
        yield from _replicas_missing(pool, seen.machines_of(pool), ("spec", "template", "spec", "version"))
    elif is_stale(pool):
        yield f"MachinePool {name_of(pool)}: the change is not taken up yet"
    else:
        yield from _nodes_missing(pool, seen.machines_of(pool))


def _nodes_missing(pool: Object, machines: list[Object]) -> Iterator[str]:
    """A MachinePool, by its Machines where its provider makes some: they have the versions of their nodes.

    Else by ``status.versions`` (since v1.14). Its counters tell nothing of versions: they stay equal in a rollout.
    """
    what, wanted = f"MachinePool {name_of(pool)}", wanted_replicas(pool)
    version = str(dig(pool, "spec", "template", "spec", "version", default=""))
    ready = int(dig(pool, "status", "readyReplicas", default=0))
    if machines:
        ready = sum(node_is_ready(m, version) for m in machines)
        if ready != wanted or len(machines) != wanted:
            yield f"{what}: {ready} of {wanted} machines ready, {len(machines)} there"
        return
    if ready != wanted:
        yield f"{what}: {ready} of {wanted} ready"
    for held in dig(pool, "status", "versions", default=[]):
        if version and not is_same_version(str(held["version"]), version):
            yield f"{what}: {held.get('replicas', 0)} nodes at {held['version']}, wanted {version}"


def cannot_tell(seen: Parts, pool: Object) -> bool:
    """Whether nothing tells the versions of a pool's nodes, so that a change of it seems done as soon as it is seen.

    So it is with a MachinePool without Machines before v1.14, and where the workload cluster cannot be reached.
    """
    silent = pool["kind"] == "MachinePool" and wanted_replicas(pool) > 0
    return silent and not seen.machines_of(pool) and not dig(pool, "status", "versions")


def _replicas_missing(owner: Object, machines: list[Object], version_path: tuple[str, ...]) -> Iterator[str]:
    """A KubeadmControlPlane or MachineDeployment against its Machines. Without spec.replicas it has none to count."""
    what = f"{owner['kind']} {name_of(owner)}"
    if dig(owner, "spec", "replicas") is None:
        return
    if is_stale(owner):
        yield f"{what}: the change is not taken up yet"
        return
    wanted, version = wanted_replicas(owner), dig(owner, *version_path)
    by_hand = is_on_delete(owner)  # old machines stay until somebody deletes them: not waited for
    ready = sum(machine_is_ready(m, "" if by_hand else version) for m in machines)
    if ready != wanted or len(machines) != wanted:
        yield f"{what}: {ready} of {wanted} machines ready, {len(machines)} there"
    found = {"replicas": int(dig(owner, "status", "replicas", default=0)), "availableReplicas": _available(owner)}
    yield from (f"{what}: {name} {number} of {wanted}" for name, number in found.items() if number != wanted)
    if not by_hand:
        yield from _outdated(owner, what, wanted)
    if condition(owner, "Remediating").get("status") == "True":
        yield f"{what}: remediating: {reason_of(condition(owner, 'Remediating'))}"


def _outdated(owner: Object, what: str, wanted: int) -> Iterator[str]:
    updated, old = _updated_replicas(owner), condition(owner, "MachinesSpecUpToDate")  # RKE2, K3s: an old-style one
    if _tells(owner, "upToDateReplicas") and counter(owner, "upToDateReplicas") != wanted:
        yield f"{what}: upToDateReplicas {counter(owner, 'upToDateReplicas')} of {wanted}"
    if updated is not None and updated != wanted:
        yield f"{what}: {updated} of {wanted} machines have the newest template"
    if old.get("status") == "False":
        yield f"{what}: rolling out: {reason_of(old)}"
    if condition(owner, "RollingOut").get("status") == "True":
        yield f"{what}: rolling out: {reason_of(condition(owner, 'RollingOut'))}"


def is_on_delete(owner: Object) -> bool:
    """Whether machines of a MachineDeployment are replaced only when somebody deletes them (strategy OnDelete)."""
    strategy = dig(owner, "spec", "rollout", "strategy") or dig(owner, "spec", "strategy", default={})
    return str(strategy.get("type")) == "OnDelete"


def _tells(owner: Object, name: str) -> bool:
    """Whether a counter means something. Control planes of contract v1beta1 (RKE2, K3s, Talos) have only old ones."""
    return owner["kind"] in _OF_CAPI or new_style_status(owner).get(name) is not None


def _available(owner: Object) -> int:
    """Machines that are available; of contract v1beta1, as Cluster API counts: the wanted ones but the unavailable."""
    if _tells(owner, "availableReplicas"):
        return counter(owner, "availableReplicas")
    unavailable = dig(owner, "status", "unavailableReplicas")
    if unavailable is None:
        return int(dig(owner, "status", "readyReplicas", default=0))
    return wanted_replicas(owner) - int(unavailable)


def _updated_replicas(owner: Object) -> int | None:
    """Machines of the newest MachineSet: free of the race between MachineDeployment and Machine controllers.

    In v1beta2 it has moved to ``status.deprecated.v1beta1``; None where a provider has neither.
    """
    old = dig(owner, "status", "deprecated", "v1beta1")
    if owner["kind"] not in _OF_CAPI:
        told = dig(owner, "status", "updatedReplicas", default=dig(old, "updatedReplicas"))
        return None if told is None else int(told)
    if str(owner["apiVersion"]).endswith("/v1beta1"):
        return int(dig(owner, "status", "updatedReplicas", default=0))
    return None if old is None else int(old.get("updatedReplicas") or 0)


def is_stale(owner: Object) -> bool:
    """Whether the controller has not seen the object as it is. Other providers need not tell what they have seen."""
    told = dig(owner, "status", "observedGeneration")
    if told is None and owner["kind"] not in _OF_CAPI:
        return False
    return int(told or 0) < int(owner["metadata"].get("generation", 0))


def _latch_reason(found: Mapping[str, Any]) -> str:
    """The condition may be a moment ahead of the field that other controllers go by."""
    return "ready, not taken up yet" if found.get("status") == "True" else reason_of(found)
