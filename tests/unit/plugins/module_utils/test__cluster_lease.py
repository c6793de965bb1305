# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a cluster that is made, changed or deleted; and what such a run leaves of another one's."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, Refused, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._lease import LEASED_BUDGET, lease_ref
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, dig
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, OURS
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import DRAIN_NOTE
from builders import CORE, cluster
from cluster_world import CLUSTER, V, World, ensure, manifests, wish, written
from fakes import FakeClock, FakeKube

LEASE = lease_ref("prod", "default")
OTHER = "elsewhere/0000/7/abc"


def held(seconds: float = 0, who: str = OTHER) -> Object:
    spec = {"holderIdentity": who, "renewTime": f"2026-11-01T00:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}.0Z"}
    meta = {"name": LEASE.name, "namespace": "default"}
    return {"apiVersion": LEASE.api_version, "kind": "Lease", "metadata": meta, "spec": spec}


def busy(kube: FakeKube) -> FakeClock:
    """Another run is at work all the time."""
    kube.put(held())
    return FakeClock(lambda seconds: kube.put(held(seconds)) and None)


class TestPresent:
    def test_the_lease_is_held_while_it_writes_and_waits_and_given_back(self) -> None:
        class Watched(World):
            budgets: ClassVar[set[float]] = set()

            def apply(self, item: Object, **how: Any) -> Object:
                if not how.get("dry_run"):
                    assert dig(self.get(LEASE), "spec", "holderIdentity")
                    self.budgets.add(self.budget)
                return super().apply(item, **how)

        kube = Watched()
        ensure(kube)
        assert dig(kube.get(LEASE), "spec", "holderIdentity") == ""
        assert kube.budgets == {LEASED_BUDGET}

    def test_it_is_renewed_in_each_look(self) -> None:
        kube = FakeKube()
        with pytest.raises(Exception, match="nothing has moved"):
            ensure(kube)
        assert len([w for w in kube.writes if w[1].startswith("Lease")]) > 50

    @pytest.mark.parametrize("params", [{}, {"wait": False}], ids=["waiting", "not waiting"])
    def test_another_run_is_at_work(self, params: Any) -> None:
        kube = World()
        with pytest.raises(
            Refused, match=f"another run is changing this cluster: {OTHER}.*Nothing was changed"
        ) as caught:
            ensure(kube, clock=busy(kube), **params)
        assert caught.value.details["changed"] is False
        assert kube.writes == []

    def test_where_nothing_is_to_be_written_nobody_is_in_the_way(self) -> None:
        kube = World()
        ensure(kube)
        clock = busy(kube)
        kube.writes.clear()
        assert not ensure(kube, clock=clock).changed
        assert kube.writes == []

    def test_what_the_other_run_did_meanwhile_is_seen(self) -> None:
        """It has made the change that we were about to make: nothing is left to do."""
        kube = World()
        ensure(kube)
        kube.put(held())

        def end(seconds: float) -> None:
            if dig(kube.get(LEASE), "spec", "holderIdentity") == OTHER:
                kube.put(held(who=""))
                ensure(kube, manifests=manifests(size=2))
                kube.writes.clear()

        assert not ensure(kube, clock=FakeClock(end), manifests=manifests(size=2)).changed
        assert written(kube) == []

    def test_a_new_namespace_comes_before_the_lease_and_is_told(self) -> None:
        items = [{**i, "metadata": {**i["metadata"], "namespace": "team"}} for i in manifests()]
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
        kube = World()
        outcome = ensure(kube, manifests=[*items, space], namespace="team", wait=False)
        assert [ref.split()[0] for _verb, ref in kube.writes[:2]] == ["Namespace", "Lease"]
        assert "Namespace team" in outcome.after
        assert outcome.before == {}

    def test_a_server_that_restarts_between_two_writes(self) -> None:
        class Restarting(World):
            left = 3

            def apply(self, item: Object, **how: Any) -> Object:
                if item["kind"] == "Cluster" and not how.get("dry_run") and self.left:
                    self.left -= 1
                    raise Unreachable("connection refused")
                return super().apply(item, **how)

        kube = Restarting()
        assert ensure(kube).changed
        assert sum("lost contact" in line for line in kube.lines) == 3

    def test_a_run_that_lost_its_lease_stops(self) -> None:
        class Taken(World):
            def apply(self, item: Object, **how: Any) -> Object:
                if item["kind"] == "Cluster" and not how.get("dry_run"):
                    self.put(held())
                    clock.sleep(20)
                return super().apply(item, **how)

        kube, clock = Taken(), FakeClock()
        with pytest.raises(Failed, match=f"{OTHER} has taken over") as caught:
            ensure(kube, clock=clock)
        assert caught.value.details["changed"] is True
        assert not any(ref.startswith("MachineDeployment") for _verb, ref in kube.writes)


