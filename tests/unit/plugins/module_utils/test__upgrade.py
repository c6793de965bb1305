# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs in a small world whose controllers move at each sleep: to the end, again, killed, disturbed, refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
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
from ansible_collections.capi.lifecycle.plugins.module_utils._fields import (
    drain_timeout_at,
    topology_drain_timeouts_at,
    value_at,
    version_at,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._lease import lease_ref
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref, annotations_of, dig, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import DRAIN_NOTE, TEMPLATE_NOTE
from builders import INFRASTRUCTURE, KUBECONFIG, encoded, kubeconfig_secret, machine_deployment, node
from fakes import FakeKube
from upgrade_world import CLUSTER, PLANE, Pool, V, World, lines, objects, pool_ref, template, upgrade

OLD, NOW, NEXT, LAST = "v1.33.4", "v1.34.3", "v1.35.10", "v1.36.6"
IMAGE = [{"machine_template": {"patch": {"image": "kube-{kubernetes_version}"}}}]
CLASS = ("v1.34.3", NEXT, LAST)
PAUSED = {"annotations": {"cluster.x-k8s.io/paused": ""}}


def classic(version: str = NOW, pools: int = 1, **more: Any) -> list[Object]:
    return objects(version, [Pool(f"md-{n}", version, 1) for n in range(pools)], planes=1, **more)


def classy(version: str = NOW, pools: int = 1, **more: Any) -> list[Object]:
    return classic(version, pools, class_name="c", **more)


WORLDS: dict[str, Callable[[], World]] = {
    "classic": lambda: World(*classic(OLD, 2)),
    "classy": lambda: World(*classy(OLD, 2)),
    "classy, the class walks": lambda: World(*classy(OLD, 2), class_versions=CLASS),
}
EVERY = pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)


@EVERY
def test_over_several_minors(make: Callable[[], World]) -> None:
    kube = make()
    outcome = upgrade(kube, LAST)
    assert kube.versions_of_machines() == {LAST}
    assert (outcome.changed, outcome.values["outcome"]) == (True, "done")
    assert outcome.values["message"].startswith(f"default/prod: {OLD} -> {LAST} in ")
    assert len(outcome.values["replaced"]) == sum(s["replaced"] for s in outcome.values["plan"]["steps"])
    assert "machines replaced (planned" not in lines(kube)
    assert kube.held(lease_ref("prod", "default"))["spec"]["holderIdentity"] == ""


@EVERY
def test_again_writes_nothing_and_waits_for_nothing(make: Callable[[], World]) -> None:
    """I1: a second run after success sends no write at all, not even for the Lease."""
    kube = make()
    upgrade(kube, LAST)
    kube.writes.clear()
    seconds = kube.clock.seconds
    outcome = upgrade(kube, LAST)
    assert (outcome.changed, kube.writes, kube.clock.seconds) == (False, [], seconds)
    assert (outcome.values["outcome"], outcome.values["replaced"]) == ("done", [])
    assert (
        outcome.values["message"]
        == f"default/prod: control plane 1/1 at {LAST}, md-0 1/1 at {LAST}, md-1 1/1 at {LAST}, nothing is to be done"
    )


def test_what_is_written() -> None:
    kube = World(*classic(OLD))
    outcome = upgrade(kube, NEXT)
    assert kube.about_cluster() == [("apply", str(PLANE)), ("apply", str(PLANE)), ("apply", str(pool_ref()))]
    changed = [d["after_header"] for d in outcome.to_result(diff=True)["diff"]]
    assert sorted(changed) == [str(PLANE), str(pool_ref())]
    assert outcome.before[str(PLANE)]["spec"]["version"] == OLD
    assert outcome.after[str(PLANE)]["spec"]["version"] == NEXT


@EVERY
def test_check_mode_writes_nothing_and_tells_the_end(make: Callable[[], World]) -> None:
    kube = make()
    kube.dry_run = True
    outcome = upgrade(kube, LAST, overrides=None)
    assert (kube.writes, kube.clock.seconds, outcome.changed) == ([], 0, True)
    assert outcome.after[str(PLANE)]["spec"]["version"] == LAST
    assert outcome.before[str(PLANE)]["spec"]["version"] == OLD
    assert str(PLANE) in [d["after_header"] for d in outcome.to_result(diff=True)["diff"]]
    assert "step 1/" in lines(kube)
    kube.dry_run = False
    real = upgrade(kube, LAST)
    names = {name_of(m) for m in classic(OLD, 2) if m["kind"] == "Machine"}
    assert set(outcome.values["plan"]["machines"]) == names & set(real.values["replaced"])


def test_check_mode_shows_new_templates() -> None:
    kube = World(*classic())
    kube.dry_run = True
    outcome = upgrade(kube, NEXT, overrides=IMAGE)
    new = [key for key in outcome.after if key not in outcome.before]
    assert [key.rpartition("-")[0] for key in new] == [
        "DevMachineTemplate default/prod-cp-1",
        "DevMachineTemplate default/prod-md-0-1",
    ]


def test_the_plan_is_told_once() -> None:
    kube = World(*classic())
    upgrade(kube, NEXT, tell_plan=False)
    assert "step 1/" not in lines(kube)
    assert f"control plane: version {NOW} -> {NEXT}, 1 machines" in lines(kube)


