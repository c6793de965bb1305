# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a workload cluster: its kubeconfig from the Secret, and budgets that let no Pod go."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._workload import kubeconfig_of, tight_budgets
from fakes import FakeKube

KUBECONFIG = "{apiVersion: v1, kind: Config, clusters: [{name: a, cluster: {server: 'https://a.example:6443'}}]}"


def secret(**data: str) -> Object:
    meta = {"name": "prod-kubeconfig", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_kubeconfig() -> None:
    found = kubeconfig_of(FakeKube(secret(value=encoded(KUBECONFIG))), "prod", "default")
    assert found["clusters"][0]["cluster"]["server"] == "https://a.example:6443"


TROUBLE: dict[str, tuple[list[Object], type[Exception], str]] = {
    "no Secret": ([], NotFound, "Secret default/prod-kubeconfig is not there"),
    "no key": ([secret(other="eA==")], NotFound, "has no key 'value'"),
    "no base64": ([secret(value="%")], InvalidInput, "not text in base64"),
    "no YAML": ([secret(value=encoded("{"))], InvalidInput, "not valid YAML"),
    "no kubeconfig": ([secret(value=encoded("[]"))], InvalidInput, "not a kubeconfig"),
}


@pytest.mark.parametrize(("items", "error", "words"), TROUBLE.values(), ids=TROUBLE)
def test_no_kubeconfig(items: list[Object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        kubeconfig_of(FakeKube(*items), "prod", "default")


def budget(allowed: int = 0, expected: int = 2, selector: Any = None) -> Object:
    status = {"disruptionsAllowed": allowed, "expectedPods": expected}
    spec = {"selector": {"matchLabels": {"app": "web"}} if selector is None else selector}
    meta = {"name": "web", "namespace": "default"}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec, "status": status}


def pod(name: str = "web-0", node: str = "node-a") -> Object:
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": node}}


BUDGETS: dict[str, tuple[list[Object], list[str]]] = {
    "no Pod may go": (
        [budget(), pod()],
        ["PodDisruptionBudget default/web lets no Pod go (for example web-0 on node-a: it would violate the budget)."],
    ),
    "one may go": ([budget(allowed=1), pod()], []),
    "of nobody": ([budget(expected=0), pod()], []),
    "on another node": ([budget(), pod(node="node-z")], []),
    "without labels": ([budget(selector={}), pod()], []),
    "the server would evict it": ([budget(), pod("free")], []),
    "no budget": ([pod()], []),
}


@pytest.mark.parametrize(("items", "words"), BUDGETS.values(), ids=BUDGETS)
def test_budgets(items: list[Object], words: list[str]) -> None:
    kube = FakeKube(*items)
    kube.evictions = {"web-0": "it would violate the budget."}
    assert list(tight_budgets(kube, {"node-a", "node-b"})) == words
    assert kube.writes == []
