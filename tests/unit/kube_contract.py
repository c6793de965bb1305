# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operations may rely on from a Kube: cases that run on FakeKube and on a real API server alike.

Each case gets a Ground: two clients of one server, of which ``dry`` is in check mode, and an empty namespace.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._collect import Chosen
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Conflict, InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import FIELD_MANAGER, Ref, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._owned import applied_version, owned, with_value
from contract_ground import CASES, CLUSTER, FINALIZER, PAUSED, Case, Ground, case

__all__ = ["CASES", "Case", "Ground"]


@case
def get_gives_one_object_or_none(ground: Ground) -> None:
    assert ground.kube.get(ground.ref()) is None
    assert ground.kube.get(Ref("v1", "ConfigMap", "namespace-that-is-not-there", "a")) is None
    ground.kube.apply(ground.config(x="1"))
    found = ground.kube.get(ground.ref())
    assert found is not None
    assert (found["apiVersion"], found["kind"], found["data"]) == ("v1", "ConfigMap", {"x": "1"})
    assert found["metadata"]["uid"]


@case
def the_namespace_of_a_kind_without_namespaces_does_not_count(ground: Ground) -> None:
    found = ground.kube.get(Ref("v1", "Namespace", "elsewhere", ground.namespace))
    assert found is not None
    assert name_of(found) == ground.namespace
    assert ground.namespace in [name_of(n) for n in ground.kube.list("v1", "Namespace", "elsewhere")]


@case
def list_selects_by_namespace_and_labels(ground: Ground) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "1", "y": ""}), ("c", {"x": "2", "y": "3"})):
        ground.kube.apply(ground.config(name, labels))
    ground.kube.apply(ground.config("b", {"x": "1"}, namespace="default"))
    assert ground.names() == ["a", "b", "c"]
    assert ground.names("x=1") == ["a", "b"]
    assert ground.names("y") == ["b", "c"]
    assert ground.names("x=1,y") == ["b"]
    assert ground.names("x=7") == []
    everywhere = ground.kube.list("v1", "ConfigMap", labels="x=1")
    assert [i["metadata"]["namespace"] for i in everywhere if name_of(i) == "b"].count("default") == 1
    assert {(i["apiVersion"], i["kind"]) for i in everywhere} == {("v1", "ConfigMap")}
    assert ground.kube.delete(Ref("v1", "ConfigMap", "default", "b"))


@case
def collect_keeps_what_is_made_of_each_item(ground: Ground) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"})):
        ground.kube.apply(ground.config(name, labels))
    here = Chosen(ground.namespace, "x")  # the namespace has a ConfigMap of the server's own
    whole = ground.kube.collect("v1", "ConfigMap", lambda item: (item["kind"], name_of(item)), here)
    assert sorted(whole) == [("ConfigMap", "a"), ("ConfigMap", "b")]
    assert ground.kube.collect("v1", "ConfigMap", name_of, Chosen(ground.namespace, "x=2")) == ["b"]
    with pytest.raises(NotFound, match=r"did you mean 'Cluster"):
        ground.kube.collect(f"{CLUSTER}/v1beta2", "Clutser", name_of, here)


@case
def list_of_a_namespace_that_is_not_there_is_empty(ground: Ground) -> None:
    assert ground.kube.list("v1", "ConfigMap", "namespace-that-is-not-there") == []


@case
def unknown_kinds_are_not_found_with_near_words(ground: Ground) -> None:
    for ask in (
        lambda: ground.kube.resource(f"{CLUSTER}/v1beta2", "Clutser"),
        lambda: ground.kube.list(f"{CLUSTER}/v1beta2", "Clutser"),
        lambda: ground.kube.get(Ref(f"{CLUSTER}/v1beta2", "Clutser", ground.namespace, "a")),
        lambda: ground.kube.delete(Ref(f"{CLUSTER}/v1beta2", "Clutser", ground.namespace, "a")),
        lambda: ground.kube.patch(Ref(f"{CLUSTER}/v1beta2", "Clutser", ground.namespace, "a"), {}),
        lambda: ground.kube.apply({**ground.cluster(), "kind": "Clutser"}),
        lambda: ground.kube.create({**ground.cluster(), "kind": "Clutser"}),
    ):
        with pytest.raises(NotFound, match=r"did you mean 'Cluster"):
            ask()


