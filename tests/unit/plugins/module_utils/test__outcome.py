# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""changed and diff come from before and after, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome


def entry(name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"before_header": name, "after_header": name, "before": before, "after": after}


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        pytest.param({}, {}, {"before": {}, "after": {}}, id="nothing"),
        pytest.param({"a": 1}, {"a": 1}, {"before": {}, "after": {}}, id="the same"),
        pytest.param({}, {"a": 1}, {"before": {}, "after": {"a": 1}}, id="created"),
        pytest.param({"a": 1}, {}, {"before": {"a": 1}, "after": {}}, id="deleted"),
        pytest.param(
            {"a": 1, "b": 2}, {"a": 1, "b": 3}, {"before": {"b": 2}, "after": {"b": 3}}, id="only what differs"
        ),
        pytest.param({"a": None}, {}, {"before": {"a": None}, "after": {}}, id="null is not the same as absent"),
        pytest.param({}, {"a": {"b": 1}}, [entry("a", None, {"b": 1})], id="an object created"),
        pytest.param({"a": {"b": 1}}, {}, [entry("a", {"b": 1}, None)], id="an object deleted"),
        pytest.param(
            {"a": {"b": 1}, "c": {}},
            {"a": {"b": 2}, "c": {}},
            [entry("a", {"b": 1}, {"b": 2})],
            id="one of two",
        ),
        pytest.param({"a": {}}, {"a": 1}, {"before": {"a": {}}, "after": {"a": 1}}, id="no object any more"),
    ],
)
def test_diff(before: Any, after: Any, diff: Any) -> None:
    result = Outcome(before, after).to_result(diff=True)
    assert result == {"outcome": "done", "changed": before != after, "diff": diff}


def test_no_diff_unless_asked_for() -> None:
    assert Outcome({}, {"a": 1}, {"name": "x"}).to_result(diff=False) == {
        "outcome": "done",
        "changed": True,
        "name": "x",
    }


def test_values_cannot_lie_about_changed() -> None:
    assert Outcome(values={"changed": True}).to_result(diff=False)["changed"] is False
