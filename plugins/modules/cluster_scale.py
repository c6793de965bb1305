#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many machines a workload cluster has; the work is in module_utils/_scale.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_scale
short_description: Change how many machines a workload cluster has
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Gives the control plane and node pools of a workload cluster another number of machines, and waits until the
    machines are there and Ready, or gone. What the task does not name stays as it is.
  - Only the number is written, where it is owned. In a cluster made from a ClusterClass that is the topology of the
    Cluster, otherwise the KubeadmControlPlane, MachineDeployment or MachinePool.
  - Where the cluster is described in an inventory, change the number there, too. Otherwise the next run of
    M(capi.lifecycle.cluster) puts the old number back.
  - Everything is checked before the first write, and all findings are told at once. One run at a time changes a
    cluster, by a Lease beside it.
options:
  control_plane:
    description:
      - The control plane. It is changed only while etcd is healthy and no rollout or repair runs in it. Its controller
        adds or removes one machine at a time.
    type: dict
    suboptions:
      replicas:
        description: Number of machines; odd, where etcd runs on them.
        type: int
        required: true
  node_pools:
    description:
      - The node pools that change. Others stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the node pool. In a cluster made from a ClusterClass its name in the topology; otherwise that of the
            MachineDeployment or MachinePool, which may leave out the cluster's name and the dash in front.
        type: str
        required: true
      state:
        description:
          - V(absent) removes the node pool and its machines. With machines it needs O(confirm).
        type: str
        choices: [present, absent]
        default: present
      replicas:
        description:
          - Number of machines. V(0) for a pool that has machines needs O(confirm).
          - Refused where an autoscaler owns the number; change O(node_pools[].autoscaler) there.
        type: int
      autoscaler:
        description:
          - Bounds for the cluster autoscaler, written as the two annotations that it reads. Instead of
            O(node_pools[].replicas).
          - A pool of a topology that states a number is refused. Describe it without the number first, by
            M(capi.lifecycle.cluster).
        type: dict
        suboptions:
          min:
            description: Lowest number of machines.
            type: int
            required: true
          max:
            description: Highest number of machines.
            type: int
            required: true
      class:
        description:
          - Worker class of the ClusterClass, for a node pool that is to be added. The pool of a cluster of plain
            objects is added by M(capi.lifecycle.cluster).
        type: str
      delete_machines:
        description:
          - Names of the Machines that go when O(node_pools[].replicas) lowers the number; as many as the number is
            lowered by.
          - They get the annotation C(cluster.x-k8s.io/delete-machine), and after the wait it is checked that they went.
            Refused while the machines of the pool are being replaced.
        type: list
        elements: str
  confirm:
    description:
      - The cluster's name, where a node pool loses all of its machines.
    type: str
  force_conflicts:
    description:
      - Change the number although a GitOps tool writes the object, and may put it back.
    type: bool
    default: false
extends_documentation_fragment:
  - capi.lifecycle.attributes
  - capi.lifecycle.cluster_name
  - capi.lifecycle.wait
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.cluster
  - module: capi.lifecycle.cluster_info
"""

EXAMPLES = r"""
- name: Five workers
  capi.lifecycle.cluster_scale:
    name: development
    node_pools:
      - name: workers
        replicas: 5

- name: Three control plane machines
  capi.lifecycle.cluster_scale:
    name: development
    control_plane:
      replicas: 3

- name: One worker less, and this one
  capi.lifecycle.cluster_scale:
    name: development
    node_pools:
      - name: workers
        replicas: 4
        delete_machines: [development-workers-x7k2p-9xfv9]

- name: Other bounds for the autoscaler, a new node pool, and one that goes
  capi.lifecycle.cluster_scale:
    name: development
    node_pools:
      - name: spot
        autoscaler: {min: 0, max: 20}
      - name: large
        class: default-worker
        replicas: 2
      - name: old
        state: absent
    confirm: development
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be. Empty when the numbers were right.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The node pool; V(null) for the control plane.
      type: str
    action:
      description: One of V(scale), V(add), V(remove), V(autoscale).
      type: str
    from:
      description: Number of machines asked for before; V(null) for a new pool, and where only bounds change.
      type: int
    to:
      description: Number of machines asked for now; V(null) where the autoscaler decides.
      type: int
    machines:
      description: The Machines that were chosen to go.
      type: list
      elements: str
    held_back:
      description: Why Cluster API lets the change wait, such as an upgrade; V(null) where it does not.
      type: str
message:
  description: How far it has come, in one line.
  returned: when not in check mode
  type: str
  sample: "default/development: control plane 3/3, workers 5/5"
outcome:
  description: V(done); V(waiting) when O(wait=false) and machines are still missing; see M(capi.lifecycle.cluster).
  returned: always
  type: str
server:
  description: URL of the management cluster.
  returned: success
  type: str
name:
  description: Name of the cluster.
  returned: success
  type: str
namespace:
  description: Its namespace.
  returned: success
  type: str
"""

from ..module_utils._argspec import CLUSTER_NAME, WAIT
from ..module_utils._module import Operation, run
from ..module_utils._scale import ensure_scale

SPEC = {
    **CLUSTER_NAME,
    **WAIT,
    "control_plane": {"type": "dict", "options": {"replicas": {"type": "int", "required": True}}},
    "node_pools": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "replicas": {"type": "int"},
            "autoscaler": {
                "type": "dict",
                "options": {"min": {"type": "int", "required": True}, "max": {"type": "int", "required": True}},
            },
            "class": {"type": "str"},
            "delete_machines": {"type": "list", "elements": "str"},
        },
    },
    "confirm": {"type": "str"},
    "force_conflicts": {"type": "bool", "default": False},
}
OPERATION = Operation(SPEC, ensure_scale)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
