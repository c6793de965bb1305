# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What kubectl drain says, and which disruption budget stands behind a pod that does not go. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_HELD = re.compile(
    r'^error when evicting pods?/"(?P<name>[^"]+)" -n "(?P<namespace>[^"]+)"[^:]*: (?P<why>.+)$', re.MULTILINE
)
_BARE = re.compile(
    r"cannot delete (?P<what>.+?) \(use [^)]+\): (?P<pods>\S.*?)(?:, continuing command\.\.\.)?$", re.MULTILINE
)
_SLOW = re.compile(r'error when waiting for pod "(?P<name>[^"]+)" (?:in namespace|-n) "(?P<namespace>[^"]+)"')


def held_pods(stderr: str) -> list[tuple[str, str, str]]:
    """Pods that did not go, each (namespace, name, why), in the order of the text."""
    found = [(m["namespace"], m["name"], m["why"].strip()) for m in _HELD.finditer(stderr)]
    found += [(m["namespace"], m["name"], "it did not end in time") for m in _SLOW.finditer(stderr)]
    for match in _BARE.finditer(stderr):
        for pod in match["pods"].split(", "):
            namespace, _slash, name = pod.partition("/")
            found.append((namespace, name, f"kubectl cannot delete {match['what']}"))
    told: dict[tuple[str, str], str] = {}
    for namespace, name, why in found:
        told.setdefault((namespace, name), why)  # the first reason is the pod's own, later ones only sum up
    return [(namespace, name, why) for (namespace, name), why in told.items()]


def budgets_over(pod: Mapping[str, Any], budgets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the PodDisruptionBudgets that select this pod and let none go now."""
    labels = pod["metadata"].get("labels", {})
    return [
        f"{budget['metadata']['namespace']}/{budget['metadata']['name']}"
        for budget in budgets
        if budget["metadata"]["namespace"] == pod["metadata"]["namespace"]
        and not budget.get("status", {}).get("disruptionsAllowed")
        and _selects(budget.get("spec", {}).get("selector"), labels)
    ]


def _selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """A label selector of Kubernetes; an empty one selects all, none at all selects nothing (policy/v1)."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(expression, labels) for expression in selector.get("matchExpressions") or []
    )


def _expression(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(expression["operator"], False)
