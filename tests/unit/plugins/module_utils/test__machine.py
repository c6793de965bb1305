# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Machine replaced or remediated, against FakeKube: what is written and awaited, and when nothing is touched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Failed,
    InvalidInput,
    NotFound,
    Refused,
    Stalled,
    Unreachable,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._lease import lease_ref
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import REMEDIATE
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import PAUSED_ANNOTATION, Object, Ref
from builders import CORE, cluster, control_plane, machine
from fakes import FakeClock
from machine_world import (
    PLANE,
    SET,
    SUCCEEDED,
    WORKERS,
    World,
    about_machines,
    ensure,
    health_check,
    member,
    uid,
    worker,
)

HOOK = "pre-drain.delete.hook.machine.cluster.x-k8s.io/archive"


def deleted(name: str) -> list[tuple[str, str]]:
    return [("delete", f"Machine default/{name}")]


@pytest.mark.parametrize(("name", "prefix", "kind"), [
    (WORKERS[0], SET, "MachineDeployment"), (PLANE[0], "prod-cp", "KubeadmControlPlane"),
])  # fmt: skip
def test_it_is_deleted_and_its_successor_awaited(name: str, prefix: str, kind: str) -> None:
    kube = World()
    outcome = ensure(kube, name)
    assert about_machines(kube) == deleted(name)
    assert outcome.changed
    assert (set(outcome.before), dict(outcome.after)) == ({f"Machine default/{name}"}, {})
    assert outcome.values["replaced_by"] == [f"{prefix}-new01"]
    assert outcome.values["owner"]["kind"] == kind
    assert outcome.values["message"].startswith(f"default/prod: Machine {name} replaced by {prefix}-new01; {kind} ")
    assert name not in [m["metadata"]["name"] for m in kube.machines()]


def test_again_writes_nothing_not_even_a_lease_and_leaves_the_successor() -> None:
    """I1"""
    kube = World()
    ensure(kube, WORKERS[0])
    kube.writes.clear()
    clock = FakeClock()
    again = ensure(kube, WORKERS[0], clock=clock)
    assert not again.changed
    assert (kube.writes, clock.seconds) == ([], 0)
    assert again.values["message"] == (
        f"default/prod: there is no Machine default/{WORKERS[0]} any more; MachineDeployment prod-md-0 2/2 ready"
    )


@pytest.mark.parametrize("state", ["replaced", "remediated"])
def test_check_mode_says_all_and_writes_nothing(state: str) -> None:
    kube = World(health_check(*WORKERS), dry_run=True)
    outcome = ensure(kube, WORKERS[0], state=state)
    assert outcome.changed
    assert kube.writes == []
    verb = "delete" if state == "replaced" else "mark for remediation"
    assert kube.lines == [  # type: ignore[attr-defined]
        f"default/prod: would {verb} Machine {WORKERS[0]} (of MachineDeployment prod-md-0, v1.34.3, node {WORKERS[0]})",
        "default/prod: its Node is drained without a time limit: a Pod that may not be evicted holds it for ever",
    ]
    assert kube.clock.seconds == 0


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("state", ["replaced", "remediated"])
def test_what_speaks_against_it_means_no_write_at_all(state: str, dry_run: bool) -> None:
    kube = World(control_plane(replicas=3, annotations={PAUSED_ANNOTATION: ""}), dry_run=dry_run)
    with pytest.raises(InvalidInput, match="prod-cp: it is paused"):
        ensure(kube, PLANE[0], state=state)
    assert kube.writes == []


def test_without_waiting() -> None:
    kube = World()
    outcome = ensure(kube, WORKERS[0], wait=False)
    assert (outcome.values["outcome"], outcome.changed) == ("waiting", True)
    again = ensure(kube, WORKERS[0], wait=False)
    assert (again.values["outcome"], again.changed) == ("waiting", False)
    assert about_machines(kube) == deleted(WORKERS[0])
    assert kube.clock.seconds == 0


KILLED = {
    "while it is deleted": [worker(deleting=True)],
    "while it is deleted, the successor is there": [
        worker(deleting=True),
        worker(f"{SET}-new01", creationTimestamp=SUCCEEDED),
    ],
}