KILLED: dict[str, tuple[Callable[[], World], dict[str, Any]]] = {
    "classic": (lambda: World(*classic(OLD)), {}),
    "classic, with templates and drain timeouts": (
        lambda: World(*classic(OLD)), {"overrides": IMAGE, "node_drain_timeout": 600},
    ),
    "classy": (lambda: World(*classy(OLD)), {}),
    "classy, drain timeouts": (lambda: World(*classy(OLD)), {"node_drain_timeout": 600}),
    "classy, the class walks": (lambda: World(*classy(OLD), class_versions=CLASS), {}),
}  # fmt: skip


@pytest.mark.parametrize("moves", [1, 99], ids="moved {}".format)
@pytest.mark.parametrize(("make", "params"), KILLED.values(), ids=KILLED)
def test_killed_at_every_write(make: Callable[[], World], params: dict[str, Any], moves: int) -> None:
    """I2: the same end state from any kill point, however far the controllers came meanwhile."""
    whole = make()
    upgrade(whole, NEXT, **params)
    writes = len(whole.about_cluster())
    assert writes >= 1
    for number in range(1, writes + 1):
        kube = make()
        kube.kill_at = number
        with pytest.raises(KeyboardInterrupt):
            upgrade(kube, NEXT, **params)
        kube.kill_at = 0
        for _number in range(moves):
            kube.clock.sleep(1)
        outcome = upgrade(kube, NEXT, **params)
        assert outcome.values["outcome"] == "done"
        assert kube.versions_of_machines() == {NEXT}, number
        assert kube.end_state() == whole.end_state(), number
        kube.controllers.rest()  # what was put back is taken up
        kube.writes.clear()
        assert upgrade(kube, NEXT, **params).changed is False
        assert kube.writes == []


@pytest.mark.parametrize("make", [lambda: World(*classic(OLD)), lambda: World(*classy(OLD))], ids=["classic", "classy"])
@pytest.mark.parametrize("sleeps", range(1, 18, 2))
def test_killed_at_any_look(make: Callable[[], World], sleeps: int) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    kube = make()
    kube.at[sleeps] = die
    with pytest.raises(KeyboardInterrupt):
        upgrade(kube, NEXT)
    assert upgrade(kube, NEXT).values["outcome"] == "done"
    assert kube.versions_of_machines() == {NEXT}


def test_a_second_step_is_planned_while_the_first_is_still_on_its_way() -> None:
    """The topology has taken up a version and neither control plane nor pools ask for it yet."""
    kube = World(*classy(OLD))
    upgrade(kube, NEXT, wait=False)
    kube.lines = []  # type: ignore[attr-defined]
    outcome = upgrade(kube, NEXT, wait=False)
    assert [(s["step"], s["to"]) for s in outcome.values["plan"]["steps"]] == [
        ("control plane", "v1.34.13"), ("node pool md-0", "v1.34.13"),
        ("control plane", NEXT), ("node pool md-0", NEXT),
    ]  # fmt: skip
    assert outcome.values["outcome"] == "waiting"


class TestConflicts:
    def refusing(self, times: int) -> World:
        kube, left = World(*classic()), [times]

        def refuse(item: Object) -> Exception | None:
            begun = any(kind == "Lease" for _group, kind, _namespace, _name in kube.items)
            if item["kind"] != "KubeadmControlPlane" or not begun or not left[0]:
                return None
            left[0] -= 1
            return Conflict("the object has been modified")

        kube.refuse = refuse
        return kube

    def test_a_changed_object_is_looked_at_again(self) -> None:
        kube = self.refusing(4)
        assert upgrade(kube, NEXT).values["outcome"] == "done"

    def test_not_without_end(self) -> None:
        with pytest.raises(Conflict, match="has been modified") as caught:
            upgrade(self.refusing(99), NEXT)
        assert caught.value.details["changed"] is False
        assert "It stands so: control plane 1/1" in str(caught.value)


