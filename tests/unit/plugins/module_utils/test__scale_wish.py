# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wishes that contradict themselves; each is refused without a server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._scale_wish import PoolWish, ScaleWish, check_wish


def pool(name: str = "a", **given: Any) -> dict[str, Any]:
    return {"name": name, "state": "present", "replicas": None, "autoscaler": None, "delete_machines": None, **given}


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        pytest.param([], "it asks for nothing; wanted control_plane, node_pools, or both", id="nothing"),
        pytest.param([pool()], "it says nothing to do; wanted replicas, autoscaler, or state: absent", id="empty pool"),
        pytest.param([pool(replicas=-1)], "replicas is -1; wanted 0 or more", id="negative"),
        pytest.param([pool(replicas=1), pool(replicas=2)], "named 2 times", id="twice"),
        pytest.param(
            [pool(state="absent", replicas=1)], "state is absent, and replicas is given", id="gone with number"
        ),
        pytest.param([pool(replicas=1, autoscaler={"min": 1, "max": 2})], "exclude each other", id="number and bounds"),
        pytest.param([pool(autoscaler={"min": 3, "max": 2})], "min is 3 and autoscaler.max is 2", id="bounds crossed"),
        pytest.param([pool(autoscaler={"min": -1, "max": 2})], "autoscaler.min is -1", id="negative bound"),
        pytest.param([pool(delete_machines=["x"])], "without replicas", id="chosen without number"),
        pytest.param([pool(replicas=1, delete_machines=["x", "x"])], "names x more than once", id="chosen twice"),
    ],
)
def test_contradictions(pools: list[dict[str, Any]], words: str) -> None:
    wish = ScaleWish.from_params({"node_pools": pools})
    assert [f for f in check_wish(wish) if words in str(f)], list(map(str, check_wish(wish)))


def test_every_contradiction_is_told() -> None:
    wish = ScaleWish(pools=(PoolWish("a"), PoolWish("b", replicas=-2)))
    assert [f.where for f in check_wish(wish)] == ["node pool a", "node pool b"]


@pytest.mark.parametrize(
    "given",
    [
        {"control_plane": {"replicas": 3}},
        {"node_pools": [pool(replicas=0)]},
        {"node_pools": [pool(state="absent")]},
        {"node_pools": [pool(autoscaler={"min": 0, "max": 0})]},
        {"node_pools": [pool(replicas=1, delete_machines=["x"], **{"class": "worker"})]},
    ],
)
def test_sound_wishes(given: dict[str, Any]) -> None:
    assert list(check_wish(ScaleWish.from_params(given))) == []