@case
def apply_creates_changes_and_gives_up(ground: Ground) -> None:
    ground.kube.apply(ground.config(x="1", y="1"))
    assert ground.data() == {"x": "1", "y": "1"}
    ground.kube.apply(ground.config(x="2"))
    assert ground.data() == {"x": "2"}, "a field that is no longer applied goes"


@case
def apply_leaves_fields_of_others(ground: Ground) -> None:
    ground.kube.create(ground.config(x="1"))
    stored = ground.kube.apply(ground.config(y="2"))
    assert stored["data"] == {"x": "1", "y": "2"}
    assert {m["manager"] for m in stored["metadata"]["managedFields"]} == {"capi.lifecycle"}
    ground.kube.apply(ground.config())
    assert ground.data() == {"x": "1"}


@case
def apply_conflicts_with_others_only_over_other_values(ground: Ground) -> None:
    ground.kube.create(ground.config(x="1"))
    assert ground.kube.apply(ground.config(x="1"))["data"] == {"x": "1"}
    with pytest.raises(Conflict, match=r"another manager owns fields that this would set: \.data\.x .*capi\.lifecycle"):
        ground.kube.apply(ground.config(x="2"))
    with pytest.raises(Conflict):
        ground.kube.apply(ground.config(x="2"), dry_run=True)
    assert ground.data() == {"x": "1"}
    assert ground.kube.apply(ground.config(x="2"), force=True)["data"] == {"x": "2"}