@pytest.mark.parametrize("changes", KILLED.values(), ids=KILLED)
def test_a_killed_run_goes_on(changes: list[Object]) -> None:
    """I2: it is not deleted again, and what would refuse a new deletion does not count."""
    kube = World(*changes)
    outcome = ensure(kube, WORKERS[0])
    assert about_machines(kube) == []
    assert outcome.values["replaced_by"] == [f"{SET}-new01"]
    assert len(kube.machines(SET)) == 2


def test_a_run_killed_after_the_deletion_awaits_the_successor() -> None:
    kube = World()
    kube.take(kube.ref(WORKERS[0]))
    outcome = ensure(kube, WORKERS[0])
    assert not outcome.changed
    assert about_machines(kube) == []
    assert outcome.values["message"].endswith("MachineDeployment prod-md-0 2/2 ready")
    assert kube.clock.seconds > 0


def test_a_run_killed_after_the_deletion_in_check_mode_only_tells() -> None:
    kube = World(dry_run=True)
    kube.take(kube.ref(WORKERS[0]))
    outcome = ensure(kube, WORKERS[0])
    assert (outcome.values["outcome"], kube.writes, kube.clock.seconds) == ("waiting", [], 0)
    assert "1 of 2 machines ready" in outcome.values["message"]


OTHER_CLUSTER = machine("stray-md-0-x7k2p-zzzz9", cluster="stray", pool="stray-md-0")
MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "one slip": ({"name": WORKERS[0][:-1] + "7"}, f"did you mean {WORKERS[0]}? If not, name its uid"),
    "one character too many": ({"name": f"{WORKERS[0]}x"}, f"did you mean {WORKERS[0]}?"),
    "two exchanged": ({"name": "prod-cp-aaa2a"}, "did you mean prod-cp-aaaa2?"),
    "cut off": ({"name": SET}, "nothing in the cluster prod gives such names"),
    "of another pool": ({"name": "prod-md-1-x7k2p-dddd8"}, "nothing in the cluster prod gives such names"),
    "of another cluster": ({"name": "stray-md-0-x7k2p-zzzz9"}, "it is in the cluster stray, this task names"),
    "a UID of another name": ({"name": f"{SET}-qqqqq", "uid": uid(11)}, f"the UID {uid(11)} is that of {WORKERS[0]}."),
    "no such cluster": ({"name": "x", "cluster": "prdo"}, "no Cluster default/prdo; did you mean 'prod'?"),
    "no such namespace": ({"name": "x", "namespace": "team"}, "no Cluster team/prod; there is one of that name in"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "words"), MISSING.values(), ids=MISSING)
def test_a_mistake_does_not_look_like_success(asked: dict[str, Any], words: str) -> None:
    kube = World(OTHER_CLUSTER)
    with pytest.raises(NotFound) as caught:
        ensure(kube, **asked)
    assert words in str(caught.value)
    assert "Nothing was changed" in str(caught.value)
    assert kube.writes == []


GONE = {
    "of the control plane": {"name": "prod-cp-qqqqq"},
    "of an older set of the pool": {"name": "prod-md-0-aaaaa-qqqqq"},
    "named like its kin": {"name": "odd-set-qqqqq"},
    "by UID, near to another": {"name": WORKERS[0][:-1] + "7", "uid": uid(99)},
    "by UID, of a pool that is gone": {"name": "prod-md-9-aaaaa-qqqqq", "uid": uid(99)},
}


@pytest.mark.parametrize("asked", GONE.values(), ids=GONE)
def test_one_that_is_gone_is_fine(asked: dict[str, Any]) -> None:
    kube = World(worker("odd-set-zzzzz"), worker(WORKERS[1], deleting=False))
    kube.take(kube.ref(WORKERS[0]))
    assert not ensure(kube, **asked).changed
    assert kube.writes == []


def test_the_uid_guards_the_name() -> None:
    kube = World()
    with pytest.raises(Refused, match=f"has the UID {uid(11)}, not {uid(12)}"):
        ensure(kube, WORKERS[0], uid=uid(12))
    with pytest.raises(InvalidInput, match=r"uid is 'eleven'; wanted is metadata\.uid"):
        ensure(kube, WORKERS[0], uid="eleven")
    assert kube.writes == []
    assert ensure(kube, WORKERS[0], uid=uid(11)).changed


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        ([], "belongs to nobody"),
        ([{"kind": "MachinePool", "name": "mp", "controller": True}], "belongs to MachinePool mp"),
        ([{"kind": "Cluster", "name": "prod"}], "belongs to nobody"),
    ],
)
def test_a_machine_that_nobody_would_replace_is_refused(owner: Any, words: str) -> None:
    kube = World(worker(ownerReferences=owner))
    with pytest.raises(Refused) as caught:
        ensure(kube, WORKERS[0])
    assert words in str(caught.value)
    assert kube.writes == []


