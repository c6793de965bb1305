# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._drain_words import budgets_over, held_pods
from fake_host import recording

STRICT = recording("pdb-list")["stdout_json"]["items"]
POD = {"metadata": {"namespace": "default", "name": "web-1", "labels": {"app": "web", "tier": "front"}}}


def test_pods_that_a_budget_holds_are_named_once() -> None:
    why = "Cannot evict pod as it would violate the pod's disruption budget."
    assert held_pods(recording("drain-pdb-blocked")["stderr"]) == [
        ("default", "web-6c4ddf7849-czsn7", why),
        ("default", "web-6c4ddf7849-pv44m", why),
    ]


def test_pods_that_nobody_makes_anew() -> None:
    assert held_pods(recording("drain-bare-pod")["stderr"]) == [
        ("default", "bare", "kubectl cannot delete Pods that declare no controller")
    ]


def test_nothing() -> None:
    assert held_pods("error: connection refused") == []


def budget(selector: object, **values: object) -> dict:
    status = {"disruptionsAllowed": values.get("allowed", 0)}
    meta = {"namespace": values.get("namespace", "default"), "name": "b"}
    return {"metadata": meta, "spec": {"selector": selector}, "status": status}


def expression(key: str, operator: str, *values: str) -> dict:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_the_budget_of_the_recording() -> None:
    assert budgets_over(POD, STRICT) == ["default/strict"]


@pytest.mark.parametrize(
    ("found", "blamed"),
    [
        (budget({}), True),
        (budget(None), False),
        (budget({"matchLabels": {"app": "db"}}), False),
        (budget({"matchLabels": {"app": "web"}}, allowed=1), False),
        (budget({"matchLabels": {"app": "web"}}, namespace="other"), False),
        (budget(expression("tier", "In", "front", "back")), True),
        (budget(expression("tier", "NotIn", "front")), False),
        (budget(expression("tier", "Exists")), True),
        (budget(expression("gpu", "DoesNotExist")), True),
        (budget(expression("gpu", "Exists")), False),
    ],
)
def test_who_is_blamed(found: dict, blamed: bool) -> None:
    assert budgets_over(POD, [found]) == (["default/b"] if blamed else [])
