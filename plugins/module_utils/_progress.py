# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a look at a cluster tells: how far it has come in one line, what moves, what holds it up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._objects import Object, condition, content_hash, dig, is_deleting, is_paused, is_true, name_of, new_style_status
from ._parts import Parts, is_managed

_LONGEST_REASON = 110

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
    ``stuck`` says why it may not go on, ``hopeless`` why it never will; ``details`` are the facts of the result.
    """

    done: bool
    message: str
    key: str = ""
    stuck: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    hopeless: str = ""


def machine_trouble(machine: Object) -> str:
    """The first step that a Machine has not reached, in a few words; empty when it is Ready."""
    if is_deleting(machine):
        return f"deleting: {reason_of(condition(machine, 'Deleting'))}"
    for step in _MACHINE_STEPS:
        found = condition(machine, step)
        if found and found.get("status") != "True":
            return f"{step}: {reason_of(found)}"
    return "" if is_true(machine, "Ready") else "Ready: not reported yet"


def machine_is_ready(machine: Object, version: str | None) -> bool:
    """Ready, not going away, and at the wanted version (where its owner has one)."""
    at_version = not version or dig(machine, "spec", "version") == version
    return at_version and not is_deleting(machine) and is_true(machine, "Ready")


def is_same_version(held: str, wanted: str) -> bool:
    """Whether a version is the wanted one: managed nodes say ``v1.34.3-eks-1234``, managed planes ``v1.34``."""
    held, wanted = held.removeprefix("v"), wanted.removeprefix("v")
    short = held.partition("-")[0].partition("+")[0]
    return wanted in (held, short) or held.startswith(f"{wanted}.") or wanted.startswith(f"{short}.")


def node_is_ready(machine: Object, version: str | None) -> bool:
    """The same of a MachinePool's Machine: it has the version that its node tells, in the words of the provider."""
    held = str(dig(machine, "spec", "version", default=""))
    return machine_is_ready(machine, "") and (not version or is_same_version(held, version))


def counts(seen: Parts) -> str:
    parts = []
    if seen.control_plane and not is_managed(seen.control_plane):
        version = dig(seen.control_plane, "spec", "version")
        ready = sum(machine_is_ready(m, version) for m in seen.machines_of(None))
        parts.append(f"control plane {ready}/{wanted_replicas(seen.control_plane)}")
    elif seen.control_plane:
        ready_words = "ready" if is_true(seen.cluster, "ControlPlaneAvailable") else "not ready"
        parts.append(f"managed control plane {ready_words}")
    if seen.pools:
        wanted = sum(wanted_replicas(p) for p in seen.pools)
        parts.append(f"workers {sum(ready_in(seen, p) for p in seen.pools)}/{wanted}")
    return ", ".join(parts) or "no machines asked for yet"


def ready_in(seen: Parts, pool: Object) -> int:
    there, version = seen.machines_of(pool), dig(pool, "spec", "template", "spec", "version")
    if pool["kind"] != "MachinePool":
        return sum(machine_is_ready(m, version) for m in there)
    if there:
        return sum(node_is_ready(m, version) for m in there)
    ready, told = int(dig(pool, "status", "readyReplicas", default=0)), dig(pool, "status", "versions", default=[])
    if not (version and told):
        return ready
    at_version = sum(int(t.get("replicas", 0)) for t in told if is_same_version(str(t["version"]), str(version)))
    return min(ready, at_version)


def slowest(seen: Parts) -> str:
    """The oldest Machine that is not Ready, and why."""
    waiting = [m for m in seen.machines if machine_trouble(m)]
    waiting.sort(key=lambda m: (m["metadata"].get("creationTimestamp", ""), name_of(m)))
    return f"{name_of(waiting[0])}: {machine_trouble(waiting[0])}" if waiting else ""


def why_stuck(seen: Parts, missing: list[str]) -> str:
    """The words of the controllers that most likely name the cause."""
    for owner in seen.owners:
        if is_paused(owner):
            return f"{owner['kind']} {name_of(owner)} is paused"
    for owner in seen.owners[1:]:
        for kind in ("ScalingUp", "ScalingDown", "RollingOut"):
            found = condition(owner, kind)
            if "blocked" in str(found.get("message", "")):
                return f"{owner['kind']} {name_of(owner)}: {reason_of(found)}"
    return slowest(seen) or next(iter(missing), "")


def key_of(seen: Parts) -> str:
    """Changes whenever anything moves."""
    machines = sorted(
        (name_of(m), dig(m, "status", "phase", default=""), dig(m, "spec", "version", default=""), machine_trouble(m))
        for m in seen.machines
    )
    return content_hash([machines, [list(_movement(o)) for o in seen.owners]])


def _movement(owner: Object) -> Iterator[Any]:
    """What moves in a status: all that there is to see of a managed control plane, and of a pool without Machines."""
    status = owner.get("status") or {}
    yield name_of(owner), status.get("version"), status.get("versions")
    yield sorted(str(dig(ref, "name")) for ref in dig(status, "nodeRefs", default=[]))
    for told in (new_style_status(owner), status, dig(status, "deprecated", "v1beta1", default={})):
        yield {k: v for k, v in told.items() if k.endswith("eplicas")}
        yield [(c.get("type"), c.get("status"), c.get("reason")) for c in told.get("conditions") or []]


def reason_of(found: Mapping[str, Any]) -> str:
    """``reason (message)`` of a condition on one line."""
    if not found:
        return "not reported yet"
    text = " ".join(str(found.get("message") or "").replace("* ", "").split())
    short = text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 3] + "..."
    reason = str(found.get("reason") or found.get("status"))
    return f"{reason} ({short})" if short else reason


def wanted_replicas(owner: Object) -> int:
    return int(dig(owner, "spec", "replicas", default=1))


def title_of(cluster: Object) -> str:
    return f"{cluster['metadata'].get('namespace', '')}/{name_of(cluster)}"
