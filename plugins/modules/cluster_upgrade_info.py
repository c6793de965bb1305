#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of upgrades."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_upgrade_info
short_description: Plan and check upgrades of many workload clusters
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Tells for each cluster which machines an upgrade would replace, in which order, and what its checks find. Reads
    only.
  - All clusters are read at once, with one request for each kind of object, however many clusters there are.
  - The task fails when one of the clusters may not be upgraded, so that no upgrade begins before all may.
options:
  clusters:
    description:
      - The upgrades, with the options of M(capi.lifecycle.cluster_upgrade).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the cluster.
        type: str
        required: true
      namespace:
        description: Namespace of the cluster.
        type: str
        default: default
      key:
        description: A text that is returned with the plan, such as the name of a host.
        type: str
      kubernetes_version:
        description: Version of Kubernetes to arrive at.
        type: str
      rollout_only:
        description: Keep the version, and roll machines for another reason.
        type: bool
        default: false
      rollout_after:
        description: Replace every machine that was made before this time.
        type: str
      path:
        description: The versions to go through.
        type: list
        elements: str
      releases:
        description:
          - What you know of releases of Kubernetes and Cluster API, such as the versions that you have images for.
            Each of its lists takes the place of the built-in one.
        type: dict
        suboptions:
          as_of:
            description: The day of these facts, for messages.
            type: str
          kubernetes:
            description: Versions that a computed path may use; by default the newest patch of each minor version.
            type: list
            elements: str
          known_bad:
            description: Versions of Kubernetes that are known to fail with releases of Cluster API.
            type: list
            elements: dict
            suboptions:
              kubernetes:
                description: These versions.
                type: list
                elements: str
                required: true
              fixed_in:
                description:
                  - The first good Cluster API of each minor release. Minor releases without one are good if they are
                    newer than all these.
                type: list
                elements: str
                default: []
              reason:
                description: What goes wrong.
                type: str
                required: true
              source:
                description: Where that is written.
                type: str
          supported:
            description: The versions of Kubernetes that a release of Cluster API supports in workload clusters.
            type: list
            elements: dict
            suboptions:
              capi:
                description: Minor release of Cluster API, such as V(v1.14).
                type: str
                required: true
              lowest:
                description: Lowest minor version of Kubernetes, such as V(v1.31).
                type: str
                required: true
              highest:
                description: Highest minor version of Kubernetes.
                type: str
                required: true
      node_pools:
        description: Node pools that are taken along, V(all), V(none), or names.
        type: list
        elements: str
      workers_every_hop:
        description: Take node pools along at each minor version.
        type: bool
        default: false
      pause_between:
        description: Stop before node pools are touched.
        type: bool
        default: false
      upgrade_concurrency:
        description: How many node pools roll side by side.
        type: int
      node_drain_timeout:
        description: Seconds that draining a node may take.
        type: int
      variables:
        description: Variables of the ClusterClass to set together with the version.
        type: dict
      overrides:
        description: Changes of the machine templates.
        type: list
        elements: dict
        suboptions:
          owners:
            description: V(control_plane) and names of node pools.
            type: list
            elements: str
          version:
            description: The version for which this holds.
            type: str
          machine_template:
            description: What changes.
            type: dict
            required: true
            suboptions:
              patch:
                description: A JSON merge patch of the template's C(spec.template.spec).
                type: dict
                required: true
      workload_access:
        description: Ask the workload cluster itself about PodDisruptionBudgets and nodes of MachinePools.
        type: bool
        default: false
      skip_checks:
        description: Ids of checks whose findings shall not stop the run.
        type: list
        elements: str
        default: []
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - capi.lifecycle.management
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.cluster_upgrade
"""

EXAMPLES = r"""
- name: What would an upgrade of these two do
  capi.lifecycle.cluster_upgrade_info:
    kubeconfig: ~/.kube/management
    clusters:
      - name: team-a
        namespace: clusters
        kubernetes_version: v1.36.6
      - name: team-b
        namespace: clusters
        kubernetes_version: v1.36.6
  register: upgrades

- name: The machines that would go
  ansible.builtin.debug:
    msg: "{{ upgrades.plans | map(attribute='plan.machines') | flatten }}"
"""

RETURN = r"""
plans:
  description: One entry for each of O(clusters), in their order; for those alone that may not be upgraded, with
    C(key), C(name), C(namespace) and C(refused), when there are such.
  returned: always but when a cluster is not there
  type: list
  elements: dict
  contains:
    key:
      description: The text that was given.
      returned: always
      type: str
    name:
      description: Name of the cluster.
      returned: always
      type: str
    namespace:
      description: Namespace of the cluster.
      returned: always
      type: str
    has_work:
      description: Whether anything is left to do or moves.
      returned: always
      type: bool
    refused:
      description: Why the upgrade may not begin; empty when it may.
      returned: always
      type: str
    from_version:
      description: Version that is asked for now.
      returned: when the upgrade could be planned
      type: str
    kubernetes_version:
      description: Version that it would bring.
      returned: when the upgrade could be planned
      type: str
    plan:
      description: As RV(capi.lifecycle.cluster_upgrade#module:plan).
      returned: always
      type: dict
    checks:
      description: As RV(capi.lifecycle.cluster_upgrade#module:checks).
      returned: always
      type: list
      elements: dict
missing:
  description: Clusters that are not there.
  returned: when there are such
  type: list
  elements: str
"""

from ..module_utils._argspec import CLUSTER_NAME, UPGRADE
from ..module_utils._module import Operation, run
from ..module_utils._upgrade_info import read_plans

_CLUSTER = {**CLUSTER_NAME, "key": {"type": "str", "no_log": False}, **UPGRADE}
SPEC = {"clusters": {"type": "list", "elements": "dict", "required": True, "options": _CLUSTER}}
OPERATION = Operation(SPEC, read_plans, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
