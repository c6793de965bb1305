# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step applies: the step's change and all that we own already, nothing else; and what is put back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fields import drain_timeout_at, value_at, version_at
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._owned import with_value
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import CONCURRENCY, DEFER, OURS, Marks
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_sight import Step
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import (
    DRAIN_NOTE,
    TEMPLATE_NOTE,
    changed_object,
    drain_write,
    is_left_over,
    put_back,
    step_write,
)
from builders import CORE, INFRASTRUCTURE, cluster, control_plane, machine_deployment
from fakes import FakeKube
from upgrade_world import template, wish

NOW, NEXT = "v1.34.3", "v1.35.10"
VERSIONS = ("v1beta1", "v1beta2")
BY_US, BY_OTHERS = {DEFER: "true", OURS: "true"}, {DEFER: ""}
POOLS = ("spec", "topology", "workers", "machineDeployments")


def owned_by(item: Object, fields: dict[str, Any], version: str = "") -> Object:
    """The object as the API server gives it: with our entry, and those of others."""
    entries = [
        {"manager": "kubectl", "operation": "Apply", "apiVersion": item["apiVersion"], "fieldsType": "FieldsV1",
         "fieldsV1": {"f:spec": {"f:clusterName": {}}}},
        {"manager": "capi.lifecycle", "operation": "Apply", "apiVersion": version or item["apiVersion"],
         "fieldsType": "FieldsV1", "fieldsV1": fields},
        {"manager": "manager", "operation": "Update", "subresource": "status", "apiVersion": item["apiVersion"],
         "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:replicas": {}}}},
    ]  # fmt: skip
    return {**item, "metadata": {**item["metadata"], "resourceVersion": "7", "managedFields": entries}}


def alone(item: Object) -> Object:
    """Made by somebody else."""
    return {**item, "metadata": {**item["metadata"], "resourceVersion": "7"}}


def step(owner: Object, **more: Any) -> Step:
    return Step(owner, "a step", NOW, **{"version": NEXT, "reasons": (), **more})


def written(live: Object, *, asked: Any = None, **more: Any) -> Object:
    return step_write(step(live, **more), live, asked or wish(NEXT))


@pytest.mark.parametrize("v", VERSIONS)
def test_version_and_template_are_one_object(v: str) -> None:
    """Two writes would be two rollouts."""
    made = template("prod-cp-1-0a1b2c3d")
    found = written(alone(control_plane(v=v)), template=made)
    reference = control_plane(v=v)["spec"]["machineTemplate"]
    held = reference["infrastructureRef"] if v == "v1beta1" else reference["spec"]["infrastructureRef"]
    wanted = {"infrastructureRef": {**held, "name": "prod-cp-1-0a1b2c3d"}}
    assert found == {
        "apiVersion": f"controlplane.cluster.x-k8s.io/{v}",
        "kind": "KubeadmControlPlane",
        "metadata": {
            "name": "prod-cp",
            "namespace": "default",
            "resourceVersion": "7",
            "annotations": {TEMPLATE_NOTE: "true"},
        },
        "spec": {"version": NEXT, "machineTemplate": wanted if v == "v1beta1" else {"spec": wanted}},
    }


@pytest.mark.parametrize("v", VERSIONS)
def test_a_pool(v: str) -> None:
    found = written(alone(machine_deployment(v=v)), template=template("new"))
    inner = found["spec"]["template"]["spec"]
    assert (set(found["spec"]), set(inner)) == ({"template"}, {"version", "infrastructureRef"})
    assert (inner["version"], inner["infrastructureRef"]["name"]) == (NEXT, "new")
    where = {"apiVersion", "namespace"} if v == "v1beta1" else {"apiGroup"}
    assert set(inner["infrastructureRef"]) == {"kind", "name", *where}


def test_the_version_alone() -> None:
    assert written(alone(control_plane()))["spec"] == {"version": NEXT}


