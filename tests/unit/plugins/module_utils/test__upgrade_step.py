# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is there to the next step: one case a state, one a trap, for plain objects and for topologies."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._owned import with_value
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, OURS
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_sight import (
    Decision,
    Sight,
    Step,
    Waiting,
    live_version,
    version_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_step import next_step
from builders import CONTROL_PLANE, cluster, control_plane, machine, machine_deployment
from upgrade_world import TOPOLOGY_LABEL, Pool, objects, parts, sight, template, wish

VERSIONS = ("v1beta1", "v1beta2")
OLD, NOW, NEXT = "v1.33.4", "v1.34.3", "v1.35.10"
AFTER = "2026-10-20T08:00:00Z"
SPEC = ("spec", "template", "spec")
BY_US, BY_OTHERS = {DEFER: "true", OURS: "true"}, {DEFER: ""}


def at(plane: str, *pools: str, v: str = "v1beta2", **more: Any) -> list[Object]:
    """A cluster at rest: the control plane and the pools md-0, md-1, … at these versions."""
    return objects(plane, [Pool(f"md-{n}", version) for n, version in enumerate(pools)], v=v, **more)


def classy(version: str, plane: str, *pools: str, notes: Any = None, **more: Any) -> list[Object]:
    """The same by a topology that asks for ``version``; ``notes`` are annotations of pools in it, by name."""
    found = at(plane, *pools, class_name="c", **more)
    found[0]["spec"]["topology"]["version"] = version
    for entry in found[0]["spec"]["topology"]["workers"]["machineDeployments"]:
        if entry["name"] in (notes or {}):
            entry["metadata"] = {"annotations": notes[entry["name"]]}
    return found


def told(found: Decision) -> str:
    if isinstance(found, Step):
        change = f" {found.was} -> {found.version}" if found.was != found.version else f" at {found.was}"
        return f"{found.title}{change}"
    if isinstance(found, Waiting):
        return f"waits: {found.why}"
    return ", ".join(["paused" if found.paused else "done", *found.behind])


def decided(items: Sequence[Object], target: str = NEXT, class_versions: Sequence[str] = (), **params: Any) -> str:
    seen = sight(copy.deepcopy(list(items)), class_versions=tuple(class_versions))
    before = copy.deepcopy(seen)
    found = told(next_step(seen, wish(target, **params)))
    assert seen == before, "it is pure"
    return found


CLASSIC: dict[str, tuple[list[Object], dict[str, Any], str]] = {
    "arrived": (at(NEXT, NEXT), {}, "done"),
    "without node pools": (at(NEXT), {}, "done"),
    "the control plane first": (at(NOW, NOW), {}, f"control plane {NOW} -> {NEXT}"),
    "another patch": (at(NOW, NOW), {"target": "v1.34.13"}, "control plane v1.34.3 -> v1.34.13"),
    "one minor at a time": (at(OLD, OLD), {}, f"control plane {OLD} -> v1.34.13"),
    "by the user's versions": (
        at(OLD, OLD), {"releases": {"kubernetes": ["v1.34.2", NEXT]}}, f"control plane {OLD} -> v1.34.2",
    ),
    "by the user's path": (at(OLD, OLD), {"path": ["v1.34.1", NEXT]}, f"control plane {OLD} -> v1.34.1"),
    "node pools after it": (at(NEXT, NOW), {}, f"node pool md-0 {NOW} -> {NEXT}"),
    "one after the other": (at(NEXT, NEXT, NOW), {}, f"node pool md-1 {NOW} -> {NEXT}"),
    "in the order of the wish": (
        at(NEXT, NOW, NOW), {"node_pools": ["md-1", "md-0"]}, f"node pool md-1 {NOW} -> {NEXT}",
    ),
    "node pools may be three minors behind": (
        at("v1.33.4", "v1.31.2"), {"target": "v1.34.13"}, "control plane v1.33.4 -> v1.34.13",
    ),
    "but not four: they first": (
        at("v1.34.3", "v1.31.2"), {}, "node pool md-0 v1.31.2 -> v1.34.3",
    ),
    "only those that must": (
        at("v1.34.3", "v1.33.2", "v1.31.2"), {}, "node pool md-1 v1.31.2 -> v1.34.3",
    ),
    "every hop": (at(NOW, OLD), {"workers_every_hop": True}, f"node pool md-0 {OLD} -> {NOW}"),
    "every hop, even": (at(NOW, NOW), {"workers_every_hop": True}, f"control plane {NOW} -> {NEXT}"),
    "no node pools: control plane": (at(NOW, NOW), {"node_pools": ["none"]}, f"control plane {NOW} -> {NEXT}"),
    "no node pools: the end": (at(NEXT, NOW), {"node_pools": ["none"]}, "done, node pool md-0"),
    "some node pools": (at(NEXT, NOW, NOW), {"node_pools": ["md-1"]}, f"node pool md-1 {NOW} -> {NEXT}"),
    "some node pools: the end": (at(NEXT, NOW, NEXT), {"node_pools": ["md-1"]}, "done, node pool md-0"),
    "pause between: control plane": (at(NOW, NOW), {"pause_between": True}, f"control plane {NOW} -> {NEXT}"),
    "pause between: pause": (at(NEXT, NOW), {"pause_between": True}, "paused, node pool md-0"),
    "pause between: nothing is left": (at(NEXT, NEXT), {"pause_between": True}, "done"),
    "pause between: where skew demands node pools": (
        at("v1.34.3", "v1.31.2"), {"pause_between": True}, "paused, node pool md-0",
    ),
    "a control plane that is already higher than needed by nobody": (at(NEXT, NEXT), {"target": NEXT}, "done"),
    "rollout at the version that is there": (at(NOW, NOW), {"target": ""}, "done"),
    "rollout_only raises no version": (at(NEXT, NOW), {"target": ""}, "done, node pool md-0"),
    "another build": (
        at("v1.34.3+a.1", "v1.34.3+a.1"), {"target": "v1.34.3+a.2"}, "control plane v1.34.3+a.1 -> v1.34.3+a.2",
    ),
    "another build: node pools after it": (
        at("v1.34.3+a.2", "v1.34.3+a.1"), {"target": "v1.34.3+a.2"}, "node pool md-0 v1.34.3+a.1 -> v1.34.3+a.2",
    ),
    "another build: arrived": (at("v1.34.3+a.2", "v1.34.3+a.2"), {"target": "v1.34.3+a.2"}, "done"),
    "build data over several minors": (
        at(f"{OLD}+a", f"{OLD}+a"), {"target": f"{NEXT}+a", "releases": {"kubernetes": ["v1.34.3+a", f"{NEXT}+a"]}},
        f"control plane {OLD}+a -> v1.34.3+a",
    ),
    "a node pool at a newer patch of the same minor is left alone": (at(NEXT, "v1.35.11"), {}, "done"),
    "a node pool at a newer patch: the control plane catches up": (
        at(NOW, "v1.34.9"), {"target": "v1.34.9"}, "control plane v1.34.3 -> v1.34.9",
    ),
    "a node pool at a newer patch goes on to the next minor": (
        at(NEXT, "v1.34.14"), {}, f"node pool md-0 v1.34.14 -> {NEXT}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "params", "decision"), CLASSIC.values(), ids=CLASSIC)
def test_plain_objects(items: list[Object], params: dict[str, Any], decision: str) -> None:
    assert decided(items, **params) == decision


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize(
    ("plane", "pool", "decision"),
    [
        (NOW, NOW, f"control plane {NOW} -> {NEXT}"),
        (NEXT, NOW, f"node pool md-0 {NOW} -> {NEXT}"),
        (NEXT, NEXT, "done"),
    ],
)
def test_both_api_versions(v: str, plane: str, pool: str, decision: str) -> None:
    assert decided(at(plane, pool, v=v)) == decision
    topology = "topology v1.34.3 -> v1.35.10" if plane == NOW else "done"
    assert decided(classy(plane, plane, plane, v=v)) == topology


def with_pool(pool: Object, *machines: Object, plane: str = NEXT, **more: Any) -> list[Object]:
    return [*objects(plane, [], **more), pool, *machines]


def replaced(items: list[Object], *changes: Object) -> list[Object]:
    """With these objects in the place of those of their kind and name."""
    names = {(c["kind"], c["metadata"]["name"]) for c in changes}
    return [*(i for i in items if (i["kind"], i["metadata"]["name"]) not in names), *changes]


def plane(version: str = NOW, **more: Any) -> Object:
    return control_plane(version=version, **more)


def pool(version: str = NOW, name: str = "md-0", **more: Any) -> Object:
    return machine_deployment(f"prod-{name}", version=version, **{"replicas": 2, **more})


def unwell(kind: str, message: str = "") -> dict[str, Any]:
    return {kind: {"status": "False", "reason": "Bad", "message": message}}


MANAGED = {**control_plane(spec={"replicas": None, "machineTemplate": None}), "kind": "AWSManagedControlPlane"}
MANAGED_REF = {"kind": "AWSManagedControlPlane", "name": "prod-cp", "apiGroup": CONTROL_PLANE}


def managed(asked: str, status: str | None, *pools: Object) -> list[Object]:
    held = {"spec": {**MANAGED["spec"], "version": asked}, "status": {**MANAGED["status"], "version": status}}
    return [cluster(spec={"controlPlaneRef": MANAGED_REF}), {**MANAGED, **held}, *pools]


def machine_pool(version: str, ready: int = 2, **status: Any) -> Object:
    made = machine_deployment("prod-mp", replicas=2, version=version, status={"readyReplicas": ready, **status})
    return {**made, "kind": "MachinePool"}


TRAPS: dict[str, tuple[list[Object], dict[str, Any], str]] = {
    "stale observedGeneration of the control plane": (
        replaced(at(NOW, NOW), plane(generation=2)), {},
        "waits: KubeadmControlPlane prod-cp: the change is not taken up yet",
    ),
    "stale observedGeneration of a node pool": (
        replaced(at(NEXT, NEXT), pool(NEXT, generation=2)), {},
        "waits: MachineDeployment prod-md-0: the change is not taken up yet",
    ),
    "the control plane's version is written, no machine follows yet": (
        replaced(at(NOW, NOW), plane(NEXT)), {},
        "waits: KubeadmControlPlane prod-cp: 0 of 3 machines ready, 3 there",
    ),
    "MachineDeployment race: counters say done, machines are old": (
        replaced(at(NEXT, NOW), pool(NEXT)), {}, "waits: MachineDeployment prod-md-0: 0 of 2 machines ready, 2 there",
    ),
    "MachineDeployment race: a new template at the same version": (
        replaced(at(NEXT, NEXT), pool(NEXT, status={"deprecated": {"v1beta1": {"updatedReplicas": 0}}})), {},
        "waits: MachineDeployment prod-md-0: 0 of 2 machines have the newest template",
    ),
    "the control plane's window: machines are new, counters are late": (
        replaced(at(NEXT, NOW), plane(NEXT, up_to_date=2)), {},
        "waits: KubeadmControlPlane prod-cp: upToDateReplicas 2 of 3",
    ),
    "rolling out for another reason": (
        replaced(at(NOW, NOW), plane(conditions={"RollingOut": "True"})), {},
        "waits: KubeadmControlPlane prod-cp: rolling out: RollingOut",
    ),
    "remediation in the middle": (
        replaced(at(NEXT, NOW), plane(NEXT, conditions={"Remediating": "True"})), {},
        "waits: KubeadmControlPlane prod-cp: remediating: Remediating",
    ),
    "a remediated machine of the pool that is next": (
        replaced(at(NEXT, NOW), machine("prod-md-0-1", pool="prod-md-0", version=NOW, deleting=True)), {},
        "waits: MachineDeployment prod-md-0: 1 of 2 machines ready, 2 there",
    ),
    "a control plane machine on its way out": (
        replaced(at(NOW, NOW), machine("prod-cp-1", version=NOW, deleting=True)), {},
        "waits: KubeadmControlPlane prod-cp: 2 of 3 machines ready, 3 there",
    ),
    "a control plane machine too many": (
        [*at(NOW, NOW), machine("prod-cp-9", version=NOW)], {},
        "waits: KubeadmControlPlane prod-cp: 4 of 3 machines ready, 4 there",
    ),
    "etcd is unwell": (
        replaced(at(NOW, NOW), plane(conditions=unwell("EtcdClusterHealthy", "no leader"))), {},
        "waits: EtcdClusterHealthy: Bad (no leader)",
    ),
    "components are unwell": (
        replaced(at(NEXT, NOW), plane(NEXT, conditions=unwell("ControlPlaneComponentsHealthy"))), {},
        "waits: ControlPlaneComponentsHealthy: Bad",
    ),
    "nobody reaches the workload cluster": (
        replaced(at(NEXT, NOW), cluster(conditions=unwell("RemoteConnectionProbe"))), {},
        "waits: RemoteConnectionProbe: Bad",
    ),
    "the control plane is not there yet": (
        [i for i in at(NOW) if i["kind"] == "Cluster"], {"target": ""}, "waits: control plane: not there yet",
    ),
    "0 replicas are done when they are asked for": (
        objects(NEXT, [Pool("md-0", NEXT, 0)]), {}, "done",
    ),
    "0 replicas are brought along": (objects(NEXT, [Pool("md-0", NOW, 0)]), {}, f"node pool md-0 {NOW} -> {NEXT}"),
    "OnDelete: not waited for": (
        replaced(at(NEXT, NOW), pool(NEXT, up_to_date=0, spec={"rollout": {"strategy": {"type": "OnDelete"}}},
                                     conditions={"RollingOut": "True"})), {}, "done",
    ),
    "OnDelete: brought along": (
        replaced(at(NEXT, NOW), pool(NOW, spec={"rollout": {"strategy": {"type": "OnDelete"}}})), {},
        f"node pool md-0 {NOW} -> {NEXT}",
    ),
    "MachinePool: brought along": (
        with_pool(machine_pool(NOW)), {}, f"node pool mp {NOW} -> {NEXT}",
    ),
    "MachinePool: its counters ignore versions, status.versions does not": (
        with_pool(machine_pool(NEXT, versions=[{"version": NOW, "replicas": 1}])), {},
        f"waits: MachinePool prod-mp: 1 nodes at {NOW}, wanted {NEXT}",
    ),
    "MachinePool: fewer": (with_pool(machine_pool(NEXT, ready=1)), {}, "waits: MachinePool prod-mp: 1 of 2 ready"),
    "MachinePool: arrived": (
        with_pool(machine_pool(NEXT, versions=[{"version": NEXT, "replicas": 2}])), {}, "done",
    ),
    "managed control plane: the version": (managed(NOW, NOW), {}, f"control plane {NOW} -> {NEXT}"),
    "managed control plane: on its way": (
        managed(NEXT, "v1.34.3-eks-1", machine_pool(NOW)), {},
        f"waits: AWSManagedControlPlane prod-cp: at v1.34.3-eks-1, wanted {NEXT}",
    ),
    "managed control plane: there, by its minor": (
        managed(NEXT, "v1.35", machine_pool(NOW)), {}, f"node pool mp {NOW} -> {NEXT}",
    ),
    "managed control plane: on its way, by its minor": (
        managed(NEXT, "v1.34", machine_pool(NOW)), {},
        f"waits: AWSManagedControlPlane prod-cp: at v1.34, wanted {NEXT}",
    ),
    "managed control plane: there, with a suffix": (
        managed(NEXT, f"{NEXT}-eks-3025e55", machine_pool(NOW)), {}, f"node pool mp {NOW} -> {NEXT}",
    ),
    "managed control plane: asks for a minor": (
        managed("v1.34", "v1.34.7-eks-1", machine_pool(NOW)), {}, f"control plane v1.34.0 -> {NEXT}",
    ),
    "managed control plane: asks for the minor that is wanted, its pools follow to its first patch": (
        managed("v1.35", "v1.35.4", machine_pool(NOW)), {"target": "v1.35.0"}, "node pool mp v1.34.3 -> v1.35.0",
    ),
    "managed control plane: asks for a minor, its pools are at a patch of it": (
        managed("v1.35", "v1.35.4", machine_pool(NEXT)), {"target": "v1.35.0"}, "done",
    ),
    "managed control plane: asks for a minor that is on its way": (
        managed("v1.35", "v1.34.7", machine_pool(NOW)), {},
        "waits: AWSManagedControlPlane prod-cp: at v1.34.7, wanted v1.35",
    ),
    "managed control plane: is never told to roll": (managed(NOW, NOW), {"target": "", "rollout_after": AFTER}, "done"),
    "managed control plane: tells none": (managed(NEXT, None, machine_pool(NOW)), {}, f"node pool mp {NOW} -> {NEXT}"),
}  # fmt: skip


@pytest.mark.parametrize(("items", "params", "decision"), TRAPS.values(), ids=TRAPS)
def test_traps(items: list[Object], params: dict[str, Any], decision: str) -> None:
    assert decided(items, **params) == decision


def rolling_pool(name: str) -> Object:
    return pool(NEXT, name, generation=2)


@pytest.mark.parametrize(
    ("rolling", "concurrency", "decision"),
    [
        ([], 1, f"node pool md-0 {NOW} -> {NEXT}"),
        (["md-0"], None, "waits: MachineDeployment prod-md-0: the change is not taken up yet"),
        (["md-0"], 1, "waits: MachineDeployment prod-md-0: the change is not taken up yet"),
        (["md-0"], 2, f"node pool md-1 {NOW} -> {NEXT}"),
        (["md-0", "md-1"], 2, "waits: MachineDeployment prod-md-0: the change is not taken up yet"),
        (["md-1"], 2, f"node pool md-0 {NOW} -> {NEXT}"),
        (["md-0", "md-1"], 9, f"node pool md-2 {NOW} -> {NEXT}"),
        (["md-0", "md-1", "md-2"], 9, "waits: MachineDeployment prod-md-0: the change is not taken up yet"),
    ],
)
def test_how_many_roll_side_by_side(rolling: list[str], concurrency: int | None, decision: str) -> None:
    items = replaced(at(NEXT, NOW, NOW, NOW), *map(rolling_pool, rolling))
    assert decided(items, upgrade_concurrency=concurrency) == decision


def test_nothing_comes_back_to_a_pool_that_rolls_already() -> None:
    """It is at its version, though not there: the same step again would be a second rollout."""
    items = replaced(at(NEXT, NOW), rolling_pool("md-0"))
    assert decided(items, upgrade_concurrency=5).startswith("waits: ")


def test_the_control_plane_waits_for_pools_that_roll() -> None:
    items = replaced(at(NOW, NOW), pool(NOW, generation=2))
    assert decided(items) == "waits: MachineDeployment prod-md-0: the change is not taken up yet"


REFUSED: dict[str, tuple[list[Object], dict[str, Any], str]] = {
    "downgrade": (at(NEXT, NEXT), {"target": NOW}, "kubernetes_version v1.34.3 is lower than the live v1.35.10"),
    "a node pool above the control plane": (
        at(NOW, NEXT), {}, "MachineDeployment prod-md-0 is at v1.35.10, above the control plane or target v1.34.3",
    ),
    "a node pool that is left out and too old": (
        at("v1.34.3", "v1.31.2"), {"node_pools": ["none"]},
        "default/prod: node pool md-0 is at v1.31.2 and is left out of this run",
    ),
    "skipping path": (at(OLD, OLD), {"path": [NEXT]}, "each step must be higher, by one minor version at most"),
    "unknown pool": (at(NOW, NOW), {"node_pools": ["md-9"]}, "has no node pool 'md-9'"),
    "a node pool without a version": (
        replaced(at(NOW, NOW), pool(spec={"template": {"spec": {}}})), {},
        "MachineDeployment prod-md-0 has no version at spec.template.spec.version (found None)",
    ),
    "a control plane with machines that asks for a minor": (
        at("v1.34"), {}, "KubeadmControlPlane prod-cp has no version at spec.version (found 'v1.34')",
    ),
    "a node pool that asks for a minor": (
        replaced(at(NOW, NOW), pool(spec={"template": {"spec": {"version": "v1.34"}}})), {},
        "MachineDeployment prod-md-0 has no version at spec.template.spec.version (found 'v1.34')",
    ),
    "a node pool of the next minor": (
        at("v1.34.13", "v1.35.0"), {"target": "v1.34.13"}, "prod-md-0 is at v1.35.0, above the control plane or target",
    ),
    "a control plane without a version": (replaced(at(NOW), plane(spec={"version": None})), {}, "has no version at"),
    "topology: downgrade": (classy(NEXT, NEXT, NEXT), {"target": NOW}, "is lower than the live v1.35.10"),
    "topology: a deferred pool is below, and the version would go on": (
        classy(NOW, NOW, OLD, notes={"md-0": BY_OTHERS}), {},
        "node pool md-0 is deferred and below v1.34.3; Cluster API takes the next version only when",
    ),
    "topology: pause between over several minors, pools that are deferred are another matter": (
        classy(NOW, NOW, OLD, notes={"md-0": BY_OTHERS}), {"pause_between": True},
        "node pool md-0 is deferred and below v1.34.3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "params", "words"), REFUSED.values(), ids=REFUSED)
def test_what_must_never_be_done(items: list[Object], params: dict[str, Any], words: str) -> None:
    with pytest.raises((Refused, InvalidInput)) as caught:
        decided(items, **params)
    assert words in str(caught.value)


IMAGE = {"machine_template": {"patch": {"image": "kube-{kubernetes_version}"}}}


def templates(plane_image: str, pool_image: str) -> dict[str, Object]:
    held = {"prod-cp": ("prod-cp-1", plane_image), "prod-md-0": ("prod-md-0-1", pool_image)}
    return {owner: template(name, image=f"kube-{image}") for owner, (name, image) in held.items()}


class TestOverrides:
    def look(self, items: list[Object], held: dict[str, Object], target: str = NEXT, **params: Any) -> Decision:
        return next_step(Sight(parts(items), held), wish(target, overrides=[IMAGE], **params))

    def test_version_and_template_in_one_step(self) -> None:
        found = self.look(at(OLD, OLD), templates(OLD, OLD))
        assert isinstance(found, Step)
        assert found.template is not None
        assert (found.version, found.template["spec"]["template"]["spec"]) == ("v1.34.13", {"image": "kube-v1.34.13"})
        assert found.reasons == (
            f"version {OLD} -> v1.34.13",
            f"template prod-cp-1 -> {found.template['metadata']['name']}",
        )

    def test_a_pool_gets_the_image_of_its_own_version(self) -> None:
        found = self.look(at(NEXT, NOW), templates(NEXT, NOW))
        assert isinstance(found, Step)
        assert found.template is not None
        assert found.template["spec"]["template"]["spec"] == {"image": f"kube-{NEXT}"}

    def test_arrived(self) -> None:
        assert told(self.look(at(NEXT, NEXT), templates(NEXT, NEXT))) == "done"

    def test_what_the_server_made_of_the_fields_since_is_no_news(self) -> None:
        first = self.look(at(NOW, NOW), templates("old", NOW), target="")
        assert isinstance(first, Step)
        assert first.template is not None
        held = {**templates(NOW, NOW), "prod-cp": with_value(first.template, SPEC, {"image": "sha256:1"})}
        assert told(self.look(at(NOW, NOW), held, target="")) == "done"

    def test_a_new_image_at_the_same_version(self) -> None:
        found = self.look(at(NOW, NOW), templates("old", NOW), target="")
        assert told(found) == f"control plane at {NOW}"
        assert told(self.look(at(NOW, NOW), templates(NOW, "old"), target="")) == f"node pool md-0 at {NOW}"

    def test_pools_do_not_roll_for_an_image_while_versions_are_still_to_come(self) -> None:
        assert told(self.look(at(NOW, NOW), templates(NOW, "old"))) == f"control plane {NOW} -> {NEXT}"


class TestRolloutAfter:
    def after(self, *owners: str, pools: int = 1) -> list[Object]:
        """A cluster in which these owners have been told already."""
        found = at(NOW, *[NOW] * pools)
        for item in found:
            if item["metadata"]["name"] in owners:
                item["spec"]["rollout"] = {"after": AFTER}
        return found

    @pytest.mark.parametrize(
        ("done", "decision"),
        [
            ([], f"control plane at {NOW}"),
            (["prod-cp"], f"node pool md-0 at {NOW}"),
            (["prod-cp", "prod-md-0"], "done"),
        ],
    )
    def test_each_owner_once(self, done: list[str], decision: str) -> None:
        assert decided(self.after(*done), "", rollout_after=AFTER) == decision

    def test_another_time_is_another_rollout(self) -> None:
        items = self.after("prod-cp", "prod-md-0")
        assert decided(items, "", rollout_after="2026-10-21T08:00:00Z") == f"control plane at {NOW}"

    def test_the_reason(self) -> None:
        found = next_step(sight(self.after()), wish("", rollout_after=AFTER))
        assert isinstance(found, Step)
        assert (found.reasons, found.rollout_after) == ((f"made before {AFTER}",), AFTER)

    def test_only_at_the_last_version(self) -> None:
        for items, last in ((at(OLD, OLD), ""), (at(NOW, NOW), AFTER)):
            found = next_step(sight(items), wish(NEXT, rollout_after=AFTER))
            assert isinstance(found, Step)
            assert found.rollout_after == last

    def test_a_machine_pool_has_no_such_field(self) -> None:
        items = with_pool(machine_pool(NOW), plane=NOW)
        items[1]["spec"]["rollout"] = {"after": AFTER}
        assert decided(items, "", rollout_after=AFTER) == "done"

    def test_in_a_topology_the_control_plane_and_pools_are_told_themselves(self) -> None:
        assert decided(classy(NOW, NOW, NOW), "", rollout_after=AFTER) == f"control plane at {NOW}"
        assert decided(classy(NOW, NOW, NOW), NEXT, rollout_after=AFTER) == f"topology {NOW} -> {NEXT}"

    def test_a_pool_that_the_topology_defers_is_left_alone(self) -> None:
        """Its version is the topology's business: to raise it here would be fought."""
        items = classy(NOW, NOW, OLD, notes={"md-0": BY_OTHERS})
        items[1]["spec"]["rollout"] = {"after": AFTER}
        assert decided(items, "", rollout_after=AFTER) == "done, node pool md-0"


def loose(name: str, version: str) -> Object:
    """A pool of plain objects, beside those of a topology."""
    return pool(version, name, status={"deprecated": {"v1beta1": {"updatedReplicas": 2}}}, replicas=0)


LIST = ("v1.34.1", "v1.35.1", NEXT, "v1.36.0")
LAG = {"TopologyReconciled": {"status": "True", "observedGeneration": 1}}
UPGRADING = {"TopologyReconciled": {"status": "False", "reason": "ClusterUpgrading"}}

TOPOLOGY: dict[str, tuple[list[Object], dict[str, Any], str]] = {
    "arrived": (classy(NEXT, NEXT, NEXT), {}, "done"),
    "one minor": (classy(NOW, NOW, NOW), {}, f"topology {NOW} -> {NEXT}"),
    "several, one after the other": (classy(OLD, OLD, OLD), {}, f"topology {OLD} -> v1.34.13"),
    "several, where the class walks": (classy(OLD, OLD, OLD), {"class_versions": LIST}, f"topology {OLD} -> {NEXT}"),
    "by the versions of the class where it does not list the target": (
        classy(OLD, OLD, OLD), {"class_versions": LIST, "target": "v1.35.9"}, f"topology {OLD} -> v1.34.1",
    ),
    "a path is walked by us": (
        classy(OLD, OLD, OLD), {"class_versions": LIST, "path": ["v1.34.2", NEXT]}, f"topology {OLD} -> v1.34.2",
    ),
    "node pools at every hop: by us": (
        classy(OLD, OLD, OLD), {"class_versions": LIST, "workers_every_hop": True}, f"topology {OLD} -> v1.34.1",
    ),
    "topology lag: the change is not taken up": (
        replaced(classy(NEXT, NOW, NOW), classy(NEXT, NOW, NOW, cluster={"generation": 2, "conditions": LAG})[0]),
        {}, "waits: topology: the change is not taken up yet",
    ),
    "topology lag: control plane and pools look done at the old version": (
        classy(NEXT, NOW, NOW), {}, f"waits: control plane: asks for {NOW} on its way to {NEXT}",
    ),
    "topology lag: a pool looks done at the old version": (
        classy(NEXT, NEXT, NOW), {}, f"waits: node pool md-0: asks for {NOW} on its way to {NEXT}",
    ),
    "upgrading": (classy(NEXT, NEXT, NEXT, cluster={"conditions": UPGRADING}), {}, "waits: topology: ClusterUpgrading"),
    "deferred by others: not waited for": (
        classy(NEXT, NEXT, NOW, notes={"md-0": BY_OTHERS}), {}, "done, node pool md-0",
    ),
    "deferred by us: taken back": (classy(NEXT, NEXT, NOW, notes={"md-0": BY_US}), {}, f"topology at {NEXT}"),
    "deferred by us: taken back before the next version": (
        classy(NOW, NOW, OLD, notes={"md-0": BY_US}), {}, f"topology at {NOW}",
    ),
    "deferred by us, and rollout_only: not lifted, a version would follow": (
        classy(NEXT, NEXT, NOW, notes={"md-0": BY_US}), {"target": ""}, "done, node pool md-0",
    ),
    "a pool of plain objects is not waited for": ([*classy(NEXT, NEXT, NEXT), loose("own", NOW)], {}, "done"),
    "a pool of plain objects does not hold the next version": (
        [*classy(NOW, NOW, NOW), loose("own", OLD)], {}, f"topology {NOW} -> {NEXT}",
    ),
    "a pool of plain objects that rolls is not waited for": (
        [*classy(NOW, NOW, NOW), {**loose("own", NOW), "status": {}}], {}, f"topology {NOW} -> {NEXT}",
    ),
    "pause between, a pool of plain objects has nothing to do with it": (
        [*classy(NEXT, NEXT, NEXT), loose("own", NOW)], {"pause_between": True}, "done",
    ),
    "node pools none": (classy(NOW, NOW, NOW), {"node_pools": ["none"]}, f"topology {NOW} -> {NEXT}"),
    "node pools none: the end": (
        classy(NEXT, NEXT, NOW, notes={"md-0": BY_US}), {"node_pools": ["none"]}, "done, node pool md-0",
    ),
    "pause between: the end": (
        classy(NEXT, NEXT, NOW, notes={"md-0": BY_US}), {"pause_between": True}, "paused, node pool md-0",
    ),
    "pause between, pools deferred by others have nothing to do with it": (
        classy(NEXT, NEXT, NEXT), {"pause_between": True}, "done",
    ),
    "variables": (classy(NEXT, NEXT, NEXT), {"variables": {"image": "x"}}, f"topology at {NEXT}"),
    "a pool that is not chosen is not lifted": (
        classy(NEXT, NEXT, NOW, NOW, notes={"md-0": BY_US, "md-1": BY_US}), {"node_pools": ["md-1"]},
        f"topology at {NEXT}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "params", "decision"), TOPOLOGY.values(), ids=TOPOLOGY)
def test_topologies(items: list[Object], params: dict[str, Any], decision: str) -> None:
    assert decided(items, **params) == decision


def topology_step(items: list[Object], target: str = NEXT, **params: Any) -> Step:
    found = next_step(sight(items), wish(target, **params))
    assert isinstance(found, Step)
    return found


def test_marks_go_with_the_version() -> None:
    found = topology_step(classy(NOW, NOW, NOW, NOW), node_pools=["md-1"])
    assert (found.marks.defers, found.marks.lifts) == ({"md-0"}, frozenset())
    assert topology_step(classy(NOW, NOW, NOW, NOW), pause_between=True).marks.defers == {"md-0", "md-1"}


def test_lifting_alone_defers_nobody() -> None:
    found = topology_step(classy(NOW, NOW, OLD, NOW, notes={"md-0": BY_US}), node_pools=["md-0"])
    assert (found.version, found.marks.lifts, found.marks.defers) == (NOW, {"md-0"}, frozenset())
    assert found.reasons == ("upgrade of md-0 no longer deferred",)


def test_a_pool_of_plain_objects_gets_no_mark() -> None:
    found = topology_step([*classy(NOW, NOW, NOW), loose("own", NOW)], node_pools=["none"])
    assert found.marks.defers == {"md-0"}


@pytest.mark.parametrize(
    ("live", "target", "decision"),
    [
        ("v1.34.3+a.1", "v1.34.3+a.2", "topology v1.34.3+a.1 -> v1.34.3+a.2"),
        ("v1.34.3+a.1", "v1.34.3+a.1", "done"),
        ("v1.34.3+a.1", NEXT, f"topology v1.34.3+a.1 -> {NEXT}"),
        ("v1.35.0-rc.1", "v1.35.0-rc.1", "done"),
        ("v1.35.0-rc.1", "v1.35.0", "topology v1.35.0-rc.1 -> v1.35.0"),
    ],
)
def test_topologies_at_versions_with_more_than_three_numbers(live: str, target: str, decision: str) -> None:
    assert decided(classy(live, live, live), target) == decision


def test_pause_between_over_several_minors_has_words_of_its_own() -> None:
    items = classy(NOW, NOW, OLD, notes={"md-0": BY_US})
    with pytest.raises(Refused) as caught:
        decided(items, pause_between=True)
    assert str(caught.value) == (
        "default/prod: pause_between over several minor versions: node pool md-0 has to follow to v1.34.3 before "
        "Cluster API takes the next one. Name that version as kubernetes_version, and go on from there; or list the "
        "versions in the ClusterClass (kubernetesVersions), so that it walks by itself."
    )


def test_variables_go_with_the_version() -> None:
    found = topology_step(classy(NOW, NOW, NOW), variables={"image": "x"})
    assert (found.variables, found.reasons) == ({"image": "x"}, (f"version {NOW} -> {NEXT}", "variables image"))


def test_live_versions() -> None:
    assert str(live_version(parts(classy(NEXT, NOW)))) == NEXT, "a topology's own, wherever the control plane is"
    assert str(live_version(parts(at(NOW)))) == NOW
    assert str(version_of(machine_deployment(version=OLD, labels={TOPOLOGY_LABEL: "a"}))) == OLD
    with pytest.raises(Refused, match="has no control plane object yet"):
        live_version(parts([cluster()]))