class TestAbsent:
    def absent(self, kube: FakeKube, **params: Any) -> Any:
        return ensure(kube, state="absent", manifests=None, **params)

    def test_the_lease_goes_with_its_cluster(self) -> None:
        kube = World()
        ensure(kube)
        self.absent(kube)
        assert kube.get(LEASE) is None
        kube.writes.clear()
        self.absent(kube)
        assert kube.writes == []

    def test_it_stays_while_the_cluster_does(self) -> None:
        kube = FakeKube(cluster(finalizers=["a.example/hold"]))
        self.absent(kube, wait=False)
        assert dig(kube.get(LEASE), "spec", "holderIdentity") == ""

    def test_one_that_a_killed_run_left(self) -> None:
        kube = FakeKube(held(who=""))
        assert not self.absent(kube).changed
        assert kube.get(LEASE) is None

    def test_another_run_is_at_work(self) -> None:
        kube = World(cluster())
        with pytest.raises(Refused, match=f"another run is changing this cluster: {OTHER}"):
            self.absent(kube, clock=busy(kube))
        assert kube.writes == []

    def test_check_mode_takes_none(self) -> None:
        kube = World(cluster())
        kube.dry_run = True
        assert self.absent(kube, clock=busy(kube)).changed
        assert kube.writes == []


class TestMarksOfAnUpgrade:
    """A description does not know of them; an apply without them would let the pools roll at once."""

    @staticmethod
    def described(version: str = "v1.35.4") -> list[Object]:
        item = wish(cluster(class_name="quick", version=version))
        pools = [{"name": name, "class": "worker"} for name in ("a", "b")]
        topology = {**item["spec"]["topology"], "workers": {"machineDeployments": pools}}
        return [{**item, "spec": {"topology": topology}}]

    @pytest.fixture
    def kube(self) -> FakeKube:
        """A run set them in our name, and paused between."""
        workers = {"machineDeployments": [{"class": "worker"}]}
        made = {"kind": "ClusterClass", "metadata": {"name": "quick", "namespace": "default"}}
        kube = FakeKube({"apiVersion": f"{CORE}/{V}", **made, "spec": {"workers": workers}})
        ensure(kube, manifests=self.described(), wait=False)
        (item,) = copy.deepcopy(self.described())
        item["spec"]["topology"]["workers"]["machineDeployments"][0]["metadata"] = {
            "annotations": {DEFER: "true", OURS: "true"}
        }
        path = "spec.topology.controlPlane.deletion.nodeDrainTimeoutSeconds"
        item["metadata"]["annotations"] = {DRAIN_NOTE: f'{{"{path}": null}}'}
        item["spec"]["topology"]["controlPlane"] = {"deletion": {"nodeDrainTimeoutSeconds": 600}}
        kube.apply(item, force=True)
        kube.writes.clear()
        return kube

    def test_they_are_no_difference(self, kube: FakeKube) -> None:
        assert not ensure(kube, manifests=self.described(), wait=False).changed
        assert kube.writes == []

    def test_they_stay_when_something_else_changes(self, kube: FakeKube) -> None:
        (item,) = self.described()
        item["metadata"]["labels"] = {"team": "x"}
        assert ensure(kube, manifests=[item], wait=False).changed
        live = kube.get(CLUSTER)
        pools = dig(live, "spec", "topology", "workers", "machineDeployments")
        assert pools[0]["metadata"]["annotations"] == {DEFER: "true", OURS: "true"}
        assert dig(live, "spec", "topology", "controlPlane", "deletion") == {"nodeDrainTimeoutSeconds": 600}
        assert DRAIN_NOTE in dig(live, "metadata", "annotations")

    def test_a_pool_that_is_not_described_any_more_goes(self, kube: FakeKube) -> None:
        (item,) = self.described()
        del item["spec"]["topology"]["workers"]["machineDeployments"][0]
        ensure(kube, manifests=[item], wait=False)
        pools = dig(kube.get(CLUSTER), "spec", "topology", "workers", "machineDeployments")
        assert [p["name"] for p in pools] == ["b"]
