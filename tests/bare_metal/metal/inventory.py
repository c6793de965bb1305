# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: the inventory of a bed. Its machines are what a site without internet would write down, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .place import ENDPOINT, HUB_ADDRESS, PACKAGES, POD_NETWORK, REGISTRY, Machine, Place
from .programs import CRI_TOOLS, KUBE_VIP, RELEASES


def inventory(place: Place, found: Iterable[Machine]) -> dict[str, Any]:
    """For Ansible that runs in the hub's namespace."""
    hosts = sorted(found, key=lambda machine: machine.number)
    groups = {
        "kube_control_plane": [machine for machine in hosts if machine.is_control_plane],
        "kube_node": [machine for machine in hosts if not machine.is_control_plane],
    }
    children: dict[str, Any] = {name: {"hosts": {m.name: _host(m) for m in some}} for name, some in groups.items()}
    hub = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    children["api_endpoint"] = {"hosts": {"hub": {**hub, "ansible_host": HUB_ADDRESS}}}
    return {"all": {"vars": _shared(place), "children": children}}


def _host(machine: Machine) -> dict[str, Any]:
    return {
        "ansible_host": machine.address,
        "ansible_python_interpreter": "/usr/bin/python3",
        "node_ip": machine.address,
    }


def access(place: Place) -> dict[str, str]:
    """What Ansible needs to log in to any machine."""
    return {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(place.key),
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        " -o ServerAliveInterval=5",  # a machine that loses its power never ends a connection
        "ansible_control_path_dir": str(place.sockets),
    }


def _shared(place: Place) -> dict[str, Any]:
    return {
        **access(place),
        "bed_endpoint": f"{ENDPOINT}:6443",
        "bed_endpoint_address": HUB_ADDRESS,
        "bed_packages": PACKAGES,
        "bed_registry": REGISTRY,
        "bed_pod_network": POD_NETWORK,
        "bed_releases": [release.version for release in RELEASES],
        "bed_etcd": {release.version: release.etcd for release in RELEASES},
        "bed_cri_tools": CRI_TOOLS,
        "bed_kube_vip": KUBE_VIP,
    }
