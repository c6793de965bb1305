# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node pools of a topology wait, who said so, and which variables differ."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import (
    DEFER,
    OURS,
    Marks,
    changed_variables,
    marks_of,
    topology_pools,
)
from upgrade_world import Pool, objects, parts

BY_US = {DEFER: "true", OURS: "true"}
BY_OTHERS = {DEFER: ""}


def classy(**notes: Any) -> list[Object]:
    """Pools a, b and c; ``notes`` are annotations in the topology."""
    found = objects(pools=[Pool(n) for n in "abc"], class_name="c")
    for entry in found[0]["spec"]["topology"]["workers"]["machineDeployments"]:
        if entry["name"] in notes:
            entry["metadata"] = {"annotations": notes[entry["name"]]}
    return found


MARKS: dict[str, tuple[dict[str, Any], str, bool, tuple[str, str, str]]] = {
    "all follow": ({}, "abc", True, ("", "", "")),
    "the others are deferred": ({}, "b", True, ("ac", "", "")),
    "none follows": ({}, "", True, ("abc", "", "")),
    "no mark where the version stays": ({}, "b", False, ("", "", "")),
    "ours are lifted": ({"a": BY_US}, "abc", False, ("", "a", "a")),
    "those of others are left alone": ({"a": BY_OTHERS}, "abc", False, ("", "", "a")),
    "what is deferred stays as it is": ({"a": BY_OTHERS, "b": BY_US}, "c", True, ("", "", "ab")),
    "one lifted, one deferred": ({"a": BY_US}, "ab", True, ("c", "a", "a")),
}


@pytest.mark.parametrize(("notes", "chosen", "moves", "wanted"), MARKS.values(), ids=MARKS)
def test_marks(notes: Any, chosen: str, moves: bool, wanted: tuple[str, str, str]) -> None:
    seen = parts(classy(**notes))
    pools = [p for p in seen.pools if p["metadata"]["name"][-1] in chosen]
    found = marks_of(seen.cluster, pools, moves=moves)
    assert found == Marks(*map(frozenset, wanted))
    assert found.changed is bool(wanted[0] or wanted[1])


def test_pools_of_both_lists() -> None:
    item = classy()[0]
    item["spec"]["topology"]["workers"] = {"machinePools": [{"name": "p"}], "machineDeployments": [{"name": "d"}]}
    assert [(key, e["name"]) for key, e in topology_pools(item)] == [("machineDeployments", "d"), ("machinePools", "p")]
    assert list(topology_pools(objects()[0])) == []


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        (None, {}),
        ({}, {}),
        ({"image": "a"}, {}),
        ({"image": "b"}, {"image": "b"}),
        ({"new": None}, {"new": None}),
        ({"image": "a", "size": 2}, {"size": 2}),
    ],
)
def test_variables(wanted: Any, changed: Any) -> None:
    item = classy()[0]
    item["spec"]["topology"]["variables"] = [{"name": "image", "value": "a"}, {"name": "size", "value": 1}]
    assert changed_variables(item, wanted) == changed