class TestDisturbed:
    def failed(self, kube: World, error: type[CapiError] = Failed, **params: Any) -> CapiError:
        with pytest.raises(error) as caught:
            upgrade(kube, NEXT, **params)
        assert caught.value.details["plan"]["steps"]
        return caught.value

    def test_a_rival_writer_is_named(self) -> None:
        kube = World(*classic())

        def rival() -> None:
            kube.change(PLANE, version=NOW)
            fields = {"f:spec": {"f:version": {}}}
            kube.held(PLANE)["metadata"]["managedFields"] = [
                {"manager": "argocd-controller", "operation": "Update", "fieldsV1": fields}
            ]

        kube.at[4] = rival
        error = self.failed(kube)
        assert (
            f"KubeadmControlPlane prod-cp: this run set spec.version to {NEXT}, and it is {NOW} now (written by: "
            "argocd-controller). Stop the other writer, then run again."
        ) in str(error)
        assert (error.details["changed"], error.outcome) == (True, "failed")

    def test_deleted(self) -> None:
        kube = World(*classic())
        kube.at[4] = lambda: kube.held(CLUSTER)["metadata"].update(deletionTimestamp="2026-11-01T00:00:00Z")
        assert "Cluster default/prod was deleted by somebody else while it was upgraded." in str(self.failed(kube))

    def test_gone(self) -> None:
        kube = World(*classic())
        kube.at[4] = lambda: kube.take(CLUSTER)
        kube.asleep = True
        assert "was deleted by somebody else" in str(self.failed(kube))

    def test_made_anew(self) -> None:
        kube = World(*classic())
        kube.at[4] = lambda: kube.held(CLUSTER)["metadata"].update(uid="another")
        assert "was deleted and made anew by somebody else: this is another cluster." in str(self.failed(kube))

    def test_a_paused_pool_that_is_left_out_does_not_matter(self) -> None:
        kube = World(*classic())
        kube.at[4] = lambda: kube.held(pool_ref())["metadata"].update(PAUSED)
        assert upgrade(kube, NEXT, node_pools=["none"]).values["outcome"] == "done"

    @pytest.mark.parametrize("ref", [CLUSTER, PLANE, pool_ref()], ids=str)
    def test_paused_and_the_check_is_skipped(self, ref: Ref) -> None:
        """Whoever skips it knows that somebody is going to unpause it."""
        kube = World(*classic())
        kube.held(ref)["metadata"].update(PAUSED)
        with pytest.raises(Refused, match="- paused: "):
            upgrade(kube, NEXT)
        assert upgrade(kube, NEXT, skip_checks=["paused"]).values["outcome"] == "done"

    @pytest.mark.parametrize("ref", [CLUSTER, PLANE, pool_ref()], ids=str)
    def test_paused(self, ref: Ref) -> None:
        kube = World(*classic())
        kube.at[4] = lambda: kube.held(ref)["metadata"].update(PAUSED)
        error = self.failed(kube, Stalled)
        assert f"default/prod: {ref.kind} {ref.name} was paused; unpause it to go on." in str(error)
        assert kube.held(ref)["metadata"]["annotations"] == PAUSED["annotations"], "we never unpause"

    def test_the_version_is_raised_by_somebody_else(self) -> None:
        """Another target between plan and first write: nothing is lowered."""
        kube = World(*classic())

        def raised(item: Object) -> None:
            if item["kind"] == "Lease":
                kube.change(PLANE, version=LAST)

        kube.refuse = raised
        with pytest.raises(CapiError, match=r"is lower than the live v1\.36\.6"):
            upgrade(kube, NEXT)
        assert kube.about_cluster() == []

    def test_the_lease_is_taken_over(self) -> None:
        kube = World(*classic(NOW, 3))

        def thief() -> None:
            held = kube.held(lease_ref("prod", "default"))
            held["spec"] = {**held["spec"], "holderIdentity": "other-host/x/1/y"}
            held["metadata"]["resourceVersion"] = "stolen"

        kube.at[3] = thief
        assert "other-host/x/1/y has taken over the work of this run" in str(self.failed(kube))


class TestEnds:
    def test_stalled(self) -> None:
        kube = World(*classic())
        kube.controllers.stuck = "prod-cp"
        with pytest.raises(Stalled) as caught:
            upgrade(kube, NEXT, stall_timeout=300, wait_timeout=9999)
        words = str(caught.value)
        assert "nothing has moved for 5m01s: prod-cp-new001: NodeReady: NotNodeReady." in words
        assert f"It stands so: control plane 0/1 at {NEXT}, md-0 1/1 at {NOW}; what rolls goes on" in words
        assert "Nothing was rolled back" in words
        assert (caught.value.details["changed"], caught.value.details["replaced"]) == (True, [])

    def test_timeout(self) -> None:
        kube = World(*classic())
        with pytest.raises(WaitTimeout, match="not finished after 2s") as caught:
            upgrade(kube, NEXT, wait_timeout=2)
        assert caught.value.details["changed"] is True

    def test_the_timeout_is_for_one_step(self) -> None:
        kube = World(*classic(OLD, 3))
        assert upgrade(kube, LAST, wait_timeout=20).values["outcome"] == "done"
        assert kube.clock.seconds > 40

    def test_pause_between_and_on(self) -> None:
        kube = World(*classic())
        first = upgrade(kube, NEXT, pause_between=True)
        assert (first.values["outcome"], kube.versions_of_machines()) == ("waiting", {NEXT, NOW})
        assert first.values["message"].endswith("left as they are: node pool md-0; the node pools are for the next run")
        assert upgrade(kube, NEXT, pause_between=True).values["outcome"] == "waiting"
        assert upgrade(kube, NEXT).values["outcome"] == "done"
        assert kube.versions_of_machines() == {NEXT}

    @pytest.mark.parametrize("name", ["classic", "classy, the class walks"])
    def test_pause_between_over_several_minors(self, name: str) -> None:
        kube = WORLDS[name]()
        upgrade(kube, LAST, pause_between=True)
        writes = len(kube.about_cluster())
        assert upgrade(kube, LAST, pause_between=True).values["outcome"] == "waiting"
        assert len(kube.about_cluster()) == writes
        upgrade(kube, LAST)
        assert kube.versions_of_machines() == {LAST}

    def test_pause_between_where_cluster_api_needs_the_node_pools(self) -> None:
        """A topology takes the next version only when its pools are at the one before."""
        kube = WORLDS["classy"]()
        with pytest.raises(Refused, match="before Cluster API takes the next one"):
            upgrade(kube, LAST, pause_between=True)
        assert kube.writes == []

    def test_wait_false_takes_one_step(self) -> None:
        kube = World(*classic(OLD))
        outcome = upgrade(kube, NEXT, wait=False)
        assert (outcome.values["outcome"], kube.about_cluster()) == ("waiting", [("apply", str(PLANE))])
        again = upgrade(kube, NEXT, wait=False)
        assert (again.values["outcome"], again.changed, len(kube.about_cluster())) == ("waiting", False, 1)
        for _number in range(30):
            kube.controllers.rest()
            last = upgrade(kube, NEXT, wait=False)
            if last.values["outcome"] == "done":
                break
        assert kube.versions_of_machines() == {NEXT}
        assert last.values["outcome"] == "done"

    def test_rollout_after(self) -> None:
        kube = World(*classic())
        first = upgrade(kube, rollout_after="2026-10-20T08:00:00Z")
        assert len(first.values["replaced"]) == 2
        assert not upgrade(kube, rollout_after="2026-10-20T08:00:00Z").changed

    def test_a_new_image_at_the_same_version(self) -> None:
        kube = World(*classic())
        assert len(upgrade(kube, overrides=IMAGE).values["replaced"]) == 2
        assert not upgrade(kube, overrides=IMAGE).changed

    def test_variables_of_a_topology(self) -> None:
        kube = World(*classy())
        assert upgrade(kube, NEXT, variables={"image": "x"}).values["outcome"] == "done"
        topology = kube.held(CLUSTER)["spec"]["topology"]
        assert (topology["version"], topology["variables"]) == (NEXT, [{"name": "image", "value": "x"}])