def test_a_set_without_a_deployment_is_refused() -> None:
    kube = World({**worker(), "metadata": {**worker()["metadata"], "labels": {f"{CORE}/cluster-name": "prod"}}})
    with pytest.raises(Refused, match=f"belongs to MachineSet {SET}"):
        ensure(kube, WORKERS[0])


def test_of_two_broken_workers_one_after_the_other() -> None:
    sick = dict.fromkeys(("NodeHealthy", "Ready"), "False")
    kube = World(*(worker(n, conditions=sick) for n in WORKERS))
    for number, name in enumerate(WORKERS, 1):
        outcome = ensure(kube, name)
        assert outcome.values["replaced_by"] == [f"{SET}-new{number:02d}"]
        kube.writes.clear()
        assert not ensure(kube, name).changed
        assert kube.writes == []
    assert outcome.values["message"].endswith("2/2 ready")


class TestWaiting:
    def test_a_hook_holds_it_and_is_named(self) -> None:
        kube = World(worker(annotations={HOOK: ""}))
        with pytest.raises(Stalled) as caught:
            ensure(kube, WORKERS[0])
        assert f"WaitingForPreDrainHook: the annotation {HOOK} holds it until whoever set it takes it off" in str(
            caught.value
        )
        assert caught.value.details["hooks"] == [HOOK]
        assert len([w for w in kube.writes if w[1].startswith("Lease")]) > 50, "renewed through 15 minutes"
        assert caught.value.details["changed"]
        kube.items[key(kube, WORKERS[0])]["metadata"]["annotations"] = {}
        outcome = ensure(kube, WORKERS[0])
        assert outcome.changed
        assert about_machines(kube) == deleted(WORKERS[0]), "it was deleted once"

    def test_the_hook_of_the_control_plane_itself_is_not_blamed(self) -> None:
        own = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup"
        held = {"Deleting": {"status": "True", "reason": "WaitingForPreTerminateHook", "message": "etcd"}}
        kube = World(member(deleting=True, annotations={own: ""}, conditions=held))
        kube.idle = True
        with pytest.raises(Stalled) as caught:
            ensure(kube, PLANE[0])
        assert "deleting: WaitingForPreTerminateHook (etcd)" in str(caught.value)
        assert own not in str(caught.value)

    def test_no_controller_at_all(self) -> None:
        kube = World()
        kube.idle = True
        with pytest.raises(Stalled, match=f"Machine {WORKERS[0]} deleting: not taken up yet: nothing has moved"):
            ensure(kube, WORKERS[0])

    def test_no_successor_comes(self) -> None:
        kube = World(worker(deleting=True), control_plane(replicas=3))
        pool = kube.items[(CORE, "MachineDeployment", "default", "prod-md-0")]
        blocked = {"type": "ScalingUp", "status": "True", "reason": "ScalingUp", "message": "blocked because: version"}
        pool["status"]["conditions"] = [c for c in pool["status"]["conditions"] if c["type"] != "ScalingUp"] + [blocked]
        kube.take(kube.ref(WORKERS[0]))
        kube.idle = True
        with pytest.raises(Stalled) as caught:
            ensure(kube, WORKERS[0])
        assert "MachineDeployment prod-md-0: ScalingUp (blocked because: version)" in str(caught.value)
        assert caught.value.details["missing"][0] == "MachineDeployment prod-md-0: 1 of 2 machines ready, 1 there"

    def test_a_successor_that_does_not_get_ready_is_named(self) -> None:
        sick = worker(
            f"{SET}-new01",
            creationTimestamp=SUCCEEDED,
            conditions=dict.fromkeys(("InfrastructureReady", "Ready"), "False"),
        )
        kube = World(worker(deleting=True), sick)
        with pytest.raises(Stalled, match=f"{SET}-new01: InfrastructureReady"):
            ensure(kube, WORKERS[0])

    def test_time_is_over(self) -> None:
        kube = World()
        kube.idle = True
        with pytest.raises(WaitTimeout) as caught:
            ensure(kube, WORKERS[0], wait_timeout=10)
        assert caught.value.details["changed"]

    def test_it_is_paused_meanwhile(self) -> None:
        kube = World(worker(annotations={HOOK: ""}))
        kube.clock.on_sleep = lambda now: kube.put(cluster(spec={"paused": True})) and None  # type: ignore[assignment]
        with pytest.raises(Stalled, match="Cluster default/prod is paused: unpause it"):
            ensure(kube, WORKERS[0])
        assert kube.clock.seconds == 5

    def test_the_cluster_is_deleted_meanwhile(self) -> None:
        kube = World()
        kube.clock.on_sleep = lambda now: kube.take(Ref(f"{CORE}/v1beta2", "Cluster", "default", "prod"))
        with pytest.raises(Failed, match="was deleted by somebody else meanwhile") as caught:
            ensure(kube, WORKERS[0])
        assert caught.value.outcome == "failed", "something was written"


