# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pod runner decides without looking at anything."""

from __future__ import annotations

import pytest
from deployments import deployment
from sandbox.pod_runner import command_of, free_slot


@pytest.mark.parametrize(
    ("taken", "slot"),
    [(set(), 0), ({0, 1}, 2), ({1}, 0), ({0, 2}, 1)],
)
def test_free_slot(taken: set[int], slot: int) -> None:
    assert free_slot(taken) == slot


@pytest.mark.parametrize(
    ("image", "command"),
    [
        ("registry.k8s.io/cluster-api/core:v1.14.2", ["/bin/core"]),
        ("mirror.local/any/core:v1.14.2@sha256:abc", ["/bin/core"]),
        ("registry.k8s.io/cluster-api/core:v1.14.3", None),
        ("core", None),
    ],
)
def test_an_image_stands_for_a_command(image: str, command: list[str] | None) -> None:
    assert command_of({"core:v1.14.2": ["/bin/core"]}, deployment(image=image)) == command
