# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that are Available or not, and the reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._provider_health import (
    deployment_trouble,
    judge_deployments,
    pod_trouble,
)

AVAILABLE = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}
UNAVAILABLE = {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "no pods"}
EXCEEDED = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow"}


def deployment(*conditions: dict[str, str], replicas: int = 1, ready: int = 1, observed: int = 1) -> dict[str, Any]:
    return {
        "metadata": {"name": "manager", "namespace": "ns", "generation": 1},
        "spec": {"replicas": replicas},
        "status": {
            "observedGeneration": observed,
            "updatedReplicas": ready,
            "availableReplicas": ready,
            "conditions": list(conditions),
        },
    }


@pytest.mark.parametrize(
    ("found", "trouble"),
    [
        (deployment(AVAILABLE), ""),
        (deployment(AVAILABLE, replicas=0), "scaled to 0"),
        (deployment(AVAILABLE, observed=0), "not observed yet"),
        (deployment(UNAVAILABLE, ready=0), "MinimumReplicasUnavailable: no pods"),
        (deployment(UNAVAILABLE, EXCEEDED, ready=0), "ProgressDeadlineExceeded: too slow"),
        (deployment(AVAILABLE, replicas=3), "MinimumReplicasAvailable"),
        (deployment(ready=0), "0 of 1 replicas available"),
    ],
)
def test_trouble(found: dict[str, Any], trouble: str) -> None:
    assert deployment_trouble(found) == trouble


def test_judgement_counts_and_names_the_first() -> None:
    healthy = {**deployment(AVAILABLE), "metadata": {"name": "other", "namespace": "ns"}}
    progress = judge_deployments([healthy, deployment(UNAVAILABLE, ready=0)], {})
    assert not progress.done
    assert "1 of 2 Deployments available; ns/manager: MinimumReplicasUnavailable" in progress.message
    assert judge_deployments([deployment(AVAILABLE)], {}).done
    assert not judge_deployments([], {}).done, "nothing there is not available"


def test_reasons_of_pods_come_before_conditions() -> None:
    progress = judge_deployments([deployment(UNAVAILABLE, ready=0)], {"ns/manager": "manager-1: ImagePullBackOff"})
    assert progress.stuck == "ns/manager: manager-1: ImagePullBackOff"


def test_what_pods_and_events_say() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}, "ready": False}
    pulling = {"metadata": {"name": "p"}, "status": {"containerStatuses": [waiting]}}
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no nodes"}
    pending = {"metadata": {"name": "p"}, "status": {"conditions": [unscheduled]}}
    events = [
        {"type": "Warning", "reason": "Old", "message": "x", "lastTimestamp": "2026-11-01T10:00:00Z"},
        {"type": "Warning", "reason": "New", "message": "y", "lastTimestamp": "2026-11-01T11:00:00Z"},
        {"type": "Normal", "reason": "Fine", "message": "z", "lastTimestamp": "2026-11-01T12:00:00Z"},
    ]
    assert pod_trouble([pulling], events) == "p: ImagePullBackOff not found"
    assert pod_trouble([pending], []) == "p: Unschedulable no nodes"
    assert pod_trouble([], events) == "New: y"
    assert pod_trouble([], []) == ""