@pytest.mark.parametrize("v", VERSIONS)
def test_rollout_after(v: str) -> None:
    found = written(alone(machine_deployment(v=v)), version=NOW, rollout_after="2026-10-20T08:00:00Z")
    key = {"rolloutAfter": "2026-10-20T08:00:00Z"} if v == "v1beta1" else {"rollout": {"after": "2026-10-20T08:00:00Z"}}
    assert found["spec"] == key, "the version only when it changes"


OWNED = {
    "f:metadata": {"f:labels": {"f:team": {}}},
    "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:version": {}, "f:bootstrap": {}}}},
}


def test_a_step_at_the_same_version_leaves_the_version_out() -> None:
    """Whoever wrote it keeps it, and its text."""
    assert set(written(alone(control_plane()), version=NOW, template=template("new"))["spec"]) == {"machineTemplate"}
    assert written(classy(), version=NOW, variables={"a": 1})["spec"]["topology"] == {
        "variables": [{"name": "a", "value": 1}]
    }


def test_build_data_is_written_as_it_was_asked_for() -> None:
    found = written(alone(control_plane(version="v1.34.3+vmware.1")), version="v1.34.3+vmware.2")
    assert found["spec"] == {"version": "v1.34.3+vmware.2"}


def test_nothing_that_we_own_is_given_up_and_nothing_of_others_is_taken() -> None:
    live = owned_by(machine_deployment(labels={"team": "a", "theirs": "b"}), OWNED)
    found = written(live)
    held = live["spec"]["template"]["spec"]
    assert found["metadata"] == {
        "name": "prod-md-0", "namespace": "default", "resourceVersion": "7", "labels": {"team": "a"},
    }  # fmt: skip
    assert found["spec"] == {
        "replicas": 3, "template": {"spec": {"version": NEXT, "bootstrap": held["bootstrap"]}},
    }  # fmt: skip
    assert live["spec"]["template"]["spec"]["version"] == NOW, "the live object is left alone"


def drains(owner: Object) -> Any:
    return value_at(owner, drain_timeout_at(owner))


