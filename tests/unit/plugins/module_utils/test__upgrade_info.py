# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of many clusters: what is read does not grow with their number, and refusals come at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Forbidden,
    NotFound,
    Refused,
    Unreachable,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_info import read_plans
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import TEMPLATE_NOTE
from builders import CORE, KUBECONFIG, cluster, control_plane, encoded, kubeconfig_secret, machine, machine_deployment
from fakes import FakeKube, session
from upgrade_world import V, lines, template

NOW, NEXT = "v1.34.3", "v1.35.10"


def members(name: str, version: str = NOW, namespace: str = "default", class_name: str = "") -> list[Object]:
    """A cluster with one control plane machine and a pool of one."""
    where: dict[str, Any] = {"cluster": name, "namespace": namespace, "version": version}
    status = {"deprecated": {"v1beta1": {"updatedReplicas": 1}}}
    topology = {"topology.cluster.x-k8s.io/deployment-name": "md"} if class_name else {}
    found = [
        cluster(name, namespace=namespace, class_name=class_name, version=version),
        control_plane(f"{name}-cp", replicas=1, status=status, **where),
        machine_deployment(f"{name}-md", replicas=1, status=status, labels=topology, **where),
        machine(f"{name}-cp-0", **where),
        machine(f"{name}-md-0", pool=f"{name}-md", **where),
        template(f"{name}-cp-1"),
        template(f"{name}-md-1"),
    ]
    return [{**i, "metadata": {**i["metadata"], "namespace": namespace}} for i in found]


def kube_of(*groups: list[Object]) -> FakeKube:
    spec = {"apiVersion": f"{CORE}/{V}", "kind": "ClusterClass", "metadata": {"name": "c", "namespace": "default"}}
    spaces = {i["metadata"]["namespace"] for g in groups for i in g}
    namespaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}} for n in spaces]
    return FakeKube(*namespaces, spec, *(item for group in groups for item in group))


def asked(name: str, target: str = NEXT, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "kubernetes_version": target, "key": name.upper(), **more}


def plans(kube: FakeKube, *wishes: dict[str, Any]) -> Outcome:
    return read_plans(session(kube), {"clusters": list(wishes)})


def lists(kube: FakeKube) -> Counter[str]:
    return Counter(what.split()[0] for verb, what in kube.reads if verb == "list")


@pytest.mark.parametrize("class_name", ["", "c"])
def test_a_hundred_clusters_at_rest_cost_as_many_reads_as_one(class_name: str) -> None:
    reads = []
    for number in (1, 100):
        names = [f"c{n:03d}" for n in range(number)]
        kube = kube_of(*(members(n, NEXT, class_name=class_name) for n in names))
        found = plans(kube, *map(asked, names)).values["plans"]
        assert [p["has_work"] for p in found] == [False] * number
        assert set(lists(kube).values()) == {1}, "one LIST a kind"
        reads.append(len(kube.reads))
    assert reads[0] == reads[1]


def test_a_hundred_clusters_to_upgrade_are_listed_once() -> None:
    names = [f"c{n:03d}" for n in range(100)]
    kube = kube_of(*map(members, names))
    found = plans(kube, *map(asked, names)).values["plans"]
    assert [p["plan"]["machines"] for p in found] == [[f"{n}-cp-0", f"{n}-md-0"] for n in names]
    assert set(lists(kube).values()) == {1}
    assert kube.writes == []


IMAGE = [{"machine_template": {"patch": {"image": "kube-{kubernetes_version}"}}}]


@pytest.mark.parametrize("version", [NOW, NEXT], ids=["to upgrade", "at rest"])
def test_templates_of_a_hundred_clusters_are_listed_once(version: str) -> None:
    names = [f"c{n:03d}" for n in range(100)]
    kube = kube_of(*(members(n, version) for n in names))
    found = plans(kube, *(asked(n, overrides=IMAGE) for n in names)).values["plans"]
    assert all(p["has_work"] for p in found), "a new image is work, too"
    assert lists(kube)["DevMachineTemplate"] == 1
    assert [what for verb, what in kube.reads if verb == "get" and what.startswith("DevMachineTemplate")] == []