class TestDrainTimeouts:
    def owners(self, kube: World) -> str:
        return json.dumps([kube.held(CLUSTER), kube.held(PLANE), kube.held(pool_ref())])

    @EVERY
    def test_they_hold_during_the_run_only(self, make: Callable[[], World]) -> None:
        kube, seen = make(), []
        kube.at[5] = lambda: seen.append(self.owners(kube))
        upgrade(kube, LAST, node_drain_timeout=600)
        assert "600" in seen[0]
        assert "600" not in self.owners(kube)
        assert DRAIN_NOTE not in self.owners(kube)

    @EVERY
    def test_the_next_run_puts_them_back_whatever_it_is_asked(self, make: Callable[[], World]) -> None:
        kube = make()
        upgrade(kube, NEXT, node_drain_timeout=600, wait=False)
        assert DRAIN_NOTE in self.owners(kube)
        upgrade(kube, NEXT)
        assert DRAIN_NOTE not in self.owners(kube)
        assert "600" not in self.owners(kube)

    def test_a_run_that_was_killed_just_before(self) -> None:
        kube = World(*classic())
        kube.kill_at = 3
        with pytest.raises(KeyboardInterrupt):
            upgrade(kube, NEXT, node_drain_timeout=600)
        kube.kill_at = 0
        kube.controllers.rest()
        outcome = upgrade(kube, NEXT)
        assert (outcome.changed, outcome.values["outcome"]) == (True, "done")
        assert DRAIN_NOTE not in self.owners(kube)
        assert "put back what was set for the run on KubeadmControlPlane default/prod-cp" in lines(kube)

    @EVERY
    def test_another_value_in_a_later_run(self, make: Callable[[], World]) -> None:
        """The note stays that of the first run: what it found is put back."""
        kube = make()
        before = self.drains(kube)
        upgrade(kube, NEXT, node_drain_timeout=600, wait=False)
        noted = self.notes(kube)
        upgrade(kube, NEXT, node_drain_timeout=60, wait=False)
        assert (self.notes(kube), "600" in self.owners(kube)) == (noted, False)
        assert self.drains(kube) != before
        upgrade(kube, NEXT)
        assert (self.drains(kube), self.notes(kube)) == (before, [])

    def test_they_reach_an_owner_that_rolls_already(self) -> None:
        kube, seen = World(*classic()), []
        kube.change(PLANE, version=NEXT)
        kube.at[2] = lambda: seen.append(self.drains(kube))
        outcome = upgrade(kube, NEXT, node_pools=["none"], node_drain_timeout=600)
        assert outcome.values["plan"]["waits_for"]
        assert (seen, self.drains(kube)) == ([[600, None]], [None, None]), "of a pool that is left out it is not"
        assert "drain timeout of KubeadmControlPlane default/prod-cp set to 600 s for this run" in lines(kube)

    def test_a_cluster_that_has_arrived_gets_none(self) -> None:
        kube = World(*classic(NEXT))
        upgrade(kube, NEXT, node_drain_timeout=600)
        assert kube.writes == []

    def drains(self, kube: World) -> list[Any]:
        """Of the control plane and the pool, or of all in the topology."""
        held = [kube.held(PLANE), kube.held(pool_ref())]
        item = kube.held(CLUSTER)
        if "topology" in item["spec"]:
            return [value_at(item, path) for path in topology_drain_timeouts_at(item)]
        return [value_at(owner, drain_timeout_at(owner)) for owner in held]

    def notes(self, kube: World) -> list[str]:
        found = [annotations_of(kube.held(ref)).get(DRAIN_NOTE) for ref in (CLUSTER, PLANE, pool_ref())]
        return [note for note in found if note]


def normalising(kube: World) -> World:
    """The server, or a webhook, makes something else of a field of each template that it stores."""
    store = kube.put

    def put(item: Mapping[str, Any]) -> Object:
        found = store(item)
        if item["kind"] == "DevMachineTemplate":
            found["spec"]["template"]["spec"]["image"] = "sha256:1"
        return found

    kube.put = put  # type: ignore[method-assign]
    return kube


