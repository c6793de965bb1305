# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Deployment shows follows its process; nothing is written where it is shown already."""

from __future__ import annotations

from typing import Any

import pytest
from deployments import deployment
from sandbox.deployment_status import COUNTERS, Seen, next_status

NOW, LATER = "2026-11-01T00:00:00Z", "2026-11-01T00:01:00Z"
UP = Seen(1, 1, True, "running")


def conditions(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {entry["type"]: (entry["status"], entry["reason"]) for entry in status["conditions"]}


@pytest.mark.parametrize(
    ("seen", "counters", "available"),
    [
        pytest.param(Seen(1, 0, False, "waiting for Secret x"), [2, 1, 1, 0, 0, 1], "False", id="not started"),
        pytest.param(Seen(1, 1, False, "started"), [2, 1, 1, 0, 0, 1], "False", id="not ready"),
        pytest.param(UP, [2, 1, 1, 1, 1, None], "True", id="ready"),
        pytest.param(Seen(0, 1, True, "stopping"), [2, 1, 0, 0, 0, 1], "True", id="still stopping"),
        pytest.param(Seen(0, 0, False, ""), [2, 0, 0, 0, 0, None], "True", id="scaled to none"),
    ],
)
def test_status(seen: Seen, counters: list[int | None], available: str) -> None:
    status = next_status(deployment(), seen, NOW)
    assert status is not None
    assert [status[name] for name in COUNTERS] == counters
    reason = "MinimumReplicasAvailable" if available == "True" else "MinimumReplicasUnavailable"
    assert conditions(status)["Available"] == (available, reason)
    assert {entry["message"] for entry in status["conditions"]} == {seen.message}


def test_the_same_again_is_not_written() -> None:
    shown = {**deployment(), "status": next_status(deployment(), UP, NOW)}
    assert next_status(shown, UP, LATER) is None


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        pytest.param({}, Seen(1, 1, True, "running again"), id="a new message"),
        pytest.param({}, Seen(1, 1, False, "running"), id="no longer ready"),
        pytest.param({"generation": 3}, UP, id="a new generation is observed"),
    ],
)
def test_a_change_is_written(change: dict[str, int], seen: Seen) -> None:
    shown = {**deployment(), "status": next_status(deployment(), UP, NOW)}
    shown["metadata"] = {**shown["metadata"], **change}
    assert next_status(shown, seen, LATER) is not None


def test_the_time_is_that_of_the_transition() -> None:
    first = next_status(deployment(), Seen(1, 1, False, "started"), NOW)
    still = next_status({**deployment(), "status": first}, Seen(1, 1, False, "slow"), LATER)
    ready = next_status({**deployment(), "status": first}, UP, LATER)
    assert still is not None
    assert ready is not None
    assert [status["conditions"][0]["lastTransitionTime"] for status in (still, ready)] == [NOW, LATER]
