# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. When a cluster counts as done, and what holds it up: one judgement for every release. Pure.

Done is judged from Machines, counters and fresh observedGeneration, never from phases: ``Provisioned`` comes before
any node, ``Running`` of a MachineDeployment ignores readiness and version (CAPI e2e uses the same definition).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._objects import (
    Object,
    condition,
    content_hash,
    counter,
    dig,
    is_deleting,
    is_paused,
    is_true,
    listed,
    name_of,
    new_style_status,
)
from ._parts import Parts

_LONGEST_REASON = 110
_MOVES = (("RollingOut", "rolling out"), ("Remediating", "remediating"))
_DEFERRED = ("MachineDeploymentsUpgradeDeferred", "MachinePoolsUpgradeDeferred")  # as the user asked: not waited for

# Conditions of a Machine in the order in which a healthy one reaches them.
_MACHINE_STEPS = (
    "InfrastructureReady",
    "BootstrapConfigReady",
    "NodeReady",
    "NodeHealthy",
    "HealthCheckSucceeded",
    "Ready",
)


@dataclass(frozen=True)
class Progress:
    """How far something has come, in one line.

    ``key`` stands for everything that may move: while it stays the same, nothing moves.
    ``stuck`` says why it may not go on, ``details`` are the facts of the result.
    """

    done: bool
    message: str
    key: str = ""
    stuck: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def judge_present(seen: Parts) -> Progress:
    """Whether the cluster is as its objects say: every machine there, at its version, Ready, and nothing rolling."""
    missing = list(_missing(seen))
    slow = _slowest(seen)
    message = f"{_title(seen.cluster)}: {_counts(seen)}"
    if missing:
        message += f"; {slow or missing[0]}"
    return Progress(
        done=not missing,
        message=message,
        key=_key(seen),
        stuck=_why_stuck(seen, missing),
        details={"missing": missing} if missing else {},
    )


def judge_absent(seen: Parts | None, name: str, namespace: str) -> Progress:
    """Whether the cluster is gone; what is left, and what holds it."""
    if seen is None:
        return Progress(True, f"{namespace}/{name}: gone", key="gone")
    deleting = condition(seen.cluster, "Deleting")
    left = [name_of(m) for m in seen.machines]
    message = f"{namespace}/{name}: deleting, {len(left)} machines left"
    held = [f"{name_of(m)}: {_reason(condition(m, 'Deleting'))}" for m in seen.machines if is_true(m, "Deleting")]
    if held:
        message += f"; {held[0]}"
    finalizers = dig(seen.cluster, "metadata", "finalizers", default=[])
    told = _reason(deleting) if deleting.get("status") == "True" else "no controller has taken it up"
    kept = f"; finalizers {listed(finalizers)} are still there" if finalizers and not left else ""
    stuck = listed(held, 3) or f"{told}{kept}"
    details = {"machines": left, "finalizers": finalizers, "blocked_by": held or [stuck]}
    return Progress(False, message, key=_key(seen), stuck=stuck, details=details)


def machine_trouble(machine: Object) -> str:
    """The first step that a Machine has not reached, in a few words; empty when it is Ready."""
    if is_deleting(machine):
        return f"deleting: {_reason(condition(machine, 'Deleting'))}"
    for step in _MACHINE_STEPS:
        found = condition(machine, step)
        if found and found.get("status") != "True":
            return f"{step}: {_reason(found)}"
    return "" if is_true(machine, "Ready") else "Ready: not reported yet"


def machine_is_ready(machine: Object, version: str | None) -> bool:
    """Ready, not going away, and at the wanted version (where its owner has one)."""
    at_version = not version or dig(machine, "spec", "version") == version
    return at_version and not is_deleting(machine) and is_true(machine, "Ready")


