# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a workload cluster: its kubeconfig from the Secret, and budgets that let no Pod go."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._workload import (
    kubeconfig_of,
    only_data,
    selector_text,
    tight_budgets,
    told_by_nodes,
)
from builders import KUBECONFIG, cluster, encoded, kubeconfig_secret, machine_deployment, node
from fakes import FakeKube


def test_kubeconfig() -> None:
    found = kubeconfig_of(FakeKube(kubeconfig_secret(value=encoded(KUBECONFIG))), "prod", "default")
    assert found["clusters"][0]["cluster"]["server"] == "https://a.example:6443"


TROUBLE: dict[str, tuple[list[Object], type[Exception], str]] = {
    "no Secret": ([], NotFound, "Secret default/prod-kubeconfig is not there"),
    "no key": ([kubeconfig_secret(other="eA==")], NotFound, "has no key 'value'"),
    "no base64": ([kubeconfig_secret(value="%")], InvalidInput, "not text in base64"),
    "no YAML": ([kubeconfig_secret(value=encoded("{"))], InvalidInput, "not valid YAML"),
    "no kubeconfig": ([kubeconfig_secret(value=encoded("[]"))], InvalidInput, "not a kubeconfig"),
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


def ended(name: str = "web-0") -> Object:
    return {**pod(name), "status": {"phase": "Succeeded"}}


def of_daemon_set(name: str = "web-0") -> Object:
    found = pod(name)
    found["metadata"]["ownerReferences"] = [{"kind": "DaemonSet", "name": "d"}]
    return found


BUDGETS: dict[str, tuple[list[Object], list[str]]] = {
    "no Pod may go": (
        [budget(), pod()],
        ["PodDisruptionBudget default/web lets no Pod go (for example web-0 on node-a: it would violate the budget)."],
    ),
    "one may go": ([budget(allowed=1), pod()], []),
    "of nobody": ([budget(expected=0), pod()], []),
    "on another node": ([budget(), pod(node="node-z")], []),
    "of every Pod there": (
        [budget(selector={}), pod()],
        ["PodDisruptionBudget default/web lets no Pod go (for example web-0 on node-a: it would violate the budget)."],
    ),
    "of Pods that no drain evicts": ([budget(), ended(), of_daemon_set()], []),
    "of one behind such": (
        [budget(), ended("a-0"), of_daemon_set("a-1"), pod()],
        ["PodDisruptionBudget default/web lets no Pod go (for example web-0 on node-a: it would violate the budget)."],
    ),
    "without a selector": ([{**budget(), "spec": {}}, pod()], []),
    "the server would evict it": ([budget(), pod("free")], []),
    "no budget": ([pod()], []),
}


@pytest.mark.parametrize(("items", "words"), BUDGETS.values(), ids=BUDGETS)
def test_budgets(items: list[Object], words: list[str]) -> None:
    kube = FakeKube(*items)
    kube.evictions = {"web-0": "it would violate the budget."}
    assert list(tight_budgets(kube, {"node-a", "node-b"})) == words
    assert kube.writes == []


SELECTORS: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({}, ""),
    "labels": ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
    "in": ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}, "a in (x,y)"),
    "not in": ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}, "a notin (x)"),
    "there": ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a"),
    "both": ({"matchLabels": {"b": "2"}, "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "b=2,!a"),
}


@pytest.mark.parametrize(("selector", "words"), SELECTORS.values(), ids=SELECTORS)
def test_selectors(selector: dict[str, Any], words: str) -> None:
    assert selector_text(selector) == words


UNNAMED = "a version that nobody knows yet (the pool names no nodes)"
UNTOLD, GONE = "a version that its kubelet has not told", "no version any more (the node is gone)"
NODES: dict[str, tuple[list[str], list[Object], dict[str, int]]] = {
    "all at one": (["a", "b"], [node("a"), node("b"), node("of another pool", "v1.30.1")], {"v1.35.4": 2}),
    "half way": (["a", "b"], [node("a"), node("b", "v1.34.1")], {"v1.34.1": 1, "v1.35.4": 1}),
    "one is gone": (["a", "b"], [node("a")], {GONE: 1, "v1.35.4": 1}),
    "none is known yet": ([], [node("a")], {UNNAMED: 2}),
    "a node that has not told": (["a"], [{**node("a"), "status": {}}], {UNTOLD: 1}),
}


@pytest.mark.parametrize(("refs", "nodes", "wanted"), NODES.values(), ids=NODES)
def test_versions_by_nodes(refs: list[str], nodes: list[Object], wanted: dict[str, int]) -> None:
    status = {"readyReplicas": 2, "nodeRefs": [{"name": name} for name in refs]}
    pools = [{**machine_deployment(name, replicas=2, status=status), "kind": "MachinePool"} for name in ("mp", "other")]
    pools.append(machine_deployment("mp", replicas=2))
    found = told_by_nodes(Parts(cluster(), None, pools, []), ["mp"], nodes)
    assert {v["version"]: v["replicas"] for v in found.pools[0]["status"]["versions"]} == wanted
    assert found.pools[0]["status"]["readyReplicas"] == 2
    assert list(found.pools[1:]) == pools[1:], "only the pools that tell nothing themselves"
    assert "versions" not in pools[0]["status"], "the live object stays as it was read"


CA, TOKEN = {"server": "https://a.example", "certificate-authority-data": "eA=="}, {"token": "x"}
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "data only": (CA, {"client-certificate-data": "eA==", "client-key-data": "eA=="}, ""),
    "a token": (CA, TOKEN, ""),
    "a program": (CA, {"exec": {"command": "sh"}}, "its user 'u' has 'exec'"),
    "a library": (CA, {"auth-provider": {"name": "x"}}, "'auth-provider'"),
    "a file": (CA, {"tokenFile": "/etc/passwd"}, "'tokenFile'"),
    "a file of the server": (
        {"server": "x", "certificate-authority": "/x"},
        TOKEN,
        "cluster 'c' has 'certificate-",
    ),
}


@pytest.mark.parametrize(("server", "user", "words"), RUNS.values(), ids=RUNS)
def test_a_kubeconfig_of_a_secret_runs_nothing(server: dict[str, Any], user: dict[str, Any], words: str) -> None:
    given = {"clusters": [{"name": "c", "cluster": server}], "users": [{"name": "u", "user": user}], "contexts": []}
    if not words:
        assert only_data(given, "Secret a/b") == given
        return
    with pytest.raises(InvalidInput, match=f"^Secret a/b: .*{words}"):
        only_data(given, "Secret a/b")
