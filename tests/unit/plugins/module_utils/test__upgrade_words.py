# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator reads: the plan as a table, one line for each change, where everything stands, the end."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._plan import NAMELESS, Plan, PlannedStep, plan_upgrade
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_sight import Done, Step, Waiting
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_words import (
    plan_lines,
    replaced_words,
    standing,
    stands_after,
    step_line,
    summary,
    watch,
)
from builders import cluster, condition, control_plane, machine, machine_deployment
from upgrade_world import Pool, objects, parts, sight, wish

NOW, NEXT = "v1.34.3", "v1.35.10"
CHANGE = f"default/prod: {NOW} -> {NEXT}"
TODAY = datetime(2026, 11, 1, 10, 30, tzinfo=timezone.utc)


def at(plane: str, *pools: str, **more: Any) -> list[Object]:
    return objects(plane, [Pool(f"md-{n}", version) for n, version in enumerate(pools)], **more)


def told(plan: Plan) -> list[str]:
    return [line.removeprefix("default/prod: ") for line in plan_lines(plan, wish(NEXT))]


def test_a_plan() -> None:
    assert told(plan_upgrade(sight(at("v1.33.4", "v1.33.4")), wish(NEXT))) == [
        "step 1/3  control plane        v1.33.4 -> v1.34.13; 3 machines: prod-cp-0, prod-cp-1, prod-cp-2",
        "step 2/3  control plane        v1.34.13 -> v1.35.10; 3 machines: 3 that steps before have made",
        "step 3/3  node pool md-0       v1.33.4 -> v1.35.10; 2 machines: prod-md-0-0, prod-md-0-1",
        "8 machines will be replaced, at most 1 more than usual at once",
    ]


