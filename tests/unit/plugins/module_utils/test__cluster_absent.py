# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that shall be gone: what is deleted, what protects it, what blocks it, and what is left to a later run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Refused, Stalled
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import CLUSTER_LABEL, PROTECTED_LABEL, Object
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from builders import cluster, machine
from cluster_world import CLUSTER, World, ensure, manifests, template, written
from fakes import FakeClock, FakeKube

DELETED = ("delete", "Cluster default/prod")
HELD = {"Deleting": {"status": "True", "reason": "WaitingForInfrastructureDeletion"}}


def test_the_cluster_alone_is_deleted_then_our_templates() -> None:
    kube = World()
    ensure(kube)
    kube.writes.clear()
    outcome = absent(kube)
    assert written(kube)[0] == DELETED
    assert sorted(ref.partition(" ")[0] for _verb, ref in written(kube)[1:]) == [
        "DevMachineTemplate",
        "DevMachineTemplate",
        "KubeadmConfigTemplate",
    ]
    assert outcome.changed
    assert len(outcome.before) == 4
    assert (outcome.values["name"], outcome.values["namespace"]) == ("prod", "default")


def test_again_writes_nothing() -> None:
    kube = World()
    ensure(kube)
    absent(kube)
    kube.writes.clear()
    assert not absent(kube).changed
    assert kube.writes == []


def test_one_that_never_was() -> None:
    kube, clock = FakeKube(), FakeClock()
    assert not absent(kube, clock=clock).changed
    assert (kube.writes, clock.seconds) == ([], 0)
    assert kube.lines == ["default/prod: there is no such Cluster"]  # type: ignore[attr-defined]


OTHERS = [
    {"metadata": {"labels": {CLUSTER_LABEL: "prod"}}},
    {"metadata": {"labels": {CLUSTER_LABEL: "other"}, "managedFields": [{"manager": "capi.lifecycle"}]}},
    {"metadata": {"managedFields": [{"manager": "capi.lifecycle"}]}},
]


@pytest.mark.parametrize("change", OTHERS, ids=["not ours", "of another cluster", "of no cluster"])
def test_templates_of_others_stay(change: Any) -> None:
    item = template("a")
    kube = FakeKube({**item, "metadata": {**item["metadata"], **change["metadata"]}})
    assert not absent(kube).changed
    assert kube.writes == []


def test_a_template_of_two_clusters_stays() -> None:
    """CAPI makes each of them an owner."""
    kube = World()
    ensure(kube)
    for key, item in kube.items.items():
        if key[1] == "DevMachineTemplate":
            item["metadata"]["ownerReferences"] = [{"kind": "Cluster", "name": n} for n in ("prod", "other")]
    absent(kube)
    assert [key[1] for key in kube.items if key[1].endswith("Template")] == ["DevMachineTemplate"] * 2


def test_an_adopted_template_stays() -> None:
    """It was made by somebody else, and may serve others."""
    kube = World()
    for item in manifests():
        kube.put(item)
    kube.settle()
    ensure(kube)
    absent(kube)
    left = sorted(key[3] for key in kube.items if key[1].endswith("Template"))
    assert left == ["prod-cp-1", "prod-md-0-1", "prod-md-0-1"]


@pytest.mark.parametrize(
    ("live", "params", "allowed", "words"),
    [
        ({PROTECTED_LABEL: "true"}, {}, False, f"it has the label {PROTECTED_LABEL})"),
        ({PROTECTED_LABEL: "yes"}, {}, False, f"it has the label {PROTECTED_LABEL})"),
        ({PROTECTED_LABEL: "true"}, {"confirm": "prdo"}, False, "confirm is 'prdo'"),
        ({PROTECTED_LABEL: "true"}, {"confirm": "prod"}, True, ""),
        ({PROTECTED_LABEL: "false"}, {}, True, ""),
        ({}, {"protected": True}, False, "the task says protected: true"),
        ({}, {"protected": True, "confirm": "prod"}, True, ""),
        ({}, {}, True, ""),
    ],
    ids=[
        "label",
        "another value",
        "misspelt confirm",
        "label, confirmed",
        "label false",
        "task",
        "task, confirmed",
        "not protected",
    ],
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["run", "check mode"])
def test_protection(live: Any, params: Any, allowed: bool, words: str, dry_run: bool) -> None:
    kube = FakeKube(cluster(labels=live), dry_run=dry_run)
    if allowed:
        assert absent(kube, **params).changed
        assert written(kube) == ([] if dry_run else [DELETED])
        return
    with pytest.raises(Refused) as caught:
        absent(kube, **params)
    assert words in str(caught.value)
    assert "To delete it, set confirm: prod" in str(caught.value)
    assert kube.writes == []


BLOCKS: dict[str, tuple[list[Object], str]] = {
    "a machine": (
        [machine("m", deleting=True, conditions={"Deleting": {"status": "True", "reason": "DrainingNode"}})],
        "1 machines left; m: DrainingNode",
    ),
    "a finalizer": ([], "finalizers a.example/hold are still there"),
}


@pytest.mark.parametrize(("left", "words"), BLOCKS.values(), ids=BLOCKS)
def test_what_blocks_is_named_and_finalizers_are_never_stripped(left: list[Object], words: str) -> None:
    kube = FakeKube(held(), *left)
    with pytest.raises(Stalled, match="nothing has moved for 15m00s") as caught:
        absent(kube)
    assert words in str(caught.value)
    assert caught.value.details["finalizers"] == ["a.example/hold"]
    assert written(kube) == [DELETED]


def test_a_cluster_that_is_being_deleted_is_only_waited_for() -> None:
    kube = FakeKube(held(deletionTimestamp="2026-11-01T10:00:00Z"))
    clock = FakeClock(lambda seconds: kube.take(CLUSTER))
    assert absent(kube, clock=clock).changed
    assert (kube.writes, clock.seconds) == ([], 5)


def test_without_waiting_the_templates_are_left_to_the_next_run() -> None:
    """Machines that are still there need them."""
    kube = World()
    ensure(kube)
    kube.writes.clear()
    kube.put({**kube.get(CLUSTER), "metadata": held()["metadata"]})  # type: ignore[dict-item]
    clock = FakeClock()
    outcome = absent(kube, clock=clock, wait=False)
    assert (outcome.changed, outcome.values["outcome"]) == (True, "waiting")
    again = absent(kube, clock=clock, wait=False)
    assert (again.changed, again.values["outcome"]) == (False, "waiting")
    assert (written(kube), clock.seconds) == ([DELETED], 0)
    kube.take(CLUSTER)
    assert absent(kube, wait=False).changed
    assert len(written(kube)) == 4


def test_another_cluster_of_the_same_name_is_spared() -> None:
    """Between look and deletion somebody made it anew."""
    kube = Recreated(cluster())
    with pytest.raises(Exception, match="UID"):
        absent(kube)
    assert written(kube) == []


class Recreated(FakeKube):
    def delete(self, ref: Any, uid: str = "") -> bool:
        self.items[ref.group, ref.kind, ref.namespace, ref.name]["metadata"]["uid"] = "another"
        return super().delete(ref, uid)


def held(**meta: Any) -> Object:
    return cluster(conditions=HELD, finalizers=["a.example/hold"], **meta)


def absent(kube: FakeKube, **params: Any) -> Outcome:
    return ensure(kube, state="absent", manifests=None, **params)
