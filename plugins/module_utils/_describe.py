# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What cluster_info tells of a cluster: plain values from the objects of either API version. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ._objects import (
    CONTROL_PLANE_LABEL,
    DEPLOYMENT_LABEL,
    POOL_LABEL,
    Object,
    condition,
    conditions,
    dig,
    is_deleting,
    is_protected,
    is_true,
    labels_of,
    name_of,
    new_style_status,
)
from ._ownership import autoscaled, gitops_owner, held_objects, holds, paused_objects, topology_name
from ._parts import Parts
from ._rollout import judge_present
from ._versions import is_version, parse_version

_OLD_COUNTERS = {"upToDateReplicas": "updatedReplicas"}  # the others kept their name
_SECONDS_A_DAY = 86400


def describe(parts: Parts, now: datetime, *, with_machines: bool = False) -> dict[str, Any]:
    """One entry of ``clusters``; ages and days are counted from ``now``."""
    cluster, waiting = parts.cluster, waits_for(parts)
    told = {
        **_identity(cluster),
        "kubernetes_version": wanted_version(parts),
        "versions": _versions_seen(parts),
        "control_plane": _control_plane(parts),
        "node_pools": [_pool(p) for p in parts.pools],
        "infrastructure": _reference(cluster, "infrastructureRef"),
        "endpoint": dig(cluster, "spec", "controlPlaneEndpoint"),
        "conditions": [_condition(c) for c in conditions(cluster)],
        "available": is_available(cluster),
        "ready": is_available(cluster) and not waiting,
        "waits_for": waiting,
        "rolling": is_rolling(parts),
        "paused": paused_objects(parts.owners),
        "held": held_objects(cluster, parts.pools),
        "gitops": gitops_owner(parts.owners),
        "protected": is_protected(cluster),
        "deleting": is_deleting(cluster),
        "deleting_reason": deleting_reason(cluster),
        "certificates_days": certificates_days(parts.machines, now),
        "age": int((now - moment(cluster["metadata"]["creationTimestamp"])).total_seconds()),
    }
    if with_machines:
        told["machines"] = [machine_facts(m) for m in parts.machines]
    return told


def wanted_version(parts: Parts) -> str | None:
    """The Kubernetes version that the topology or the control plane asks for."""
    topology = dig(parts.cluster, "spec", "topology", "version")
    return topology or (_version_of(parts.control_plane) if parts.control_plane else None)


def is_available(cluster: Object) -> bool:
    """Available=True that speaks of what the Cluster asks for now."""
    return is_true(cluster, "Available") and _is_taken(cluster)


def is_rolling(parts: Parts) -> bool:
    """Whether machines are being replaced: by condition, or a machine differs from what its owner asks for."""
    if any(condition(owner, "RollingOut").get("status") == "True" for owner in parts.owners):
        return True
    for owner, machines in _machines_by_owner(parts):
        wanted = _version_of(owner)
        if wanted and any(dig(m, "spec", "version", default=wanted) != wanted for m in machines):
            return True
    return False


def waits_for(parts: Parts) -> list[str]:
    """What keeps the cluster from being as wanted, the first cause first; empty for one that is."""
    found = [f"deletion: {deleting_reason(parts.cluster)}"] if is_deleting(parts.cluster) else []
    return [*found, *judge_present(parts).details.get("missing", [])]


def replicas(owner: Object) -> dict[str, int | None]:
    """Wanted and counted replicas in either API version; None where a kind does not count."""
    counted = {
        "replicas": dig(owner, "spec", "replicas"),
        "ready": _count(owner, "readyReplicas"),
        "available": _count(owner, "availableReplicas"),
        "up_to_date": _count(owner, "upToDateReplicas"),
    }
    return {key: None if number is None else int(number) for key, number in counted.items()}


def deleting_condition(item: Object) -> Mapping[str, Any]:
    """The Deleting condition once it has noticed that the object is being deleted."""
    found = condition(item, "Deleting")
    return found if found.get("status") == "True" else {}


def deleting_reason(item: Object) -> str | None:
    """What the Deleting condition says, or None while the object is not being deleted."""
    if not is_deleting(item):
        return None
    found = deleting_condition(item)
    words = [found.get("reason", ""), " ".join(str(found.get("message", "")).split())]
    return ": ".join(w for w in words if w) or "deletion was asked for"


def certificates_days(machines: Iterable[Object], now: datetime) -> int | None:
    """Whole days until the first certificate of a control plane machine expires; None where none is known."""
    ends = [moment(text) for m in machines if (text := dig(m, "status", "certificatesExpiryDate"))]
    return math.floor((min(ends) - now).total_seconds() / _SECONDS_A_DAY) if ends else None


