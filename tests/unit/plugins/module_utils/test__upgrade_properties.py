# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every upgrade of every cluster, in whatever order the world moves between two looks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._known_releases import RELEASES
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, is_deleting, is_true, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._plan import Plan, plan_upgrade
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_sight import (
    Done,
    Sight,
    Step,
    Waiting,
    version_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_step import next_step
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_wish import UpgradeWish, chosen
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import changed_object
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import Version
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st
from upgrade_world import Controllers, Pool, objects, parts, wish

THOROUGH = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
BOUND = 4000  # looks; far above what the longest way needs
SKEW = 3
NEWEST = tuple(RELEASES["kubernetes"])
MINORS = [int(text.split(".")[1]) for text in NEWEST]


@dataclass(frozen=True)
class Case:
    start: int  # minor of the control plane
    hops: int
    pools: tuple[tuple[int, int], ...]  # minors behind, replicas
    planes: int
    topology: bool
    walks: bool  # the ClusterClass lists its versions
    params: tuple[tuple[str, Any], ...]
    seed: int
    remediated: int  # machines that are replaced meanwhile for another reason

    @property
    def wish(self) -> UpgradeWish:
        return wish(self.target, **dict(self.params))

    @property
    def target(self) -> str:
        return NEWEST[MINORS.index(self.start + self.hops)] if self.hops else f"v1.{self.start}.4"

    @property
    def class_versions(self) -> tuple[str, ...]:
        return NEWEST if self.walks and self.topology else ()

    def objects(self) -> list[Object]:
        behind = [(0 if self.topology else lag, number) for lag, number in self.pools]
        found = [Pool(f"md-{n}", f"v1.{self.start - lag}.4", number) for n, (lag, number) in enumerate(behind)]
        return objects(f"v1.{self.start}.4", found, planes=self.planes, class_name="c" if self.topology else "")


@st.composite
def cases(draw: Any) -> Case:
    pools = draw(st.lists(st.tuples(st.integers(0, SKEW), st.integers(0, 2)), min_size=1, max_size=3))
    names = [f"md-{n}" for n in range(len(pools))]
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    params = {
        "node_pools": draw(st.one_of(st.none(), st.none(), st.just(["none"]), some)),
        "workers_every_hop": draw(st.booleans()),
        "pause_between": draw(st.sampled_from([False, False, True])),
        "upgrade_concurrency": draw(st.sampled_from([None, 1, 2, 3])),
    }
    return Case(
        start=draw(st.integers(30, 35)),
        hops=draw(st.integers(0, 2)) if draw(st.booleans()) else draw(st.integers(2, 5)),
        pools=tuple(pools),
        planes=draw(st.sampled_from([1, 3])),
        topology=draw(st.booleans()),
        walks=draw(st.booleans()),
        params=tuple(params.items()),
        seed=draw(st.integers(0, 2**16)),
        remediated=draw(st.integers(0, 2)),
    )


def within_what_is_known(case: Case) -> Case:
    return replace(case, hops=min(case.hops, MINORS[-1] - case.start))


CASES = cases().map(within_what_is_known)
BUSY = cases().map(lambda case: within_what_is_known(replace(case, hops=max(2, case.hops))))


class Run:
    """One upgrade; between two looks a random part of the world moves."""

    def __init__(self, case: Case) -> None:
        self.case, self.wish, self.random = case, case.wish, random.Random(case.seed)
        self.store: dict[Any, Object] = {
            ("cluster.x-k8s.io", i["kind"], "default", name_of(i)): i for i in case.objects()
        }
        self.world = Controllers(self.store, case.class_versions, self.wish.concurrency or 1)
        self.left, self.steps = case.remediated, list[Step]()

    @property
    def parts(self) -> Parts:
        return parts(self.store.values())

    def sight(self) -> Sight:
        return Sight(self.parts, class_versions=self.case.class_versions)

    def go(self) -> Done:
        for _look in range(BOUND):
            found = next_step(self.sight(), self.wish)
            if isinstance(found, Done):
                return found
            if isinstance(found, Step):
                self.check_step(found)
                self.write(found)
                self.steps.append(found)
            self.move(found)
            self.check_world()
        raise AssertionError(f"no end in {BOUND} looks: {found}")

    def move(self, found: Step | Waiting) -> None:
        """A random part of what may happen; nothing may be possible only when we have just written."""
        moves = self.world.moves()
        assert moves or isinstance(found, Step), f"waits for what never comes: {found}"
        for move in moves[: self.random.randint(0, 1)] if self.random.random() < 0.3 else ():
            move()
        for move in self.random.sample(self.world.moves(), k=min(1, len(self.world.moves()))):
            move()
        ready = [m for m in self.parts.machines if is_true(m, "Ready") and not is_deleting(m)]
        if self.left and ready and self.random.random() < 0.02:
            self.left -= 1
            self.world.delete(self.random.choice(ready))

    def write(self, step: Step) -> None:
        stored = next(i for i in self.store.values() if i is step.owner)
        changed = changed_object(step, stored, self.wish)
        stored["spec"] = changed["spec"]
        stored["metadata"]["annotations"] = changed["metadata"].get("annotations", {})
        stored["metadata"]["generation"] += 1

    def arrived(self, owner: Object) -> bool:
        seen = self.parts
        there = seen.machines_of(None if owner is seen.control_plane else owner)
        return not self.world.outdated(owner, there) and all(is_true(m, "Ready") for m in there)

    def check_step(self, step: Step) -> None:
        seen, was, will = self.parts, version_of(step.owner), _version(step.version)
        plane = seen.control_plane
        assert plane is not None
        assert will >= was, "a version is never lowered"
        assert will <= _version(self.case.target), "nor raised above the target"
        walks = step.owner["kind"] == "Cluster" and step.version in self.case.class_versions
        if step.owner["kind"] != "MachineDeployment":
            assert walks or will.minor <= was.minor + 1, "the control plane never skips a minor"
        assert self.arrived(plane), "nothing begins before the control plane has arrived"
        if step.owner["kind"] == "MachineDeployment":
            assert name_of(step.owner) in [name_of(p) for p in chosen(seen, self.wish)], "others are left alone"
            assert self.wish.workers, "a run that pauses before node pools does not touch them"
            others = [p for p in seen.pools if p is not step.owner and self.world.outdated(p, seen.machines_of(p))]
            assert len(others) < (self.wish.concurrency or 1), "not more node pools at once than allowed"

    def check_world(self) -> None:
        seen = self.parts
        assert seen.control_plane is not None
        top = version_of(seen.control_plane)
        for pool in seen.pools:
            held = version_of(pool)
            assert held <= top, "node pools are never above the control plane"
            assert top.minor - held.minor <= SKEW, "and never too far below"

    def check_end(self, done: Done) -> None:
        seen = self.parts
        assert seen.control_plane is not None
        for owner in (seen.control_plane, *chosen(seen, self.wish)):
            assert self.arrived(owner), "all that was chosen has arrived"
        if not done.paused:
            followed = [seen.control_plane, *chosen(seen, self.wish)]
            assert {str(version_of(o)) for o in followed} == {self.case.target}
        behind = {name_of(p) for p in seen.pools if version_of(p) < version_of(seen.control_plane)}
        assert len(done.behind) == len(behind), "what is left behind is told"


def _version(text: str) -> Version:
    found = wish(text).target
    assert found is not None
    return found


def planned(run: Run) -> Plan | None:
    try:
        return plan_upgrade(run.sight(), run.wish)
    except (Refused, InvalidInput):
        return None


def told(steps: Any) -> list[tuple[str, str, str, tuple[str, ...], Mapping[str, Any]]]:
    return [(s.title, s.was, s.version, s.reasons, {"marks": s.marks}) for s in steps]


@THOROUGH
@given(CASES)
def test_an_upgrade_is_safe_ends_and_does_what_its_plan_said(case: Case) -> None:
    run = Run(case)
    plan = planned(run)
    if plan is None:  # refused on the way: before the first write, since the plan walks the whole way
        return
    done = run.go()
    target(float(len(run.steps)))
    run.check_end(done)
    assert (done.behind, done.paused) == (plan.behind, plan.paused)
    if case.params[3][1] in (None, 1) or case.topology:
        assert told(run.steps) == told(plan.writes)
    else:  # pools that roll side by side finish in any order
        assert sorted(told(run.steps), key=str) == sorted(told(plan.writes), key=str)
    assert isinstance(next_step(run.sight(), run.wish), Done), "and a second run has nothing to do"


@settings(THOROUGH, max_examples=40)
@given(BUSY, st.integers(1, 80))
def test_a_plan_from_the_middle_is_the_rest_of_the_plan(case: Case, looks: int) -> None:
    """A killed run is continued by one that knows nothing of it."""
    run = Run(case)
    if planned(run) is None:
        return
    for _look in range(looks):
        found = next_step(run.sight(), run.wish)
        if isinstance(found, Done):
            return
        if isinstance(found, Step):
            run.write(found)
        run.move(found)
    rest = planned(run)
    assert rest is not None, "what was begun is never refused in the middle"
    run.left, run.steps = 0, []
    done = run.go()
    assert sorted(told(run.steps), key=str) == sorted(told(rest.writes), key=str)
    assert (done.behind, done.paused) == (rest.behind, rest.paused)
