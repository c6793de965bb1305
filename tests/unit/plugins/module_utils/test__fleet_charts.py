# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures: numbers go to their places, nothing leaves the frame, and one of five hundred is still seen."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_charts import (
    WIDTH,
    certificates_chart,
    health_chart,
    life_state,
    versions_chart,
)


def row(
    version: str = "v1.36.6", days: int | None = 100, state: str = "healthy", env: str | None = "prod"
) -> dict[str, Any]:
    life = {
        "lowest": version,
        "days": days,
        "end_of_life": None if days is None else "2027-01-01",
        "state": "maintained",
    }
    return {"kubernetes": life, "certificates": {"days": days}, "health": {"state": state}, "environment": env}


def test_versions_are_in_their_order_and_in_scale() -> None:
    bars = versions_chart([row("v1.10.1"), row("v1.9.3"), row("v1.9.4"), row("strange")], 60)["bars"]
    assert [(b["label"], b["count"]) for b in bars] == [("unknown", 1), ("v1.9", 2), ("v1.10", 1)]
    assert bars[1]["width"] == pytest.approx(2 * bars[0]["width"], abs=0.2)


@pytest.mark.parametrize(
    ("life", "state"),
    [
        ({"days": 59, "state": "maintained"}, "soon"),
        ({"days": 60, "state": "maintained"}, "maintained"),
        ({"days": -1, "state": "ended"}, "ended"),
        ({"days": None, "state": "unknown"}, "unknown"),
    ],
)
def test_colours_of_lives(life: dict[str, Any], state: str) -> None:
    assert life_state(life, 60) == state


@pytest.mark.parametrize(
    ("days", "words", "state"),
    [
        (-400, "ended", "ended"),
        (0, "2026-11-01 to 2026-11-07", "ended"),
        (27, "2026-11-22 to 2026-11-28", "ended"),
        (45, "2026-12-13 to 2026-12-19", "soon"),
        (200, "2027-05-16 to 2027-05-22", "maintained"),
        (4000, "from 2027-10-31", "maintained"),
    ],
)
def test_a_certificate_is_in_its_week(days: int, words: str, state: str) -> None:
    (week,) = certificates_chart([row(days=days)], "2026-11-01", 30)["bars"]
    assert (week["count"], week["words"], week["state"]) == (1, words, state)
    assert 0 <= week["x"] <= WIDTH - week["width"]


def test_unknown_certificates_are_counted_and_not_drawn() -> None:
    chart = certificates_chart([row(days=None), row()], "2026-11-01", 30)
    assert (chart["unknown"], len(chart["bars"])) == (1, 1)


def test_months_are_named_in_order() -> None:
    ticks = certificates_chart([row()], "2026-11-01", 30)["ticks"]
    assert [t["label"] for t in ticks][:3] == ["Dec", "Jan 2027", "Feb"]
    assert [t["x"] for t in ticks] == sorted(t["x"] for t in ticks)
    assert ticks[-1]["x"] <= WIDTH


def test_environments_are_divided_by_state() -> None:
    rows = [row(), row(), row(state="unhealthy"), row(env=None)]
    chart = health_chart(rows)
    assert [(r["label"], r["count"]) for r in chart["rows"]] == [("prod", 3), ("(no label)", 1)]
    assert [(p["state"], p["count"]) for p in chart["rows"][0]["parts"]] == [("healthy", 2), ("unhealthy", 1)]
    assert chart["states"] == ["healthy", "unhealthy"]


def test_one_of_five_hundred_is_seen_and_the_bar_keeps_its_length() -> None:
    whole = health_chart([row()] * 500)["rows"][0]["parts"]
    parts = health_chart([row()] * 499 + [row(state="unhealthy")])["rows"][0]["parts"]
    assert parts[1]["width"] > 2
    assert sum(p["width"] for p in parts) == pytest.approx(whole[0]["width"], abs=0.2)


def test_a_long_name_is_cut_in_the_picture_alone() -> None:
    (found,) = health_chart([row(env="a-very-long-environment")])["rows"]
    assert (found["label"], found["short"]) == ("a-very-long-environment", "a-very-lo...")


def test_nothing_to_draw() -> None:
    assert versions_chart([], 60)["bars"] == []
    assert certificates_chart([], "2026-11-01", 30)["bars"] == []
    assert health_chart([])["rows"] == []
