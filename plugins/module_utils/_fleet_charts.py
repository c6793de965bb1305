# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The geometry of the report's three pictures: numbers in, rectangles and places of words out. Pure.

All lengths are in the units of the picture's own viewBox, which is WIDTH wide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ._fleet_support import minor_of

Row = Mapping[str, Any]
WIDTH = 640
_ROW, _BAR, _LEFT, _RIGHT = 34, 20, 92, 236  # of a bar chart; the right side holds words
STATES = ("healthy", "rolling", "provisioning", "degraded", "unhealthy", "paused", "deleting")
_WEEKS, _PLOT, _AXIS, _HEAD = 53, 112, 18, 24  # _HEAD: room for words above the bars
_TODAY = 34  # where today is on the line of weeks
_STEP = (WIDTH - _TODAY - 8) / _WEEKS
_LONGEST_LABEL = 12  # signs that fit left of the bars
_SMALLEST = 3.0  # so that one of five hundred is still seen


def versions_chart(clusters: Sequence[Row], end_of_life_days: int) -> dict[str, Any]:
    """A bar for each minor release in use, oldest first, with its end of life beside it."""
    by_minor: dict[str, list[Row]] = {}
    for row in clusters:
        by_minor.setdefault(minor_of(row["kubernetes"]["lowest"] or ""), []).append(row)
    most = max(map(len, by_minor.values()), default=1)
    bars = []
    for number, minor in enumerate(sorted(by_minor, key=_minor_key)):
        rows, life = by_minor[minor], by_minor[minor][0]["kubernetes"]
        width = _scaled(len(rows), most, WIDTH - _LEFT - _RIGHT)
        bars.append(
            {
                "label": minor or "unknown",
                "count": len(rows),
                "state": life_state(life, end_of_life_days),
                "words": life_words(life),
                "y": number * _ROW,
                "x": _LEFT,
                "width": width,
                "text_x": round(_LEFT + width + 8, 1),
            }
        )
    return {"width": WIDTH, "height": max(1, len(bars)) * _ROW, "bar": _BAR, "bars": bars}


def life_state(life: Row, soon: int) -> str:
    """ended, soon, maintained or unknown."""
    if life["days"] is not None and 0 <= life["days"] < soon:
        return "soon"
    return str(life["state"])


def life_words(life: Row) -> str:
    """Until when, in a few words."""
    if life["end_of_life"] is None:
        return "maintained" if life["state"] == "maintained" else "not in the support data"
    verb = "ended" if life["state"] == "ended" else "until"
    return f"{verb} {life['end_of_life']}"


def certificates_chart(clusters: Sequence[Row], today: str, days: int) -> dict[str, Any]:
    """Clusters by the week in which their first certificate ends; those that have ended stand left of today."""
    ends = [row["certificates"]["days"] for row in clusters if row["certificates"]["days"] is not None]
    weeks = Counter(min(end // 7, _WEEKS - 1) if end >= 0 else -1 for end in ends)
    most, start = max(weeks.values(), default=1), date.fromisoformat(today)
    return {
        "width": WIDTH,
        "height": _PLOT + _AXIS,
        "base": _PLOT,
        "left": _TODAY,
        "bars": [_week(week, count, most, start, days) for week, count in sorted(weeks.items())],
        "ticks": _ticks(start),
        "limit": round(_TODAY + days / 7 * _STEP, 1) if 0 < days < 7 * _WEEKS else None,
        "ended": weeks[-1] > 0,
        "unknown": len(clusters) - len(ends),
    }


def _week(week: int, count: int, most: int, today: date, days: int) -> dict[str, Any]:
    height = _scaled(count, most, _PLOT - _HEAD)
    return {
        "x": round(_TODAY + week * _STEP + (0 if week >= 0 else -10), 1),
        "y": round(_PLOT - height, 1),
        "width": round(_STEP - 2, 1),
        "height": height,
        "count": count,
        "state": _week_state(week, days),
        "words": _week_words(week, today),
    }


def health_chart(clusters: Sequence[Row]) -> dict[str, Any]:
    """A bar for each environment, the largest first, divided by state."""
    by_name: dict[str, Counter[str]] = {}
    for row in clusters:
        by_name.setdefault(row["environment"] or "", Counter())[row["health"]["state"]] += 1
    most = max((sum(c.values()) for c in by_name.values()), default=1)
    rows = []
    for number, (name, states) in enumerate(sorted(by_name.items(), key=lambda e: (-sum(e[1].values()), e[0]))):
        total, label = sum(states.values()), name or "(no label)"
        width = _scaled(total, most, WIDTH - _LEFT - 60)
        rows.append(
            {
                "label": label,
                "short": label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 3] + "...",
                "count": total,
                "y": number * _ROW,
                "text_x": round(_LEFT + width + 8, 1),
                "parts": _parts(states, width),
            }
        )
    used = [state for state in STATES if any(state in states for states in by_name.values())]
    return {"width": WIDTH, "height": max(1, len(rows)) * _ROW, "bar": _BAR, "rows": rows, "states": used}


def _parts(states: Mapping[str, int], width: float) -> list[dict[str, Any]]:
    """The states of one bar side by side; a small one keeps a width that can be seen, at the cost of the others."""
    total, there = sum(states.values()), [s for s in STATES if states.get(s)]
    raw = {s: max(_SMALLEST, width * states[s] / total) for s in there}
    factor, x, found = width / sum(raw.values()), float(_LEFT), []
    for state in there:
        part = raw[state] * factor
        found.append({"state": state, "count": states[state], "x": round(x, 1), "width": round(part, 1)})
        x += part
    return found


def _scaled(count: int, most: int, room: float) -> float:
    return round(max(_SMALLEST, room * count / most), 1)


def _minor_key(minor: str) -> tuple[int, int]:
    if not minor:
        return (0, 0)
    major, _dot, rest = minor.removeprefix("v").partition(".")
    return int(major), int(rest)


def _week_state(week: int, days: int) -> str:
    if week < 0:
        return "ended"
    return "ended" if (week + 1) * 7 <= days else ("soon" if week * 7 < 2 * days else "maintained")


def _week_words(week: int, today: date) -> str:
    if week < 0:
        return "ended"
    first = today + timedelta(days=7 * week)
    last = first + timedelta(days=6)
    return f"from {first}" if week == _WEEKS - 1 else f"{first} to {last}"


def _ticks(today: date) -> list[dict[str, Any]]:
    """The first of each month, named where there is room."""
    found, month = [], date(today.year, today.month, 1)
    for _number in range(13):
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        days = (month - today).days
        if days < 7 * _WEEKS:
            name = f"{month:%b}" + (f" {month:%Y}" if month.month == 1 else "")
            found.append({"x": round(_TODAY + days / 7 * _STEP, 1), "label": name})
    return found
