# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is waited for at the end of a start, and what is not worth it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from sandbox.layout import layout_of
from sandbox.readiness import beats, may_still_come, soon, unavailable


def deployment(replicas: int | None, status: str | None, message: str = "because") -> dict[str, Any]:
    condition = {"type": "Available", "status": status, "message": message}
    return {
        "metadata": {"namespace": "n", "name": "d"},
        "spec": {} if replicas is None else {"replicas": replicas},
        "status": {"conditions": [condition]} if status else {},
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(deployment(1, "True"), {}, id="available"),
        pytest.param(deployment(1, "False"), {"n/d": "because"}, id="not available"),
        pytest.param(deployment(None, "False"), {"n/d": "because"}, id="one replica by default"),
        pytest.param(deployment(0, "False"), {}, id="scaled to none"),
        pytest.param(deployment(1, None), {"n/d": "not looked at yet"}, id="new"),
    ],
)
def test_unavailable(given: dict[str, Any], found: dict[str, str]) -> None:
    assert unavailable([given]) == found


@pytest.mark.parametrize(
    ("messages", "worth_it"),
    [
        pytest.param([], False, id="nothing to wait for"),
        pytest.param(["waiting for Secret x"], True, id="may come"),
        pytest.param(["ended with 1, starts again in 2 s: panic"], False, id="ends again and again"),
        pytest.param(["ImagePullBackOff: image aws:v2 is not in the image store"], False, id="nobody has its program"),
        pytest.param(["ended with 1", "started x"], True, id="one of them may come"),
    ],
)
def test_may_still_come(messages: list[str], worth_it: bool) -> None:
    assert may_still_come({str(number): text for number, text in enumerate(messages)}) is worth_it


@pytest.mark.parametrize(("age", "alive"), [(0, True), (25, True), (35, False), (None, False)])
def test_the_pod_runner_beats(age: float | None, alive: bool, tmp_path: Path) -> None:
    layout = layout_of("a", tmp_path, None)
    if age is not None:
        layout.home.mkdir()
        layout.heartbeat.touch()
        os.utime(layout.heartbeat, (time.time() - age,) * 2)
    assert beats(layout) is alive


def test_soon() -> None:
    looks = iter([False, True])
    assert soon(lambda: next(looks), 5)
    assert not soon(lambda: False, 0)
