# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the wait for a cluster ends, and which live objects are adopted without a rollout."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput, Stalled, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import PAUSED_ANNOTATION, Ref, ref_of
from builders import CORE, INFRASTRUCTURE, machine_deployment
from cluster_world import CLUSTER, V, World, defaulted, edited, ensure, key_of, manifests, pool_template, template, wish
from fakes import FakeClock, FakeKube


class TestWait:
    def test_not_when_told_so(self) -> None:
        kube, clock = FakeKube(), FakeClock()
        outcome = ensure(kube, clock=clock, wait=False)
        assert (outcome.values["outcome"], clock.seconds, outcome.changed) == ("waiting", 0, True)

    def test_not_for_a_cluster_that_shall_be_paused(self) -> None:
        items = edited(0, {"spec": {**manifests()[0]["spec"], "paused": True}})
        found = ensure(FakeKube(), manifests=items).values
        assert (found["outcome"], "infrastructure" in found["message"]) == ("waiting", True)

    def test_nor_for_one_of_which_a_part_shall_be_paused(self) -> None:
        paused = {"metadata": {**manifests()[2]["metadata"], "annotations": {PAUSED_ANNOTATION: ""}}}
        assert ensure(FakeKube(), manifests=edited(2, paused)).values["outcome"] == "waiting"

    def test_two_looks_after_a_write(self) -> None:
        clock = FakeClock()
        ensure(World(), clock=clock)
        assert clock.seconds == 5

    def test_nothing_moves(self) -> None:
        with pytest.raises(Stalled, match=r"nothing has moved for 15m00s"):
            ensure(FakeKube())

    def test_the_timeout_is_the_tasks(self) -> None:
        with pytest.raises(WaitTimeout, match="not finished after 10s"):
            ensure(FakeKube(), wait_timeout=10)

    def test_a_pool_that_no_controller_has_taken_up_is_waited_for(self) -> None:
        """Until then it has no label of the cluster, and the rest of the cluster is done."""
        kube = World()
        ensure(kube)
        second = {**wish(machine_deployment("prod-md-1", replicas=1)), "spec": manifests()[2]["spec"]}
        with pytest.raises(Stalled, match=r"workers 1/1; MachineDeployment prod-md-1 is not taken up yet"):
            ensure(kube, manifests=[*manifests(), second])

    def test_the_versions_of_wish_and_server_may_differ(self) -> None:
        """The user writes v1beta1, the server is asked for its newest version."""
        items = manifests()
        items[2] = {**items[2], "apiVersion": f"{CORE}/v1beta1"}
        kube = World()
        ensure(kube)
        assert "workers 1/1" in ensure(kube, manifests=items).values["message"]

    def test_a_paused_part_is_said_at_once(self) -> None:
        kube, clock = World(), FakeClock()
        ensure(kube)
        stored = kube.items[key_of(ref_of(manifests()[2]))]
        kube.put({**stored, "metadata": {**stored["metadata"], "annotations": {PAUSED_ANNOTATION: ""}}, "status": {}})
        kube.settle = lambda: None  # type: ignore[method-assign]
        with pytest.raises(Stalled, match="MachineDeployment prod-md-0 is paused: unpause it, then run again"):
            ensure(kube, clock=clock)
        assert clock.seconds == 0

    def test_a_paused_cluster_is_said_at_once(self) -> None:
        kube, clock = World(), FakeClock()
        ensure(kube)
        stored = kube.items[key_of(CLUSTER)]
        kube.put({**stored, "spec": {**stored["spec"], "paused": True}, "status": {}})
        kube.settle = lambda: None  # type: ignore[method-assign]
        with pytest.raises(Stalled, match="Cluster prod is paused: unpause it, then run again"):
            ensure(kube, clock=clock)
        assert clock.seconds == 0

    def test_deleted_meanwhile(self) -> None:
        kube = FakeKube()
        with pytest.raises(Failed, match=r"was deleted by somebody else\. Written before that: ") as caught:
            ensure(kube, clock=FakeClock(lambda seconds: kube.take(CLUSTER)))
        assert caught.value.details["changed"] is True


class TestAdoption:
    """Objects that others wrote before us must not roll their machines."""

    def live(self) -> World:
        kube = World()
        for item in manifests():
            kube.put(item)
        kube.settle()
        return kube

    def test_templates_of_the_same_content_keep_their_names(self) -> None:
        kube = self.live()
        ensure(kube)
        assert pool_template(kube) == "prod-md-0-1"
        assert not any("prod-md-0-1-" in ref for _verb, ref in kube.writes)

    def test_another_content_is_a_rollout(self) -> None:
        kube = self.live()
        ensure(kube, manifests=manifests(size=2))
        assert pool_template(kube).startswith("prod-md-0-1-")

    def test_defaults_of_the_server_are_no_difference(self) -> None:
        kube = self.live()
        kube.defaults = {"DevMachineTemplate": {"diskGiB": 20}}
        kube.put(defaulted(template("prod-md-0-1"), 20))
        kube.put(defaulted(template("prod-cp-1"), 20))
        ensure(kube)
        assert pool_template(kube) == "prod-md-0-1"

    def test_a_reference_to_a_template_that_is_gone(self) -> None:
        kube = self.live()
        kube.take(Ref(f"{INFRASTRUCTURE}/{V}", "DevMachineTemplate", "default", "prod-md-0-1"))
        ensure(kube)
        assert pool_template(kube).startswith("prod-md-0-1-")

    def test_fields_of_others_are_a_conflict_that_names_them(self) -> None:
        kube = self.live()
        kube.put(
            {**manifests()[2], "metadata": {**manifests()[2]["metadata"], "annotations": {"fake/owner": "kubectl"}}}
        )
        items = manifests()
        items[2]["spec"]["replicas"] = 2
        with pytest.raises(InvalidInput, match=r"\.spec\.replicas \(conflict with \"kubectl\"\)"):
            ensure(kube, manifests=items)
        assert kube.writes == []
        ensure(kube, manifests=items, force_conflicts=True)
        assert ("apply", "MachineDeployment default/prod-md-0") in kube.writes
