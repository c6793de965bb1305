# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what the pod runner does, and telling what it cannot do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .layout import Layout
from .rest import Rest

HEARTBEAT_LIMIT = 30
POD_SECONDS = 60
# What does not get better by waiting: see the messages in pod.py.
HOPELESS = ("ended with", "ImagePullBackOff")


def soon(look: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something comes true within a moment: a process that just started, or is busy, is not wedged."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def beats(layout: Layout) -> bool:
    """Whether the pod runner made a round lately."""
    beat = layout.heartbeat
    return beat.is_file() and time.time() - beat.stat().st_mtime < HEARTBEAT_LIMIT


def unavailable(deployments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Deployments that should run and are not available, with the pod runner's message."""
    found = {}
    for entry in deployments:
        conditions = {item["type"]: item for item in entry.get("status", {}).get("conditions", [])}
        shown = conditions.get("Available", {"status": "Unknown", "message": "not looked at yet"})
        if entry["spec"].get("replicas", 1) and shown["status"] != "True":
            found[f"{entry['metadata']['namespace']}/{entry['metadata']['name']}"] = shown.get("message", "")
    return found


def may_still_come(waiting: Mapping[str, str]) -> bool:
    """Whether waiting longer is worth it."""
    return any(not message.startswith(HOPELESS) for message in waiting.values())


def wait_for_pods(layout: Layout, report: Callable[[str], None]) -> None:
    """Wait until the Deployments that a sandbox has already are available again, or tell why they are not."""
    rest = Rest(layout.runner_kubeconfig)
    deadline, told = time.monotonic() + POD_SECONDS, False
    while True:
        waiting = unavailable(rest.items("/apis/apps/v1/deployments"))
        if not may_still_come(waiting) or time.monotonic() > deadline:
            break
        if not told:
            report(f"waiting for {len(waiting)} Deployments")
            told = True
        time.sleep(0.3)
    for name, message in waiting.items():
        report(f"not available: {name}: {message}")