def _missing(seen: Parts) -> Iterator[str]:
    """What keeps the cluster from being done, the first cause first."""
    cluster = seen.cluster
    if not _initialized(cluster, "infrastructureProvisioned", "infrastructureReady"):
        yield f"infrastructure: {_latch_reason(condition(cluster, 'InfrastructureReady'))}"
    if not _initialized(cluster, "controlPlaneInitialized", ""):
        yield f"control plane not initialized: {_latch_reason(condition(cluster, 'ControlPlaneInitialized'))}"
    yield from _topology_missing(cluster)
    if seen.control_plane:
        yield from _replicas_missing(seen.control_plane, seen.machines_of(None), ("spec", "version"))
    elif dig(cluster, "spec", "controlPlaneRef"):
        yield "control plane: not there yet"
    for pool in seen.pools:
        yield from _pool_missing(seen, pool)
    if not is_true(cluster, "Available"):
        yield f"Available: {_reason(condition(cluster, 'Available'))}"


def _initialized(cluster: Object, now: str, before: str) -> bool:
    """A latch of the Cluster: ``status.initialization`` in v1beta2, a boolean or condition in v1beta1."""
    if str(cluster["apiVersion"]).endswith("/v1beta1"):
        condition_holds = condition(cluster, now[0].upper() + now[1:]).get("status") == "True"
        return condition_holds or bool(before and dig(cluster, "status", before))
    return bool(dig(cluster, "status", "initialization", now))


def _topology_missing(cluster: Object) -> Iterator[str]:
    """The topology controller does not move status.observedGeneration: its condition says what it has seen."""
    if not dig(cluster, "spec", "topology"):
        return
    found = condition(cluster, "TopologyReconciled")
    if found.get("observedGeneration", 0) < cluster["metadata"].get("generation", 0):
        yield "topology: the change is not taken up yet"
    elif found.get("status") != "True" and found.get("reason") not in _DEFERRED:
        yield f"topology: {_reason(found)}"


def _pool_missing(seen: Parts, pool: Object) -> Iterator[str]:
    if pool["kind"] == "MachinePool":
        wanted, ready = _wanted(pool), int(dig(pool, "status", "readyReplicas", default=0))
        if ready != wanted or _is_stale(pool):
            yield f"MachinePool {name_of(pool)}: {ready} of {wanted} ready"
        yield from _old_nodes(pool)
        return
    yield from _replicas_missing(pool, seen.machines_of(pool), ("spec", "template", "spec", "version"))


def _old_nodes(pool: Object) -> Iterator[str]:
    """Nodes of a MachinePool at another version, by ``status.versions`` (since v1.14; its counters ignore versions)."""
    wanted = str(dig(pool, "spec", "template", "spec", "version", default=""))
    for held in dig(pool, "status", "versions", default=[]):
        at_version = str(held["version"]).partition("-")[0].partition("+")[0] == wanted or held["version"] == wanted
        if wanted and not at_version:  # managed nodes say v1.34.3-eks-1234
            yield f"MachinePool {name_of(pool)}: {held.get('replicas', 0)} nodes at {held['version']}, wanted {wanted}"


def _replicas_missing(owner: Object, machines: list[Object], version_path: tuple[str, ...]) -> Iterator[str]:
    """A KubeadmControlPlane or MachineDeployment against its Machines. Without spec.replicas it has none to count."""
    what = f"{owner['kind']} {name_of(owner)}"
    if dig(owner, "spec", "replicas") is None:
        return
    if _is_stale(owner):
        yield f"{what}: the change is not taken up yet"
        return
    wanted, version = _wanted(owner), dig(owner, *version_path)
    ready = sum(machine_is_ready(m, version) for m in machines)
    if ready != wanted or len(machines) != wanted:
        yield f"{what}: {ready} of {wanted} machines ready, {len(machines)} there"
    for name in ("replicas", "upToDateReplicas", "availableReplicas"):
        found = int(dig(owner, "status", "replicas", default=0)) if name == "replicas" else counter(owner, name)
        if found != wanted:
            yield f"{what}: {name} {found} of {wanted}"
    updated = _updated_replicas(owner)
    if updated is not None and updated != wanted:
        yield f"{what}: {updated} of {wanted} machines have the newest template"
    yield from (f"{what}: {words}: {_reason(condition(owner, kind))}" for kind, words in _MOVES if _holds(owner, kind))