class TestTemplates:
    def test_a_server_that_normalises_fields_makes_no_loop(self) -> None:
        kube = normalising(World(*classic()))
        outcome = upgrade(kube, NEXT, overrides=IMAGE)
        assert (outcome.values["outcome"], kube.versions_of_machines()) == ("done", {NEXT})
        assert len(outcome.values["replaced"]) == 2
        kube.controllers.rest()
        kube.writes.clear()
        assert not upgrade(kube, NEXT, overrides=IMAGE).changed
        assert kube.writes == []

    def test_each_is_read_once_in_a_run(self) -> None:
        kube = World(*classic())
        upgrade(kube, NEXT, overrides=IMAGE)
        read = Counter(what for verb, what in kube.reads if verb == "get" and what.startswith("DevMachineTemplate"))
        assert set(read.values()) == {1}

    @pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7])
    def test_the_successor_of_a_killed_run_collects_them(self, number: int) -> None:
        """The note on the owner says that it is still to be done, also to a run that is asked for no template."""
        kube, whole = World(*classic(OLD)), World(*classic(OLD))
        upgrade(whole, NEXT, overrides=IMAGE, keep_templates=0)
        kube.kill_at = len(whole.about_cluster()) - number + 1
        with pytest.raises(KeyboardInterrupt):
            upgrade(kube, NEXT, overrides=IMAGE, keep_templates=0)
        kube.kill_at = 0
        upgrade(kube, NEXT, overrides=IMAGE, keep_templates=0)
        assert kube.names("DevMachineTemplate") == whole.names("DevMachineTemplate")
        assert TEMPLATE_NOTE not in json.dumps([kube.held(ref) for ref in (CLUSTER, PLANE, pool_ref())])

    def names(self, kube: World, owner: str) -> list[str]:
        return [n for n in kube.names("DevMachineTemplate") if n.startswith(owner)]

    @pytest.mark.parametrize(("keep", "left"), [(0, 1), (1, 2), (9, 3)])
    def test_old_ones_go_and_the_last_ones_stay(self, keep: int, left: int) -> None:
        """Three hops make three templates; the one before the first is not ours."""
        kube = World(*classic(OLD))
        upgrade(kube, LAST, overrides=IMAGE, keep_templates=keep)
        found = self.names(kube, "prod-cp-1")
        assert "prod-cp-1" in found, "somebody else made it"
        assert len(found) == 1 + left
        held = kube.held(PLANE)["spec"]["machineTemplate"]["spec"]["infrastructureRef"]["name"]
        assert held in found

    def test_what_machine_sets_and_machines_refer_to_stays(self) -> None:
        kube = World(*classic(OLD))
        upgrade(kube, NEXT, overrides=IMAGE, keep_templates=9)
        before = self.names(kube, "prod-cp-1-")
        reference = {"kind": "DevMachineTemplate", "name": before[0], "apiGroup": INFRASTRUCTURE}
        spec = {"clusterName": "prod", "template": {"spec": {"infrastructureRef": reference}}}
        meta = {"name": "set", "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}}
        kube.put({"apiVersion": f"cluster.x-k8s.io/{V}", "kind": "MachineSet", "metadata": meta, "spec": spec})
        notes = {"annotations": {"cluster.x-k8s.io/cloned-from-name": before[1]}}
        kube.put({"apiVersion": f"{INFRASTRUCTURE}/{V}", "kind": "DevMachine", "metadata": {**meta, **notes}})
        upgrade(kube, LAST, overrides=IMAGE, keep_templates=0)
        assert set(before) <= set(self.names(kube, "prod-cp-1-"))

    def test_a_template_that_carries_no_hash_is_not_ours(self) -> None:
        kube = World(*classic())
        made = template("spare")
        made["metadata"]["labels"] = {"cluster.x-k8s.io/cluster-name": "prod"}
        kube.apply(made)
        upgrade(kube, NEXT, keep_templates=0)
        assert "spare" in kube.names("DevMachineTemplate")


REFUSED: dict[str, tuple[dict[str, Any], type[CapiError], str]] = {
    "no such cluster": ({"name": "prd"}, NotFound, "There is no Cluster default/prd; did you mean 'prod'?"),
    "another namespace": ({"namespace": "kube-system"}, NotFound, "there is one of that name in default"),
    "downgrade": ({"target": OLD}, InvalidInput, "is lower than the live"),
    "unknown pool": ({"node_pools": ["md0"]}, InvalidInput, "has no node pool 'md0'; did you mean"),
    "overrides for nobody": (
        {"overrides": [{**IMAGE[0], "owners": ["prod-md0"]}]}, InvalidInput,
        "overrides name 'prod-md0'; did you mean 'prod-md-0'?",
    ),
    "variables without a class": ({"variables": {"a": 1}}, InvalidInput, "has no ClusterClass: use overrides instead"),
    "rollout in the future": ({"rollout_after": "2026-11-01T00:00:01Z"}, InvalidInput, "which is in the future"),
    "unknown check": ({"skip_checks": ["padsed"]}, InvalidInput, "there is no check 'padsed'; did you mean 'paused'?"),
}  # fmt: skip


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("params", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals_change_nothing(params: dict[str, Any], error: type[CapiError], words: str, dry_run: bool) -> None:
    kube = World(*classic(), dry_run=dry_run)
    with pytest.raises(error) as caught:
        upgrade(kube, **{"target": NEXT, **params})
    assert words in str(caught.value)
    assert (caught.value.outcome, kube.writes) == ("refused", [])


def test_overrides_are_not_for_a_topology() -> None:
    kube = World(*classy())
    with pytest.raises(InvalidInput, match="use variables instead of overrides"):
        upgrade(kube, NEXT, overrides=IMAGE)
    assert kube.writes == []


def test_all_checks_that_block_are_told_at_once() -> None:
    kube = World(*classic())
    kube.held(PLANE)["metadata"]["annotations"] = {"cluster.x-k8s.io/paused": "", "argocd.argoproj.io/x": "y"}
    kube.take(Ref(f"{INFRASTRUCTURE}/{V}", "DevMachineTemplate", "default", "prod-md-0-1"))
    with pytest.raises(Refused) as caught:
        upgrade(kube, NEXT)
    for words in ("3 checks block, nothing was changed", "- paused: ", "- gitops: Argo CD", "- template: ", "Remedy: "):
        assert words in str(caught.value)
    assert kube.writes == []


def test_a_check_that_is_skipped_does_not_block() -> None:
    kube = World(*classic())
    kube.held(PLANE)["metadata"]["annotations"] = {"argocd.argoproj.io/x": "y"}
    outcome = upgrade(kube, NEXT, skip_checks=["gitops"])
    assert {c["id"]: c["status"] for c in outcome.values["checks"]}["gitops"] == "skipped"
    assert kube.versions_of_machines() == {NEXT}


@pytest.mark.parametrize("access", [None, False])
def test_the_check_that_is_left_out_may_be_skipped_too(access: bool | None) -> None:
    kube = World(*classic())
    outcome = upgrade(kube, NEXT, skip_checks=["disruption-budgets"], workload_access=access)
    assert outcome.values["outcome"] == "done"
    assert "disruption-budgets" not in [c["id"] for c in outcome.values["checks"]]


def stated_by(manager: str) -> dict[str, Any]:
    fields = {"f:spec": {"f:version": {}}}
    return {"managedFields": [{"manager": manager, "operation": "Apply", "fieldsV1": fields}]}


def test_who_states_the_version_by_server_side_apply() -> None:
    kube = World(*classic())
    kube.held(PLANE)["metadata"].update(stated_by("kubectl"))
    with pytest.raises(Refused, match="field-owners: KubeadmControlPlane prod-cp: kubectl states its version"):
        upgrade(kube, NEXT)
    assert kube.writes == []
    assert upgrade(kube, NEXT, skip_checks=["field-owners"]).values["outcome"] == "done"


def test_the_server_is_asked_about_the_first_write_of_each_object() -> None:
    kube = World(*classic(OLD, 2))
    asked: list[tuple[str, str]] = []

    def refuse(item: Object) -> Exception | None:
        asked.append((name_of(item), str(value_at(item, version_at(item)))))
        return InvalidInput(f"{item['kind']}: no") if item["kind"] == "MachineDeployment" else None

    kube.refuse = refuse
    with pytest.raises(Refused, match=r"admission: MachineDeployment: no\. Remedy"):
        upgrade(kube, NEXT)
    assert asked == [("prod-cp", "v1.34.13"), ("prod-md-0", NEXT), ("prod-md-1", NEXT)]
    assert kube.writes == []


def test_refusals_of_several_objects_are_told_together() -> None:
    kube = World(*classic())
    kube.refuse = lambda item: InvalidInput(f"{item['kind']}: no") if item["kind"] != "Lease" else None
    with pytest.raises(Refused, match=r"admission: KubeadmControlPlane: no; MachineDeployment: no\. Remedy"):
        upgrade(kube, NEXT)


def test_the_server_is_asked_before_the_first_write() -> None:
    kube = World(*classic())
    kube.refuse = lambda item: InvalidInput("spec.version: too new") if item["kind"] == "KubeadmControlPlane" else None
    with pytest.raises(Refused, match=r"admission: spec\.version: too new\. Remedy"):
        upgrade(kube, NEXT)
    assert kube.writes == []


def held_by(kube: World, identity: str) -> None:
    spec = {"holderIdentity": identity, "acquireTime": "2026-11-01T00:00:00Z", "renewTime": "1", "leaseTransitions": 1}
    ref = lease_ref("prod", "default")
    kube.put({"apiVersion": ref.api_version, "kind": ref.kind, "metadata": {"name": ref.name, "namespace": "default"},
              "spec": spec})  # fmt: skip


class TestLease:
    def test_another_run_is_at_work(self) -> None:
        kube = World(*classic())
        held_by(kube, "other-host/x/1/y")
        kube.at[3] = lambda: kube.held(lease_ref("prod", "default"))["spec"].update(renewTime="2")
        with pytest.raises(Refused, match="another run is changing this cluster: other-host/x/1/y") as caught:
            upgrade(kube, NEXT)
        assert caught.value.details["holder"] == "other-host/x/1/y"
        assert kube.writes == []

    def test_a_run_that_is_gone_is_followed(self) -> None:
        kube = World(*classic())
        held_by(kube, "other-host/x/1/y")
        assert upgrade(kube, NEXT).values["outcome"] == "done"
        assert "has not been heard of for 60 s, taking over" in lines(kube)

    def test_a_cluster_that_has_arrived_asks_nobody(self) -> None:
        kube = World(*classic(NEXT))
        held_by(kube, "other-host/x/1/y")
        assert upgrade(kube, NEXT).values["outcome"] == "done"


def test_a_rollout_that_runs_already_is_waited_for() -> None:
    kube = World(*classic())
    kube.change(PLANE, version=NEXT)
    kube.clock.sleep(2)
    outcome = upgrade(kube, NEXT)
    assert outcome.values["plan"]["waits_for"]
    assert kube.versions_of_machines() == {NEXT}
    assert kube.about_cluster() == [("apply", str(pool_ref()))]


def test_what_moves_to_its_end_without_us_needs_no_write() -> None:
    """Its only writes are those of the Lease: two that wait would both go on with the next step."""
    kube = World(*classic())
    kube.change(PLANE, version=NEXT)
    outcome = upgrade(kube, NEXT, node_pools=["none"])
    assert (kube.about_cluster(), outcome.changed, outcome.values["outcome"]) == ([], False, "done")
    assert kube.writes[0] == ("create", str(lease_ref("prod", "default")))
    assert kube.held(lease_ref("prod", "default"))["spec"]["holderIdentity"] == ""
    assert kube.clock.seconds > 0


def test_a_run_that_only_waits_is_one_at_a_time() -> None:
    kube = World(*classic())
    kube.change(PLANE, version=NEXT)
    held_by(kube, "other-host/x/1/y")
    kube.at[3] = lambda: kube.held(lease_ref("prod", "default"))["spec"].update(renewTime="2")
    with pytest.raises(Refused, match="another run is changing this cluster"):
        upgrade(kube, NEXT, node_pools=["none"])


def taken_back() -> World:
    """A control plane that rolls, and a pool that somebody takes back meanwhile, so that a step appears."""
    kube = World(*classic(NEXT))
    kube.change(PLANE, rollout={"after": "2026-10-20T08:00:00Z"})
    held = kube.held(pool_ref())["spec"]["template"]
    kube.at[1] = lambda: kube.change(pool_ref(), template={"spec": {**held["spec"], "version": NOW}})
    return kube


def test_a_check_that_blocks_the_second_plan_leaves_no_drain_timeouts() -> None:
    kube = taken_back()
    kube.at[2] = lambda: kube.held(pool_ref())["metadata"].update(annotations={"argocd.argoproj.io/x": "y"})
    with pytest.raises(CapiError) as caught:
        upgrade(kube, NEXT, node_drain_timeout=600)
    assert caught.value.outcome == "refused"
    for ref in (PLANE, pool_ref()):
        assert DRAIN_NOTE not in annotations_of(kube.held(ref))


def test_a_step_that_was_not_planned_is_planned_and_checked_first() -> None:
    """What was waited for ended otherwise: somebody has changed the pool meanwhile."""
    kube = taken_back()
    outcome = upgrade(kube, NEXT)
    assert [s["step"] for s in outcome.values["plan"]["steps"]][-1:] == ["node pool md-0"]
    assert outcome.values["checks"]
    assert (kube.about_cluster(), kube.versions_of_machines()) == ([("apply", str(pool_ref()))], {NEXT})
    assert "step 1/1  node pool md-0" in lines(kube)


def test_check_mode_does_not_wait_for_what_moves() -> None:
    kube = World(*classic(), dry_run=True)
    kube.change(PLANE, version=NEXT)
    outcome: Outcome = upgrade(kube, NEXT, node_pools=["none"])
    assert (kube.clock.seconds, kube.writes, outcome.values["outcome"]) == (0, [], "done"), "how the run would end"


def test_check_mode_tells_that_the_rest_is_for_another_run() -> None:
    kube = World(*classic(), dry_run=True)
    assert upgrade(kube, NEXT, pause_between=True).values["outcome"] == "waiting"


BUILD = "v1.34.3+vmware.{}".format


def test_another_build_of_the_same_release() -> None:
    kube = World(*classic(BUILD(1)))
    outcome = upgrade(kube, BUILD(2))
    assert (outcome.values["from_version"], outcome.values["kubernetes_version"]) == (BUILD(1), BUILD(2))
    assert kube.versions_of_machines() == {BUILD(2)}
    assert kube.held(PLANE)["spec"]["version"] == BUILD(2), "as it was given"
    assert not upgrade(kube, BUILD(2)).changed


def test_a_rollout_raises_no_version_of_a_pool_that_is_behind() -> None:
    kube = World(*objects(NEXT, [Pool("md-0", NOW, 1)], planes=1))
    outcome = upgrade(kube)
    assert (outcome.changed, kube.writes, kube.clock.seconds) == (False, [], 0)
    assert outcome.values["message"].endswith("nothing is to be done; left as they are: node pool md-0")


def test_a_rollout_leaves_the_text_of_versions_alone() -> None:
    kube = World(*classic(BUILD(1)))
    upgrade(kube, rollout_after="2026-10-20T08:00:00Z")
    owned = [e for e in kube.held(PLANE)["metadata"]["managedFields"] if e["manager"] == "capi.lifecycle"]
    assert "f:version" not in json.dumps(owned), "nor do we take the field"
    assert kube.versions_of_machines() == {BUILD(1)}


def test_a_cluster_that_is_still_made_goes_on_to_the_target_when_it_is_there() -> None:
    """Without a machine the plan cannot tell what comes: it waits, and plans again."""
    kube = World(*(item for item in classic() if item["kind"] != "Machine"))
    outcome = upgrade(kube, NEXT)
    assert (outcome.values["outcome"], kube.versions_of_machines()) == ("done", {NEXT})
    assert outcome.values["plan"]["steps"]


class TestNodesOfAMachinePool:
    """Before Cluster API v1.14 nothing in the management cluster tells their versions."""

    def world(self, make: Callable[..., list[Object]] = classic) -> World:
        refs = [{"name": "a"}, {"name": "b"}]
        status = {"readyReplicas": 2, "nodeRefs": refs, "observedGeneration": 99}
        pool = {**machine_deployment("prod-mp", version=NOW, replicas=2, status=status), "kind": "MachinePool"}
        items = make()
        topology = dig(items[0], "spec", "topology")
        if topology:
            topology["workers"]["machinePools"] = [{"name": "mp", "class": "mp", "replicas": 2}]
            pool["metadata"]["labels"]["topology.cluster.x-k8s.io/pool-name"] = "mp"
        return World(*items, pool, kubeconfig_secret(value=encoded(KUBECONFIG)))

    def inside(self, kube: World, unread: range = range(0), trouble: CapiError | None = None) -> FakeKube:
        """The workload cluster: nodes roll ten looks after the pool was changed; in ``unread`` looks it is away."""
        found = FakeKube(node("a", NOW), node("b", NOW))
        read, looks = found.list, {"all": 0, "changed": 0}

        def look(*arguments: Any) -> list[Object]:
            pool = kube.items["cluster.x-k8s.io", "MachinePool", "default", "prod-mp"]
            wanted = str(value_at(pool, version_at(pool)))
            looks["all"] += 1
            looks["changed"] += wanted != NOW
            if looks["changed"] == 10:
                for name in ("a", "b"):
                    found.put(node(name, wanted))
            if looks["changed"] in unread:
                raise trouble or Unreachable("no answer")
            return read(*arguments)

        found.list = look  # type: ignore[method-assign]
        return found

    def test_they_are_waited_for(self) -> None:
        kube = self.world()
        outcome = upgrade(kube, NEXT, workload=self.inside(kube), workload_access=True)
        assert outcome.values["outcome"] == "done"
        assert "default/prod: mp 0/2 at v1.35.10" in lines(kube)
        assert outcome.values["message"].endswith("2 machines replaced besides 2 nodes that are no Machines"), (
            outcome.values["message"]
        )

    def test_without_access_that_is_said(self) -> None:
        outcome = upgrade(self.world(), NEXT)
        assert outcome.values["message"].endswith(
            "of node pool mp its nodes' versions are not told by this release: look at them, or set workload_access"
        )

    AWAY = Unreachable("https://a.example:6443: no answer.")

    def test_what_cannot_be_read_is_an_error_before_anything_changes(self) -> None:
        kube = self.world()
        with pytest.raises(Unreachable) as caught:
            upgrade(kube, NEXT, workload=self.AWAY, workload_access=True)
        assert "default/prod: only the nodes themselves tell the versions of prod-mp" in str(caught.value)
        assert "could not be read in the workload cluster: https://a.example:6443: no answer." in str(caught.value)
        assert "or set workload_access to false" in str(caught.value)
        assert kube.writes == []

    @pytest.mark.parametrize("more", [{"node_pools": ["none"]}, {"node_pools": ["md-0"]}, {"workload_access": False}])
    def test_nobody_asks_for_what_is_not_meant(self, more: dict[str, Any]) -> None:
        outcome = upgrade(self.world(), NEXT, workload=self.AWAY, **{"workload_access": True, **more})
        assert outcome.values["outcome"] == "done"

    def test_nobody_asks_before_the_control_plane_is_well(self) -> None:
        kube = self.world()
        kube.take(Ref("v1", "Secret", "default", "prod-kubeconfig"))
        kube.held(PLANE)["status"]["readyReplicas"] = 0
        kube.held(PLANE)["status"]["availableReplicas"] = 0
        kube.dry_run = True
        outcome = upgrade(kube, NEXT, workload=self.AWAY, workload_access=True)
        assert "availableReplicas 0 of 1" in outcome.values["plan"]["waits_for"]

    def test_contact_that_is_lost_in_the_middle_is_waited_for(self) -> None:
        kube = self.world()
        outcome = upgrade(kube, NEXT, workload=self.inside(kube, unread=range(5, 15)), workload_access=True)
        assert outcome.values["outcome"] == "done"
        assert "lost contact, trying again: default/prod: only the nodes themselves" in lines(kube)

    def test_contact_that_does_not_come_back_is_no_stall(self) -> None:
        kube = self.world()
        with pytest.raises(Unreachable, match=r"no answer.*Last seen: .*It stands so: "):
            upgrade(kube, NEXT, workload=self.inside(kube, unread=range(5, 9999)), workload_access=True)

    def test_a_right_that_is_taken_away_ends_the_run_with_the_reason(self) -> None:
        kube = self.world()
        inside = self.inside(kube, unread=range(5, 9999), trouble=Forbidden("nodes is forbidden."))
        with pytest.raises(Forbidden, match=r"nodes is forbidden\. Make that way work.*It stands so: "):
            upgrade(kube, NEXT, workload=inside, workload_access=True)

    @pytest.mark.parametrize("make", [classic, classy])
    def test_budgets_are_asked_for_the_nodes_of_a_pool_that_rolls(self, make: Callable[..., list[Object]]) -> None:
        kube = self.world(make)
        meta = {"name": "web", "namespace": "default", "labels": {"app": "web"}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": "a"}}
        budget = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": meta,
            "spec": {"selector": {"matchLabels": {"app": "web"}}},
            "status": {"disruptionsAllowed": 0, "expectedPods": 1},
        }
        inside = FakeKube(node("a", NOW), node("b", NOW), pod, budget)
        inside.evictions = {"web": "it would violate the budget."}
        kube.dry_run = True
        outcome = upgrade(kube, NEXT, workload=inside, workload_access=True)
        told = {c["id"]: c for c in outcome.values["checks"]}["disruption-budgets"]
        assert (told["status"], "web on a" in told["message"]) == ("warn", True), told
