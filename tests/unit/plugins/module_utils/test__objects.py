# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of objects in both API versions, what comparing leaves out, and near matches."""

from __future__ import annotations

from typing import Any

import builders
import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _objects
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import (
    Ref,
    cleaned,
    condition,
    conditions,
    counter,
    is_true,
    ref_of,
)

VERSIONS = ("v1beta1", "v1beta2")


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        pytest.param(Ref("v1", "ConfigMap", "team", "a"), "ConfigMap team/a", id="namespaced"),
        pytest.param(Ref("v1", "Namespace", "", "team"), "Namespace team", id="cluster-scoped"),
        pytest.param(Ref("", "/version", "", ""), "/version", id="a path has no blank at its end"),
    ],
)
def test_an_object_is_named_like_kubectl_does(ref: Ref, text: str) -> None:
    assert str(ref) == text


@pytest.mark.parametrize("v", VERSIONS)
def test_new_style_conditions_and_counters(v: str) -> None:
    pool = builders.machine_deployment(
        v=v, replicas=3, ready=2, status={"readyReplicas": 9} if v == "v1beta1" else None
    )
    assert counter(pool, "readyReplicas") == 2, "v1beta1: the same name at status means Nodes"
    assert condition(pool, "Available")["status"] == "True"
    assert condition(pool, "Nonsense") == {}
    assert counter(pool, "nonsense") == 0


def test_old_style_conditions_where_a_kind_has_no_other() -> None:
    item = {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "status": {"conditions": [{"type": "Ready"}]}}
    assert conditions(item) == [{"type": "Ready"}]
    assert conditions({"apiVersion": "cluster.x-k8s.io/v1beta2"}) == []
    assert conditions({"apiVersion": "cluster.x-k8s.io/v1beta1", "status": None}) == []


@pytest.mark.parametrize(
    ("generation", "state", "true"),
    [
        pytest.param(1, {"status": "True"}, True, id="fresh"),
        pytest.param(2, {"status": "True"}, False, id="stale: it speaks of the generation before"),
        pytest.param(2, {"status": "True", "observedGeneration": 3}, True, id="newer than what was read"),
        pytest.param(1, {"status": "Unknown"}, False, id="unknown is not true"),
        pytest.param(1, {"status": "False"}, False, id="false"),
    ],
)
@pytest.mark.parametrize("v", VERSIONS)
def test_true_means_true_now(v: str, generation: int, state: Any, true: bool) -> None:
    assert is_true(builders.cluster(v=v, generation=generation, conditions={"Available": state}), "Available") is true


def test_old_style_conditions_have_no_generation_and_count() -> None:
    item = {
        "apiVersion": "x/v1",
        "metadata": {"generation": 4},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert is_true(item, "Ready")


@pytest.mark.parametrize("value", [None, "text", ["a"], 7], ids=["null", "text", "list", "number"])
def test_labels_and_annotations_of_any_shape(value: Any) -> None:
    """Users' manifests come here before the server has judged them."""
    item = {"metadata": {"labels": value, "annotations": value}}
    assert (_objects.labels_of(item), _objects.annotations_of(item)) == ({}, {})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param(("a", "b"), 1, id="found"),
        pytest.param(("a", "x"), "no", id="missing"),
        pytest.param(("null", "x"), "no", id="null on the way"),
        pytest.param(("null",), "no", id="null at the end"),
        pytest.param(("list", "x"), "no", id="a list on the way"),
        pytest.param(("zero",), 0, id="zero is a value"),
    ],
)
def test_dig(path: tuple[str, ...], found: Any) -> None:
    item = {"a": {"b": 1}, "null": None, "list": [1], "zero": 0}
    assert _objects.dig(item, *path, default="no") == found


@pytest.mark.parametrize(
    ("item", "found"),
    [
        pytest.param({"spec": {"a": [{"x": 1}, "text", None]}}, [{"x": 1}], id="only mappings"),
        pytest.param({"spec": {"a": {"x": 1}}}, [], id="a mapping instead of a list"),
        pytest.param({"spec": "text"}, [], id="text instead of a mapping"),
        pytest.param({}, [], id="nothing"),
    ],
)
def test_mappings_at(item: Any, found: Any) -> None:
    assert _objects.mappings_at(item, "spec", "a") == found


