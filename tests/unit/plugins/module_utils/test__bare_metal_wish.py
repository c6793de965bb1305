# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_wish import check_wish, host_of
from bare_metal_world import host, hosts


def found(wished: list, **options: object) -> dict[str, str]:
    return {finding["check"]: f"{finding['host']}: {finding['message']}" for finding in check_wish(wished, **options)}


@pytest.mark.parametrize("names", [("cp1",), ("cp1", "cp2", "cp3", "w1"), ("cp1", "w1", "w2")])
def test_what_is_well(names: tuple[str, ...]) -> None:
    assert check_wish(hosts(*names), limit="w1,cp*", known=[*names, "w1"]) == []


def test_defaults_and_own_values() -> None:
    made = host_of({"inventory_hostname": "cp9", "ansible_host": "192.0.2.9"}, ["cp9"], {"endpoint": "a:6443"})
    assert (made["role"], made["node_name"], made["address"], made["endpoint"]) == (
        "control_plane",
        "cp9",
        "192.0.2.9",
        "a:6443",
    )
    made = host("w1", bare_metal_node_ip="198.51.100.1", bare_metal_node_name="node-1")
    assert (made["role"], made["node_name"], made["address"]) == ("worker", "node-1", "198.51.100.1")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (1.30, "is 1.3, no text. Write it whole and in quotes"),
        (1, "is 1, no text"),
        (None, "is None, no text"),
        ("1.3", "must start with 'v'"),
        ("v1.36", "no patch number, for example 'v1.36.0'"),
        ("v1.33.9", "too old: this collection knows kubeadm from v1.34.0 on"),
        ("latest", "must look like 'v1.34.3'"),
    ],
)
def test_versions_that_are_none(version: object, message: str) -> None:
    assert message in found([host("cp1", bare_metal_kubernetes_version=version)])["version"]


def test_no_control_plane() -> None:
    assert "control-planes" in found(hosts("w1"))
    assert "control-planes" in found([])


@pytest.mark.parametrize("names", [("cp1", "cp2"), ("cp1", "cp2", "cp3", "cp4")])
def test_an_even_number(names: tuple[str, ...]) -> None:
    wished = [host(name, bare_metal_node_ip=f"192.0.2.{number}") for number, name in enumerate(names, 1)]
    assert f"etcd survives no more losses than with {len(names) - 1}" in found(wished)["even-control-planes"]
    assert found(wished, even=True) == {}


def test_two_endpoints() -> None:
    wished = [*hosts("cp1", "w1"), host("w2", bare_metal_endpoint="vip2.example.org:6443")]
    message = found(wished)["two-endpoints"]
    assert "api.example.org:6443 (cp1, w1); vip2.example.org:6443 (w2). A cluster has one." in message


def test_two_versions() -> None:
    wished = [host("cp1"), host("w1", bare_metal_kubernetes_version="v1.36.3")]
    assert "v1.36.3 (w1)" in found(wished)["two-kubernetes-versions"]


def test_the_same_address_twice() -> None:
    wished = [*hosts("cp1"), host("w1", bare_metal_node_ip="192.0.2.11")]
    assert (
        "cp1 and w1 have the same bare_metal_node_ip (or ansible_host): 192.0.2.11"
        in found(wished)["duplicate-address"]
    )


def test_the_same_name_twice() -> None:
    wished = [*hosts("cp1"), host("w1", bare_metal_node_name="cp1")]
    assert "cp1 and w1 have the same bare_metal_node_name: cp1" in found(wished)["duplicate-name"]


def test_two_hosts_by_one_connection() -> None:
    wished = [
        host(name, ansible_host="bastion", bare_metal_node_ip=address)
        for name, address in (("cp1", "192.0.2.1"), ("w1", "192.0.2.2"))
    ]
    assert "ansible_host: bastion" in found(wished)["duplicate-connection"]


@pytest.mark.parametrize(
    ("variables", "check", "message"),
    [
        ({"ansible_host": "cp1.example.org"}, "address", "'cp1.example.org' is no IP address"),
        ({"bare_metal_node_name": "CP_1"}, "node-name", "'CP_1' cannot be the name of a Node"),
        ({"bare_metal_endpoint": "api.example.org"}, "endpoint", "wanted HOST:PORT"),
        ({"bare_metal_endpoint": "api.example.org:99999"}, "endpoint", "wanted HOST:PORT"),
        ({"bare_metal_endpoint": None}, "endpoint", "wanted HOST:PORT"),
        ({"bare_metal_pod_subnet": "10.244.0.0/99"}, "subnet", "bare_metal_pod_subnet '10.244.0.0/99' is no network"),
        ({"bare_metal_service_subnet": "10.244.8.0/24"}, "subnet", "overlap"),
        ({"bare_metal_pod_subnet": "192.0.2.0/24"}, "subnet", "192.0.2.11 is inside bare_metal_pod_subnet"),
    ],
)
def test_what_cannot_be(variables: dict, check: str, message: str) -> None:
    assert message in found([host("cp1", **variables)])[check]


def test_a_host_that_nobody_knows() -> None:
    said = found(hosts(), limit="w1,w9", known=["cp1", "cp2", "cp3", "w1", "kube_node"])
    assert said == {"unknown-host": "w9: --limit names 'w9', and the inventory has no such host or group."}


@pytest.mark.parametrize("limit", ["", "kube_node", "w*", "!cp1", "@retry", "~w[0-9]+", "kube_node:&w1"])
def test_limits_that_are_well(limit: str) -> None:
    assert found(hosts(), limit=limit, known=["cp1", "w1", "kube_node"]) == {}


def test_all_is_told_at_once() -> None:
    wished = [host("cp1"), host("cp2", bare_metal_node_ip="192.0.2.11"), host("w1", bare_metal_endpoint="b:1")]
    assert set(found(wished)) == {"even-control-planes", "duplicate-address", "two-endpoints"}
