# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: which machines go and why, over all steps; how many more are there meanwhile; how long it may take."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._plan import (
    NAMELESS,
    UNTOLD,
    Plan,
    max_surge,
    plan_upgrade,
    seconds_a_machine,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, OURS
from builders import cluster, control_plane, machine, machine_deployment
from upgrade_world import MADE, Pool, objects, parts, sight, template, wish

OLD, NOW, NEXT = "v1.33.4", "v1.34.3", "v1.35.10"
PLANES = [f"prod-cp-{n}" for n in range(3)]
WORKERS = [f"prod-md-0-{n}" for n in range(2)]


def planned(items: list[Object], target: str = NEXT, held: Any = None, class_versions: Any = (), **params: Any) -> Plan:
    seen = sight(copy.deepcopy(items), templates=held or {}, class_versions=tuple(class_versions))
    before = copy.deepcopy(seen)
    found = plan_upgrade(seen, wish(target, **params))
    assert seen == before, "what is planned is not done"
    return found


def table(plan: Plan) -> list[tuple[str, str, str, int, list[str]]]:
    return [(s.title, s.was, s.version, s.replaced, list(s.machines)) for s in plan.steps]


def at(held: str, /, *pools: str, **more: Any) -> list[Object]:
    return objects(held, [Pool(f"md-{n}", version) for n, version in enumerate(pools)], **more)


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_one_minor(v: str) -> None:
    plan = planned(at(NOW, NOW, v=v))
    assert table(plan) == [
        ("control plane", NOW, NEXT, 3, PLANES),
        ("node pool md-0", NOW, NEXT, 2, WORKERS),
    ]
    assert [s.reasons for s in plan.steps] == [(f"version {NOW} -> {NEXT}",)] * 2
    assert (plan.machines, plan.spare, plan.waits_for, plan.behind) == ([*PLANES, *WORKERS], 1, "", ())
    assert [(w.owner["kind"], w.version) for w in plan.writes] == [
        ("KubeadmControlPlane", NEXT),
        ("MachineDeployment", NEXT),
    ]


@pytest.mark.parametrize("live", ["v1.34.3+a", "v1.34.3"])
def test_another_build_of_the_same_release(live: str) -> None:
    plan = planned(at(live, live), "v1.34.3+b")
    assert table(plan) == [
        ("control plane", live, "v1.34.3+b", 3, PLANES),
        ("node pool md-0", live, "v1.34.3+b", 2, WORKERS),
    ]
    assert planned(at("v1.34.3+b", "v1.34.3+b"), "v1.34.3+b").writes == ()


def test_a_rollout_raises_no_version_and_lifts_no_deferral() -> None:
    """What is behind stays behind, and is told."""
    assert (planned(at(NEXT, NOW), "").writes, planned(at(NEXT, NOW), "").behind) == ((), ("node pool md-0",))
    items = at(NEXT, NOW, NEXT, class_name="c")
    entry = items[0]["spec"]["topology"]["workers"]["machineDeployments"][0]
    entry["metadata"] = {"annotations": {DEFER: "true", OURS: "true"}}
    plan = planned(items, "", rollout_after="2026-10-20T08:00:00Z")
    assert [w.title for w in plan.writes] == ["control plane", "node pool md-1"]


def test_the_template_of_a_step_is_planned_once() -> None:
    """Its fields may come back in another way: the plan ends nevertheless."""
    image = {"machine_template": {"patch": {"image": "kube-{kubernetes_version}"}}}
    plan = planned(at(OLD, OLD), held={"prod-cp": template("prod-cp-1")}, overrides=[image])
    assert [bool(w.template) for w in plan.writes] == [True, True, False]


def test_nothing_to_do() -> None:
    plan = planned(at(NEXT, NEXT))
    assert (plan.steps, plan.writes, plan.waits_for, plan.machines) == ((), (), "", [])
    assert plan.as_dict() == {
        "steps": [], "machines": [], "replaced": 0, "spare": 0, "seconds": 0, "waits_for": "", "left_behind": [],
    }  # fmt: skip


def test_over_several_minors_machines_of_earlier_steps_are_counted_and_not_named() -> None:
    plan = planned(at(OLD, OLD))
    assert table(plan) == [
        ("control plane", OLD, "v1.34.13", 3, PLANES),
        ("control plane", "v1.34.13", NEXT, 3, []),
        ("node pool md-0", OLD, NEXT, 2, WORKERS),
    ]
    told = plan.as_dict()
    assert (told["machines"], told["replaced"]) == ([*PLANES, *WORKERS], 8)