@case
def apply_of_the_same_changes_nothing(ground: Ground) -> None:
    first = ground.kube.apply(ground.config(x="1"))
    assert (
        ground.kube.apply(ground.config(x="1"))["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    )
    changed = ground.kube.apply(ground.config(x="2"))
    assert changed["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]


@case
def a_resource_version_is_a_precondition(ground: Ground) -> None:
    first = ground.kube.apply(ground.config(x="1"))
    ground.kube.apply(ground.config(x="2"))
    late = ground.config(x="3")
    late["metadata"]["resourceVersion"] = first["metadata"]["resourceVersion"]
    for kube in (ground.kube, ground.dry):
        with pytest.raises(Conflict, match="the object has been modified"):
            kube.apply(late, force=True)
        with pytest.raises(Conflict, match="the object has been modified"):
            kube.patch(ground.ref(), late)
    assert ground.data() == {"x": "2"}
    current = ground.kube.get(ground.ref())
    assert current is not None
    late["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
    assert ground.kube.apply(late)["data"] == {"x": "3"}


@case
def the_fields_of_an_apply_are_told(ground: Ground) -> None:
    ground.kube.create(ground.config(labels={"team": "a"}, y="1"))
    ground.kube.apply(ground.config(labels={"app": "x"}, x="1"))
    found = ground.kube.get(ground.ref())
    assert found is not None
    entries = [e for e in found["metadata"]["managedFields"] if e["operation"] == "Apply"]
    assert [(e["manager"], e["apiVersion"], e["fieldsType"]) for e in entries] == [(FIELD_MANAGER, "v1", "FieldsV1")]
    assert entries[0]["fieldsV1"] == {"f:data": {"f:x": {}}, "f:metadata": {"f:labels": {"f:app": {}}}}
    changed = ground.kube.apply(with_value(owned(found), ("data", "x"), "2"))
    assert (changed["data"], changed["metadata"]["labels"]) == ({"x": "2", "y": "1"}, {"app": "x", "team": "a"})


@case
def one_item_of_a_list_is_changed_by_its_key(ground: Ground) -> None:
    with ground.paused() as ref:
        first = ground.kube.apply(ground.gated({"conditionType": "A", "polarity": "Positive"}))
        fields = first["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:availabilityGates"]
        assert fields == {'k:{"conditionType":"A"}': {".": {}, "f:conditionType": {}, "f:polarity": {}}}
        assert applied_version(first) == ref.api_version
        more = with_value(owned(first), ("metadata", "resourceVersion"), None)  # controllers say that it is paused
        gates = ("spec", "availabilityGates")
        for gate, polarity in (("A", "Negative"), ("B", "Positive")):
            more = with_value(more, (*gates, ("conditionType", gate), "polarity"), polarity)
        second = ground.kube.apply(more)["spec"]
        assert {g["conditionType"]: g["polarity"] for g in second["availabilityGates"]} == {
            "A": "Negative",
            "B": "Positive",
        }
        assert second["paused"] is True
        third = ground.kube.apply(ground.gated({"conditionType": "B", "polarity": "Negative"}))
        assert third["spec"]["availabilityGates"] == [{"conditionType": "B", "polarity": "Negative"}]


@case
def a_dry_run_tells_and_stores_nothing(ground: Ground) -> None:
    assert ground.kube.apply(ground.config(x="1"), dry_run=True)["data"] == {"x": "1"}
    assert ground.data() is None
    ground.kube.apply(ground.config(x="1", y="1"))
    assert ground.kube.apply(ground.config(x="2"), dry_run=True)["data"] == {"x": "2"}
    assert ground.data() == {"x": "1", "y": "1"}
    ground.kube.apply(ground.config(x="3"))
    assert ground.data() == {"x": "3"}, "the dry run gave up nothing"


@case
def in_check_mode_every_write_is_a_dry_run(ground: Ground) -> None:
    assert ground.dry.apply(ground.config(x="1"))["metadata"]["uid"]
    assert ground.dry.create(ground.config("b", x="1"))["data"] == {"x": "1"}
    assert ground.names() == []
    before = ground.kube.apply(ground.config(x="1"))
    assert ground.dry.apply(ground.config(x="2"))["data"] == {"x": "2"}
    assert ground.dry.patch(ground.ref(), {"data": {"x": "3"}})["data"] == {"x": "3"}
    assert ground.dry.delete(ground.ref(), uid=before["metadata"]["uid"]) is True
    assert ground.dry.delete(ground.ref("b")) is False
    assert ground.kube.get(ground.ref()) == before


@case
def create_refuses_what_is_there(ground: Ground) -> None:
    ground.kube.create(ground.config(x="1"))
    with pytest.raises(Conflict, match="already exists"):
        ground.kube.create(ground.config(x="2"))
    with pytest.raises(Conflict, match="already exists"):
        ground.dry.create(ground.config(x="2"))
    assert ground.data() == {"x": "1"}


@case
def nothing_is_written_to_a_namespace_that_is_not_there(ground: Ground) -> None:
    lost = ground.config(namespace="namespace-that-is-not-there")
    for write in (ground.kube.apply, ground.kube.create, ground.dry.apply, ground.dry.create):
        with pytest.raises(NotFound, match=r'namespaces? "namespace-that-is-not-there" not found'):
            write(lost)


@case
def a_patch_may_name_the_state_that_it_is_meant_for(ground: Ground) -> None:
    first = ground.kube.apply(ground.config(x="1"))["metadata"]
    same = {"metadata": {"resourceVersion": first["resourceVersion"], "uid": first["uid"]}, "data": {"x": "2"}}
    assert ground.kube.patch(ground.ref(), same)["data"] == {"x": "2"}
    stale = {"metadata": {"resourceVersion": first["resourceVersion"]}, "data": {"x": "3"}}
    with pytest.raises(Conflict):
        ground.kube.patch(ground.ref(), stale)
    with pytest.raises(InvalidInput, match=r"metadata\.uid"):
        ground.kube.patch(ground.ref(), {"metadata": {"uid": "of-another"}, "data": {"x": "3"}})
    found = ground.kube.get(ground.ref())
    assert found is not None
    assert found["data"] == {"x": "2"}


@case
def patch_merges_and_null_removes(ground: Ground) -> None:
    ground.kube.create(ground.config(x="1", y="1"))
    ground.kube.patch(ground.ref(), {"data": {"x": None, "z": "3"}})
    assert ground.data() == {"y": "1", "z": "3"}
    with pytest.raises(NotFound):
        ground.kube.patch(ground.ref("gone"), {"data": {"x": "1"}})


@case
def delete_says_whether_it_was_there(ground: Ground) -> None:
    ground.kube.apply(ground.config())
    assert ground.kube.delete(ground.ref()) is True
    assert ground.kube.delete(ground.ref()) is False
    assert ground.kube.get(ground.ref()) is None


@case
def delete_spares_another_object_of_the_same_name(ground: Ground) -> None:
    first = ground.kube.apply(ground.config())
    ground.kube.delete(ground.ref())
    second = ground.kube.apply(ground.config())
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    with pytest.raises(Conflict):
        ground.kube.delete(ground.ref(), uid=first["metadata"]["uid"])
    assert ground.kube.delete(ground.ref(), uid=second["metadata"]["uid"]) is True


@case
def finalizers_hold_a_deleted_object(ground: Ground) -> None:
    item = ground.config(x="1")
    item["metadata"]["finalizers"] = [FINALIZER]
    ground.kube.create(item)
    assert ground.kube.delete(ground.ref()) is True
    held = ground.kube.get(ground.ref())
    assert held is not None
    assert held["metadata"]["deletionTimestamp"]
    assert ground.kube.delete(ground.ref()) is True, "once more does no harm"
    ground.kube.patch(ground.ref(), {"metadata": {"finalizers": None}})
    assert ground.kube.get(ground.ref()) is None


@case
def status_is_a_part_of_its_own(ground: Ground) -> None:
    with ground.paused() as ref:
        stored = ground.kube.apply({**ground.cluster(), "status": {"phase": "Failed"}})
        assert stored.get("status", {}).get("phase") != "Failed"
        ground.kube.patch(ref, {"status": {"phase": "Deleting"}, "spec": {"paused": False}}, subresource="status")
        found = ground.kube.get(ref)
        assert found is not None
        assert (found["status"]["phase"], found["spec"]["paused"]) == ("Deleting", True)


@case
def the_generation_moves_with_the_spec_only(ground: Ground) -> None:
    changed = {**PAUSED, "clusterNetwork": {"serviceDomain": "x.local"}}
    with ground.paused():
        first = ground.kube.apply(ground.cluster())["metadata"]["generation"]
        assert ground.kube.apply(ground.cluster(labels={"x": "1"}))["metadata"]["generation"] == first
        assert ground.kube.apply({**ground.cluster(), "spec": changed})["metadata"]["generation"] == first + 1


@case
def an_object_is_there_in_every_served_version(ground: Ground) -> None:
    with ground.paused() as ref:
        ground.kube.apply(ground.cluster())
        for version in ground.kube.versions(CLUSTER, "Cluster"):
            found = ground.kube.get(replace(ref, api_version=version))
            assert found is not None
            assert found["apiVersion"] == version
            listed = ground.kube.list(version, "Cluster", ground.namespace)
            assert [(i["apiVersion"], i["spec"]) for i in listed] == [(version, found["spec"])]


@case
def versions_come_highest_first(ground: Ground) -> None:
    both = (f"{CLUSTER}/v1beta2", f"{CLUSTER}/v1beta1")
    assert ground.kube.versions(CLUSTER, "Cluster") == both
    assert ground.kube.versions(CLUSTER)[:2] == both
    assert ground.kube.versions("", "Namespace") == ("v1",)
    assert ground.kube.versions(CLUSTER, "Nonsense") == ()
    assert ground.kube.versions("nonsense.example") == ()


@case
def kinds_come_once_in_their_highest_version(ground: Ground) -> None:
    found = ground.kube.kinds("infrastructure.cluster.x-k8s.io")
    names = [r.kind for r in found]
    assert len(names) == len(set(names))
    template = Resource("infrastructure.cluster.x-k8s.io/v1beta2", "DevMachineTemplate", "devmachinetemplates", True)
    assert template in found
    assert ground.kube.kinds("nonsense.example") == ()


@case
def resources_know_their_path(ground: Ground) -> None:
    assert ground.kube.resource("v1", "Namespace") == Resource("v1", "Namespace", "namespaces", False)
    assert ground.kube.resource(f"{CLUSTER}/v1beta1", "Cluster").plural == "clusters"
    ground.kube.forget()
    assert ground.kube.resource("apps/v1", "Deployment").namespaced is True


@case
def other_paths_are_read_as_they_are(ground: Ground) -> None:
    assert ground.kube.read("/version")["gitVersion"].startswith("v1.")
    with pytest.raises(NotFound):
        ground.kube.read("/nonsense")


@case
def the_identity_is_that_of_kube_system(ground: Ground) -> None:
    system = ground.kube.get(Ref("v1", "Namespace", "", "kube-system"))
    assert system is not None
    assert ground.kube.identity() == ground.dry.identity() == system["metadata"]["uid"]


@case
def an_eviction_is_asked_for_and_nobody_goes(ground: Ground) -> None:
    """A Pod that does not run yet may always go."""
    spec = {"automountServiceAccountToken": False, "containers": [{"name": "a", "image": "none"}]}
    meta = {"name": "waits", "namespace": ground.namespace}
    pod = Ref("v1", "Pod", ground.namespace, "waits")
    ground.kube.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
    assert ground.kube.evict(pod) == ""
    assert ground.kube.get(pod) is not None
    ground.kube.delete(pod)
    with pytest.raises(NotFound):
        ground.kube.evict(Ref("v1", "Pod", ground.namespace, "nobody"))
