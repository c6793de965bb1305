#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read workload clusters; the work is in module_utils/_cluster_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_info
short_description: Read workload clusters of a management cluster
version_added: 0.1.0
description:
  - Reads one or all workload clusters, with versions, replicas, conditions, who else has a hand on them, and on request
    their machines and a text tree.
  - Sends one LIST for each kind of object, however many clusters there are.
  - Reads both API versions, V(v1beta1) and V(v1beta2), and returns the same for both.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  name:
    description:
      - Name of one workload cluster. All clusters when it is left out.
      - A cluster that is not there is no error, RV(clusters) is empty then.
    type: str
  namespace:
    description:
      - Namespace to read. All namespaces when it is left out or empty.
    type: str
    default: ""
  label_selector:
    description:
      - Only clusters whose labels match, in the syntax of C(kubectl --selector), for example V(env=prod,tier!=web).
    type: str
  with_machines:
    description:
      - Whether to return the machines of each cluster.
    type: bool
    default: false
  with_tree:
    description:
      - Whether to return each cluster as a text tree, like C(clusterctl describe cluster).
    type: bool
    default: false
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.cluster
  - module: capi.lifecycle.kubeconfig
"""

EXAMPLES = r"""
- name: Read all clusters
  capi.lifecycle.cluster_info:
  register: found

- name: Name the clusters that are not as wanted
  ansible.builtin.debug:
    msg: "{{ found.clusters | rejectattr('ready') | map(attribute='name') }}"

- name: Read the production clusters of one namespace
  capi.lifecycle.cluster_info:
    namespace: production
    label_selector: env=prod

- name: Read one cluster with its machines, and as a tree
  capi.lifecycle.cluster_info:
    name: development
    namespace: default
    with_machines: true
    with_tree: true
"""

RETURN = r"""
clusters:
  description: The clusters, by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the cluster.
      type: str
      returned: always
    namespace:
      description: Its namespace.
      type: str
      returned: always
    uid:
      description: UID of the Cluster object.
      type: str
      returned: always
    api_version:
      description: API version that it was read in.
      type: str
      returned: always
    labels:
      description: Labels of the Cluster object.
      type: dict
      returned: always
    created:
      description: When the Cluster object was created.
      type: str
      returned: always
    age:
      description: Seconds since then.
      type: int
      returned: always
    class:
      description: Name of the ClusterClass, V(null) for a cluster of plain objects.
      type: str
      returned: always
    kubernetes_version:
      description: Kubernetes version that is asked for.
      type: str
      returned: always
    versions:
      description: Kubernetes versions that the machines have, lowest first.
      type: dict
      returned: always
      contains:
        control_plane:
          description: Of the control plane.
          type: list
          elements: str
          returned: always
        workers:
          description: Of the workers.
          type: list
          elements: str
          returned: always
    control_plane:
      description:
        - C(kind), C(name), C(replicas) (wanted), C(ready), C(available), C(up_to_date), C(version), or V(null).
      type: dict
      returned: always
    node_pools:
      description:
        - MachineDeployments and MachinePools with C(name), C(kind), C(topology_name), C(replicas) (wanted), C(ready),
          C(available), C(up_to_date), C(version).
        - C(autoscaled) holds C(min) and C(max) where an autoscaler owns the replicas, else V(null).
        - C(held) lists the annotations that hold an upgrade back.
      type: list
      elements: dict
      returned: always
    infrastructure:
      description: C(kind) and C(name) of the infrastructure object.
      type: dict
      returned: always
    endpoint:
      description: C(host) and C(port) of the API server. V(null) while there is none.
      type: dict
      returned: always
    conditions:
      description: Conditions of the Cluster object with C(type), C(status), C(reason), C(message), C(since).
      type: list
      elements: dict
      returned: always
    available:
      description:
        - Whether the condition Available is true and speaks of what is asked for now. It stays true during an upgrade.
      type: bool
      returned: always
    ready:
      description: Whether the cluster is available and exactly as wanted, with nothing in motion.
      type: bool
      returned: always
    waits_for:
      description: What keeps the cluster from being ready, the first cause first.
      type: list
      elements: str
      returned: always
    rolling:
      description: Whether machines are being replaced.
      type: bool
      returned: always
    paused:
      description: What is paused, by C(kind) and C(name). Controllers do nothing for these objects.
      type: list
      elements: dict
      returned: always
    held:
      description: What an annotation holds back from an upgrade, by C(kind), C(name), C(annotation).
      type: list
      elements: dict
      returned: always
    gitops:
      description:
        - The GitOps C(tool) that owns the cluster, V(Argo CD), V(Flux) or V(Rancher Fleet), and the C(sign) of it.
        - V(null) where no sign was seen.
      type: dict
      returned: always
    protected:
      description: Whether the label C(capi.lifecycle/protected) is set, other than to V(false).
      type: bool
      returned: always
    deleting:
      description: Whether the cluster is being deleted.
      type: bool
      returned: always
    deleting_reason:
      description: What the deletion waits for.
      type: str
      returned: always
    certificates_days:
      description: Days until the first certificate of a control plane machine expires. V(null) where it is not known.
      type: int
      returned: always
    machines:
      description:
        - Machines with C(name), C(role) (V(control_plane) or V(worker)), C(pool), C(version), C(phase), C(ready),
          C(up_to_date), C(node), C(provider_id), C(failure_domain), C(addresses), C(created), C(deleting),
          C(deleting_reason).
      type: list
      elements: dict
      returned: when O(with_machines=true)
    tree:
      description: The cluster as a text tree, in ASCII, 120 columns at most.
      type: str
      returned: when O(with_tree=true)
hint:
  description: Where else a cluster of that name is.
  returned: when O(name) is not in O(namespace) but elsewhere
  type: str
"""

from ..module_utils._cluster_info import read_clusters
from ..module_utils._module import Operation, run

SPEC = {
    "name": {"type": "str"},
    "namespace": {"type": "str", "default": ""},
    "label_selector": {"type": "str"},
    "with_machines": {"type": "bool", "default": False},
    "with_tree": {"type": "bool", "default": False},
}
OPERATION = Operation(SPEC, read_clusters, rules={"mutually_exclusive": [("name", "label_selector")]}, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
