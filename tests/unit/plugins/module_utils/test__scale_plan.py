# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a cluster and the wanted sizes to changes, or to what stands against them: tables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import PAUSED_ANNOTATION, Object
from ansible_collections.capi.lifecycle.plugins.module_utils._scale_plan import Plan, plan
from ansible_collections.capi.lifecycle.plugins.module_utils._scale_wish import ScaleWish
from builders import cluster, control_plane, machine, machine_deployment
from scale_world import TOPOLOGY_LABEL, bounds, classic, classy, entry, parts, pool_wish

CLASSES = {"MachineDeployment": ["worker"], "MachinePool": ["group"]}
MARK = {"cluster.x-k8s.io/delete-machine": ""}
TOPOLOGY = ("spec", "topology", "workers", "machineDeployments")


def planned(items: list[Object], *pools: Object, planes: int | None = None, **more: Any) -> Plan:
    plane = {"replicas": planes} if planes is not None else None
    return plan(parts(items), ScaleWish.from_params({"node_pools": pools, "control_plane": plane, **more}), CLASSES)


def edited(items: list[Object], index: int, **metadata: Any) -> list[Object]:
    items[index]["metadata"] |= metadata
    return items


def swapped(items: list[Object], index: int, item: Object) -> list[Object]:
    items[index] = item
    return items


CHANGES = [
    pytest.param(
        classic(), [pool_wish(replicas=5)], {}, ["scale node pool md-0 3 -> 5"], [("spec", "replicas"), 5], id="classic"
    ),
    pytest.param(
        classic(),
        [pool_wish("prod-md-0", replicas=1)],
        {},
        ["scale node pool prod-md-0 3 -> 1"],
        [("spec", "replicas"), 1],
        id="by its object",
    ),
    pytest.param(
        classy(entry("a", 2)),
        [pool_wish("a", replicas=4)],
        {},
        ["scale node pool a 2 -> 4"],
        [(*TOPOLOGY, ("name", "a"), "replicas"), 4],
        id="classy",
    ),
    pytest.param(
        classy(entry("a", 2)),
        [pool_wish("prod-a", replicas=4)],
        {},
        ["scale node pool prod-a 2 -> 4"],
        [(*TOPOLOGY, ("name", "a"), "replicas"), 4],
        id="classy by its object",
    ),
    pytest.param(
        classic(planes=1), [], {"planes": 3}, ["scale control plane 1 -> 3"], [("spec", "replicas"), 3], id="plane"
    ),
    pytest.param(
        classy(planes=1),
        [],
        {"planes": 3},
        ["scale control plane 1 -> 3"],
        [("spec", "topology", "controlPlane", "replicas"), 3],
        id="classy plane",
    ),
    pytest.param(
        classic(),
        [pool_wish(replicas=0)],
        {"confirm": "prod"},
        ["scale node pool md-0 3 -> 0"],
        [("spec", "replicas"), 0],
        id="to zero",
    ),
    pytest.param(
        classic(),
        [pool_wish(replicas=2, delete_machines=["w1"])],
        {},
        ["scale node pool md-0 3 -> 2 without w1"],
        [("spec", "replicas"), 2],
        id="chosen",
    ),
    pytest.param(
        classic(),
        [pool_wish(state="absent")],
        {"confirm": "prod"},
        ["remove node pool md-0 and its 3 machines"],
        [],
        id="remove",
    ),
    pytest.param(
        classy(entry("a", 0)),
        [pool_wish("a", state="absent")],
        {},
        ["remove node pool a"],
        [],
        id="remove an empty one",
    ),
    pytest.param(
        classy(entry("a", 1)),
        [pool_wish("b", replicas=2, **{"class": "worker"})],
        {},
        ["add node pool b with 2 machines, class worker"],
        [(*TOPOLOGY, ("name", "b"), "class"), "worker"],
        id="add",
    ),
    pytest.param(
        classy(),
        [pool_wish("b", replicas=2, **{"class": "group"})],
        {},
        ["add node pool b with 2 machines, class group"],
        [("spec", "topology", "workers", "machinePools", ("name", "b"), "class"), "group"],
        id="add a MachinePool",
    ),
    pytest.param(
        classy(entry("a", metadata={"annotations": bounds(1, 3)})),
        [pool_wish("a", autoscaler={"min": 2, "max": 9})],
        {},
        ["autoscale node pool a between 2 and 9"],
        [(*TOPOLOGY, ("name", "a"), "metadata", "annotations", next(iter(bounds(1, 1)))), "2"],
        id="bounds",
    ),
    pytest.param(
        classic(),
        [pool_wish(autoscaler={"min": 1, "max": 5})],
        {},
        ["autoscale node pool md-0 between 1 and 5"],
        [("metadata", "annotations", next(iter(bounds(1, 1)))), "1"],
        id="classic bounds",
    ),
    pytest.param(
        edited(classic(), 2, annotations={"argocd.argoproj.io/tracking-id": "x"}),
        [pool_wish(replicas=4)],
        {"force_conflicts": True},
        ["scale node pool md-0 3 -> 4"],
        [("spec", "replicas"), 4],
        id="GitOps, forced",
    ),
]


