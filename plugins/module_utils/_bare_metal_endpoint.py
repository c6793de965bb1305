# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether the endpoint that an inventory asks for can be made of its hosts. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_wish import CONTROL_PLANE, ENDPOINT, Finding, Host, address_of, finding

EXTERNAL, KEEPALIVED, KUBE_VIP, LOCAL = "external", "keepalived_haproxy", "kube_vip", "local_proxy"
TYPES = (EXTERNAL, KEEPALIVED, KUBE_VIP, LOCAL)
MOVING = (KEEPALIVED, KUBE_VIP)  # an address that moves between control planes
API_PORT = 6443
# Of control planes; 10248, 10249 and 10256 are the kubelet's and kube-proxy's own.
TAKEN = (API_PORT, 2379, 2380, 2381, 10248, 10249, 10250, 10256, 10257, 10259)
NODE_PORTS = range(30000, 32768)


def check_endpoint(hosts: Sequence[Host]) -> list[Finding]:
    """Findings of the inventory alone; what is wrong with the endpoint itself is told with the rest of the wish."""
    parts = ENDPOINT.fullmatch(str(hosts[0]["endpoint"] or "")) if hosts else None
    if not parts:
        return []
    kind = hosts[0]["endpoint_type"] or EXTERNAL
    if kind not in TYPES:
        return [finding("", "endpoint-type", f"bare_metal_endpoint_type is {kind!r}, wanted: {', '.join(TYPES)}.")]
    found = [*_port(kind, int(parts["port"])), *_ip(kind, parts["host"], hosts)]
    return found + (list(_loopback(parts["host"])) if kind == LOCAL else [])


def moving_ip(host: Host) -> str:
    """The address that moves: bare_metal_endpoint_ip, or that of the endpoint where it names no host but an address."""
    parts = ENDPOINT.fullmatch(str(host["endpoint"] or ""))
    written = parts["host"].strip("[]") if parts else ""
    return str(host["endpoint_ip"] or "") or (written if address_of(written) else "")


def _port(kind: str, port: int) -> Iterable[Finding]:
    if kind == KUBE_VIP and port != API_PORT:
        yield finding(
            "",
            "endpoint-port",
            f"bare_metal_endpoint has the port {port}: kube-vip moves an address alone, and API servers have "
            f"{API_PORT}. Write that.",
        )
    if kind in (KEEPALIVED, LOCAL) and (port in TAKEN or port in NODE_PORTS):
        owner = "Services of type NodePort" if port in NODE_PORTS else "Kubernetes itself"
        yield finding(
            "",
            "endpoint-port",
            f"bare_metal_endpoint has the port {port}, which belongs to {owner}: haproxy runs on the same hosts, and "
            "needs a port of its own, such as 8443.",
        )


def _ip(kind: str, written: str, hosts: Sequence[Host]) -> Iterable[Finding]:
    ip, said = moving_ip(hosts[0]), str(hosts[0]["endpoint_ip"] or "")
    if kind not in MOVING:
        if said:
            message = f"bare_metal_endpoint_ip is {said}: with {kind} no address moves. Leave it out."
            yield finding("", "endpoint-ip", message)
        return
    address = address_of(ip)
    if not address:
        message = (
            f"with {kind} an address moves between control planes, and {ip or written!r} is none. Set "
            "bare_metal_endpoint_ip to a free one in the hosts' network."
        )
        yield finding("", "endpoint-ip", message)
        return
    inside = address_of(written.strip("[]"))
    if inside and inside != address:
        message = f"bare_metal_endpoint leads to {inside}, and bare_metal_endpoint_ip is {ip}. They have to be one."
        yield finding("", "endpoint-ip", message)
    yield from _free(address, hosts)


def _free(address: Any, hosts: Sequence[Host]) -> Iterable[Finding]:
    for host in hosts:
        if address in (address_of(host["address"]), address_of(host["connection"])):
            message = f"{address} is the address of this host: the endpoint needs one that no host has, for it moves."
            yield finding(host["name"], "endpoint-ip", message)
    for key in ("pod_subnet", "service_subnet"):
        for network in _networks(hosts[0][key]):
            if address in network:
                message = f"{address} is inside bare_metal_{key} {network}: packets to it get lost."
                yield finding("", "endpoint-ip", message)


def _networks(text: Any) -> list[Any]:
    """None where it cannot be read: the wish has a finding of its own for that."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in str(text).split(",")]
    except ValueError:
        return []


def _loopback(written: str) -> Iterable[Finding]:
    """A name may lead there on each host: that is seen on the hosts."""
    address = address_of(written.strip("[]"))
    if address and not address.is_loopback:
        yield finding(
            "",
            "endpoint-local",
            f"bare_metal_endpoint leads to {address}: with {LOCAL} each host asks a proxy of its own, at 127.0.0.1, or "
            "by a name that leads there on every host.",
        )


def check_endpoint_hosts(hosts: Sequence[Host], looks: Looks) -> list[Finding]:
    """Findings of the hosts that were asked: the address must be a neighbour of every control plane."""
    if not hosts or hosts[0]["endpoint_type"] not in MOVING:
        return []
    address = address_of(moving_ip(hosts[0]))
    found: list[Finding] = []
    for host in hosts:
        seen = looks.get(host["name"], {}).get("host", {}).get("addresses")
        if seen and address:
            found += _neighbour(host, seen, address) if host["role"] == CONTROL_PLANE else _held(host, seen, address)
    return found


def _neighbour(host: Host, seen: Sequence[Mapping[str, Any]], address: Any) -> Iterable[Finding]:
    own = next((row for row in seen if address_of(row["address"]) == address_of(host["address"])), None)
    if own is None:
        message = f"no interface has {host['address']} (bare_metal_node_ip): which one takes {address} cannot be told."
        yield finding(host["name"], "endpoint-network", message)
        return
    network = ipaddress.ip_interface(f"{own['address']}/{own['prefix']}").network
    if address not in network:
        message = f"{address} is not in {network}, the network of its {own['interface']}: nobody there would find it."
        yield finding(host["name"], "endpoint-network", message)


def _held(host: Host, seen: Sequence[Mapping[str, Any]], address: Any) -> Iterable[Finding]:
    if any(address_of(row["address"]) == address for row in seen):
        message = f"this worker has {address}, the address of the endpoint, on an interface. Take it off there first."
        yield finding(host["name"], "endpoint-ip", message)
