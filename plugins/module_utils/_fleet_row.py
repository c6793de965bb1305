# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One cluster in the report: what a person on call asks about it, as plain values. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._describe import certificates_days, describe, moment
from ._fleet_guards import held_by, paused_by, without_drain_timeout, without_health_check
from ._fleet_rollout import rollout_of
from ._fleet_support import life, newest_patch, why_unsupported
from ._fleet_templates import Templates
from ._objects import Object, condition, counter, dig, is_deleting, is_true, labels_of, name_of, namespace_of
from ._parts import Parts, is_managed
from ._progress import wanted_replicas
from ._releases import Releases
from ._versions import is_version, parse_version

_MOST_CAUSES = 3


@dataclass(frozen=True)
class Around:
    """What rows share. None: could not be read, for the reason in ``unread``."""

    now: datetime
    support: Mapping[str, Any]
    releases: Releases
    core: str = ""  # release of Cluster API
    stall_timeout: float = 900
    environment_label: str = "env"
    labels: Sequence[str] = ()  # that rows carry
    health_checks: Sequence[Object] | None = None
    templates: Mapping[tuple[str, str], Templates] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


def row_of(parts: Parts, around: Around) -> dict[str, Any]:
    """One entry of ``clusters``."""
    told, labels = describe(parts, around.now), labels_of(parts.cluster)
    rollout = rollout_of(parts, around.now, around.stall_timeout)
    kept = ("name", "namespace", "uid", "api_version", "created", "age", "class", "gitops", "protected")
    return {
        **{name: told[name] for name in kept},
        "environment": labels.get(around.environment_label),
        "labels": {name: labels[name] for name in around.labels if name in labels},
        "infrastructure": dig(told, "infrastructure", "kind"),
        "control_plane": dig(told, "control_plane", "kind"),
        "health": {
            "state": health_of(parts, told, rollout, around.stall_timeout),
            "available": told["available"],
            "ready": told["ready"],
            "reachable": _reachable(parts.cluster),
            "waits_for": told["waits_for"][:_MOST_CAUSES],
        },
        "kubernetes": _kubernetes(told, around),
        "machines": _machines(parts, around.now),
        "certificates": _certificates(parts, around.now),
        "rollout": rollout,
        "deletion": _deletion(parts.cluster, told, around.now),
        "paused": paused_by(parts),
        "held": held_by(parts),
        "autoscaled": [p["name"] for p in told["node_pools"] if p["autoscaled"]],
        "templates": _templates(parts.cluster, around),
        "no_drain_timeout": without_drain_timeout(parts),
        "no_health_check": None if around.health_checks is None else without_health_check(parts, around.health_checks),
    }


def health_of(parts: Parts, told: Mapping[str, Any], rollout: Mapping[str, Any] | None, stall_timeout: float) -> str:
    """One word: deleting, paused, provisioning, unhealthy, rolling, degraded or healthy."""
    if told["deleting"]:
        return "deleting"
    if any(item["kind"] == "Cluster" for item in told["paused"]):
        return "paused"
    if not told["available"]:
        stuck = rollout and rollout["stuck"]
        is_new = told["age"] < stall_timeout or not condition_is_true(parts.cluster, "ControlPlaneInitialized")
        return "provisioning" if is_new and not stuck else "unhealthy"
    if told["ready"]:
        return "healthy"
    return "rolling" if rollout else "degraded"


def condition_is_true(cluster: Object, kind: str) -> bool:
    """By status alone: a latch such as ControlPlaneInitialized does not speak of a generation."""
    return condition(cluster, kind).get("status") == "True"


def _reachable(cluster: Object) -> bool | None:
    """Whether Cluster API reaches the workload cluster; None while it is not said."""
    return {"True": True, "False": False}.get(str(condition(cluster, "RemoteConnectionProbe").get("status")))


def _kubernetes(told: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """Versions in use, and the life of the oldest of them: that one is what needs an upgrade."""
    plane, workers = told["versions"]["control_plane"], told["versions"]["workers"]
    wanted = told["kubernetes_version"]
    used = sorted({*plane, *workers} or ({wanted} if wanted else set()), key=_rank)
    lowest = used[0] if used else wanted
    unsupported = [w for v in used for w in why_unsupported(v, around.core, around.releases)]
    return {
        "version": wanted,
        "lowest": lowest,
        "control_plane": plane,
        "workers": workers,
        **life(around.support["kubernetes"], lowest or "", around.now),
        "newest_patch": newest_patch(lowest or "", around.releases),
        "unsupported": list(dict.fromkeys(unsupported)),
    }


def _rank(version: str) -> tuple[Any, ...]:
    """Versions that are no semantic ones (``v1.34`` of managed control planes) by their numbers, others first."""
    if is_version(version):
        found = parse_version(version)
        return (1, found.major, found.minor, found.patch, version)
    numbers = version.removeprefix("v").split(".")[:2]
    if len(numbers) == 2 and all(n.isdigit() for n in numbers):
        return (1, int(numbers[0]), int(numbers[1]), -1, version)
    return (0, 0, 0, 0, version)


def _machines(parts: Parts, now: datetime) -> dict[str, Any]:
    """Machines of Cluster API, and nodes of pools that have none of them."""
    silent = [p for p in parts.pools if p["kind"] == "MachinePool" and not parts.machines_of(p)]
    plane = parts.control_plane
    counted = [*([plane] if plane and not is_managed(plane) else []), *parts.pools]
    oldest = min(parts.machines, key=lambda m: str(dig(m, "metadata", "creationTimestamp")), default=None)
    return {
        "total": len(parts.machines) + sum(int(dig(p, "status", "replicas", default=0)) for p in silent),
        "ready": sum(_is_ready(m) for m in parts.machines) + sum(_ready_nodes(p) for p in silent),
        "wanted": sum(wanted_replicas(o) for o in counted),
        "outdated": sum(condition(m, "UpToDate").get("status") == "False" for m in parts.machines),
        "deleting": sum(is_deleting(m) for m in parts.machines),
        "versions": dict(sorted(Counter(str(dig(m, "spec", "version", default="")) for m in parts.machines).items())),
        "oldest": _oldest(oldest, now) if oldest else None,
    }


def _is_ready(machine: Object) -> bool:
    return is_true(machine, "Ready") and not is_deleting(machine)


def _ready_nodes(pool: Object) -> int:
    return int(dig(pool, "status", "readyReplicas", default=counter(pool, "readyReplicas")))


def _oldest(machine: Object, now: datetime) -> dict[str, Any]:
    made = str(dig(machine, "metadata", "creationTimestamp"))
    return {"name": name_of(machine), "created": made, "days": (now - moment(made)).days}


def _certificates(parts: Parts, now: datetime) -> dict[str, Any]:
    ends = [str(text) for m in parts.machines if (text := dig(m, "status", "certificatesExpiryDate"))]
    return {"days": certificates_days(parts.machines, now), "end": min(ends, default=None)}


def _deletion(cluster: Object, told: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    asked = dig(cluster, "metadata", "deletionTimestamp")
    if not asked:
        return None
    seconds = max(0, int((now - moment(asked)).total_seconds()))
    return {"since": asked, "seconds": seconds, "reason": told["deleting_reason"]}


def _templates(cluster: Object, around: Around) -> dict[str, list[str]] | None:
    if around.templates is None:
        return None
    return around.templates.get((namespace_of(cluster), name_of(cluster)), Templates()).as_dict()