@pytest.mark.parametrize(("items", "pools", "more", "words", "first"), CHANGES)
def test_changes(items: list[Object], pools: list[Object], more: Any, words: list[str], first: list[Any]) -> None:
    made = planned(items, *pools, **more)
    assert ([c.words for c in made.changes], list(map(str, made.findings))) == (words, [])
    assert list(made.changes[0].fields[0] if first else ()) == first


NOTHING = [
    pytest.param(classic(), [pool_wish(replicas=3)], {"planes": 3}, id="the same numbers"),
    pytest.param(classic(0), [pool_wish(replicas=0)], {}, id="zero already, without confirm"),
    pytest.param(classic(), [pool_wish("gone", state="absent")], {}, id="gone already"),
    pytest.param(classic(2), [pool_wish(replicas=2, delete_machines=["w7"])], {}, id="chosen and gone"),
    pytest.param(
        [*classic(2), machine("w7", pool="prod-md-0", deleting=True)],
        [pool_wish(replicas=2, delete_machines=["w7"])],
        {},
        id="chosen and going",
    ),
    pytest.param(
        [*classic(2), machine("w7", pool="prod-md-0", annotations=MARK)],
        [pool_wish(replicas=2, delete_machines=["w7"])],
        {},
        id="chosen, marked, and the number is lowered",
    ),
    pytest.param(
        classy(entry("a", metadata={"annotations": bounds(1, 3)})),
        [pool_wish("a", autoscaler={"min": 1, "max": 3})],
        {},
        id="the same bounds",
    ),
    pytest.param(classy(entry("a")), [pool_wish("a", replicas=1)], {}, id="a number that the topology leaves open"),
    pytest.param(edited(classic(), 0, annotations={PAUSED_ANNOTATION: ""}), [pool_wish(replicas=3)], {}, id="paused"),
]


@pytest.mark.parametrize(("items", "pools", "more"), NOTHING)
def test_nothing_to_do(items: list[Object], pools: list[Object], more: Any) -> None:
    made = planned(items, *pools, **more)
    assert ([c.words for c in made.changes], list(map(str, made.findings))) == ([], [])


def rolling(**conditions: str) -> list[Object]:
    return swapped(classic(), 1, control_plane(conditions=conditions))


