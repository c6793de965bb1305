# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that shall be there, against FakeKube: what is written, what is told, and when nothing is touched."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref
from builders import INFRASTRUCTURE
from cluster_world import CLUSTER, V, World, edited, ensure, key_of, manifests, pool_template, written
from fakes import KINDS, FakeClock, FakeKube


def test_create_writes_everything_in_order_and_waits() -> None:
    kube = World()
    outcome = ensure(kube)
    assert outcome.changed
    assert [ref.partition(" ")[0] for _verb, ref in written(kube)] == [
        "DevMachineTemplate",
        "DevMachineTemplate",
        "KubeadmConfigTemplate",
        "DevCluster",
        "KubeadmControlPlane",
        "Cluster",
        "MachineDeployment",
    ], "what is referred to comes first"
    assert outcome.values["message"] == "default/prod: control plane 1/1, workers 1/1"
    assert (outcome.values["name"], outcome.values["namespace"]) == ("prod", "default")
    assert len(outcome.values["objects"]) == 7
    assert outcome.before == {}
    assert set(outcome.after) == set(outcome.values["objects"])


def test_again_writes_nothing_and_looks_once() -> None:
    """I1: a second run after success sends no write at all."""
    kube = World()
    ensure(kube)
    writes, clock = len(kube.writes), FakeClock()
    again = ensure(kube, clock=clock)
    assert not again.changed
    assert (len(kube.writes), clock.seconds) == (writes, 0)
    assert again.before == again.after


def test_a_change_writes_what_differs_only() -> None:
    kube = World()
    ensure(kube)
    kube.writes.clear()
    items = manifests()
    items[2]["spec"]["replicas"] = 2
    outcome = ensure(kube, manifests=items)
    assert written(kube) == [("apply", "MachineDeployment default/prod-md-0")]
    assert outcome.changed
    assert [d["after_header"] for d in outcome.to_result(diff=True)["diff"]] == ["MachineDeployment default/prod-md-0"]
    assert outcome.values["message"].endswith("workers 2/2")


def test_a_changed_template_gets_a_new_name_and_the_reference_follows() -> None:
    kube = World()
    ensure(kube)
    kube.writes.clear()
    old = pool_template(kube)
    ensure(kube, manifests=manifests(size=2))
    new = pool_template(kube)
    assert new.startswith("prod-md-0-1-")
    assert new != old
    assert written(kube) == [
        ("apply", f"DevMachineTemplate default/{new}"),
        ("apply", "MachineDeployment default/prod-md-0"),
    ]
    stored = kube.get(Ref(f"{INFRASTRUCTURE}/{V}", "DevMachineTemplate", "default", old))
    assert stored is not None, "machines of the old template are still there: it is not touched"


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_writes_nothing_and_tells_the_truth(state: str) -> None:
    kube = World()
    if state == "absent":
        ensure(kube)
    kube.writes.clear()
    kube.dry_run = True
    outcome = ensure(kube, state=state)
    assert outcome.changed
    assert kube.writes == []
    said = "would create 7 and change 0 objects" if state == "present" else "would delete Cluster default/prod"
    assert any(said in line for line in kube.lines)


def test_check_mode_of_a_change_counts() -> None:
    kube = World()
    ensure(kube)
    kube.dry_run = True
    outcome = ensure(kube, manifests=manifests(size=2))
    assert outcome.changed
    assert kube.lines == ["default/prod: would create 1 and change 1 objects"]
    assert ensure(kube).changed is False
    assert kube.lines == []


FINDINGS = {
    "even control plane": (edited(1, {"spec": {**manifests()[1]["spec"], "replicas": 2}}), "use 3 instead of 2"),
    "unknown kind": (edited(3, {"kind": "DevKluster"}), "DevKluster"),
    "dangling reference": ([i for i in manifests() if i["metadata"]["name"] != "prod-cp-1"], "neither in the set"),
    "another namespace": (edited(2, {"metadata": {"name": "prod-md-0", "namespace": "elsewhere"}}), "elsewhere"),
}


@pytest.mark.parametrize(("items", "words"), FINDINGS.values(), ids=FINDINGS)
def test_one_finding_means_no_write_at_all(items: list[Object], words: str) -> None:
    kube = World()
    with pytest.raises(InvalidInput) as caught:
        ensure(kube, manifests=items)
    assert words in str(caught.value)
    assert kube.writes == []


def test_findings_of_all_kinds_come_at_once() -> None:
    kube = World()
    kube.refuse = lambda item: InvalidInput("x: spec is immutable") if item["kind"] == "KubeadmControlPlane" else None
    items = [i for i in edited(3, {"kind": "DevKluster"}) if i["metadata"]["name"] != "prod-cp-1"]
    items[2]["metadata"]["namespace"] = "elsewhere"
    with pytest.raises(InvalidInput) as caught:
        ensure(kube, manifests=items)
    for words in (
        "DevKluster",
        "prod-cp-1 is neither",
        "spec is immutable",
        "namespace elsewhere",
        "another namespace",
    ):
        assert words in str(caught.value), words
    assert kube.writes == []


def test_a_finding_about_what_is_there_means_no_write() -> None:
    kube = World()
    ensure(kube)
    kube.writes.clear()
    live = kube.items[key_of(CLUSTER)]
    kube.put({**live, "metadata": {**live["metadata"], "deletionTimestamp": "2026-11-01T10:00:00Z"}})
    with pytest.raises(InvalidInput, match="it is being deleted"):
        ensure(kube, manifests=manifests(size=2))
    assert kube.writes == []


@pytest.mark.parametrize("namespace_in_set", [False, True], ids=["missing", "in the set"])
def test_the_namespace(namespace_in_set: bool) -> None:
    items = [{**i, "metadata": {**i["metadata"], "namespace": "team"}} for i in manifests()]
    kube = World()
    if namespace_in_set:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
        ensure(kube, manifests=[*items, space], namespace="team", wait=False)
        assert kube.writes[0] == ("apply", "Namespace team")
        assert len(written(kube)) == 8
        return
    with pytest.raises(InvalidInput, match="namespace team: it does not exist"):
        ensure(kube, manifests=items, namespace="team")
    assert kube.writes == []


def test_without_cluster_api() -> None:
    kube = FakeKube(kinds=tuple(k for k in KINDS if "cluster.x-k8s.io" not in k.api_version))
    with pytest.raises(NotFound, match="has no Cluster API"):
        ensure(kube, state="absent")
    with pytest.raises(InvalidInput, match=r"Cluster in cluster\.x-k8s\.io/v1beta2 is not known"):
        ensure(kube)
    assert kube.writes == []