def moment(text: str) -> datetime:
    """A Kubernetes timestamp."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _identity(cluster: Object) -> dict[str, Any]:
    topology = dig(cluster, "spec", "topology", default={})
    return {
        "name": name_of(cluster),
        "namespace": dig(cluster, "metadata", "namespace"),
        "uid": dig(cluster, "metadata", "uid"),
        "api_version": cluster["apiVersion"],
        "labels": dict(labels_of(cluster)),
        "created": dig(cluster, "metadata", "creationTimestamp"),
        "class": dig(topology, "classRef", "name") or topology.get("class"),
    }


def _reference(cluster: Object, field_name: str) -> dict[str, str] | None:
    ref = dig(cluster, "spec", field_name)
    return {"kind": ref.get("kind", ""), "name": ref.get("name", "")} if ref else None


def _control_plane(parts: Parts) -> dict[str, Any] | None:
    ref, owner = _reference(parts.cluster, "controlPlaneRef"), parts.control_plane
    if not ref or not owner:
        return ref and {**ref, **dict.fromkeys(("replicas", "ready", "available", "up_to_date", "version"))}
    return {**ref, **replicas(owner), "version": _version_of(owner)}


def _pool(pool: Object) -> dict[str, Any]:
    return {
        "name": name_of(pool),
        "kind": pool["kind"],
        "topology_name": topology_name(pool),
        **replicas(pool),
        "version": _version_of(pool),
        "autoscaled": autoscaled(pool),
        "held": holds(pool),
    }


def machine_facts(machine: Object) -> dict[str, Any]:
    """What cluster_info tells of a machine; machine_info tells more."""
    labels, control_plane = labels_of(machine), CONTROL_PLANE_LABEL in labels_of(machine)
    return {
        "name": name_of(machine),
        "role": "control_plane" if control_plane else "worker",
        "pool": labels.get(DEPLOYMENT_LABEL) or labels.get(POOL_LABEL),
        "version": dig(machine, "spec", "version"),
        "phase": dig(machine, "status", "phase"),
        "ready": is_true(machine, "Ready"),
        "up_to_date": condition(machine, "UpToDate").get("status", "True") == "True",
        "node": dig(machine, "status", "nodeRef", "name"),
        "provider_id": dig(machine, "spec", "providerID"),
        "failure_domain": dig(machine, "status", "failureDomain") or dig(machine, "spec", "failureDomain"),
        "addresses": [dict(a) for a in dig(machine, "status", "addresses", default=[])],
        "created": dig(machine, "metadata", "creationTimestamp"),
        "deleting": is_deleting(machine),
        "deleting_reason": deleting_reason(machine),
    }


def _condition(found: Mapping[str, Any]) -> dict[str, str]:
    told = {key: str(found.get(key) or "") for key in ("type", "status", "reason", "message")}
    return {**told, "since": str(found.get("lastTransitionTime") or "")}


def _versions_seen(parts: Parts) -> dict[str, list[str]]:
    """Versions of the machines, lowest first; of the control plane's status where it has no Machines."""
    plane = parts.machines_of(None)
    workers = [m for m in parts.machines if CONTROL_PLANE_LABEL not in labels_of(m)]
    managed = _status_versions(parts.control_plane) if parts.control_plane and not plane else []
    pooled = [v for p in parts.pools if not parts.machines_of(p) for v in _status_versions(p)]
    return {
        "control_plane": _sorted([*(dig(m, "spec", "version") for m in plane), *managed]),
        "workers": _sorted([*(dig(m, "spec", "version") for m in workers), *pooled]),
    }


def _status_versions(owner: Object) -> list[str]:
    several = [v["version"] for v in dig(owner, "status", "versions", default=[]) if v.get("version")]
    single = dig(owner, "status", "version")
    return several or ([single] if single else [])


def _sorted(versions: Iterable[str | None]) -> list[str]:
    seen = {v for v in versions if v}
    known = [v for v in seen if is_version(v)]
    return sorted(known, key=parse_version) + sorted(seen.difference(known))


def _machines_by_owner(parts: Parts) -> list[tuple[Object, list[Object]]]:
    plane = [(parts.control_plane, parts.machines_of(None))] if parts.control_plane else []
    return plane + [(p, parts.machines_of(p)) for p in parts.pools]


def _version_of(owner: Object) -> str | None:
    found = dig(owner, "spec", "version") or dig(owner, "spec", "template", "spec", "version")
    known = [str(found)] if found else _status_versions(owner)
    return known[-1] if known else None


def _count(owner: Object, name: str) -> int | None:
    """A new-style counter; the old one where a provider still keeps only that."""
    old: int | None = dig(owner, "status", _OLD_COUNTERS.get(name, name))
    found: int | None = new_style_status(owner).get(name)
    return old if found is None else found


def _is_taken(item: Object) -> bool:
    """Whether the status speaks of the spec as it is now; kinds that do not tell are believed."""
    generation: int = dig(item, "metadata", "generation", default=0)
    return int(dig(item, "status", "observedGeneration", default=generation)) >= generation