REFUSED = [
    pytest.param(classic(), [], {"planes": 2}, "replicas is 2; etcd needs an odd number: use 1 or 3", id="even"),
    pytest.param(classic(), [], {"planes": 0}, "a control plane has at least 1 machine", id="no control plane"),
    pytest.param(
        rolling(RollingOut="True"), [], {"planes": 5}, "its machines are being replaced: RollingOut", id="rolls"
    ),
    pytest.param(rolling(Remediating="True"), [], {"planes": 5}, "it is being repaired: Remediating", id="repairs"),
    pytest.param(rolling(EtcdClusterHealthy="False"), [], {"planes": 5}, "EtcdClusterHealthy is False", id="etcd"),
    pytest.param(rolling(EtcdClusterHealthy="Unknown"), [], {"planes": 5}, "repair etcd first", id="etcd unknown"),
    pytest.param(
        swapped(classic(), 1, control_plane(version="v1.35.4")),
        [],
        {"planes": 5},
        "it is being upgraded from v1.34.3 to v1.35.4",
        id="upgrade",
    ),
    pytest.param(
        classy(version="v1.35.4"), [], {"planes": 5}, "its upgrade from v1.34.3 to v1.35.4 is about to begin", id="soon"
    ),
    pytest.param(
        swapped(classic(), 1, control_plane(spec={"replicas": None})),
        [],
        {"planes": 5},
        "a managed control plane",
        id="managed",
    ),
    pytest.param(classic(), [pool_wish("md-1", replicas=1)], {}, "did you mean 'md-0'", id="misspelt"),
    pytest.param(
        classy(entry("workers", 1)), [pool_wish("worker", replicas=1)], {}, "did you mean 'workers'", id="near"
    ),
    pytest.param(
        classic(), [pool_wish(replicas=1), pool_wish("prod-md-0", replicas=2)], {}, "this is prod-md-0", id="two names"
    ),
    pytest.param(classic(), [pool_wish(replicas=0)], {}, "confirm is ''. To do that, set confirm: prod", id="zero"),
    pytest.param(classic(), [pool_wish(replicas=0)], {"confirm": "dev"}, "confirm is 'dev'", id="another's name"),
    pytest.param(classic(), [pool_wish(state="absent")], {}, "takes all of its 3 machines away", id="removal"),
    pytest.param(
        classic(annotations=bounds(1, 5)),
        [pool_wish(replicas=2)],
        {},
        "the autoscaler owns its number (between 1 and 5)",
        id="autoscaled",
    ),
    pytest.param(
        classy(entry("a", 2)),
        [pool_wish("a", autoscaler={"min": 1, "max": 2})],
        {},
        "the topology gives it 2 replicas",
        id="fixed",
    ),
    pytest.param(
        classic(),
        [pool_wish("b", replicas=1, **{"class": "worker"})],
        {},
        "this cluster is made of plain objects",
        id="classic cannot be added",
    ),
    pytest.param(
        classy(),
        [pool_wish("b", replicas=1, **{"class": "workr"})],
        {},
        "it has worker, group; did you mean 'worker'?",
        id="class",
    ),
    pytest.param(classy(), [pool_wish("b" * 45, replicas=1, **{"class": "worker"})], {}, "at most 45", id="long name"),
    pytest.param(
        classy(entry("a", 1)),
        [pool_wish("a", replicas=1, **{"class": "other"})],
        {},
        "its class is worker, not other",
        id="another class",
    ),
    pytest.param(
        classic(), [pool_wish(replicas=2, delete_machines=["w9"])], {}, "it has no Machine w9", id="no machine"
    ),
    pytest.param(
        classic(), [pool_wish(replicas=2, delete_machines=["p0"])], {}, "it has no Machine p0", id="not its own"
    ),
    pytest.param(
        classic(),
        [pool_wish(replicas=1, delete_machines=["w0"])],
        {},
        "names 1 machines, but from 3 to 1 2 go",
        id="counts",
    ),
    pytest.param(classic(), [pool_wish(replicas=3, delete_machines=["w0"])], {}, "names 1 machines", id="nothing goes"),
    pytest.param(
        [*classic(), machine("x", pool="prod-md-0", labels={"cluster.x-k8s.io/set-name": "new"})],
        [pool_wish(replicas=2, delete_machines=["w0"])],
        {},
        "its machines are being replaced (new, prod-md-0-x1)",
        id="several sets",
    ),
    pytest.param(
        [*classic(2), machine("x", pool="prod-md-0", annotations=MARK)],
        [pool_wish(replicas=1, delete_machines=["w0"])],
        {},
        "Machine x has the annotation",
        id="another is marked",
    ),
    pytest.param(
        [*classic(2), machine("x", pool="prod-md-0", deleting=True)],
        [pool_wish(replicas=1, delete_machines=["w0"])],
        {},
        "Machine x is being deleted already",
        id="another goes",
    ),
    pytest.param(
        edited(classic(), 0, annotations={PAUSED_ANNOTATION: ""}),
        [pool_wish(replicas=4)],
        {},
        "is paused",
        id="paused cluster",
    ),
    pytest.param(
        edited(classic(), 2, annotations={PAUSED_ANNOTATION: ""}),
        [pool_wish(replicas=4)],
        {},
        "MachineDeployment default/prod-md-0: it is paused",
        id="paused pool",
    ),
    pytest.param(
        edited(classic(), 0, deletionTimestamp="x"),
        [pool_wish(replicas=3)],
        {},
        "nothing is scaled any more",
        id="deleting",
    ),
    pytest.param(
        edited(classic(), 2, deletionTimestamp="x"),
        [pool_wish(replicas=4)],
        {},
        "it is being deleted",
        id="deleting pool",
    ),
    pytest.param(
        edited(classic(), 2, annotations={"argocd.argoproj.io/tracking-id": "x"}),
        [pool_wish(replicas=4)],
        {},
        "Argo CD writes it (annotation argocd.argoproj.io/tracking-id",
        id="GitOps",
    ),
    pytest.param(
        [*classy(), machine_deployment("prod-old", labels={TOPOLOGY_LABEL: "old"})],
        [pool_wish("old", replicas=1)],
        {},
        "it is being removed",
        id="leaving",
    ),
]


