# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines of clusters as hosts; rows come from module_utils/_hosts.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: machines
short_description: Machines of Cluster API as hosts
version_added: 0.1.0
description:
  - Lists the Machines of one or several management clusters of Cluster API, with the address to reach each of them.
  - Sends one LIST to each management cluster, however many machines there are.
  - Reads a file that is called C(machines.yml) or ends with C(.machines.yml) (or C(.yaml)).
  - Each host has the variable C(capi_machine), a dictionary with C(name), C(namespace), C(cluster),
    C(management_cluster), C(role) (V(control_plane) or V(worker)), C(pool), C(topology_pool), C(version),
    C(kubelet_version), C(os_image), C(provider), C(provider_id), C(failure_domain), C(phase), C(ready), C(up_to_date),
    C(deleting), C(node), C(addresses), C(infrastructure) (C(kind) and C(name)), C(created), C(certificates_days),
    C(bare_metal_host), C(labels) and C(annotations). What is not known is V(null).
  - Groups are made without templates, see O(group_by). All hosts are in O(group).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [capi.lifecycle.machines]
  group:
    description: The group that all machines are in.
    type: str
    default: machines
  group_by:
    description:
      - By what to group.
      - V(cluster) makes the group of O(cluster_group_format), V(role) C(control_plane) and C(workers), V(pool)
        C(pool_NAME) (the name in the topology where there is one), V(version) C(version_v1_35_4), V(provider)
        C(provider_aws), V(ready) C(ready) and C(not_ready).
    type: list
    elements: str
    choices: [cluster, role, pool, version, provider, ready]
    default: [cluster, role, pool, version, provider, ready]
  cluster_group_format:
    description:
      - What the group of a cluster's machines is called, from V({cluster}), V({namespace}) and
        V({management_cluster}).
      - The prefix keeps it apart from a host for the cluster itself, which P(capi.lifecycle.clusters#inventory) makes,
        and from groups such as C(workers).
    type: str
    default: "cluster_{cluster}"
  kubespray_groups:
    description: Whether machines are in C(kube_control_plane) and C(kube_node), too, as kubespray has them.
    type: bool
    default: false
  address_types:
    description:
      - Types of addresses in the order in which they are taken for C(ansible_host).
      - What is no IP address or DNS name is passed over, and so are addresses that mean the controller itself.
    type: list
    elements: str
    choices: [ExternalIP, InternalIP, ExternalDNS, InternalDNS, Hostname]
    default: [ExternalIP, InternalIP, ExternalDNS, InternalDNS, Hostname]
  ssh_common_args:
    description:
      - Arguments for ssh by cluster, such as a jump host. They become C(ansible_ssh_common_args) of its machines.
      - A key is the name of a cluster, V(NAMESPACE/NAME), or V(*) for all others.
    type: dict
    default: {}
extends_documentation_fragment:
  - capi.lifecycle.inventory
  - kubernetes.core.k8s_auth_options
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
seealso:
  - plugin: capi.lifecycle.clusters
    plugin_type: inventory
  - module: capi.lifecycle.machine_info
"""

EXAMPLES = r"""
# prod.machines.yml: the management cluster of a kubeconfig
plugin: capi.lifecycle.machines
kubeconfig: ~/.kube/management.yaml

---
# Two of them, some namespaces, a jump host for each cluster, reached by internal addresses
plugin: capi.lifecycle.machines
connections:
  - name: europe
    kubeconfig: ~/.kube/europe.yaml
  - name: america
    kubeconfig: ~/.kube/america.yaml
    namespaces: [production]
on_unreachable: warn
host_format: "{management_cluster}-{name}"
cluster_group_format: "cluster_{management_cluster}_{cluster}"
address_types: [InternalIP]
ssh_common_args:
  shop: -o ProxyJump=jump@bastion.shop.example.com
  "*": -o ProxyJump=jump@bastion.example.com

---
# More groups and variables; these are paths, so they cost nothing
plugin: capi.lifecycle.machines
context: management
compose:
  kubernetes_node: capi_machine.node
keyed_groups:
  - key: capi_machine.failure_domain
    prefix: zone
  - key: capi_machine.os_image
    prefix: os
groups:
  certificates_end_soon: (capi_machine.certificates_days or 999) < 30
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._host_groups import MACHINE_GROUPS, machine_groups
from ..module_utils._host_names import address_of, check_format, cluster_groups, cluster_of, named
from ..module_utils._inventory import Row, read_machine_rows
from ..plugin_utils._inventory import Inventory

_ADDRESSES = ("ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS", "Hostname")


class InventoryModule(Inventory):
    NAME = "capi.lifecycle.machines"
    kind, ending = "Machine", "machines"
    read = staticmethod(read_machine_rows)

    def check(self) -> None:
        check_format("host_format", self.get_option("host_format"))
        check_format(
            "cluster_group_format",
            self.get_option("cluster_group_format"),
            ("cluster", "namespace", "management_cluster"),
        )
        self.wanted("group_by", MACHINE_GROUPS)
        self.wanted("address_types", _ADDRESSES)

    def populate(self, rows: list[Row]) -> None:
        hosts, warnings = named(rows, self.get_option("host_format"), self.kind)
        by, types = self.wanted("group_by", MACHINE_GROUPS), self.wanted("address_types", _ADDRESSES)
        grouped = hosts.values() if "cluster" in by else ()
        of_clusters = cluster_groups(grouped, self.get_option("cluster_group_format"))
        kubespray, arguments = self.get_option("kubespray_groups"), self.get_option("ssh_common_args")
        for text in warnings:
            self.warn(text)
        for host, row in hosts.items():
            variables = {"ansible_host": address_of(row, types), "ansible_ssh_common_args": _of(arguments, row)}
            known = {name: value for name, value in variables.items() if value}
            self.add(
                host, row, known, machine_groups(row, by, of_clusters.get(cluster_of(row), ""), kubespray=kubespray)
            )


def _of(arguments: Mapping[str, Any], row: Row) -> Any:
    """What the option says for a machine's cluster."""
    keys = (f"{row['namespace']}/{row['cluster']}", row["cluster"], "*")
    return next((arguments[key] for key in keys if key in arguments), None)
