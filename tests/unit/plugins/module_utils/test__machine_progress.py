# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a replacement has come: what a look tells, and what counts as movement."""

from __future__ import annotations

from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import Place
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_progress import Old, judge_machine
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import gather
from builders import cluster, control_plane, machine_deployment
from machine_world import PLANE, SET, SUCCEEDED, WORKERS, member, uid, worker

OLD = Old("default/prod", WORKERS[0], uid(11), frozenset({uid(11), uid(12)}))
NEW = f"{SET}-new01"


def place(*machines: Object, pool: Any = None) -> Place:
    owner = pool or machine_deployment(replicas=2)
    plane = [member(n) for n in PLANE]
    return Place(gather([cluster()], [control_plane()], [owner], [*plane, *machines])[0], owner)


def test_done_needs_a_successor_that_is_ready_and_counters_that_agree() -> None:
    other, new = worker(WORKERS[1]), worker(NEW, creationTimestamp=SUCCEEDED)
    done = judge_machine(place(other, new), OLD)
    assert (done.done, done.stuck) == (True, "")
    assert done.message == (
        f"default/prod: Machine {WORKERS[0]} replaced by {NEW}; MachineDeployment prod-md-0 2/2 ready"
    )
    for early in (
        place(other),
        place(worker(), other),
        place(worker(deleting=True), other, new),
        place(other, worker(NEW, conditions={"Ready": "False"})),
        place(other, new, pool=machine_deployment(replicas=2, available=1)),
        place(other, new, pool=machine_deployment(replicas=2, generation=2)),
    ):
        assert not judge_machine(early, OLD).done


def test_a_machine_of_the_same_name_is_not_the_old_one() -> None:
    again = worker(uid=uid(99), creationTimestamp=SUCCEEDED)
    assert judge_machine(place(again, worker(WORKERS[1])), OLD).done


def test_the_stage_is_told() -> None:
    draining = {"Deleting": {"status": "True", "reason": "DrainingNode", "message": "Pod a: PDB"}}
    told = [
        judge_machine(place(worker(WORKERS[1]), *machines), OLD).message.partition(f"{WORKERS[0]} ")[2]
        for machines in (
            [worker(conditions={"OwnerRemediated": {"status": "False", "reason": "Waiting"}})],
            [worker(deleting=True, conditions={"Deleting": "False"})],
            [worker(deleting=True, conditions=draining)],
            [],
            [worker(NEW, conditions={"NodeReady": "False", "Ready": "False"}, creationTimestamp=SUCCEEDED)],
        )
    ]
    assert told == [
        "waits for its remediation: Waiting",
        "deleting: not taken up yet",
        "deleting: DrainingNode (Pod a: PDB)",
        "gone; MachineDeployment prod-md-0 1/2 ready; MachineDeployment prod-md-0: 1 of 2 machines ready, 1 there",
        f"replaced by {NEW}; MachineDeployment prod-md-0 1/2 ready; {NEW}: NodeReady: NotNodeReady",
    ]


def test_only_its_owner_counts_as_movement() -> None:
    def key(*machines: Object) -> str:
        return judge_machine(place(worker(deleting=True), *machines), OLD).key

    still = key(worker(WORKERS[1]))
    assert still == key(worker(WORKERS[1]), member(PLANE[0], phase="Provisioning"))
    assert still != key(worker(WORKERS[1], phase="Failed"))
    assert still != key()


def test_a_run_that_goes_on_knows_the_successor_by_its_time() -> None:
    first = place(worker(deleting=True), worker(WORKERS[1]), worker(NEW, creationTimestamp=SUCCEEDED, uid=uid(13)))
    going = next(m for m in first.machines if m["metadata"]["uid"] == uid(11))
    old = Old.of("default/prod", Place(first.seen, first.owner, going))
    assert old.known == {uid(12), uid(11)}


SICK = {"NodeHealthy": "False", "Ready": "False"}


def test_one_that_was_not_ready_before_is_told_and_not_waited_for() -> None:
    sick, new = worker(WORKERS[1], conditions=SICK), worker(NEW, creationTimestamp=SUCCEEDED)
    first = place(worker(conditions=SICK), sick)
    going = next(m for m in first.machines if m["metadata"]["uid"] == uid(11))
    old = Old.of("default/prod", Place(first.seen, first.owner, going))
    assert old.sick == {uid(11), uid(12)}
    pool = machine_deployment(replicas=2, available=1, ready=1)
    done = judge_machine(place(sick, new, pool=pool), old)
    assert done.done
    assert done.message.endswith(f"1/2 ready; not ready before, too: {WORKERS[1]}: NodeHealthy: NotNodeHealthy")
    early = worker(NEW, creationTimestamp=SUCCEEDED, conditions={"Ready": "False"})
    for machines in ([sick], [sick, early], [sick, worker(conditions=SICK)]):
        assert not judge_machine(place(*machines, pool=pool), old).done


def test_of_one_that_was_gone_before() -> None:
    """What comes up has no Node yet; what has one and is not ready is another broken worker."""
    pool = machine_deployment(replicas=2, available=1, ready=1)
    for status, done in (({}, True), ({"nodeRef": None}, False)):
        found = place(worker(WORKERS[1], conditions=SICK, status=status), worker(NEW), pool=pool)
        assert judge_machine(found, Old.gone("default/prod", WORKERS[0], "", found)).done is done
    plane = place(worker(), worker(WORKERS[1])).seen
    broken = [member(PLANE[0], conditions=SICK), *(member(n) for n in PLANE[1:])]
    seen = gather([plane.cluster], [control_plane()], [], broken)[0]
    assert seen.control_plane is not None
    found = Place(seen, seen.control_plane)
    assert not judge_machine(found, Old.gone("default/prod", "prod-cp-qqqqq", "", found)).done, "all of etcd counts"


def test_old_machines_of_an_on_delete_pool_count() -> None:
    pool = machine_deployment(
        replicas=2, version="v1.35.0", up_to_date=1, spec={"rollout": {"strategy": {"type": "OnDelete"}}}
    )
    new = worker(NEW, version="v1.35.0", creationTimestamp=SUCCEEDED)
    found = judge_machine(place(worker(WORKERS[1]), new, pool=pool), OLD)
    assert (found.done, found.message.endswith("2/2 ready")) == (True, True)
