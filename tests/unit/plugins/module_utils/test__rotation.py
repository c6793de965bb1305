# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that change exactly when the content does, and references that follow, whatever object holds them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import CLUSTER_LABEL, Object, ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._rotation import (
    Use,
    is_template,
    name_at,
    references,
    rotate,
    rotated_name,
    shared_templates,
    template_uses,
    with_secret_names,
)
from builders import BOOTSTRAP, CORE, INFRASTRUCTURE, cluster, control_plane, machine_deployment

MACHINE_TEMPLATE = f"{INFRASTRUCTURE}/v1beta2", "DevMachineTemplate"
BOOTSTRAP_TEMPLATE = f"{BOOTSTRAP}/v1beta2", "KubeadmConfigTemplate"
HASH = "-44136fa3"  # of an empty spec


def template(name: str, kind: tuple[str, str] = MACHINE_TEMPLATE, spec: Any = None, **meta: Any) -> Object:
    api_version, word = kind
    body = {} if spec is None else spec
    return {
        "apiVersion": api_version,
        "kind": word,
        "metadata": {"name": name, "namespace": "default", **meta},
        "spec": body,
    }


class TestName:
    def test_is_made_from_the_content(self) -> None:
        assert rotated_name(template("prod-cp")) == "prod-cp" + HASH
        assert rotated_name(template("other")) == "other" + HASH

    def test_two_clusters_never_share_one(self) -> None:
        assert rotated_name(template("t"), "a") != rotated_name(template("t"), "b")

    @pytest.mark.parametrize(
        ("spec", "same"),
        [
            pytest.param({"b": [1, 2], "a": {"x": 1}}, True, id="order of keys does not count"),
            pytest.param({"a": {"x": 1}, "b": [2, 1]}, False, id="order of a list does"),
            pytest.param({"a": {"x": 2}, "b": [1, 2]}, False, id="a value deep inside"),
            pytest.param({"a": {"x": "1"}, "b": [1, 2]}, False, id="a text is no number"),
            pytest.param({"a": {"x": 1}, "b": [1, 2], "c": None}, False, id="one field more"),
        ],
    )
    def test_changes_exactly_with_the_spec(self, spec: Any, same: bool) -> None:
        before = template("t", spec={"a": {"x": 1}, "b": [1, 2]})
        assert (rotated_name(before) == rotated_name(template("t", spec=spec))) is same

    def test_labels_do_not_count(self) -> None:
        """A label on a template rolls no machine."""
        assert rotated_name(template("t")) == rotated_name(template("t", labels={"a": "b"}))

    def test_a_template_without_spec(self) -> None:
        bare = {k: v for k, v in template("t").items() if k != "spec"}
        assert rotated_name(bare).startswith("t-")


@pytest.mark.parametrize(
    ("api_version", "kind", "yes"),
    [
        (*MACHINE_TEMPLATE, True),
        (*BOOTSTRAP_TEMPLATE, True),
        ("controlplane.cluster.x-k8s.io/v1beta1", "KubeadmControlPlaneTemplate", True),
        ("infrastructure.cluster.x-k8s.io/v1beta2", "AWSMachineTemplate", True),
        (f"{CORE}/v1beta2", "ClusterClass", False),
        ("infrastructure.cluster.x-k8s.io/v1beta2", "DevMachine", False),
        ("example.org/v1", "SomeTemplate", False),
        ("v1", "PodTemplate", False),
    ],
)
def test_what_is_a_template(api_version: str, kind: str, yes: bool) -> None:
    assert is_template({"apiVersion": api_version, "kind": kind}) is yes


POOL_REF = {"apiVersion": MACHINE_TEMPLATE[0], "kind": "DevMachineTemplate", "name": "shared"}
SHAPES = [
    pytest.param({"a": {"infrastructureRef": POOL_REF}}, [("spec", "a", "infrastructureRef")], id="in a mapping"),
    pytest.param({"pools": [{}, {"ref": POOL_REF}]}, [("spec", "pools", 1, "ref")], id="in a list"),
    pytest.param(
        {"ref": {**POOL_REF, "inner": POOL_REF}}, [("spec", "ref"), ("spec", "ref", "inner")], id="one in another"
    ),
    pytest.param({"ref": {"apiGroup": INFRASTRUCTURE, "kind": "A", "name": "b"}}, [("spec", "ref")], id="apiGroup"),
    pytest.param({"ref": {"kind": "Secret", "name": "s"}}, [], id="neither apiVersion nor apiGroup"),
    pytest.param({"ref": {**POOL_REF, "name": None}}, [], id="no name"),
    pytest.param({"ref": {**POOL_REF, "kind": 7}}, [], id="kind that is no text"),
    pytest.param("text", [], id="a spec that is no mapping"),
    pytest.param(None, [], id="no spec"),
]


