# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we own of a live object, read from managedFields as API servers write them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._owned import (
    applied_version,
    owned,
    with_value,
    without_empty_entries,
)
from fakes import FakeKube

POOLS = ("spec", "topology", "workers", "machineDeployments")


def entry(fields: Any, **more: Any) -> dict[str, Any]:
    found = {"manager": "capi.lifecycle", "operation": "Apply", "apiVersion": "cluster.x-k8s.io/v1beta1"}
    return {**found, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


# As Kubernetes v1.36 wrote it of a Cluster that module cluster had applied; others added a pool and an annotation.
FIELDS = {
    "f:metadata": {"f:labels": {"f:team": {}}},
    "f:spec": {
        "f:clusterNetwork": {"f:pods": {"f:cidrBlocks": {}}},
        "f:topology": {
            "f:classRef": {"f:name": {}},
            "f:controlPlane": {"f:metadata": {}, "f:replicas": {}},
            "f:workers": {
                "f:machineDeployments": {
                    'k:{"name":"a"}': {".": {}, "f:class": {}, "f:name": {}, "f:replicas": {}},
                    'k:{"name":"b"}': {".": {}, "f:class": {}, "f:name": {}},
                }
            },
        },
    },
}


def pool(name: str, replicas: int = 1) -> dict[str, Any]:
    return {"name": name, "class": "worker", "replicas": replicas}


def live(*entries: Any, **spec: Any) -> dict[str, Any]:
    topology = {
        "classRef": {"name": "quick", "namespace": "classes"},
        "controlPlane": {"replicas": 3},
        "workers": {"machineDeployments": [pool("b"), pool("others"), pool("a", 2)]},
    }
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {
            "name": "prod",
            "namespace": "default",
            "resourceVersion": "7",
            "uid": "u",
            "labels": {"team": "x", "theirs": "y"},
            "annotations": {"theirs": "z"},
            "managedFields": list(entries),
        },
        "spec": {"clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0/8"]}}, "topology": topology, **spec},
        "status": {"phase": "Provisioned"},
    }


def test_what_we_own_has_the_live_values() -> None:
    assert owned(live(entry(FIELDS))) == {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {"name": "prod", "namespace": "default", "resourceVersion": "7", "labels": {"team": "x"}},
        "spec": {
            "clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0/8"]}},
            "topology": {
                "classRef": {"name": "quick"},
                "controlPlane": {"replicas": 3},
                "workers": {"machineDeployments": [{"name": "b", "class": "worker"}, pool("a", 2)]},
            },
        },
    }


def test_lists_keep_the_order_of_the_object() -> None:
    """managedFields have it by the alphabet; the order of a topology's pools is that of their upgrade."""
    pools = owned(live(entry(FIELDS)))["spec"]["topology"]["workers"]["machineDeployments"]
    assert [p["name"] for p in pools] == ["b", "a"]


def test_a_set_has_only_our_values() -> None:
    found = owned(
        live(entry({"f:spec": {"f:zones": {'v:"c"': {}, 'v:"a"': {}, 'v:"gone"': {}}}}), zones=["a", "b", "c"])
    )
    assert found["spec"] == {"zones": ["a", "c"]}


def test_several_keys_name_one_item() -> None:
    ports = [{"port": 80, "protocol": "TCP", "name": "x"}, {"port": 80, "protocol": "UDP", "name": "y"}]
    fields = {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"UDP"}': {".": {}, "f:port": {}, "f:name": {}}}}}
    assert owned(live(entry(fields), ports=ports))["spec"] == {"ports": [ports[1]]}


def test_what_is_gone_is_not_ours_any_more() -> None:
    fields = {"f:spec": {"f:paused": {}, "f:pools": {'k:{"name":"x"}': {"f:name": {}}}}}
    assert owned(live(entry(fields), pools=[{"name": "y"}]))["spec"] == {"pools": []}


OURS_EMPTY = {"f:spec": {"f:topology": {"f:controlPlane": {"f:metadata": {}}}}}


def theirs(fields: Any) -> dict[str, Any]:
    return entry(fields, manager="kubectl", operation="Update")


@pytest.mark.parametrize(
    ("others", "metadata"),
    [
        pytest.param([], {"labels": {"a": "1"}}, id="nobody's: a map that is taken as a whole"),
        pytest.param([theirs(OURS_EMPTY)], {"labels": {"a": "1"}}, id="somebody else has it as a whole, too"),
        pytest.param(
            [theirs({"f:spec": {"f:topology": {"f:controlPlane": {"f:metadata": {"f:labels": {"f:a": {}}}}}}})],
            {},
            id="its content is somebody else's",
        ),
        pytest.param([theirs({"f:spec": {"f:topology": {"f:version": {}}}})], {"labels": {"a": "1"}}, id="elsewhere"),
    ],
)
def test_a_map_that_we_own_empty(others: list[Any], metadata: Any) -> None:
    item = live(entry(OURS_EMPTY), *others)
    item["spec"]["topology"]["controlPlane"]["metadata"] = {"labels": {"a": "1"}}
    assert owned(item)["spec"] == {"topology": {"controlPlane": {"metadata": metadata}}}


def test_a_list_that_we_own_empty() -> None:
    empty = {"f:spec": {"f:topology": {"f:workers": {"f:machineDeployments": {}}}}}
    others = {"f:spec": {"f:topology": {"f:workers": {"f:machineDeployments": {'k:{"name":"b"}': {".": {}}}}}}}
    assert owned(live(entry(empty), theirs(others)))["spec"]["topology"]["workers"] == {"machineDeployments": []}


