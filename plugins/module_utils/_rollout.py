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

from ._objects import Object, condition, counter, dig, is_true, listed, name_of
from ._parts import Parts
from ._progress import (
    Progress,
    counts,
    key_of,
    machine_is_ready,
    reason_of,
    slowest,
    title_of,
    wanted_replicas,
    why_stuck,
)

_DEFERRED = ("MachineDeploymentsUpgradeDeferred", "MachinePoolsUpgradeDeferred")  # as the user asked: not waited for


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
    elif dig(plane, "spec", "replicas") is None:
        yield from _managed_missing(plane)
    else:
        yield from _replicas_missing(plane, seen.machines_of(None), ("spec", "version"))


def _managed_missing(plane: Object) -> Iterator[str]:
    """A control plane without Machines (EKS, AKS, GKE): its status tells the version, where it tells it at all."""
    wanted, held = str(dig(plane, "spec", "version", default="")), str(dig(plane, "status", "version", default=""))
    if wanted and held and not is_same_version(held, wanted):
        yield f"{plane['kind']} {name_of(plane)}: at {held}, wanted {wanted}"


def pool_missing(seen: Parts, pool: Object) -> Iterator[str]:
    """What keeps a node pool from being as it is asked for; empty when it is."""
    if pool["kind"] == "MachinePool":
        wanted, ready = wanted_replicas(pool), int(dig(pool, "status", "readyReplicas", default=0))
        if ready != wanted or _is_stale(pool):
            yield f"MachinePool {name_of(pool)}: {ready} of {wanted} ready"
        yield from _old_nodes(pool)
        return
    yield from _replicas_missing(pool, seen.machines_of(pool), ("spec", "template", "spec", "version"))


def _old_nodes(pool: Object) -> Iterator[str]:
    """Nodes of a MachinePool at another version, by ``status.versions`` (since v1.14; its counters ignore versions)."""
    wanted = str(dig(pool, "spec", "template", "spec", "version", default=""))
    for held in dig(pool, "status", "versions", default=[]):
        if wanted and not is_same_version(str(held["version"]), wanted):
            yield f"MachinePool {name_of(pool)}: {held.get('replicas', 0)} nodes at {held['version']}, wanted {wanted}"


def _replicas_missing(owner: Object, machines: list[Object], version_path: tuple[str, ...]) -> Iterator[str]:
    """A KubeadmControlPlane or MachineDeployment against its Machines. Without spec.replicas it has none to count."""
    what = f"{owner['kind']} {name_of(owner)}"
    if dig(owner, "spec", "replicas") is None:
        return
    if _is_stale(owner):
        yield f"{what}: the change is not taken up yet"
        return
    wanted, version = wanted_replicas(owner), dig(owner, *version_path)
    by_hand = is_on_delete(owner)  # old machines stay until somebody deletes them: not waited for
    ready = sum(machine_is_ready(m, "" if by_hand else version) for m in machines)
    if ready != wanted or len(machines) != wanted:
        yield f"{what}: {ready} of {wanted} machines ready, {len(machines)} there"
    found = {"replicas": int(dig(owner, "status", "replicas", default=0))}
    found["availableReplicas"] = counter(owner, "availableReplicas")
    yield from (f"{what}: {name} {number} of {wanted}" for name, number in found.items() if number != wanted)
    if not by_hand:
        yield from _outdated(owner, what, wanted)
    if condition(owner, "Remediating").get("status") == "True":
        yield f"{what}: remediating: {reason_of(condition(owner, 'Remediating'))}"


def _outdated(owner: Object, what: str, wanted: int) -> Iterator[str]:
    found, updated = counter(owner, "upToDateReplicas"), _updated_replicas(owner)
    if found != wanted:
        yield f"{what}: upToDateReplicas {found} of {wanted}"
    if updated is not None and updated != wanted:
        yield f"{what}: {updated} of {wanted} machines have the newest template"
    if condition(owner, "RollingOut").get("status") == "True":
        yield f"{what}: rolling out: {reason_of(condition(owner, 'RollingOut'))}"


def is_on_delete(owner: Object) -> bool:
    """Whether machines of a MachineDeployment are replaced only when somebody deletes them (strategy OnDelete)."""
    strategy = dig(owner, "spec", "rollout", "strategy") or dig(owner, "spec", "strategy", default={})
    return str(strategy.get("type")) == "OnDelete"


def is_same_version(held: str, wanted: str) -> bool:
    """Whether a version is the wanted one: managed nodes say ``v1.34.3-eks-1234``, managed planes ``v1.34``."""
    short = held.partition("-")[0].partition("+")[0]
    return wanted in (held, short) or held.startswith(f"{wanted}.") or wanted.startswith(f"{short}.")


def _updated_replicas(owner: Object) -> int | None:
    """Machines of the newest MachineSet: free of the race between MachineDeployment and Machine controllers.

    In v1beta2 it has moved to ``status.deprecated.v1beta1``; None where a provider has neither.
    """
    if str(owner["apiVersion"]).endswith("/v1beta1"):
        return int(dig(owner, "status", "updatedReplicas", default=0))
    found = dig(owner, "status", "deprecated", "v1beta1")
    return None if found is None else int(found.get("updatedReplicas") or 0)


def _is_stale(owner: Object) -> bool:
    return int(dig(owner, "status", "observedGeneration", default=0)) < int(owner["metadata"].get("generation", 0))


def _latch_reason(found: Mapping[str, Any]) -> str:
    """The condition may be a moment ahead of the field that other controllers go by."""
    return "ready, not taken up yet" if found.get("status") == "True" else reason_of(found)
