# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling against a fake API server whose controllers follow at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
    Stalled,
    Unreachable,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, dig, ref_of
from builders import machine
from fakes import FakeClock, FakeKube
from scale_world import CLUSTER, POOL, World, classic, classy, entry, pool_wish, scale

MARK = "cluster.x-k8s.io/delete-machine"
LEASE = "Lease default/capi-lifecycle-prod"


def written(kube: FakeKube) -> list[tuple[str, str]]:
    """The writes, but for those of the lease."""
    return [write for write in kube.writes if write[1] != LEASE]


def pools_of(kube: FakeKube) -> dict[str, Any]:
    found = dig(kube.get(CLUSTER), "spec", "topology", "workers", "machineDeployments", default=[])
    return {item["name"]: item.get("replicas") for item in found}


class TestNumbers:
    def test_a_classic_pool_grows(self) -> None:
        kube, clock = World(*classic()), FakeClock()
        outcome = scale(kube, pool_wish(replicas=5), clock=clock)
        assert (outcome.changed, len(kube.names()), written(kube)) == (True, 5, [("apply", str(POOL))])
        assert outcome.values["message"] == "default/prod: md-0 5/5"
        facts = {"name": "prod-md-0", "action": "scale", "from": 3, "to": 5, "machines": [], "held_back": None}
        assert outcome.values["changes"] == [facts]
        assert clock.seconds == 5, "two good looks after a write"

    def test_only_the_number_differs(self) -> None:
        kube = World(*classic())
        outcome = scale(kube, pool_wish(replicas=5))
        expected = copy.deepcopy(dict(outcome.before))
        expected[str(POOL)]["spec"]["replicas"] = 5
        assert outcome.after == expected

    def test_in_a_topology_the_others_stay(self) -> None:
        kube = World(*classy(entry("b", 2), entry("a", 1)))
        scale(kube, pool_wish("a", replicas=4), planes=1)
        assert (pools_of(kube), list(pools_of(kube))) == ({"b": 2, "a": 4}, ["b", "a"])
        assert written(kube) == [("apply", str(CLUSTER))]
        assert (len(kube.names("prod-a")), len(kube.names(""))) == (4, 1)

    @pytest.mark.parametrize("items", [classic(), classy(entry("md-0", 3))])
    def test_a_second_run_writes_nothing_and_looks_once(self, items: list[Object]) -> None:
        kube = World(*items)
        scale(kube, pool_wish(replicas=5), planes=5)
        kube.writes.clear()
        clock = FakeClock()
        outcome = scale(kube, pool_wish(replicas=5), planes=5, clock=clock)
        assert (outcome.changed, kube.writes, clock.seconds) == (False, [], 0)
        assert outcome.values["message"] == "default/prod: control plane 5/5, md-0 5/5"

    def test_a_killed_run_is_waited_for_by_the_next(self) -> None:
        kube = World(*classic())
        kube.asleep = True
        scale(kube, pool_wish(replicas=5), wait=False)
        with pytest.raises(WaitTimeout, match=r"md-0 3/5; .*not finished after 10s"):
            scale(kube, pool_wish(replicas=5), wait_timeout=10)

    def test_no_wait_says_what_is_seen(self) -> None:
        kube = World(*classic())
        kube.asleep = True
        assert scale(kube, pool_wish(replicas=5), wait=False).values["outcome"] == "waiting"
        kube.asleep = False
        kube.settle()
        assert scale(kube, pool_wish(replicas=5), wait=False).values["outcome"] == "done"

    def test_nothing_moves(self) -> None:
        kube = World(*classic())
        kube.asleep = True
        with pytest.raises(Stalled, match="nothing has moved for 15m00s") as caught:
            scale(kube, pool_wish(replicas=5))
        assert caught.value.details["changed"] is True

    def test_paused_meanwhile(self) -> None:
        kube = World(*classic())
        kube.asleep = True
        scale(kube, pool_wish(replicas=5), wait=False)
        live = kube.get(CLUSTER) or {}
        kube.put({**live, "spec": {**live["spec"], "paused": True}})
        with pytest.raises(Stalled, match="unpause it, then run again"):
            scale(kube, pool_wish(replicas=5))

    def test_deleted_meanwhile(self) -> None:
        kube = World(*classic())
        kube.asleep = True
        with pytest.raises(Failed, match=r"deleted by somebody else\. Written before that: MachineDeployment"):
            scale(kube, pool_wish(replicas=5), clock=FakeClock(lambda seconds: kube.take(CLUSTER)))


