# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._snapshot_words import (
    CONFIG,
    cluster_in,
    counted,
    difference,
    is_encrypted,
    keys_of,
    resource_of,
    values_of,
)
from fake_host import CONFIG as CONFIG_MAP

KEYS = "/registry/configmaps/default/a\n\n/registry/apiregistration.k8s.io/apiservices/v1.\n\n/registry/minions/cp1\n\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_keys_lose_their_prefix_and_empty_lines() -> None:
    assert keys_of(KEYS) == ["configmaps/default/a", "apiregistration.k8s.io/apiservices/v1.", "minions/cp1"]


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("configmaps/default/a", "configmaps"),
        ("minions/cp1", "minions"),
        ("apiregistration.k8s.io/apiservices/v1.", "apiregistration.k8s.io/apiservices"),
        ("cluster.x-k8s.io/machines/default/m.1", "cluster.x-k8s.io/machines"),
    ],
)
def test_the_resource_of_a_key(key: str, resource: str) -> None:
    assert resource_of(key) == resource


def test_objects_are_counted_by_resource() -> None:
    assert counted(["secrets/a/b", "minions/cp1", "secrets/a/c"]) == {"minions": 1, "secrets": 2}


def test_the_cluster_is_read_out_of_the_protobuf() -> None:
    value = f'k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x9b{CONFIG_MAP["data"]["ClusterConfiguration"]}\x1a\0"\0'
    found = cluster_in({CONFIG: value.encode()})
    assert (found["kubernetes_version"], found["endpoint"]) == ("v1.36.3", "api.bed.test:6443")


def test_what_is_encrypted_tells_nothing() -> None:
    assert is_encrypted([b"k8s\0", b"k8s:enc:secretbox:v1:key1:abc"])
    assert not is_encrypted([b"k8s\0"])
    assert cluster_in({CONFIG: b"k8s:enc:secretbox:v1:key1:abc"})["name"] == ""


def test_values_of_etcdctl() -> None:
    assert values_of(json.dumps({"kvs": [{"key": encoded("a"), "value": encoded("b")}]})) == {"a": b"b"}
    assert values_of('{"header": {}}') == {}


def test_what_goes_and_what_comes_back() -> None:
    now = ["configmaps/default/after", "configmaps/default/kept", "leases/kube-node-lease/cp1", "events/default/x"]
    saved = ["configmaps/default/kept", "secrets/default/deleted", "endpointslices/default/y"]
    assert difference(now, saved) == {"gone": ["configmaps/default/after"], "back": ["secrets/default/deleted"]}
