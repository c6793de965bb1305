# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as hosts; rows come from module_utils/_hosts.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: clusters
short_description: Workload clusters of Cluster API as hosts
version_added: 0.1.0
description:
  - Lists the workload clusters of one or several management clusters of Cluster API, for plays in which a host is a
    cluster.
  - Sends one LIST for each kind of object to each management cluster, however many clusters there are.
  - Reads a file that is called C(clusters.yml) or ends with C(.clusters.yml) (or C(.yaml)).
  - Each host has C(ansible_connection=local), and the variable C(capi_cluster), a dictionary with all that
    M(capi.lifecycle.cluster_info) tells of a cluster, and C(management_cluster), C(provider), C(machines),
    C(machines_ready) (both are numbers) and C(annotations).
  - Groups are made without templates, see O(group_by) and O(label_groups). All hosts are in O(group).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [capi.lifecycle.clusters]
  group:
    description: The group that all clusters are in. The playbooks of the collection work on the group C(clusters).
    type: str
    default: clusters
  group_by:
    description:
      - By what to group. These groups begin with C(clusters_), so that they never mix with those of machines.
      - V(version) makes C(clusters_version_v1_35_4), V(provider) C(clusters_provider_aws), V(class)
        C(clusters_class_NAME), V(health) C(clusters_ready), C(clusters_not_ready), C(clusters_not_available),
        C(clusters_rolling) and C(clusters_deleting), V(paused) C(clusters_paused), V(outdated) C(clusters_outdated).
    type: list
    elements: str
    choices: [version, provider, class, health, paused, outdated]
    default: [version, provider, class, health, paused, outdated]
  label_groups:
    description:
      - Names of labels to group by. A cluster with the label C(env=prod) is in the group C(env_prod) for V(env).
        Of C(example.com/env) the part behind the slash counts.
      - Whoever may label a cluster decides in which of these groups it is.
    type: list
    elements: str
    default: []
  target_version:
    description:
      - A version of Kubernetes such as C(v1.36.6). Clusters that ask for a lower one, or have a machine with a lower
        one, are in the group C(clusters_outdated).
    type: str
    default: ""
extends_documentation_fragment:
  - capi.lifecycle.inventory
  - kubernetes.core.k8s_auth_options
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
seealso:
  - plugin: capi.lifecycle.machines
    plugin_type: inventory
  - module: capi.lifecycle.cluster_info
"""

EXAMPLES = r"""
# prod.clusters.yml: so that plays can say hosts: env_prod
plugin: capi.lifecycle.clusters
kubeconfig: ~/.kube/management.yaml
label_groups: [env, tier]
target_version: v1.36.6

---
# The playbooks of the collection need to know where each cluster is
plugin: capi.lifecycle.clusters
kubeconfig: ~/.kube/management.yaml
label_selector: env=prod
compose:
  cluster_name: capi_cluster.name
  cluster_namespace: capi_cluster.namespace

---
# Several management clusters; the same names may occur in each
plugin: capi.lifecycle.clusters
kubeconfig: ~/.kube/fleet.yaml
connections:
  - {name: europe, context: europe}
  - {name: america, context: america}
host_format: "{management_cluster}-{namespace}-{name}"
keyed_groups:
  - key: capi_cluster.management_cluster
    prefix: at
"""

from ..module_utils._host_groups import CLUSTER_GROUPS, cluster_state_groups, label_groups
from ..module_utils._host_names import check_format, named
from ..module_utils._inventory import Row, read_cluster_rows
from ..module_utils._versions import parse_version
from ..plugin_utils._inventory import Inventory
from ..plugin_utils._untrusted import untrusted


class InventoryModule(Inventory):
    NAME = "capi.lifecycle.clusters"
    kind, ending = "Cluster", "clusters"
    read = staticmethod(read_cluster_rows)

    def check(self) -> None:
        check_format("host_format", self.get_option("host_format"))
        self.wanted("group_by", CLUSTER_GROUPS)
        if self.get_option("target_version"):
            parse_version(self.get_option("target_version"), "target_version")

    def populate(self, rows: list[Row]) -> None:
        hosts, warnings = named(rows, self.get_option("host_format"), self.kind)
        by, target = self.wanted("group_by", CLUSTER_GROUPS), str(self.get_option("target_version"))
        keys = [str(key) for key in self.get_option("label_groups")]
        local = untrusted({"ansible_connection": "local"})
        for text in warnings:
            self.warn(text)
        for host, row in hosts.items():
            groups = cluster_state_groups(row, by, target) + label_groups(row["labels"], keys)
            self.add(host, row, local, groups)