class TestPools:
    def test_added_removed_and_emptied_at_once(self) -> None:
        kube = World(*classy(entry("a", 1), entry("b", 2), entry("c", 3)))
        wish = [
            pool_wish("d", replicas=2, **{"class": "worker"}),
            pool_wish("b", state="absent"),
            pool_wish("c", replicas=0),
        ]
        outcome = scale(kube, *wish, confirm="prod")
        assert pools_of(kube) == {"a": 1, "c": 0, "d": 2}
        assert [c["action"] for c in outcome.values["changes"]] == ["add", "remove", "scale"]
        assert outcome.values["message"] == "default/prod: d 2/2, b gone, c 0/0"
        kube.writes.clear()
        assert (scale(kube, *wish, confirm="prod").changed, kube.writes) == (False, [])

    def test_a_pool_that_others_own_too_is_removed(self) -> None:
        """Applied by us as well as written by somebody else: an apply without it would leave it there."""
        kube = World(*classy(entry("a", 1), entry("b", 2)))
        scale(kube, pool_wish("b", replicas=1))
        scale(kube, pool_wish("b", state="absent"), confirm="prod")
        assert pools_of(kube) == {"a": 1}

    def test_a_classic_pool_is_deleted(self) -> None:
        kube = World(*classic(0))
        outcome = scale(kube, pool_wish(state="absent"))
        assert (written(kube), outcome.after) == ([("delete", str(POOL))], {})

    def test_bounds_of_the_autoscaler(self) -> None:
        kube = World(*classic())
        outcome = scale(kube, pool_wish(autoscaler={"min": 1, "max": 5}))
        assert outcome.values["message"] == "default/prod: md-0 3 ready, autoscaled 1..5"
        with pytest.raises(InvalidInput, match="the autoscaler owns its number"):
            scale(kube, pool_wish(replicas=4))


class TestChosen:
    def test_they_go_and_no_other(self) -> None:
        kube = World(*classic())
        outcome = scale(kube, pool_wish(replicas=1, delete_machines=["w1", "w2"]))
        assert kube.names() == ["w0"]
        assert written(kube) == [
            ("patch", "Machine default/w1"), ("patch", "Machine default/w2"), ("apply", str(POOL)),
        ]  # fmt: skip
        assert outcome.values["changes"][0]["machines"] == ["w1", "w2"]

    def test_a_killed_run_that_had_marked_them_is_continued(self) -> None:
        kube = World(*classic())
        kube.patch(ref_of(machine("w1")), {"metadata": {"annotations": {MARK: "capi.lifecycle"}}})
        scale(kube, pool_wish(replicas=2, delete_machines=["w1"]))
        assert kube.names() == ["w0", "w2"]

    def test_another_went_in_their_place(self) -> None:
        kube = World(*classic())
        kube.obeys = False
        with pytest.raises(Failed, match=r"w2 stayed, and w0 went in its place\. The annotation was taken off again\."):
            scale(kube, pool_wish(replicas=2, delete_machines=["w2"]))
        assert marked(kube) == []

    @pytest.mark.parametrize("error", [Forbidden("no"), InvalidInput("no")])
    def test_the_mark_goes_when_the_number_cannot_be_lowered(self, error: Exception) -> None:
        kube = World(*classic())
        apply = kube.apply

        def refusing(item: Object, **how: Any) -> Object:
            if not how.get("dry_run"):
                raise error
            return apply(item, **how)

        kube.apply = refusing  # type: ignore[method-assign]
        with pytest.raises(type(error)):
            scale(kube, pool_wish(replicas=2, delete_machines=["w2"]))
        assert (marked(kube), len(kube.names())) == ([], 3)


class TestRefusals:
    def test_there_is_no_such_cluster(self) -> None:
        with pytest.raises(NotFound, match=r"There is no Cluster default/prodd; did you mean 'prod'"):
            scale(World(*classic()), pool_wish(replicas=1), name="prodd")
        with pytest.raises(NotFound, match="there is one of that name in default"):
            scale(World(*classic()), pool_wish(replicas=1), namespace="kube-system")

    def test_all_findings_before_any_write(self) -> None:
        kube = World(*classic())
        with pytest.raises(InvalidInput, match="2 findings, nothing was changed"):
            scale(kube, pool_wish(replicas=0), planes=2)
        assert kube.writes == []

    def test_what_the_server_refuses(self) -> None:
        kube = World(*classic())
        kube.refuse = lambda item: (
            InvalidInput("the webhook says no") if item["kind"] == "KubeadmControlPlane" else None
        )
        with pytest.raises(InvalidInput, match="KubeadmControlPlane default/prod-cp: the webhook says no"):
            scale(kube, pool_wish(replicas=5), planes=5)
        assert kube.writes == []

    def test_another_run_is_at_it(self) -> None:
        kube = World(*classic())
        clock = FakeClock(lambda seconds: kube.put(lease(seconds)))
        kube.put(lease(0))
        with pytest.raises(Refused, match="another run is changing this cluster: elsewhere"):
            scale(kube, pool_wish(replicas=5), clock=clock)
        assert written(kube) == []