@pytest.mark.parametrize(("spec", "paths"), SHAPES)
def test_references_are_found_by_shape(spec: Any, paths: list[tuple[Any, ...]]) -> None:
    assert [path for path, _reference in references({"spec": spec})] == paths


def machine_pool() -> Object:
    return {**machine_deployment("pool"), "kind": "MachinePool"}


def cluster_class() -> Object:
    reference = {"apiVersion": MACHINE_TEMPLATE[0], "kind": MACHINE_TEMPLATE[1], "name": "pool-1"}
    worker = {"class": "w", "infrastructure": {"templateRef": reference}}
    meta = {"name": "class", "namespace": "default"}
    spec = {"workers": {"machineDeployments": [worker]}}
    return {"apiVersion": f"{CORE}/v1beta2", "kind": "ClusterClass", "metadata": meta, "spec": spec}


IN_MACHINE = ("spec", "template", "spec", "infrastructureRef")
IN_BOOTSTRAP = ("spec", "template", "spec", "bootstrap", "configRef")
REFERRERS = [
    pytest.param(
        control_plane("cp"), template("cp-1"), ("spec", "machineTemplate", "spec", "infrastructureRef"), id="KCP"
    ),
    pytest.param(
        control_plane("cp", v="v1beta1"),
        template("cp-1"),
        ("spec", "machineTemplate", "infrastructureRef"),
        id="KCP of v1beta1",
    ),
    pytest.param(machine_deployment("pool"), template("pool-1"), IN_MACHINE, id="MachineDeployment"),
    pytest.param(machine_deployment("pool", v="v1beta1"), template("pool-1"), IN_MACHINE, id="MD of v1beta1"),
    pytest.param(machine_deployment("pool"), template("pool-1", BOOTSTRAP_TEMPLATE), IN_BOOTSTRAP, id="bootstrap"),
    pytest.param(machine_pool(), template("pool-1"), IN_MACHINE, id="MachinePool"),
    pytest.param(
        cluster_class(),
        template("pool-1"),
        ("spec", "workers", "machineDeployments", 0, "infrastructure", "templateRef"),
        id="ClusterClass",
    ),
]


@pytest.mark.parametrize(("referrer", "used", "path"), REFERRERS)
def test_references_follow(referrer: Object, used: Object, path: tuple[Any, ...]) -> None:
    uses = template_uses([referrer, used])
    assert uses == [Use(ref_of(used), ref_of(referrer), path)]
    changed, renamed = rotate([referrer, used], uses, {ref_of(used): "new"}, "prod")
    assert renamed["metadata"]["name"] == "new"
    assert name_at(changed, path) == "new"
    assert name_at(referrer, path) != "new", "the wish itself stays as it was"
    assert without_name(changed, path) == without_name(referrer, path), "nothing else changes"


def test_two_pools_of_one_template_stay_together() -> None:
    pools = [machine_deployment(name) for name in ("a", "b")]
    for pool in pools:
        pool["spec"]["template"]["spec"]["infrastructureRef"]["name"] = "shared"
    uses = template_uses([*pools, template("shared")])
    assert [u.referrer.name for u in uses] == ["a", "b"]
    rotated = rotate([*pools, template("shared")], uses, {u.template: "shared-x" for u in uses}, "prod")
    assert [name_at(pool, IN_MACHINE) for pool in rotated[:2]] == ["shared-x", "shared-x"]


def test_templates_of_the_same_name_are_told_apart_by_kind() -> None:
    """Public templates call machine and bootstrap template of a pool the same."""
    both = [template("pool-1", spec={"a": 1}), template("pool-1", BOOTSTRAP_TEMPLATE, spec={"b": 2})]
    uses = template_uses([machine_deployment("pool"), *both])
    names = {ref_of(t): rotated_name(t) for t in both}
    pool = rotate([machine_deployment("pool"), *both], uses, names, "prod")[0]
    assert name_at(pool, IN_MACHINE) == rotated_name(both[0])
    assert name_at(pool, IN_BOOTSTRAP) == rotated_name(both[1])
    assert rotated_name(both[0]) != rotated_name(both[1])