def test_every_hop_takes_workers_along() -> None:
    plan = planned(at(OLD, OLD), workers_every_hop=True)
    assert [(s.title, s.version, s.replaced) for s in plan.steps] == [
        ("control plane", "v1.34.13", 3),
        ("node pool md-0", "v1.34.13", 2),
        ("control plane", NEXT, 3),
        ("node pool md-0", NEXT, 2),
    ]


def test_five_minors_take_workers_along_once_in_between() -> None:
    plan = planned(at("v1.31.4", "v1.31.4"), "v1.36.6")
    assert [(s.title, s.version.rpartition(".")[0]) for s in plan.steps] == [
        ("control plane", "v1.32"), ("control plane", "v1.33"), ("control plane", "v1.34"), ("node pool md-0", "v1.34"),
        ("control plane", "v1.35"), ("control plane", "v1.36"), ("node pool md-0", "v1.36"),
    ]  # fmt: skip


ENDS: dict[str, tuple[dict[str, Any], list[str], tuple[str, ...], bool]] = {
    "none": ({"node_pools": ["none"]}, ["control plane"], ("node pool md-0", "node pool md-1"), False),
    "one": ({"node_pools": ["md-1"]}, ["control plane", "node pool md-1"], ("node pool md-0",), False),
    "pause": ({"pause_between": True}, ["control plane"], ("node pool md-0", "node pool md-1"), True),
}