def test_a_template_that_is_not_there_is_not_asked_for_again() -> None:
    items = [i for i in members("a") if i["metadata"]["name"] != "a-md-1"]
    kube = kube_of(items, members("b"))
    with pytest.raises(Refused, match="- default/a: template: MachineDeployment a-md refers to DevMachineTemplate"):
        plans(kube, asked("a"), asked("b"))
    assert lists(kube)["DevMachineTemplate"] == 1
    assert not [what for verb, what in kube.reads if verb == "get" and what.startswith("DevMachineTemplate")]


def test_a_class_is_read_once() -> None:
    names = [f"c{n}" for n in range(9)]
    kube = kube_of(*(members(n, class_name="c") for n in names))
    plans(kube, *map(asked, names))
    assert [what for verb, what in kube.reads if what.startswith("ClusterClass")] == ["ClusterClass default/c"]


def test_checks_run_only_where_something_is_written() -> None:
    """What moves to its end without us is only waited for."""
    items = members("a", NEXT)
    items[1]["metadata"]["generation"] = 2
    items[1]["metadata"]["annotations"] = {"argocd.argoproj.io/x": "y"}
    kube = kube_of(items)
    found = plans(kube, asked("a")).values["plans"][0]
    assert (found["has_work"], found["checks"], found["refused"]) == (True, [], "")
    assert "the change is not taken up yet" in found["plan"]["waits_for"]


def test_what_is_still_to_be_put_back_is_work() -> None:
    items = members("a", NEXT)
    items[1]["metadata"]["annotations"] = {TEMPLATE_NOTE: "true"}
    found = plans(kube_of(items), asked("a")).values["plans"][0]
    assert (found["has_work"], found["checks"]) == (True, [])


def test_an_entry() -> None:
    kube = kube_of(members("a"), members("b", NEXT))
    first, second = plans(kube, asked("b"), asked("a")).values["plans"]
    assert (first["key"], first["name"], first["has_work"], first["refused"]) == ("B", "b", False, ""), "their order"
    assert (second["from_version"], second["kubernetes_version"], second["has_work"]) == (NOW, NEXT, True)
    assert {c["id"]: c["status"] for c in second["checks"]}["paused"] == "ok"
    assert "1 of 2 clusters are as wanted, nothing is to be done" in lines(kube)
    assert "default/a: step 1/2  control plane" in lines(kube)


def paused(name: str) -> list[Object]:
    found = members(name)
    found[1]["metadata"]["annotations"] = {"cluster.x-k8s.io/paused": ""}
    return found


def test_refusals_of_several_are_told_at_once() -> None:
    kube = kube_of(paused("a"), members("b"), members("c"), members("d"))
    wishes = [asked("a"), asked("b", "v1.33.1"), asked("c"), asked("d", node_pools=["mdd"])]
    with pytest.raises(Refused) as caught:
        plans(kube, *wishes)
    words = str(caught.value)
    assert words.startswith("3 of 4 clusters may not be upgraded now, nothing was changed:\n")
    for part in (
        "- default/a: paused: KubeadmControlPlane a-cp is paused",
        "- default/b: kubernetes_version v1.33.1 is lower than the live v1.34.3",
        "- default/d has no node pool 'mdd'; did you mean",
    ):
        assert part in words, part
    assert [p["key"] for p in caught.value.details["plans"]] == ["A", "B", "D"]
    assert kube.writes == []


def test_a_check_that_is_skipped_for_one() -> None:
    kube = kube_of(paused("a"))
    found = plans(kube, asked("a", skip_checks=["paused"])).values["plans"][0]
    assert (found["refused"], {c["id"]: c["status"] for c in found["checks"]}["paused"]) == ("", "skipped")