SERVER_FIELDS = {
    "uid": "u",
    "resourceVersion": "7",
    "generation": 3,
    "creationTimestamp": "2026-11-01T10:00:00Z",
    "managedFields": [{"manager": "x"}],
}
NOISE = {
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
    "cluster.x-k8s.io/conversion-data": '{"status":{"replicas":1}}',
}


class TestCleaned:
    """Fit for comparing and for showing."""

    def test_without_what_the_server_writes(self) -> None:
        item = {"kind": "A", "metadata": {"name": "a", **SERVER_FIELDS}, "spec": {"b": 1}, "status": {"c": 2}}
        assert cleaned(item) == {"kind": "A", "metadata": {"name": "a"}, "spec": {"b": 1}}

    @pytest.mark.parametrize("note", NOISE)
    def test_without_copies_of_the_whole_object_in_annotations(self, note: str) -> None:
        """The conversion data hold the status: it would make a change of what only moves."""
        item = {"kind": "A", "metadata": {"annotations": {note: NOISE[note], "mine": "1"}}}
        assert cleaned(item)["metadata"]["annotations"] == {"mine": "1"}

    def test_an_annotation_of_ours_alone_leaves_no_difference(self) -> None:
        assert cleaned({"metadata": {"annotations": dict(NOISE)}}) == cleaned({"metadata": {}})

    def test_annotations_may_be_null(self) -> None:
        assert cleaned({"metadata": {"annotations": None}}) == {"metadata": {"annotations": None}}

    @pytest.mark.parametrize("key", ["data", "stringData"])
    def test_a_secret_shows_a_hash(self, key: str) -> None:
        secret = {"kind": "Secret", "metadata": {}, key: {"password": "canary"}}
        other = {**secret, key: {"password": "another"}}
        assert "canary" not in str(cleaned(secret))
        assert cleaned(secret) == cleaned(secret) != cleaned(other)

    def test_the_object_itself_stays(self) -> None:
        secret = {"kind": "Secret", "metadata": dict(SERVER_FIELDS), "data": {"a": "canary"}}
        cleaned(secret)
        assert secret == {"kind": "Secret", "metadata": SERVER_FIELDS, "data": {"a": "canary"}}


def test_content_hash_does_not_depend_on_order() -> None:
    assert _objects.content_hash({"a": 1, "b": [1, 2]}) == _objects.content_hash({"b": [1, 2], "a": 1})
    assert _objects.content_hash([1, 2]) != _objects.content_hash([2, 1])
    assert len(_objects.content_hash(None)) == 8


@pytest.mark.parametrize(
    ("word", "choices", "hint"),
    [
        pytest.param("Devcluster", ["DevCluster", "Machine"], "; did you mean 'DevCluster'?", id="case"),
        pytest.param("replica", ["replicas", "version"], "; did you mean 'replicas'?", id="one letter"),
        pytest.param("zebra", ["replicas"], "", id="nothing near"),
        pytest.param("a", [], "", id="nothing to choose"),
    ],
)
def test_close_matches(word: str, choices: list[str], hint: str) -> None:
    assert _objects.close_matches(word, choices) == hint


def test_listed() -> None:
    assert _objects.listed(["a", "b"]) == "a, b"
    assert _objects.listed(list("abcdefg"), 5) == "a, b, c, d, e and 2 more"


@pytest.mark.parametrize(
    ("item", "paused"),
    [
        pytest.param({"metadata": {}, "spec": {"paused": True}}, True, id="spec.paused"),
        pytest.param({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}}}, True, id="annotation, even empty"),
        pytest.param({"metadata": {}, "spec": {"paused": False}}, False, id="spec.paused false"),
        pytest.param({"metadata": {}}, False, id="neither"),
    ],
)
def test_paused(item: Any, paused: bool) -> None:
    assert _objects.is_paused(item) is paused


def test_ref_of() -> None:
    assert ref_of(builders.cluster("a", namespace="n")) == Ref("cluster.x-k8s.io/v1beta2", "Cluster", "n", "a")
    assert ref_of({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}).namespace == ""
    assert (_objects.group_of("v1"), _objects.group_of("apps/v1")) == ("", "apps")