@pytest.mark.parametrize(("params", "steps", "behind", "paused"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("class_name", ["", "c"])
def test_what_stays_behind(params: Any, steps: list[str], behind: Any, paused: bool, class_name: str) -> None:
    plan = planned(at(NOW, NOW, NOW, class_name=class_name), **params)
    assert ([s.title for s in plan.steps], plan.behind, plan.paused) == (steps, behind, paused)


def test_a_refusal_on_the_way_is_told_before_the_first_step() -> None:
    with pytest.raises(Refused, match=r"node pool md-0 is at v1\.32\.4 and is left out of this run"):
        planned(at("v1.33.4", "v1.32.4"), "v1.36.6", node_pools=["none"])


def test_the_objects_at_the_end_and_new_templates() -> None:
    image = {"machine_template": {"patch": {"image": "kube-{kubernetes_version}"}}}
    held = {"prod-cp": template("prod-cp-1"), "prod-md-0": template("prod-md-0-1")}
    plan = planned(at(NOW, NOW), held=held, overrides=[image])
    by_kind = {(o["kind"], name_of(o).rpartition("-")[0]): o for o in plan.objects}
    assert by_kind["KubeadmControlPlane", "prod"]["spec"]["version"] == NEXT
    made = [o for o in plan.objects if o["kind"] == "DevMachineTemplate"]
    assert [name_of(o)[:-9] for o in made] == ["prod-cp-1", "prod-md-0-1"]
    reference = by_kind["MachineDeployment", "prod-md"]["spec"]["template"]["spec"]["infrastructureRef"]
    assert reference["name"] == name_of(made[1])
    assert plan.steps[0].reasons == (f"version {NOW} -> {NEXT}", f"template prod-cp-1 -> {name_of(made[0])}")


class TestRolloutAfter:
    def test_only_older_machines_are_named(self) -> None:
        items = at(NOW, NOW)
        items[2]["metadata"]["creationTimestamp"] = "2026-10-21T08:00:00Z"
        plan = planned(items, "", rollout_after="2026-10-20T08:00:00Z")
        assert [list(s.machines) for s in plan.steps] == [PLANES[1:], WORKERS]
        assert plan.steps[0].reasons == ("made before 2026-10-20T08:00:00Z",)

    def test_of_a_machine_deployment_all_are_named(self) -> None:
        """It compares the time of its MachineSet, which is older than its younger machines."""
        items = at(NOW, NOW)
        items[-1]["metadata"]["creationTimestamp"] = "2026-10-21T08:00:00Z"
        assert list(planned(items, "", rollout_after="2026-10-20T08:00:00Z").steps[1].machines) == WORKERS

    def test_with_a_version_all_of_them(self) -> None:
        items = at(NOW, NOW)
        items[2]["metadata"]["creationTimestamp"] = "2026-10-21T08:00:00Z"
        assert planned(items, rollout_after="2026-10-20T08:00:00Z").machines == [*PLANES, *WORKERS]


def surging(surge: Any, replicas: int = 10, v: str = "v1beta2") -> Object:
    rolling = {"rollingUpdate": {"maxSurge": surge}}
    spec = {"strategy": rolling} if v == "v1beta1" else {"rollout": {"strategy": rolling}}
    return machine_deployment(replicas=replicas, spec=spec, v=v)


@pytest.mark.parametrize(
    ("owner", "surge"),
    [
        (machine_deployment(), 1),
        (surging(3), 3),
        (surging(0), 0),
        (surging("25%"), 3),
        (surging("25%", replicas=1), 1),
        (surging("10%", v="v1beta1"), 1),
        (surging(2, v="v1beta1"), 2),
        (control_plane(), 1),
        (control_plane(spec={"rolloutStrategy": {"rollingUpdate": {"maxSurge": 0}}}, v="v1beta1"), 0),
        (control_plane(spec={"rollout": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}}), 0),
    ],
)
def test_surge(owner: Object, surge: int) -> None:
    assert max_surge(owner) == surge


def wide(*surges: int) -> list[Object]:
    found = []
    for number, surge in enumerate(surges):
        strategy = {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": surge}}}}
        found.append(Pool(f"md-{number}", more={"spec": strategy}))
    return objects(NOW, found)


@pytest.mark.parametrize(
    ("surges", "concurrency", "spare"),
    [((2, 4, 3), None, 4), ((2, 4, 3), 2, 7), ((2, 4, 3), 9, 9), ((0, 0), 2, 1), ((), 3, 1)],
)
def test_machines_more_than_usual(surges: tuple[int, ...], concurrency: int | None, spare: int) -> None:
    assert planned(wide(*surges), upgrade_concurrency=concurrency).spare == spare


def test_a_pool_that_rolls_twice_does_not_surge_twice() -> None:
    assert planned(at(OLD, OLD), workers_every_hop=True, upgrade_concurrency=2).spare == 1


def came_up(name: str, seconds: int, pool: str = "") -> Object:
    found = machine(name, pool=pool, version=NOW, creationTimestamp="2026-11-01T10:00:00Z")
    for told in found["status"]["conditions"]:
        told["lastTransitionTime"] = (
            f"2026-11-01T{10 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"
        )
    return found


class TestEstimate:
    def test_the_median_of_what_they_took_before(self) -> None:
        assert seconds_a_machine([came_up("a", 60), came_up("b", 90), came_up("c", 600)]) == 90

    def test_what_was_stuck_or_never_ready_does_not_count(self) -> None:
        unready = machine("d", conditions={"Ready": "False"})
        assert seconds_a_machine([came_up("a", 7200), came_up("b", 0), unready]) is None

    def test_per_machine_and_surge(self) -> None:
        pool = {**surging(2, replicas=4), "metadata": machine_deployment("prod-md-0")["metadata"]}
        items = [cluster(), control_plane(version=NOW), pool]
        items += [came_up(f"cp-{n}", 100) for n in range(3)]
        items += [came_up(f"w-{n}", 60, "prod-md-0") for n in range(4)]
        plan = planned(items)
        assert [s.seconds for s in plan.steps] == [300, 120]
        assert plan.seconds == 420

    def test_unknown_where_one_step_does_not_tell(self) -> None:
        items = at(NOW, NOW)
        items[2:5] = [came_up(name, 100) for name in PLANES]
        for item in parts(items).machines_of(parts(items).pools[0]):
            item["metadata"]["creationTimestamp"] = MADE  # a month before it was Ready: it was stuck
        plan = planned(items)
        assert [s.seconds for s in plan.steps] == [300, None]
        assert (plan.seconds, plan.as_dict()["seconds"]) == (None, None)


def test_on_delete_replaces_nothing_and_says_so() -> None:
    items = objects(NOW, [Pool(more={"spec": {"rollout": {"strategy": {"type": "OnDelete"}}}})])
    found = planned(items).steps[1]
    assert (found.replaced, found.machines, found.surge) == (0, (), 0)
    assert found.note == "strategy OnDelete: machines are replaced when you delete them"


def test_pools_without_machines_count_by_replicas() -> None:
    pool = {
        **machine_deployment("prod-mp", version=NOW, replicas=4, status={"readyReplicas": 4}),
        "kind": "MachinePool",
    }
    plan = planned([*at(NOW), pool])
    assert table(plan)[1] == ("node pool mp", NOW, NEXT, 4, [])
    assert plan.steps[1].note == UNTOLD


@pytest.mark.parametrize("machines", [True, False])
def test_pools_whose_nodes_tell_their_versions(machines: bool) -> None:
    """By status.versions, or by Machines, also in the words of the provider."""
    status = {"readyReplicas": 1, **({} if machines else {"versions": [{"version": NOW, "replicas": 1}]})}
    pool = {**machine_deployment("prod-mp", version=NOW, replicas=1, status=status), "kind": "MachinePool"}
    node = machine("mp-a", pool="x", version=f"{NOW}-eks-1", labels={"cluster.x-k8s.io/pool-name": "prod-mp"})
    plan = planned([*at(NOW), pool, *([node] if machines else [])])
    assert table(plan)[1] == ("node pool mp", NOW, NEXT, 1, ["mp-a"] if machines else [])
    assert (plan.steps[1].note, plan.waits_for, len(plan.writes)) == ("" if machines else NAMELESS, "", 2)


def test_a_managed_control_plane_replaces_no_machine() -> None:
    ref = {"kind": "AWSManagedControlPlane", "name": "prod-cp", "apiGroup": "controlplane.cluster.x-k8s.io"}
    plane = control_plane(version=NOW, spec={"replicas": None}, status={"version": NOW})
    items = [cluster(spec={"controlPlaneRef": ref}), {**plane, "kind": "AWSManagedControlPlane"}]
    assert table(planned(items)) == [("control plane", NOW, NEXT, 0, [])]
    assert [s[1:3] for s in table(planned(items, "v1.36.6"))] == [(NOW, "v1.35.10"), ("v1.35.10", "v1.36.6")]


NOT_READY: dict[str, dict[str, Any]] = {
    "not Ready": {"conditions": {"Ready": "False", "NodeHealthy": "Unknown"}},
    "nothing reported": {"conditions": dict.fromkeys(("Ready", "NodeReady", "NodeHealthy"))},
}


class TestRunningAlready:
    def half(self) -> list[Object]:
        """The control plane is on its way to NEXT: one machine is there, one has still to go; the third goes."""
        items = at(NEXT, NOW)
        words = {"status": "False", "reason": "NotUpToDate", "message": "* Version v1.34.3, v1.35.10 required"}
        items[3] = machine("prod-cp-1", version=NOW, conditions={"UpToDate": words})
        items[4] = machine("prod-cp-2", version=NOW, deleting=True)
        return items

    def test_its_machines_are_in_the_plan(self) -> None:
        plan = planned(self.half())
        assert plan.waits_for == "KubeadmControlPlane prod-cp: 1 of 3 machines ready, 3 there"
        assert table(plan) == [
            ("control plane", NOW, NEXT, 2, ["prod-cp-1", "prod-cp-2"]),
            ("node pool md-0", NOW, NEXT, 2, WORKERS),
        ]
        assert plan.steps[0].reasons == ("Version v1.34.3, v1.35.10 required",)
        assert [w.owner["kind"] for w in plan.writes] == ["MachineDeployment"]

    def test_nothing_else_is_left(self) -> None:
        items = at(NEXT, NEXT)
        items[3] = machine("prod-cp-1", version=NOW)
        plan = planned(items)
        assert (plan.writes, table(plan)) == ((), [("control plane", NOW, NEXT, 1, ["prod-cp-1"])])
        assert plan.steps[0].reasons == ("already running",)

    @pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
    @pytest.mark.parametrize("name", ["prod-cp-1", "prod-md-0-0"])
    @pytest.mark.parametrize("change", NOT_READY.values(), ids=NOT_READY)
    def test_a_machine_that_is_not_ready_is_not_replaced_for_that(self, change: Any, name: str, v: str) -> None:
        pool = "prod-md-0" if "md" in name else ""
        items = [machine(name, pool=pool, version=NOW, v=v, **change) if name_of(i) == name else i
                 for i in at(NOW, NOW, v=v)]  # fmt: skip
        assert table(planned(items, NOW)) == []
        plan = planned(items)
        assert table(plan) == [("control plane", NOW, NEXT, 3, PLANES), ("node pool md-0", NOW, NEXT, 2, WORKERS)]

    def test_of_an_on_delete_pool_only_what_is_deleted(self) -> None:
        items = objects(NEXT, [Pool(version=NEXT, more={"spec": {"rollout": {"strategy": {"type": "OnDelete"}}}})])
        items[-1] = machine(WORKERS[1], pool="prod-md-0", version=NOW, deleting=True)
        items[-2] = machine(WORKERS[0], pool="prod-md-0", version=NOW, conditions={"UpToDate": "False"})
        assert table(planned(items)) == [("node pool md-0", NOW, NEXT, 1, [WORKERS[1]])]

    def test_nodes_of_a_machine_pool(self) -> None:
        """One has the new version in the words of its provider, one has no node yet, one is old."""
        pool = {**machine_deployment("prod-mp", version=NEXT, replicas=3), "kind": "MachinePool"}
        versions = {"mp-a": f"{NEXT}-eks-1", "mp-b": "", "mp-c": NOW}
        labels = {"cluster.x-k8s.io/pool-name": "prod-mp"}
        nodes = [machine(name, pool="x", version=v, labels=labels) for name, v in versions.items()]
        assert table(planned([*at(NEXT), pool, *nodes])) == [("node pool mp", NOW, NEXT, 1, ["mp-c"])]

    def test_what_cannot_come_to_rest_ends_the_plan(self) -> None:
        plan = planned([i for i in at(NOW) if i["kind"] == "Cluster"], "")
        assert (plan.waits_for, plan.steps) == ("control plane: not there yet", ())


CLASS = ("v1.32.1", "v1.33.1", "v1.34.1", "v1.35.1", "v1.36.6")


class TestTopology:
    def test_one_minor(self) -> None:
        plan = planned(at(NOW, NOW, class_name="c"))
        assert table(plan) == [
            ("control plane", NOW, NEXT, 3, PLANES),
            ("node pool md-0", NOW, NEXT, 2, WORKERS),
        ]
        assert [(w.title, w.version) for w in plan.writes] == [("topology", NEXT)]

    def test_the_class_walks_and_workers_skip_hops(self) -> None:
        plan = planned(at("v1.31.4", "v1.31.4", class_name="c"), "v1.36.6", class_versions=CLASS)
        assert [(s.title, s.version) for s in plan.steps] == [
            ("control plane", "v1.32.1"), ("control plane", "v1.33.1"), ("control plane", "v1.34.1"),
            ("node pool md-0", "v1.34.1"), ("control plane", "v1.35.1"), ("control plane", "v1.36.6"),
            ("node pool md-0", "v1.36.6"),
        ]  # fmt: skip
        assert len(plan.writes) == 1

    def test_without_a_list_each_hop_takes_workers_along(self) -> None:
        plan = planned(at(OLD, OLD, class_name="c"))
        assert [(s.title, s.version) for s in plan.steps] == [
            ("control plane", "v1.34.13"), ("node pool md-0", "v1.34.13"),
            ("control plane", NEXT), ("node pool md-0", NEXT),
        ]  # fmt: skip
        assert len(plan.writes) == 2

    def test_a_given_path(self) -> None:
        plan = planned(at(OLD, OLD, class_name="c"), path=["v1.34.2", NEXT], class_versions=CLASS)
        assert [s.version for s in plan.steps] == ["v1.34.2", "v1.34.2", NEXT, NEXT]

    def test_deferred_pools_do_not_follow_and_lifted_ones_do(self) -> None:
        items = at(NOW, NOW, NOW, class_name="c")
        assert [s.title for s in planned(items, node_pools=["md-1"]).steps] == ["control plane", "node pool md-1"]
        items = at(NEXT, NOW, NEXT, class_name="c")
        entry = items[0]["spec"]["topology"]["workers"]["machineDeployments"][0]
        entry["metadata"] = {"annotations": {DEFER: "true", OURS: "true"}}
        assert table(planned(items)) == [("node pool md-0", NOW, NEXT, 2, WORKERS)]

    def test_another_build(self) -> None:
        plan = planned(at("v1.34.3+a", "v1.34.3+a", class_name="c"), "v1.34.3+b")
        assert [(s.title, s.version) for s in plan.steps] == [
            ("control plane", "v1.34.3+b"), ("node pool md-0", "v1.34.3+b"),
        ]  # fmt: skip

    def test_pools_of_plain_objects_beside_it_are_no_steps(self) -> None:
        own = machine_deployment("prod-own", replicas=0, version=OLD)
        plan = planned([*at(NOW, NOW, class_name="c"), own])
        assert [(s.title, s.version) for s in plan.steps] == [("control plane", NEXT), ("node pool md-0", NEXT)]

    def test_variables_alone(self) -> None:
        found = planned(at(NEXT, NEXT, class_name="c"), variables={"image": "x"}).steps
        assert [(s.title, s.reasons, s.replaced, s.note) for s in found] == [
            ("topology", ("variables image",), 0, "Cluster API decides which machines this replaces")
        ]

    def test_a_pool_of_plain_objects_beside_it_does_not_follow(self) -> None:
        plain = machine_deployment("prod-own", replicas=1, version=NOW, status={"deprecated": None})
        items = [*at(NOW, NOW, class_name="c"), plain, machine("own-a", pool="prod-own", version=NOW)]
        plan = planned(items)
        assert [s.title for s in plan.steps] == ["control plane", "node pool md-0"]
        assert "own-a" not in plan.machines
        held = {name_of(o): o for o in plan.objects}["prod-own"]
        assert held["spec"]["template"]["spec"]["version"] == NOW

    def test_nor_is_it_taken_for_one_that_rolls(self) -> None:
        plain = machine_deployment("prod-own", replicas=1, version=NOW, status={"deprecated": None})
        items = [*at(NEXT, NOW, class_name="c"), plain, machine("own-a", pool="prod-own", version=NOW)]
        assert table(planned(items)) == [("node pool md-0", NOW, NEXT, 2, WORKERS)]

    def test_rollout_after(self) -> None:
        plan = planned(at(NOW, NOW, class_name="c"), rollout_after="2026-10-20T08:00:00Z")
        assert [(w.title, w.version) for w in plan.writes] == [
            ("topology", NEXT), ("control plane", NEXT), ("node pool md-0", NEXT),
        ]  # fmt: skip


BEFORE: dict[str, Any] = {
    "v1beta2": {"rollout": {"before": {"certificatesExpiryDays": 21}}},
    "v1beta1": {"rolloutBefore": {"certificatesExpiryDays": 21}},
}


@pytest.mark.parametrize("v", BEFORE)
class TestCertificates:
    """A KubeadmControlPlane replaces machines by itself before their certificates end."""

    def planned(self, v: str, target: str, days: int = 10, before: Any = None) -> Plan:
        items = at(NOW, NOW, v=v, plane={"spec": BEFORE[v] if before is None else before})
        for item, end in zip(items[2:5], (f"2026-11-{1 + days:02d}T00:00:01Z", "2026-11-22T00:00:00Z", None)):
            item["status"]["certificatesExpiryDate"] = end
        return plan_upgrade(sight(items), wish(target), datetime(2026, 11, 1, tzinfo=timezone.utc))

    def test_they_are_named_when_nothing_else_is_to_be_done(self, v: str) -> None:
        plan = self.planned(v, NOW)
        assert table(plan) == [("control plane", NOW, NOW, 1, PLANES[:1])], "the second has exactly 21 days"
        assert plan.steps[0].reasons == ("certificate ends in 10 days",)
        assert (plan.machines, plan.spare, plan.writes) == (PLANES[:1], 1, ())

    def test_not_twice(self, v: str) -> None:
        assert table(self.planned(v, NEXT))[0] == ("control plane", NOW, NEXT, 3, PLANES)
        assert len(self.planned(v, NEXT).steps) == 2

    def test_one_that_has_ended(self, v: str) -> None:
        assert self.planned(v, NOW, days=0).steps[0].reasons == ("certificate ends in 0 days",)

    def test_not_where_the_control_plane_has_no_number_of_days(self, v: str) -> None:
        assert self.planned(v, NOW, before={}).steps == ()

    def test_not_without_a_clock(self, v: str) -> None:
        items = at(NOW, NOW, v=v, plane={"spec": BEFORE[v]})
        items[2]["status"]["certificatesExpiryDate"] = "2026-11-01T00:00:00Z"
        assert planned(items, NOW).steps == ()