def test_clusters_that_are_not_there_are_all_named() -> None:
    kube = kube_of(members("prod"), members("stage"))
    with pytest.raises(NotFound) as caught:
        plans(kube, asked("prod"), asked("stag"), asked("zzz"))
    words = "There is no Cluster default/stag, default/zzz; did you mean 'default/stage'? (there are: "
    assert str(caught.value).startswith(words)
    assert caught.value.details["missing"] == ["default/stag", "default/zzz"]
    with pytest.raises(NotFound, match=r"\(there are: none\)"):
        plans(FakeKube(), asked("prod"))


def test_mixed_namespaces() -> None:
    """The same name in two namespaces is two clusters."""
    kube = kube_of(members("a", namespace="one"), members("a", NEXT, namespace="two"), members("b", namespace="two"))
    wishes = [asked("a", namespace="two"), asked("a", namespace="one")]
    found = plans(kube, *wishes).values["plans"]
    assert [(p["namespace"], p["from_version"], p["has_work"]) for p in found] == [
        ("two", NEXT, False),
        ("one", NOW, True),
    ]
    assert set(lists(kube).values()) == {1}
    assert ("list", "Machine *") in kube.reads


def test_one_namespace_reads_no_other() -> None:
    kube = kube_of(members("a", NEXT, namespace="one"), members("b", namespace="two"))
    plans(kube, asked("a", namespace="one"))
    assert ("list", "Machine one") in kube.reads
    assert not [what for verb, what in kube.reads if verb == "list" and what.endswith("*")]


def test_the_wish_of_one_that_contradicts_itself() -> None:
    kube = kube_of(members("a"), members("b"))
    with pytest.raises(Refused, match="default/b: exactly one of kubernetes_version and rollout_only"):
        plans(kube, asked("a"), asked("b", rollout_only=True))


class MayNot(FakeKube):
    """Some kinds may not be listed."""

    def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        if kind in ("Deployment", "MachineHealthCheck"):
            raise Forbidden(f"you may not list {kind}")
        return super().list(api_version, kind, namespace, labels)


def test_what_may_not_be_read_is_unknown_and_no_error() -> None:
    kube = MayNot(*members("a"))
    found = plans(kube, asked("a")).values["plans"][0]
    unknown = {c["id"]: c["message"] for c in found["checks"] if c["status"] == "unknown"}
    assert unknown == {
        "kubernetes-range": "you may not list Deployment",
        "known-bad-version": "you may not list Deployment",
        "health-check-limit": "you may not list MachineHealthCheck",
        "providers": "you may not list Deployment",
        **{k: v for k, v in unknown.items() if k == "disruption-budgets"},
    }


def test_other_errors_are_not_swallowed() -> None:
    class Down(FakeKube):
        def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
            if kind == "Machine":
                raise CapiError("the server is on fire")
            return super().list(api_version, kind, namespace, labels)

    with pytest.raises(CapiError, match="on fire"):
        plans(Down(*members("a")), asked("a"))


def test_a_workload_cluster_that_is_away_refuses_its_own_upgrade_only() -> None:
    status = {"readyReplicas": 2, "nodeRefs": [{"name": "n"}], "observedGeneration": 9}
    pool = {**machine_deployment("a-mp", cluster="a", version=NOW, replicas=2, status=status), "kind": "MachinePool"}
    kube = kube_of([*members("a"), pool, template("a-mp-1")], members("b"))
    kubeconfig = kubeconfig_secret(value=encoded(KUBECONFIG))
    kube.put({**kubeconfig, "metadata": {"name": "a-kubeconfig", "namespace": "default"}})
    away = session(kube, workload=Unreachable("https://a.example:6443: no answer."))
    with pytest.raises(Refused) as caught:
        read_plans(away, {"clusters": [asked("a", workload_access=True), asked("b", "v1.33.1")]})
    assert "2 of 2 clusters may not be upgraded now, nothing was changed" in str(caught.value)
    assert "- default/a: only the nodes themselves tell the versions of a-mp" in str(caught.value)
    assert "- default/b: kubernetes_version v1.33.1 is lower" in str(caught.value)
