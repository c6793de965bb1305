# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_endpoint import (
    check_endpoint,
    check_endpoint_hosts,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_wish import check_wish
from bare_metal_world import ADDRESSES, host, look

NAMES = ("cp1", "cp2", "cp3", "w1")
VIP = "192.0.2.10"


def wished(kind: str | None, endpoint: str, ip: str | None = None, **more: Any) -> list[dict[str, Any]]:
    variables = {"bare_metal_endpoint_type": kind, "bare_metal_endpoint": endpoint, "bare_metal_endpoint_ip": ip}
    return [host(name, **variables, **more) for name in NAMES]


def found(*wish: Any, **more: Any) -> list[str]:
    return [f"{one['check']}: {one['host']}: {one['message']}" for one in check_endpoint(wished(*wish, **more))]


@pytest.mark.parametrize(
    ("kind", "endpoint", "ip"),
    [
        (None, "api.example.org:6443", None),
        ("external", "192.0.2.1:443", ""),
        ("keepalived_haproxy", f"{VIP}:8443", ""),
        ("keepalived_haproxy", "api.example.org:8443", VIP),
        ("keepalived_haproxy", "[2001:db8::10]:8443", "2001:db8::10"),
        ("kube_vip", f"{VIP}:6443", VIP),
        ("kube_vip", "api.example.org:6443", VIP),
        ("local_proxy", "127.0.0.1:8443", ""),
        ("local_proxy", "[::1]:8443", ""),
        ("local_proxy", "api.example.org:8443", ""),  # each host is asked where that leads
        ("kube_vip", "without-a-port", VIP),  # the wish itself has a finding for that
    ],
)
def test_what_is_well(kind: str | None, endpoint: str, ip: str | None) -> None:
    assert found(kind, endpoint, ip) == []


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (("vip", f"{VIP}:6443"), "endpoint-type: : bare_metal_endpoint_type is 'vip', wanted: external, keepalived"),
        (("kube_vip", f"{VIP}:8443"), "endpoint-port: : bare_metal_endpoint has the port 8443: kube-vip moves an"),
        (("keepalived_haproxy", f"{VIP}:6443"), "has the port 6443, which belongs to Kubernetes itself: haproxy runs"),
        (("keepalived_haproxy", f"{VIP}:30443"), "has the port 30443, which belongs to Services of type NodePort"),
        (("local_proxy", "127.0.0.1:6443"), "has the port 6443, which belongs to Kubernetes itself"),
        (
            ("local_proxy", f"{VIP}:8443"),
            f"endpoint-local: : bare_metal_endpoint leads to {VIP}: with local_proxy each",
        ),
        (("kube_vip", "api.example.org:6443"), "endpoint-ip: : with kube_vip an address moves between control planes"),
        (("kube_vip", "api.example.org:6443", "vip"), "and 'vip' is none. Set bare_metal_endpoint_ip to a free one"),
        (("kube_vip", f"{VIP}:6443", "192.0.2.9"), f"leads to {VIP}, and bare_metal_endpoint_ip is 192.0.2.9"),
        (("external", f"{VIP}:6443", VIP), f"bare_metal_endpoint_ip is {VIP}: with external no address moves"),
        (("kube_vip", "192.0.2.12:6443"), "endpoint-ip: cp2: 192.0.2.12 is the address of this host"),
        (("keepalived_haproxy", "192.0.2.21:8443"), "endpoint-ip: w1: 192.0.2.21 is the address of this host"),
        (("kube_vip", "10.244.0.9:6443"), "10.244.0.9 is inside bare_metal_pod_subnet 10.244.0.0/16"),
        (("kube_vip", "10.96.0.1:6443"), "10.96.0.1 is inside bare_metal_service_subnet 10.96.0.0/16"),
    ],
)
def test_what_cannot_be(wish: tuple[str, ...], message: str) -> None:
    [said] = found(*wish)
    assert message in said


def test_a_host_that_is_reached_by_the_address() -> None:
    said = found("kube_vip", f"{VIP}:6443", ansible_host=VIP, bare_metal_node_ip="192.0.2.5")
    assert f"cp1: {VIP} is the address of this host" in said[0]


def test_two_of_them() -> None:
    wish = [
        *wished("kube_vip", "api.example.org:6443", VIP)[:1],
        *wished("kube_vip", "api.example.org:6443", "192.0.2.9"),
    ]
    checks = {one["check"]: one["message"] for one in check_wish(wish)}
    assert f"{VIP} (cp1); 192.0.2.9" in checks["two-endpoint-ips"]


def addresses(*rows: tuple[str, str, int]) -> dict[str, Any]:
    found = look("x")
    names = ("interface", "address", "prefix")
    return {**found, "host": {**found["host"], "addresses": [dict(zip(names, row)) for row in rows]}}


def on_hosts(kind: str, looks: dict[str, Any]) -> list[str]:
    hosts = wished(kind, f"{VIP}:8443")
    return [f"{one['check']}: {one['host']}: {one['message']}" for one in check_endpoint_hosts(hosts, looks)]


def ordinary(name: str, *more: tuple[str, str, int]) -> dict[str, Any]:
    return addresses(("lo", "127.0.0.1", 8), ("eth0", ADDRESSES[name], 24), *more)


def test_neighbours() -> None:
    looks = {name: ordinary(name) for name in NAMES}
    assert on_hosts("keepalived_haproxy", looks) == []
    assert on_hosts("kube_vip", {"cp1": ordinary("cp1", ("eth0", VIP, 32))}) == [], "ours holds it"
    assert on_hosts("kube_vip", {"cp2": {"unreachable": "no route"}, "w1": look("w1")}) == []


@pytest.mark.parametrize("kind", ["external", "local_proxy"])
def test_nothing_moves(kind: str) -> None:
    assert on_hosts(kind, {"cp1": addresses(("eth0", "198.51.100.1", 24))}) == []


def test_another_network() -> None:
    looks = {"cp1": addresses(("eth0", ADDRESSES["cp1"], 32)), "w1": addresses(("eth0", ADDRESSES["w1"], 32))}
    [said] = on_hosts("kube_vip", looks)
    assert said.startswith(f"endpoint-network: cp1: {VIP} is not in 192.0.2.11/32, the network of its eth0")


def test_an_address_behind_a_translation() -> None:
    [said] = on_hosts("kube_vip", {"cp1": addresses(("eth0", "10.0.0.5", 24))})
    assert "no interface has 192.0.2.11 (bare_metal_node_ip)" in said


def test_a_worker_that_has_it() -> None:
    [said] = on_hosts("kube_vip", {"w1": ordinary("w1", ("eth0", VIP, 24))})
    assert said.startswith(f"endpoint-ip: w1: this worker has {VIP}")