class TestTogether:
    def test_a_server_that_restarts_at_the_write(self) -> None:
        kube = World(*classic())
        lost = iter([Unreachable("connection refused")] * 3)
        apply = kube.apply

        def restarting(item: Object, **how: Any) -> Object:
            error = None if how.get("dry_run") else next(lost, None)
            if error:
                raise error
            return apply(item, **how)

        kube.apply = restarting  # type: ignore[method-assign]
        assert scale(kube, pool_wish(replicas=5)).changed
        assert len(kube.names()) == 5
        assert sum("lost contact" in line for line in kube.lines) == 3  # type: ignore[attr-defined]

    def test_somebody_who_writes_at_the_same_time_is_no_error(self) -> None:
        kube = World(*classic())
        conflicts = iter([Conflict("the object has been modified")] * 4)
        kube.refuse = lambda item: next(conflicts, None) if item["kind"] == "MachineDeployment" else None
        assert scale(kube, pool_wish(replicas=5)).changed
        assert len(kube.names()) == 5

    def test_a_status_that_moves_all_the_time_is_no_reason_to_decide_again(self) -> None:
        """As controllers do right after an apply: each of our reads is outdated when the look is over."""
        kube = World(*classy(entry("a", 1), entry("b", 2)))
        listing, looks = kube.list, []

        def moving(api_version: str, kind: str, *where: str) -> list[Object]:
            if kind == "MachineDeployment":
                looks.append(kind)
                kube.put(
                    {**(kube.get(CLUSTER) or {}), "status": {**(kube.get(CLUSTER) or {})["status"], "n": len(looks)}}
                )
            return listing(api_version, kind, *where)

        kube.list = moving  # type: ignore[method-assign]
        scale(kube, pool_wish("a", replicas=3), pool_wish("b", state="absent"), confirm="prod")
        assert pools_of(kube) == {"a": 3}
        assert written(kube) == [("apply", str(CLUSTER)), ("patch", str(CLUSTER))]

    def test_but_not_for_ever(self) -> None:
        kube = World(*classic())
        kube.refuse = lambda item: Conflict("the object has been modified")
        with pytest.raises(Conflict):
            scale(kube, pool_wish(replicas=5))
        assert written(kube) == []

    def test_what_was_done_before_a_conflict_is_told(self) -> None:
        """The number is applied, then the list without the pool meets a newer object."""
        kube = World(*classy(entry("a", 1), entry("b", 2)))
        patch, late = kube.patch, iter([True])

        def racing(ref: Any, body: Any, **how: Any) -> Object:
            if ref.kind == "Cluster" and next(late, False):
                raise Conflict("the object has been modified")
            return patch(ref, body, **how)

        kube.patch = racing  # type: ignore[method-assign]
        outcome = scale(kube, pool_wish("a", replicas=3), pool_wish("b", state="absent"), confirm="prod")
        assert [(c["name"], c["action"]) for c in outcome.values["changes"]] == [("a", "scale"), ("b", "remove")]
        assert (pools_of(kube), kube.names("prod-b")) == ({"a": 3}, [])


class TestCheckMode:
    @pytest.mark.parametrize("items", [classic(), classy(entry("md-0", 3))])
    def test_it_tells_what_the_run_does_and_writes_nothing(self, items: list[Object]) -> None:
        kube = World(*copy.deepcopy(items))
        real = scale(kube, pool_wish(replicas=0), planes=5, confirm="prod")
        dry = World(*copy.deepcopy(items))
        dry.dry_run = True
        foretold = scale(dry, pool_wish(replicas=0), planes=5, confirm="prod")
        assert (foretold.before, foretold.after) == (real.before, real.after)
        assert foretold.values["changes"] == real.values["changes"]
        assert dry.writes == []
        assert "default/prod: would scale node pool md-0 3 -> 0" in dry.lines  # type: ignore[attr-defined]

    def test_of_a_topology_whose_pools_come_and_go(self) -> None:
        wish = [pool_wish("b", state="absent"), pool_wish("c", replicas=1, **{"class": "worker"})]
        outcomes = []
        for dry in (False, True):
            kube = World(*classy(entry("a", 1), entry("b", 2)))
            kube.dry_run = dry
            outcomes.append(scale(kube, *wish, confirm="prod"))
        assert outcomes[0].after == outcomes[1].after
        assert outcomes[0].values["changes"] == outcomes[1].values["changes"]

    def test_chosen_machines_are_named(self) -> None:
        kube = World(*classic())
        kube.dry_run = True
        scale(kube, pool_wish(replicas=2, delete_machines=["w1"]))
        assert kube.lines == ["default/prod: would scale node pool md-0 3 -> 2 without w1"]  # type: ignore[attr-defined]
        assert (kube.writes, marked(kube)) == ([], [])


def test_what_is_held_back_is_reported() -> None:
    kube = World(*classy(entry("a", 1), version="v1.35.4"))
    outcome = scale(kube, pool_wish("a", replicas=2), wait=False)
    assert any("it waits for its own upgrade" in line for line in kube.lines)  # type: ignore[attr-defined]
    assert "waits for its own upgrade" in outcome.values["changes"][0]["held_back"]


def marked(kube: FakeKube) -> list[str]:
    found = kube.list(machine()["apiVersion"], "Machine")
    return [m["metadata"]["name"] for m in found if MARK in m["metadata"].get("annotations", {})]


def lease(seconds: float) -> Object:
    """Of a run on another machine that renews it at every moment."""
    spec = {"holderIdentity": "elsewhere/x/1/y", "renewTime": f"2026-11-01T00:00:{seconds:06.3f}Z", "acquireTime": "x"}
    meta = {"name": "capi-lifecycle-prod", "namespace": "default"}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
