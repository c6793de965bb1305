# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether the Deployments of providers are Available, and why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._objects import Object, condition, dig, is_true, listed, name_of
from ._progress import Progress

_LONGEST_REASON = 160


def place_of(item: Mapping[str, Any]) -> str:
    """``namespace/name``."""
    return f"{dig(item, 'metadata', 'namespace', default='')}/{name_of(item)}"


def deployment_trouble(deployment: Object) -> str:
    """Why a Deployment is not as wanted; empty when all of its pods are new and Available."""
    wanted, status = int(dig(deployment, "spec", "replicas", default=1)), deployment.get("status") or {}
    if wanted == 0:
        return "scaled to 0"
    if status.get("observedGeneration", 0) < dig(deployment, "metadata", "generation", default=0):
        return "not observed yet"
    ready = [int(status.get(name) or 0) for name in ("updatedReplicas", "availableReplicas")]
    if min(ready) >= wanted and is_true(deployment, "Available"):
        return ""
    stuck = condition(deployment, "Progressing")
    said = stuck if stuck.get("status") == "False" else condition(deployment, "Available")
    words = [str(said[key]) for key in ("reason", "message") if said.get(key)]
    return ": ".join(words)[:_LONGEST_REASON] or f"{ready[1]} of {wanted} replicas available"


def pod_trouble(pods: Iterable[Object], events: Iterable[Object]) -> str:
    """The first reason that a pod or its last warning gives; empty where nothing is said."""
    for pod in pods:
        for status in [
            *dig(pod, "status", "initContainerStatuses", default=[]),
            *dig(pod, "status", "containerStatuses", default=[]),
        ]:
            waiting = dig(status, "state", "waiting") or dig(status, "lastState", "terminated") or {}
            if waiting.get("reason") and not status.get("ready"):
                return f"{name_of(pod)}: {waiting['reason']} {waiting.get('message', '')}".strip()[:_LONGEST_REASON]
        unscheduled = condition(pod, "PodScheduled")
        if unscheduled.get("status") == "False":
            return f"{name_of(pod)}: {unscheduled.get('reason')} {unscheduled.get('message', '')}"[:_LONGEST_REASON]
    warnings = sorted((e for e in events if e.get("type") == "Warning"), key=lambda e: str(e.get("lastTimestamp")))
    return f"{warnings[-1].get('reason')}: {warnings[-1].get('message')}"[:_LONGEST_REASON] if warnings else ""


def judge_deployments(deployments: Sequence[Object], reasons: Mapping[str, str]) -> Progress:
    """Whether all are Available; ``reasons`` add what pods and events say, by ``namespace/name``."""
    troubles = {place_of(d): deployment_trouble(d) for d in deployments}
    waiting = {place: reasons.get(place) or trouble for place, trouble in troubles.items() if trouble}
    message = f"{len(troubles) - len(waiting)} of {len(troubles)} Deployments available"
    told = [f"{place}: {why}" for place, why in waiting.items()]
    if told:
        message += f"; {told[0]}"
    return Progress(
        done=bool(troubles) and not waiting,
        message=message,
        key=" ".join([message, *(str(dig(d, "metadata", "generation")) for d in deployments)]),
        stuck=listed(told, 3),
        details={"not_available": told},
    )
