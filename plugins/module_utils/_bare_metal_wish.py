# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an inventory says of a cluster on bare metal, and what is wrong with it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._errors import InvalidInput
from ._versions import parse_version

Host = Mapping[str, Any]
Finding = dict[str, str]
CONTROL_PLANE, WORKER = "control_plane", "worker"
# Variables that are of the whole cluster: hosts that disagree would make two clusters, or none.
COMMON = (
    "cluster_name",
    "kubernetes_version",
    "endpoint",
    "endpoint_type",
    "endpoint_ip",
    "pod_subnet",
    "service_subnet",
)
OLDEST = 34  # minor version of Kubernetes 1; older ones are out of support, and kubeadm of today does not serve them
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
ENDPOINT = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?P<port>\d{1,5})")


def host_of(variables: Mapping[str, Any], control_planes: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """One host of the inventory, from its variables: name, role, node_name, address, and what is common to all."""
    name = str(variables["inventory_hostname"])
    address = variables.get("bare_metal_node_ip") or variables.get("ansible_host") or name
    return {
        "name": name,
        "role": CONTROL_PLANE if name in control_planes else WORKER,
        "node_name": str(variables.get("bare_metal_node_name") or name),
        "address": str(address),
        "connection": str(variables.get("ansible_host") or name),
        "local": variables.get("ansible_connection") == "local",
        **{key: variables.get(f"bare_metal_{key}", defaults.get(key)) for key in COMMON},
    }


def finding(host: str, check: str, message: str) -> Finding:
    return {"host": host, "check": check, "message": message}


def check_wish(
    hosts: Sequence[Host], *, even: bool = False, limit: str = "", known: Iterable[str] = ()
) -> list[Finding]:
    """All findings at once. ``limit`` is what --limit names, ``known`` the hosts and groups that there are."""
    if not any(host["role"] == CONTROL_PLANE for host in hosts):
        return [
            finding("", "control-planes", "No host is in the group of control planes; a cluster needs one, or three.")
        ]
    found = [*_limit(limit, set(known)), *_count(hosts, even), *_names(hosts), *_addresses(hosts), *_common(hosts)]
    return [*found, *_version(hosts[0]["kubernetes_version"]), *_network(hosts)]


def _limit(limit: str, known: set[str]) -> Iterable[Finding]:
    """Ansible only warns of a name that it does not know, and goes on with the others."""
    for name in re.split(r"[,:]", limit):
        plain = name.strip().lstrip("!&")
        if plain and plain not in known and not re.search(r"[*?\[~@/]", plain):
            yield finding(
                plain, "unknown-host", f"--limit names {plain!r}, and the inventory has no such host or group."
            )


def _count(hosts: Sequence[Host], even: bool) -> Iterable[Finding]:
    names = [host["name"] for host in hosts if host["role"] == CONTROL_PLANE]
    if len(names) % 2 == 0 and not even:
        yield finding(
            "",
            "even-control-planes",
            f"{len(names)} control planes ({', '.join(names)}): etcd survives no more losses than with "
            f"{len(names) - 1}, and "
            "has one more that can fail. Use 1, 3 or 5; bare_metal_even_control_planes: true only passes through "
            "such a number.",
        )


def _names(hosts: Sequence[Host]) -> Iterable[Finding]:
    for host in hosts:
        if not _NAME.fullmatch(host["node_name"]):
            yield finding(
                host["name"],
                "node-name",
                f"{host['node_name']!r} cannot be the name of a Node: small letters, digits, '-' and '.'. Set "
                "bare_metal_node_name.",
            )
    yield from _twins(hosts, "node_name", "duplicate-name", "bare_metal_node_name")


def _addresses(hosts: Sequence[Host]) -> Iterable[Finding]:
    for host in hosts:
        if not address_of(host["address"]):
            yield finding(
                host["name"],
                "address",
                f"{host['address']!r} is no IP address: the kubelet and etcd need one. Set bare_metal_node_ip.",
            )
    yield from _twins(hosts, "address", "duplicate-address", "bare_metal_node_ip (or ansible_host)")
    reached = [host for host in hosts if not host["local"] and host["connection"] != host["address"]]
    yield from _twins(reached, "connection", "duplicate-connection", "ansible_host")


def _twins(hosts: Sequence[Host], key: str, check: str, variable: str) -> Iterable[Finding]:
    found = defaultdict(list)
    for host in hosts:
        found[host[key]].append(host["name"])
    for value, names in found.items():
        if len(names) > 1:
            yield finding(
                names[-1], check, f"{' and '.join(names)} have the same {variable}: {value}. Each needs its own."
            )


def _common(hosts: Sequence[Host]) -> Iterable[Finding]:
    for key in COMMON:
        found = defaultdict(list)
        for host in hosts:
            found[str(host[key])].append(host["name"])
        if len(found) > 1:
            said = "; ".join(f"{value} ({', '.join(names)})" for value, names in found.items())
            yield finding(
                "",
                f"two-{key.replace('_', '-')}s",
                f"bare_metal_{key} differs between hosts: {said}. A cluster has one.",
            )


def _version(version: Any) -> Iterable[Finding]:
    """YAML reads 1.30 as the number 1.3: such a value is refused and never repaired."""
    name = "bare_metal_kubernetes_version"
    if not isinstance(version, str):
        yield finding(
            "", "version", f"{name} is {version!r}, no text. Write it whole and in quotes, such as 'v1.36.3'."
        )
        return
    try:
        found = parse_version(version, name)
    except InvalidInput as error:
        yield finding("", "version", f"{error} Write it whole and in quotes.")
        return
    if (found.major, found.minor) < (1, OLDEST):
        yield finding(
            "", "version", f"{name} {version} is too old: this collection knows kubeadm from v1.{OLDEST}.0 on."
        )


def _network(hosts: Sequence[Host]) -> Iterable[Finding]:
    first = hosts[0]
    parts = ENDPOINT.fullmatch(str(first["endpoint"] or ""))
    if not parts or not 0 < int(parts["port"]) < 65536:
        yield finding(
            "",
            "endpoint",
            f"bare_metal_endpoint is {first['endpoint']!r}, wanted HOST:PORT, such as api.example.org:6443. Take a "
            "name: it can move to another load balancer later, and it cannot be added later.",
        )
    networks = {}
    for key in ("pod_subnet", "service_subnet"):
        try:
            networks[key] = [ipaddress.ip_network(part.strip()) for part in str(first[key]).split(",")]
        except ValueError as error:
            yield finding("", "subnet", f"bare_metal_{key} {first[key]!r} is no network: {error}.")
    if len(networks) == 2:
        yield from _overlaps(networks, hosts)


def _overlaps(networks: Mapping[str, Sequence[Any]], hosts: Sequence[Host]) -> Iterable[Finding]:
    for pods in networks["pod_subnet"]:
        for services in networks["service_subnet"]:
            if pods.version == services.version and pods.overlaps(services):
                yield finding(
                    "", "subnet", f"bare_metal_pod_subnet {pods} and bare_metal_service_subnet {services} overlap."
                )
    for host in hosts:
        address = address_of(host["address"])
        for key, found in networks.items():
            if address and any(address in network for network in found):
                yield finding(
                    host["name"],
                    "subnet",
                    f"{host['address']} is inside bare_metal_{key} {host[key]}: packets to it get lost.",
                )


def address_of(text: str) -> Any:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