@pytest.mark.parametrize("v", VERSIONS)
@pytest.mark.parametrize("build", [control_plane, machine_deployment])
@pytest.mark.parametrize("before", [None, 0, 120])
def test_drain_timeouts_are_remembered_and_put_back(build: Any, v: str, before: int | None) -> None:
    """``None`` is: was not set at all."""
    live = build(v=v)
    path, held = drain_timeout_at(live), before if v == "v1beta2" or before is None else f"{before}s"
    if held is not None:
        place = live["spec"]
        for key in path[1:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = held
    kube = FakeKube()
    kube.put(live)
    live = stored(kube, live)
    kube.apply(drain(live), force=True)
    kube.apply(written(stored(kube, live)), force=True)
    now = stored(kube, live)
    assert drains(now) == (600 if v == "v1beta2" else "600s")
    assert json.loads(now["metadata"]["annotations"][DRAIN_NOTE]) == {".".join(path): held}
    back = put_back(now)
    assert back is not None
    kube.apply(back, force=True)
    after = stored(kube, live)
    assert (drains(after), after["metadata"].get("annotations", {})) == (held, {})
    assert put_back(after) is None
    if before is None:  # Cluster API allows no empty mapping there
        assert with_value(after, version_at(live), NOW)["spec"] == live["spec"]


def stored(kube: FakeKube, item: Object) -> Object:
    found = kube.get(ref_of(item))
    assert found is not None
    return found


def drain(live: Object, seconds: int = 600) -> Object:
    found = drain_write(live, seconds)
    assert found is not None
    return found


def test_drain_timeouts_of_a_run_before_are_not_remembered_as_the_users() -> None:
    """A run was killed, and the next one asks for another value: what was before the first one is put back."""
    kube = FakeKube()
    live = stored(kube, kube.put(machine_deployment()))
    kube.apply(drain(live), force=True)
    assert drain_write(stored(kube, live), 600) is None, "they are so already"
    kube.apply(drain(stored(kube, live), 60), force=True)
    now = stored(kube, live)
    assert drains(now) == 60
    assert json.loads(now["metadata"]["annotations"][DRAIN_NOTE]) == {
        "spec.template.spec.deletion.nodeDrainTimeoutSeconds": None
    }


def test_no_note_and_nothing_is_put_back() -> None:
    assert put_back(alone(machine_deployment())) is None
    assert not is_left_over(machine_deployment())
    assert not is_left_over(written(alone(machine_deployment())))


def managed() -> Object:
    """A managed control plane has no machines, and so no template of them."""
    return alone({**control_plane(spec={"machineTemplate": None}), "kind": "AWSManagedControlPlane"})


@pytest.mark.parametrize(
    "live", [managed(), alone(cluster())], ids=["managed control plane", "Cluster without a class"]
)
def test_what_drains_no_machine_gets_no_timeout(live: Object) -> None:
    assert drain_write(live, 600) is None


@pytest.mark.parametrize("v", VERSIONS)
def test_where_the_timeout_is_already_as_asked_nothing_is_noted(v: str) -> None:
    live = machine_deployment(v=v)
    live = alone(with_value(live, drain_timeout_at(live), 600 if v == "v1beta2" else "600s"))
    assert drain_write(live, 600) is None


@pytest.mark.parametrize("drained", [False, True])
def test_the_note_of_a_new_template_goes_and_the_template_stays(drained: bool) -> None:
    """It says that old templates are still to be looked through, also to the successor of a killed run."""
    kube = FakeKube()
    live = stored(kube, kube.put(machine_deployment()))
    if drained:
        kube.apply(drain(live), force=True)
    kube.apply(written(stored(kube, live), template=template("new")), force=True)
    now = stored(kube, live)
    assert (is_left_over(now), now["metadata"]["annotations"][TEMPLATE_NOTE]) == (True, "true")
    back = put_back(now)
    assert back is not None
    kube.apply(back, force=True)
    after = stored(kube, live)
    inner = after["spec"]["template"]["spec"]
    assert (inner["version"], inner["infrastructureRef"]["name"], drains(after)) == (NEXT, "new", None)
    assert (after["metadata"].get("annotations", {}), put_back(after)) == ({}, None)


def classy(v: str = "v1beta2", notes: Any = None, **more: Any) -> Object:
    item = cluster(v=v, class_name="c", **more)
    pools = [{"name": n, "class": "worker", "replicas": 2} for n in ("a", "b")]
    for entry in pools:
        if entry["name"] in (notes or {}):
            entry["metadata"] = {"annotations": dict((notes or {})[entry["name"]])}
    item["spec"]["topology"]["workers"] = {"machineDeployments": pools}
    return alone(item)


def topology(live: Object, *, asked: Any = None, **more: Any) -> Object:
    found: Object = written(live, asked=asked, **more)["spec"]["topology"]
    return found


class TestTopology:
    def test_the_version_alone(self) -> None:
        found = written(classy())
        assert found["spec"] == {"topology": {"version": NEXT}}
        assert "annotations" not in found["metadata"]

    def test_deferred_pools_keep_their_class(self) -> None:
        """An entry of a node pool is valid only with its class."""
        found = topology(classy(), marks=Marks(defers=frozenset("b")))
        assert found == {
            "version": NEXT,
            "workers": {"machineDeployments": [{"name": "b", "class": "worker", "metadata": {"annotations": BY_US}}]},
        }

    def test_machine_pools_are_another_list(self) -> None:
        live = classy()
        live["spec"]["topology"]["workers"] = {"machinePools": [{"name": "mp", "class": "pool"}]}
        found = topology(live, marks=Marks(defers=frozenset(["mp"])))
        assert found["workers"] == {
            "machinePools": [{"name": "mp", "class": "pool", "metadata": {"annotations": BY_US}}]
        }

    def test_what_was_deferred_is_taken_back_and_nothing_else(self) -> None:
        kube = FakeKube()
        live = stored(kube, kube.put(classy(notes={"a": {"x": "y"}})))
        kube.apply(written(live, marks=Marks(defers=frozenset("ab"))), force=True)
        live = stored(kube, live)
        pools = value_at(live, POOLS)
        assert [p["metadata"]["annotations"] for p in pools] == [{"x": "y", **BY_US}, BY_US]
        lift = written(live, version=NEXT, marks=Marks(lifts=frozenset("a"), deferred=frozenset("ab")))
        kube.apply(lift, force=True)
        pools = value_at(stored(kube, live), POOLS)
        assert [(p["name"], p["class"], p["replicas"]) for p in pools] == [("a", "worker", 2), ("b", "worker", 2)]
        assert [p.get("metadata") for p in pools] == [{"annotations": {"x": "y"}}, {"annotations": BY_US}]

    def test_variables(self) -> None:
        live = classy()
        live["spec"]["topology"]["variables"] = [{"name": "other", "value": 1}]
        found = topology(live, variables={"image": {"name": "x"}, "size": 2})
        assert found["variables"] == [{"name": "image", "value": {"name": "x"}}, {"name": "size", "value": 2}]

    @pytest.mark.parametrize(
        ("asked", "version", "notes"),
        [
            (wish(NEXT, upgrade_concurrency=3), NEXT, {CONCURRENCY: "3"}),
            (wish(NEXT, upgrade_concurrency=3), NOW, {}),
            (wish(NEXT), NEXT, {}),
        ],
    )
    def test_concurrency(self, asked: Any, version: str, notes: dict[str, str]) -> None:
        assert written(classy(), asked=asked, version=version)["metadata"].get("annotations", {}) == notes

    @pytest.mark.parametrize("v", VERSIONS)
    def test_drain_timeouts_of_all_and_back(self, v: str) -> None:
        kube = FakeKube()
        live = classy(v)
        seconds: Any = {"nodeDrainTimeout": "90s"} if v == "v1beta1" else {"deletion": {"nodeDrainTimeoutSeconds": 90}}
        live["spec"]["topology"]["workers"]["machineDeployments"][1] |= seconds
        live = stored(kube, kube.put(live))
        kube.apply(drain(live), force=True)
        now = stored(kube, live)
        told = json.loads(now["metadata"]["annotations"][DRAIN_NOTE])
        assert list(told.values()) == [None, None, "90s" if v == "v1beta1" else 90]
        assert json.dumps(now["spec"]).count("600") == 3
        back = put_back(now)
        assert back is not None
        kube.apply(back, force=True)
        assert stored(kube, live)["spec"]["topology"] == live["spec"]["topology"]
        assert stored(kube, live)["metadata"].get("annotations", {}) == {}

    def test_what_module_cluster_wrote_stays(self) -> None:
        kube = FakeKube()
        made = classy(notes={"a": {"x": "y"}})
        kube.apply({"apiVersion": f"{CORE}/v1beta2", "kind": "Cluster", "spec": made["spec"],
                    "metadata": {"name": "prod", "namespace": "default", "labels": {"team": "a"}}})  # fmt: skip
        live = stored(kube, made)
        kube.apply(written(live, marks=Marks(defers=frozenset("a"))), force=True)
        now = stored(kube, made)
        assert now["metadata"]["labels"] == {"team": "a"}
        pools = value_at(now, POOLS)
        assert pools[0]["metadata"]["annotations"] == {"x": "y", **BY_US}
        topology_now = {**now["spec"]["topology"], "version": NOW, "workers": made["spec"]["topology"]["workers"]}
        assert {**now["spec"], "topology": topology_now} == made["spec"]


def test_the_whole_object_for_the_diff() -> None:
    live = machine_deployment(annotations={"x": "y"})
    found = changed_object(step(live, template=template("new")), live, wish(NEXT, node_drain_timeout=5))
    inner = found["spec"]["template"]["spec"]
    assert (inner["version"], inner["infrastructureRef"]["name"]) == (NEXT, "new")
    assert (found["spec"]["replicas"], drains(found), found["status"]) == (3, None, live["status"])
    assert found["metadata"]["annotations"]["x"] == "y"
    assert "managedFields" not in found["metadata"]


def test_writes_name_the_state_that_they_are_meant_for() -> None:
    assert written(alone(control_plane()))["metadata"]["resourceVersion"] == "7"
    assert template("x")["apiVersion"].startswith(INFRASTRUCTURE)