def _holds(owner: Object, kind: str) -> bool:
    return condition(owner, kind).get("status") == "True"


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


def _wanted(owner: Object) -> int:
    return int(dig(owner, "spec", "replicas", default=1))


def _counts(seen: Parts) -> str:
    parts = []
    if seen.control_plane and dig(seen.control_plane, "spec", "replicas") is not None:
        version = dig(seen.control_plane, "spec", "version")
        ready = sum(machine_is_ready(m, version) for m in seen.machines_of(None))
        parts.append(f"control plane {ready}/{_wanted(seen.control_plane)}")
    elif seen.control_plane:
        ready_words = "ready" if is_true(seen.cluster, "ControlPlaneAvailable") else "not ready"
        parts.append(f"managed control plane {ready_words}")
    if seen.pools:
        wanted = sum(_wanted(p) for p in seen.pools)
        parts.append(f"workers {sum(_ready_in(seen, p) for p in seen.pools)}/{wanted}")
    return ", ".join(parts) or "no machines asked for yet"


def _ready_in(seen: Parts, pool: Object) -> int:
    if pool["kind"] == "MachinePool":
        return int(dig(pool, "status", "readyReplicas", default=0))
    version = dig(pool, "spec", "template", "spec", "version")
    return sum(machine_is_ready(m, version) for m in seen.machines_of(pool))


def _slowest(seen: Parts) -> str:
    """The oldest Machine that is not Ready, and why."""
    waiting = [m for m in seen.machines if machine_trouble(m)]
    waiting.sort(key=lambda m: (m["metadata"].get("creationTimestamp", ""), name_of(m)))
    return f"{name_of(waiting[0])}: {machine_trouble(waiting[0])}" if waiting else ""


def _why_stuck(seen: Parts, missing: list[str]) -> str:
    """The words of the controllers that most likely name the cause."""
    for owner in seen.owners:
        if is_paused(owner):
            return f"{owner['kind']} {name_of(owner)} is paused"
    for owner in seen.owners[1:]:
        for kind in ("ScalingUp", "ScalingDown", "RollingOut"):
            found = condition(owner, kind)
            if "blocked" in str(found.get("message", "")):
                return f"{owner['kind']} {name_of(owner)}: {_reason(found)}"
    return _slowest(seen) or next(iter(missing), "")


def _key(seen: Parts) -> str:
    """Changes whenever anything moves."""
    machines = sorted(
        (name_of(m), dig(m, "status", "phase", default=""), dig(m, "spec", "version", default=""), machine_trouble(m))
        for m in seen.machines
    )
    owners = [
        (name_of(o), {k: v for k, v in new_style_status(o).items() if k.endswith("eplicas")})
        for o in (seen.control_plane, *seen.pools)
        if o
    ]
    states = [
        (c.get("type"), c.get("status"), c.get("reason")) for c in new_style_status(seen.cluster).get("conditions", [])
    ]
    return content_hash([machines, owners, states])


def _reason(found: Mapping[str, Any]) -> str:
    """``reason (message)`` of a condition on one line."""
    if not found:
        return "not reported yet"
    text = " ".join(str(found.get("message") or "").replace("* ", "").split())
    short = text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 3] + "..."
    reason = str(found.get("reason") or found.get("status"))
    return f"{reason} ({short})" if short else reason


def _latch_reason(found: Mapping[str, Any]) -> str:
    """The condition may be a moment ahead of the field that other controllers go by."""
    return "ready, not taken up yet" if found.get("status") == "True" else _reason(found)


def _title(cluster: Object) -> str:
    return f"{cluster['metadata'].get('namespace', '')}/{name_of(cluster)}"