SHORTENED = "a, b, c, d, e, f and 2 more and 1 that steps before have made"
PLANS: dict[str, tuple[Plan, list[str]]] = {
    "nothing": (Plan(), []),
    "what moves comes first": (Plan(waits_for="something"), ["waits first for: something"]),
    "what stays": (Plan(behind=("node pool a", "node pool b")), ["left as they are: node pool a, node pool b"]),
    "many machines": (
        Plan((PlannedStep("node pool a", NOW, NEXT, (), tuple("abcdefgh"), 9),)),
        [
            f"step 1/1  node pool a          v1.34.3 -> v1.35.10; 9 machines: {SHORTENED}",
            "9 machines will be replaced",
        ],
    ),
    "reasons beside the version, notes, time": (
        Plan((PlannedStep("node pool a", NOW, NOW, ("template x -> y", "made before z"), seconds=100, note="a note"),)),
        ["step 1/1  node pool a          v1.34.3; template x -> y; made before z; a note",
         "0 machines will be replaced; about 2 min, by how long its machines took to come up before"],
    ),
    "a moment is a minute": (
        Plan((PlannedStep("a", NOW, NEXT, (), ("m",), 1, seconds=5),)),
        ["step 1/1  a                    v1.34.3 -> v1.35.10; 1 machines: m",
         "1 machines will be replaced; about 1 min, by how long its machines took to come up before"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("plan", "lines"), PLANS.values(), ids=PLANS)
def test_plans(plan: Plan, lines: list[str]) -> None:
    assert told(plan) == lines


def replaced(items: list[Object], *changes: Object) -> list[Object]:
    names = {(c["kind"], c["metadata"]["name"]) for c in changes}
    return [*(i for i in items if (i["kind"], i["metadata"]["name"]) not in names), *changes]


def going(name: str = "prod-cp-1", start: str | None = None, **told: Any) -> Object:
    status = {"deletion": {"nodeDrainStartTime": start}} if start else {}
    return machine(name, version=NOW, deleting=True, conditions={"Deleting": {"status": "True", **told}}, status=status)


def coming(name: str, made: str, step: str, pool: str = "") -> Object:
    conditions = {"Ready": "False", step: "False"}
    return machine(name, pool=pool, version=NEXT, creationTimestamp=made, conditions=conditions)


ROLLING = at(NEXT, NOW)
LOOKS: dict[str, tuple[list[Object], str]] = {
    "drains": (
        replaced(ROLLING, going(reason="DrainingNode", message="* cannot evict pod a/b", start="2026-11-01T10:18:10Z")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (draining for 11 min: cannot evict pod a/b)",
    ),
    "begins to drain": (
        replaced(ROLLING, going(reason="DrainingNode", message="Drain not completed", start="2026-11-01T10:29:50Z")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (draining: Drain not completed)",
    ),
    "waits for a hook": (
        replaced(ROLLING, going(reason="WaitingForPreDrainHook", message="waits (hooks: my/backup, other)")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (waits for the pre-drain hook my/backup, other)",
    ),
    "infrastructure": (
        replaced(ROLLING, going(reason="WaitingForInfrastructureDeletion")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (its infrastructure is deleted)",
    ),
    "a reason of tomorrow": (
        replaced(ROLLING, going(reason="SomethingNew")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (SomethingNew)",
    ),
    "just asked for": (
        replaced(ROLLING, going(reason="DeletionTimestampSet")),
        "control plane 2/3 at v1.35.10 · replacing prod-cp-1 (deletion asked for)",
    ),
    "the oldest that comes": (
        replaced(ROLLING, coming("prod-cp-1", "2026-11-01T10:02:00Z", "NodeReady"),
                 coming("prod-cp-2", "2026-11-01T10:01:00Z", "InfrastructureReady")),
        "control plane 1/3 at v1.35.10 · starting prod-cp-2 (waits for InfrastructureReady)",
    ),
    "two that roll": (
        replaced(at(NEXT, NEXT), going(reason="DeletionTimestampSet"),
                 machine_deployment("prod-md-0", version=NEXT, replicas=2, generation=2)),
        "control plane 2/3 at v1.35.10, md-0 2/2 at v1.35.10 · replacing prod-cp-1 (deletion asked for)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "words"), LOOKS.values(), ids=LOOKS)
def test_a_look(items: list[Object], words: str) -> None:
    found = watch(parts(items), wish(NEXT), Waiting("a reason"), TODAY)
    assert found.message == f"default/prod: {words}"
    assert (found.done, found.details) == (False, {"waits_for": "a reason"})


def test_a_look_when_nothing_rolls_says_why_it_waits() -> None:
    found = watch(parts(at(NEXT, NEXT)), wish(NEXT), Waiting("etcd is unwell"), TODAY)
    assert (found.message, found.stuck) == ("default/prod: etcd is unwell", "etcd is unwell")


@pytest.mark.parametrize("decision", [Done(), Step({}, "x", NOW, NEXT, ())])
def test_a_look_when_there_is_something_to_do_or_to_end_with(decision: Any) -> None:
    found = watch(parts(at(NEXT, NOW)), wish(NEXT), decision, TODAY)
    assert (found.done, found.message) == (True, "default/prod: control plane 3/3 at v1.35.10, md-0 2/2 at v1.34.3")


def test_a_pool_that_is_left_out_is_not_watched() -> None:
    items = replaced(at(NEXT, NOW), machine_deployment("prod-md-0", version=NOW, replicas=2, generation=2))
    found = watch(parts(items), wish(NEXT, node_pools=["none"]), Waiting("x"), TODAY)
    assert "md-0" not in found.message


def test_what_controllers_say_of_a_standstill() -> None:
    blocked = condition("ScalingUp", "True", "ScalingUp", "Scaling up is blocked because: no quota")
    items = replaced(at(NEXT, NOW), going())
    items[0]["status"]["conditions"] = [c for c in items[0]["status"]["conditions"] if c["type"] != "ScalingUp"]
    plane = next(i for i in items if i["kind"] == "KubeadmControlPlane")
    plane["status"]["conditions"] = [c for c in plane["status"]["conditions"] if c["type"] != "ScalingUp"] + [blocked]
    assert watch(parts(items), wish(NEXT), Waiting("x"), TODAY).stuck == (
        "KubeadmControlPlane prod-cp: ScalingUp (Scaling up is blocked because: no quota)"
    )


def test_standing() -> None:
    plane = {**control_plane(version=NEXT, spec={"replicas": None}, status={"version": NOW})}
    pool = {
        **machine_deployment("prod-mp", version=NOW, replicas=3, status={"readyReplicas": 2}),
        "kind": "MachinePool",
    }
    items = [cluster(), plane, pool]
    assert standing(parts(items)) == f"managed control plane at {NOW}, mp 2/3 at {NOW}"
    assert standing(parts([cluster()])) == "no machines yet"


def test_a_step() -> None:
    step = Step({}, "node pool a", NOW, NEXT, (f"version {NOW} -> {NEXT}", "template x -> y"))
    assert step_line(step, wish(NEXT), 3) == (
        f"default/prod: node pool a: version {NOW} -> {NEXT}; template x -> y, 3 machines"
    )
    assert step_line(step, wish(NEXT), 0).endswith("template x -> y")


def test_after_a_failure() -> None:
    words = stands_after(parts(at(NEXT, NOW)), Waiting("x"))
    assert words.startswith(f"It stands so: control plane 3/3 at {NEXT}, md-0 2/2 at {NOW}; what rolls goes on")
    assert "Nothing was rolled back" in words
    assert "; nothing rolls. " in stands_after(parts(at(NEXT)), Done())


@pytest.mark.parametrize(
    ("was", "done", "words"),
    [
        (NOW, Done(), f"{CHANGE} in 5s"),
        (NEXT, Done(), f"default/prod: at {NEXT} in 5s"),
        (NOW, Done(("node pool a",)), f"{CHANGE} in 5s; left as they are: node pool a"),
        (NOW, Done(("a",), True), f"{CHANGE} in 5s; left as they are: a; the node pools are for the next run"),
    ],
)  # fmt: skip
def test_the_end(was: str, done: Done, words: str) -> None:
    assert summary(wish(NEXT), was, done, parts(at(NEXT)), "5s") == words


def test_what_was_planned_is_said_where_it_differs() -> None:
    plan = Plan((PlannedStep("a", NOW, NEXT, (), (), 3), PlannedStep("b", NOW, NEXT, (), (), 9, note=NAMELESS)))
    assert replaced_words(3, plan) == "3 machines replaced besides 9 nodes that are no Machines"
    assert replaced_words(4, Plan(plan.steps[:1])) == "4 machines replaced (planned: 3)"
