# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a scaled cluster counts as done, and what a waiting run says: tables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._progress import Progress
from ansible_collections.capi.lifecycle.plugins.module_utils._scale_watch import judge_scaled
from ansible_collections.capi.lifecycle.plugins.module_utils._scale_wish import ScaleWish
from builders import cluster, control_plane, machine, machine_deployment
from scale_world import TOPOLOGY_LABEL, bounds, classic, classy, entry, parts, pool_wish


def judged(items: list[Object], *pools: Object, planes: int | None = None) -> Progress:
    plane = {"replicas": planes} if planes is not None else None
    return judge_scaled(parts(items), ScaleWish.from_params({"node_pools": pools, "control_plane": plane}))


def pooled(replicas: int, ready: int, *machines: Object, **more: Any) -> list[Object]:
    """A classic cluster with a MachinePool, whose machines may be known or not."""
    pool = machine_deployment("prod-mp", replicas=replicas, status={"readyReplicas": ready}, **more)
    return [cluster(), control_plane(), {**pool, "kind": "MachinePool"}, *machines]


def without(items: list[Object], *names: str) -> list[Object]:
    return [item for item in items if item["metadata"]["name"] not in names]


def member(name: str, **more: Any) -> Object:
    return machine(name, labels={"cluster.x-k8s.io/pool-name": "prod-mp"}, pool="none", **more)


DONE = [
    pytest.param(classic(), [pool_wish(replicas=3)], 3, "default/prod: control plane 3/3, md-0 3/3", id="classic"),
    pytest.param(classy(entry("a", 2)), [pool_wish("a", replicas=2)], None, "default/prod: a 2/2", id="classy"),
    pytest.param(classic(0), [pool_wish(replicas=0)], None, "default/prod: md-0 0/0", id="zero"),
    pytest.param(classic(), [pool_wish("x", state="absent")], None, "default/prod: x gone", id="gone"),
    pytest.param(
        classic(annotations=bounds(1, 5)),
        [pool_wish(autoscaler={"min": 1, "max": 5})],
        None,
        "md-0 3 ready, autoscaled 1..5",
        id="bounds",
    ),
    pytest.param(pooled(2, 2), [pool_wish("mp", replicas=2)], None, "mp 2/2", id="MachinePool"),
    pytest.param(
        [*classic(), machine_deployment("prod-b", replicas=2)],
        [pool_wish(replicas=3)],
        None,
        "md-0 3/3",
        id="others wait",
    ),
]


@pytest.mark.parametrize(("items", "pools", "planes", "words"), DONE)
def test_done(items: list[Object], pools: list[Object], planes: int | None, words: str) -> None:
    progress = judged(items, *pools, planes=planes)
    assert (progress.done, dict(progress.details)) == (True, {}), progress
    assert progress.message.endswith(words)


MISSING = [
    pytest.param(classic(), [pool_wish(replicas=5)], None, "node pool md-0: the number is not taken up yet", id="lag"),
    pytest.param(classic(), [], 5, "control plane: the number is not taken up yet", id="lag of the control plane"),
    pytest.param(
        without(classic(), "w2"),
        [pool_wish(replicas=3)],
        None,
        "2 of 3 machines ready, 2 there",
        id="counters are ahead",
    ),
    pytest.param(
        [*without(classic(), "w2"), machine("w2", pool="prod-md-0", deleting=True)],
        [pool_wish(replicas=3)],
        None,
        "node pool md-0: w2 not gone yet",
        id="one goes",
    ),
    pytest.param(
        [*classic(2), machine("w9", pool="prod-md-0", deleting=True)],
        [pool_wish(replicas=2)],
        None,
        "2 of 2 machines ready, 3 there",
        id="one is still there",
    ),
    pytest.param(
        classy(entry("a", 2))[:2], [pool_wish("a", replicas=2)], None, "node pool a: not made yet", id="not made yet"
    ),
    pytest.param(
        [*classy(), machine_deployment("prod-a", labels={TOPOLOGY_LABEL: "a"}), machine("m", pool="prod-a")],
        [pool_wish("a", state="absent")],
        None,
        "node pool a: not gone yet, 1 machines left",
        id="leaving",
    ),
    pytest.param(
        classic(annotations=bounds(1, 4)),
        [pool_wish(autoscaler={"min": 1, "max": 5})],
        None,
        "the bounds are not taken up yet",
        id="bounds",
    ),
    pytest.param(
        pooled(2, 1), [pool_wish("mp", replicas=2)], None, "MachinePool prod-mp: 1 of 2 ready", id="MachinePool"
    ),
    pytest.param(
        pooled(1, 1, member("i", deleting=True)),
        [pool_wish("mp", replicas=1)],
        None,
        "node pool mp: i not gone yet",
        id="a MachinePool's machine goes",
    ),
    pytest.param(
        [cluster(), control_plane(replicas=1, conditions={"Remediating": "True"}), machine("p")],
        [],
        1,
        "remediating",
        id="the control plane is repaired",
    ),
]


@pytest.mark.parametrize(("items", "pools", "planes", "words"), MISSING)
def test_not_yet(items: list[Object], pools: list[Object], planes: int | None, words: str) -> None:
    progress = judged(items, *pools, planes=planes)
    assert not progress.done
    assert [m for m in progress.details["missing"] if words in m], progress.details


def test_what_holds_it_up_is_in_the_line() -> None:
    items = classy(entry("a", 3), version="v1.35.4")
    items[0]["spec"]["topology"]["workers"]["machineDeployments"][0]["replicas"] = 5
    progress = judged(items, pool_wish("a", replicas=5))
    assert "a 3/5; a: it waits for its own upgrade from v1.34.3 to v1.35.4" in progress.message
    assert progress.stuck.startswith("a: it waits")


def test_the_slowest_machine_is_one_of_the_touched() -> None:
    slow = {"InfrastructureReady": "False", "Ready": "False"}
    items = [*without(classic(), "w2", "p2"), machine("w2", pool="prod-md-0", conditions=slow)]
    items.append(machine("p2", conditions={"BootstrapConfigReady": "False", "Ready": "False"}))
    assert "w2: InfrastructureReady" in judged(items, pool_wish(replicas=3)).message