@pytest.mark.parametrize(("items", "pools", "more", "words"), REFUSED)
def test_refusals(items: list[Object], pools: list[Object], more: Any, words: str) -> None:
    findings = list(map(str, planned(items, *pools, **more).findings))
    assert [f for f in findings if words in f], findings


def test_every_finding_is_told() -> None:
    found = planned(classic(), pool_wish(replicas=0), pool_wish("x", replicas=1), planes=4).findings
    assert [f.where for f in found] == ["KubeadmControlPlane default/prod-cp", "node pool md-0", "node pool x"]


HELD = [
    pytest.param(
        swapped(classic(), 1, control_plane(version="v1.34.9")),
        4,
        "new machines wait for the control plane",
        id="the control plane is upgraded",
    ),
    pytest.param(swapped(classic(), 1, control_plane(version="v1.34.9")), 2, None, id="fewer do not wait for it"),
    pytest.param(
        [
            cluster(),
            control_plane(version="v1.35.4", replicas=1),
            machine("p", version="v1.35.4"),
            machine_deployment(),
        ],
        4,
        "kubeadm joins no machines of another minor version",
        id="another minor",
    ),
    pytest.param(
        [
            cluster(),
            control_plane(version="v1.35.4", replicas=1),
            machine("p", version="v1.35.4"),
            machine_deployment(annotations={"machineset.cluster.x-k8s.io/skip-preflight-checks": "All"}),
        ],
        4,
        None,
        id="checks are skipped",
    ),
    pytest.param(classic(), 4, None, id="nothing"),
]


@pytest.mark.parametrize(("items", "replicas", "words"), HELD)
def test_what_is_held_back_is_said(items: list[Object], replicas: int, words: str | None) -> None:
    change = planned(items, pool_wish(replicas=replicas)).changes[0]
    assert (words in change.held) if words else change.held == ""
    assert change.facts["held_back"] == (change.held or None)


def test_a_pool_that_waits_for_its_upgrade_holds_any_number_back() -> None:
    change = planned(classy(entry("a", 3), version="v1.35.4"), pool_wish("a", replicas=2)).changes[0]
    assert change.held.startswith("it waits for its own upgrade from v1.34.3 to v1.35.4")
