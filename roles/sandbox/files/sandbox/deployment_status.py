# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: the status that a Deployment shows for its process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COUNTERS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)


@dataclass(frozen=True)
class Seen:
    """What became of a Deployment: processes wanted (0 or 1), processes there, whether ready, and why (not)."""

    wanted: int
    present: int
    ready: bool
    message: str


def next_status(deployment: Mapping[str, Any], seen: Seen, now: str) -> dict[str, Any] | None:
    """The status to write, None where the Deployment shows it already."""
    shown, message = deployment.get("status", {}), seen.message
    up = 1 if seen.ready and seen.wanted else 0
    available = up >= seen.wanted
    replicas = max(seen.wanted, seen.present)  # a process that is still stopping counts: clusterctl waits for it
    counts = (deployment["metadata"]["generation"], replicas, seen.wanted, up, up, replicas - up or None)
    status: dict[str, Any] = dict(zip(COUNTERS, counts))
    conditions = [
        _condition(
            shown,
            "Available",
            available,
            "MinimumReplicasAvailable" if available else "MinimumReplicasUnavailable",
            message,
            now,
        ),
        _condition(
            shown, "Progressing", True, "NewReplicaSetAvailable" if available else "ReplicaSetUpdated", message, now
        ),
    ]
    unchanged = all((shown.get(name) or 0) == (status[name] or 0) for name in COUNTERS)
    if unchanged and all(_shows(shown, condition) for condition in conditions):
        return None
    return {**status, "conditions": conditions}


def _condition(shown: Mapping[str, Any], kind: str, true: bool, reason: str, message: str, now: str) -> dict[str, str]:
    status = "True" if true else "False"
    before = _find(shown, kind)
    since = before["lastTransitionTime"] if before.get("status") == status else now
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastUpdateTime": now,
        "lastTransitionTime": since,
    }


def _find(shown: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return next((entry for entry in shown.get("conditions", []) if entry["type"] == kind), {})


def _shows(shown: Mapping[str, Any], condition: Mapping[str, str]) -> bool:
    before = _find(shown, condition["type"])
    return all(before.get(name) == condition[name] for name in ("status", "reason", "message"))
