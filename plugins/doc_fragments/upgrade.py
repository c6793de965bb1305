# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of what an upgrade asks for; twin of _argspec.UPGRADE."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubernetes_version:
    description:
      - Version of Kubernetes to arrive at, such as C(v1.36.6).
    type: str
  rollout_only:
    description:
      - Keep the version, and roll machines for another reason, V(rollout_after), changed templates or changed
        variables.
    type: bool
    default: false
  rollout_after:
    description:
      - Replace every machine of control plane and node pools that was made before this time (UTC, such as
        C(2026-11-25T08:00:00Z)). A second run with the same time changes nothing.
    type: str
  path:
    description:
      - The versions to go through, the last is O(kubernetes_version). By default the newest known patch release of
        each minor version between.
    type: list
    elements: str
  node_pools:
    description:
      - Node pools that are taken along, V(all) (the default), V(none), or names, in this order.
      - In a topology the others are deferred by an annotation, which a later run takes off again.
    type: list
    elements: str
  workers_every_hop:
    description:
      - Take node pools along at each minor version, not only when the version skew policy demands it and at the end.
    type: bool
    default: false
  pause_between:
    description:
      - Stop when the control plane has arrived and before node pools are touched; outcome is V(waiting). The same
        task with V(false) goes on.
    type: bool
    default: false
  upgrade_concurrency:
    description:
      - How many node pools roll side by side; 1 by default. In a topology it is written as the annotation
        C(topology.cluster.x-k8s.io/upgrade-concurrency), and left alone where it is not given.
    type: int
  node_drain_timeout:
    description:
      - Seconds that draining a node may take during this run; 0 means without end. What was set before is put back at
        the end, by whichever run comes to it.
    type: int
  variables:
    description:
      - Variables of the ClusterClass to set together with the version.
    type: dict
  overrides:
    description:
      - Changes of the machine templates of plain objects, such as the image of the new version. Each makes a new
        template with a name made from its content, to which the owner is moved in the same patch as to the version.
    type: list
    elements: dict
    suboptions:
      owners:
        description: V(control_plane) and names of node pools; all of them by default.
        type: list
        elements: str
      version:
        description: The version for which this holds; each by default.
        type: str
      machine_template:
        description: What changes.
        type: dict
        required: true
        suboptions:
          patch:
            description:
              - A JSON merge patch of the template's C(spec.template.spec).
              - C({kubernetes_version}) in a text stands for the version that the machines get.
            type: dict
            required: true
  workload_access:
    description:
      - Ask the workload cluster itself, by the kubeconfig that Cluster API keeps in a Secret, which
        PodDisruptionBudgets let no Pod go, and which versions the nodes of a MachinePool have where no object of the
        management cluster tells it. The Secret gives all rights in that cluster; it is read for this only, and never
        shown.
    type: bool
    default: false
  skip_checks:
    description:
      - Ids of checks whose findings shall not stop the run. They are told as V(skipped).
    type: list
    elements: str
    default: []
"""