class TestOneRunAtATime:
    def test_the_lease_is_held_while_it_works_and_given_back(self) -> None:
        kube = World()
        holders = []
        step = kube.step

        def watched(now: float) -> None:
            found = kube.get(lease_ref("prod", "default"))
            holders.append(found["spec"]["holderIdentity"] if found else "")
            step(now)

        kube.clock.on_sleep = watched
        ensure(kube, WORKERS[0])
        assert holders
        assert all(holders)
        found = kube.get(lease_ref("prod", "default"))
        assert found is not None
        assert found["spec"]["holderIdentity"] == ""

    def test_a_server_that_restarts_at_the_deletion(self) -> None:
        class Restarting(World):
            left = 3

            def delete(self, ref: Ref, uid: str = "") -> bool:
                if self.left:
                    self.left -= 1
                    raise Unreachable("connection refused")
                return super().delete(ref, uid)

        kube = Restarting()
        assert ensure(kube, WORKERS[0]).changed
        assert sum("lost contact" in line for line in kube.lines) == 3

    def test_what_changed_until_the_lease_was_ours_counts(self) -> None:
        """Another run has begun a rollout in the time between the first look and the lease."""

        class Late(World):
            def create(self, item: Object) -> Object:
                self.put(control_plane(replicas=3, conditions={"RollingOut": "True"}))
                return super().create(item)

        kube = Late()
        with pytest.raises(InvalidInput, match="it is rolling out") as caught:
            ensure(kube, PLANE[0])
        assert about_machines(kube) == []
        assert caught.value.outcome == "refused"

    def test_somebody_else_was_faster(self) -> None:
        class Late(World):
            def create(self, item: Object) -> Object:
                self.take(self.ref(WORKERS[0]))
                return super().create(item)

        kube = Late()
        ensure(kube, WORKERS[0])
        assert about_machines(kube) == []
        assert len(kube.machines(SET)) == 2


class TestRemediation:
    def test_it_is_marked_and_its_owner_does_the_rest(self) -> None:
        kube = World(health_check(*WORKERS))
        outcome = ensure(kube, WORKERS[0], state="remediated")
        assert about_machines(kube) == [("patch", f"Machine default/{WORKERS[0]}")]
        assert outcome.values["replaced_by"] == [f"{SET}-new01"]
        kube.writes.clear()
        assert not ensure(kube, WORKERS[0], state="remediated").changed
        assert kube.writes == []

    def test_a_killed_run_does_not_mark_it_again(self) -> None:
        kube = World(health_check(*WORKERS), worker(annotations={REMEDIATE: ""}))
        assert ensure(kube, WORKERS[0], state="remediated").changed
        assert about_machines(kube) == []

    def test_nobody_acts(self) -> None:
        kube = World(health_check(*WORKERS))
        kube.idle = True
        with pytest.raises(Stalled, match="waits for its remediation: not reported yet"):
            ensure(kube, WORKERS[0], state="remediated")

    def test_it_needs_a_health_check(self) -> None:
        kube = World()
        with pytest.raises(InvalidInput, match="use state: replaced"):
            ensure(kube, WORKERS[0], state="remediated")
        assert kube.writes == []


def key(kube: World, name: str) -> tuple[str, str, str, str]:
    ref = kube.ref(name)
    return (ref.group, ref.kind, ref.namespace, ref.name)