def test_an_entry_of_which_we_own_the_keys_alone() -> None:
    def pools(fields: Any) -> Any:
        return {"f:spec": {"f:topology": {"f:workers": {"f:machineDeployments": {'k:{"name":"b"}': fields}}}}}

    found = owned(live(entry(pools({".": {}})), theirs(pools({".": {}, "f:class": {}, "f:replicas": {}}))))
    assert found["spec"]["topology"]["workers"] == {"machineDeployments": [{"name": "b"}]}


FRAME = {".": {}, "f:name": {}, "f:class": {}}


def of_pools(**fields: Any) -> Any:
    held = {f'k:{{"name":"{name}"}}': below for name, below in fields.items()}
    return {"f:spec": {"f:topology": {"f:workers": {"f:machineDeployments": held}}}}


@pytest.mark.parametrize(
    ("others", "pools", "left"),
    [
        pytest.param(
            [of_pools(a=FRAME)], [{"name": "a", "class": "w"}, pool("b")], [pool("b")], id="another one has it"
        ),
        pytest.param(
            [of_pools(a={".": {}, "f:name": {}}), of_pools(a={".": {}, "f:class": {}})],
            [{"name": "a", "class": "w"}, pool("b")],
            [pool("b")],
            id="two others together have it",
        ),
        pytest.param([], [{"name": "a", "class": "w"}], [{"name": "a", "class": "w"}], id="nobody else has it"),
        pytest.param(
            [of_pools(a={".": {}, "f:name": {}, "f:replicas": {}})],
            [{"name": "a", "class": "w"}],
            [{"name": "a", "class": "w"}],
            id="nobody else has its class",
        ),
        pytest.param([of_pools(a=FRAME)], [pool("a")], [pool("a")], id="we own more of it"),
        pytest.param(
            [of_pools(b=FRAME)],
            [{"name": "a", "class": "w"}],
            [{"name": "a", "class": "w"}],
            id="they have another",
        ),
    ],
)
def test_entries_that_are_others_alone(others: list[Any], pools: list[Any], left: list[Any]) -> None:
    wanted = {"kind": "Cluster", "metadata": {"name": "prod"}, "spec": {"topology": {"version": "v1"}}}
    wanted["spec"]["topology"]["workers"] = {"machineDeployments": pools}  # type: ignore[index]
    found = without_empty_entries(wanted, live(entry(FIELDS), *map(theirs, others)))
    assert found["spec"]["topology"] == {"version": "v1", "workers": {"machineDeployments": left}}


def test_what_is_left_empty_by_that_is_left_out() -> None:
    wanted: dict[str, Any] = {"kind": "Cluster", "metadata": {"name": "prod", "annotations": {}}}
    wanted["spec"] = {"topology": {"workers": {"machineDeployments": [{"name": "a", "class": "w"}]}}}
    found = without_empty_entries(wanted, live(theirs(of_pools(a=FRAME))))
    assert found == {"kind": "Cluster", "metadata": {"name": "prod", "annotations": {}}}
    assert wanted["spec"], "the wish itself stays"


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="nobody's"),
        pytest.param([entry(FIELDS, operation="Update")], id="our updates"),
        pytest.param([entry(FIELDS, manager="kubectl")], id="somebody else's applies"),
        pytest.param([entry(FIELDS, subresource="status")], id="our status"),
    ],
)
def test_nothing_is_ours_without_an_apply(entries: list[Any]) -> None:
    item = live(*entries)
    assert owned(item) == {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {"name": "prod", "namespace": "default", "resourceVersion": "7"},
    }
    assert applied_version(item) == "cluster.x-k8s.io/v1beta2"


def test_the_version_is_that_of_our_applies() -> None:
    assert applied_version(live(entry(FIELDS))) == "cluster.x-k8s.io/v1beta1"


@pytest.mark.parametrize(
    ("path", "value", "pools"),
    [
        ((*POOLS, ("name", "a"), "replicas"), 5, [pool("b"), pool("others"), pool("a", 5)]),
        ((*POOLS, ("name", "c"), "class"), "w", [pool("b"), pool("others"), pool("a", 2), {"name": "c", "class": "w"}]),
        ((*POOLS, ("name", "b"), "replicas"), None, [{"name": "b", "class": "worker"}, pool("others"), pool("a", 2)]),
        (("spec", "nothing", "here"), None, [pool("b"), pool("others"), pool("a", 2)]),
    ],
)
def test_one_value_is_set_in_a_copy(path: Any, value: Any, pools: list[Any]) -> None:
    item = live()
    assert with_value(item, path, value)["spec"]["topology"]["workers"]["machineDeployments"] == pools
    assert item == live()


def test_what_is_missing_on_the_way_is_made() -> None:
    made = with_value({"kind": "Cluster"}, (*POOLS, ("name", "a"), "metadata", "annotations", "x"), "1")
    pools = made["spec"]["topology"]["workers"]["machineDeployments"]
    assert pools == [{"name": "a", "metadata": {"annotations": {"x": "1"}}}]


def test_given_up_it_stays_with_the_one_who_has_it() -> None:
    """As an API server does it, in FakeKube: the pool stays, and what was ours of it goes."""
    item = {**live(), "status": {}}
    del item["metadata"]["managedFields"]
    kube = FakeKube(item)
    at = (*POOLS, ("name", "b"), "metadata", "labels", "a")
    wanted = with_value(owned(kube.get(ref_of(item)) or {}), at, "1")
    stored = kube.apply(with_value(wanted, (*POOLS, ("name", "b"), "class"), "worker"))
    stored["metadata"]["managedFields"].append(theirs(of_pools(b={**FRAME, "f:replicas": {}})))
    kube.put(stored)
    seen = kube.get(ref_of(item)) or {}
    back = without_empty_entries(with_value(owned(seen), at, None), seen)
    assert "spec" not in back
    assert kube.apply(back)["spec"] == item["spec"]