def test_what_nobody_uses_keeps_its_name() -> None:
    items = [machine_deployment("pool"), template("unused")]
    assert template_uses(items) == []
    assert rotate(items, [], {}, "prod") == items


@pytest.mark.parametrize(
    "held",
    [
        pytest.param({**POOL_REF, "name": "other"}, id="another name"),
        pytest.param({**POOL_REF, "kind": "AWSMachineTemplate"}, id="another kind"),
        pytest.param({**POOL_REF, "apiVersion": "x.cluster.x-k8s.io/v1"}, id="another group"),
    ],
)
def test_references_to_others_stay(held: Any) -> None:
    pool = machine_deployment("pool")
    pool["spec"]["template"]["spec"]["infrastructureRef"] = held
    assert template_uses([pool, template("shared")]) == []


class TestLabel:
    """Templates carry the cluster's label, so that they are found when the cluster is gone."""

    def test_of_the_cluster_that_alone_uses_it(self) -> None:
        items = [machine_deployment("pool"), template("pool-1", labels={"team": "t"})]
        assert rotated_labels(items) == {"team": "t", CLUSTER_LABEL: "prod"}

    def test_labels_may_be_null(self) -> None:
        assert rotated_labels([machine_deployment("pool"), template("pool-1", labels=None)]) == {CLUSTER_LABEL: "prod"}

    def test_only_its_own(self) -> None:
        items = [machine_deployment("pool"), template("pool-1")]
        assert "labels" not in rotate(items, template_uses(items), {ref_of(items[1]): "new"}, "prod")[1]["metadata"]

    def test_what_a_class_uses_is_shared(self) -> None:
        """Other clusters of the class need it when this one is gone."""
        uses = template_uses([cluster_class(), machine_deployment("pool"), template("pool-1")])
        assert shared_templates(uses) == {ref_of(template("pool-1"))}
        assert shared_templates([u for u in uses if u.referrer.kind == "MachineDeployment"]) == set()


@pytest.mark.parametrize(
    ("item", "path"),
    [
        pytest.param(None, ("spec",), id="no object"),
        pytest.param(cluster(), ("spec", "topology", "x"), id="no such field"),
        pytest.param({"spec": [1]}, ("spec", 3), id="a shorter list"),
        pytest.param({"spec": {"a": None}}, ("spec", "a"), id="null"),
    ],
)
def test_no_name_where_there_is_no_reference(item: Any, path: tuple[Any, ...]) -> None:
    assert name_at(item, path) == ""


def rotated_labels(items: list[Object]) -> Any:
    uses = template_uses(items)
    names = {u.template: "new" for u in uses}
    return rotate(items, uses, names, "prod", names.keys())[-1]["metadata"].get("labels")


def without_name(item: Object, path: tuple[Any, ...]) -> Object:
    found = copy.deepcopy(item)
    target: Any = found
    for step in path:
        target = target[step]
    del target["name"]
    return found


class TestSecretsNamedAfterTemplates:
    """A provider that makes a Secret for each template names it after that: the machines read it from files."""

    MAKER = template("pool-1", annotations={"capi.lifecycle/secret-suffixes": "azure-json, other"})

    def test_names_follow(self) -> None:
        reader = template("pool-1", BOOTSTRAP_TEMPLATE, spec={"files": [{"name": "pool-1-azure-json"}, "pool-1-other"]})
        found = with_secret_names([self.MAKER, reader], {ref_of(self.MAKER): "pool-1-abc"})
        assert found[1]["spec"] == {"files": [{"name": "pool-1-abc-azure-json"}, "pool-1-abc-other"]}
        assert reader["spec"]["files"][1] == "pool-1-other"

    @pytest.mark.parametrize("text", ["pool-1", "pool-1-azure", "my-pool-1-azure-json", "pool-1-azure-json-2"])
    def test_other_texts_do_not(self, text: str) -> None:
        reader = template("x", BOOTSTRAP_TEMPLATE, spec={"name": text})
        assert with_secret_names([self.MAKER, reader], {ref_of(self.MAKER): "pool-1-abc"})[1] == reader

    def test_without_the_annotation_nothing_does(self) -> None:
        reader = template("x", BOOTSTRAP_TEMPLATE, spec={"name": "pool-1-azure-json"})
        plain = template("pool-1")
        assert with_secret_names([plain, reader], {ref_of(plain): "pool-1-abc"})[1] == reader
