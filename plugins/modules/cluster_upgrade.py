#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade of a workload cluster, or a rollout of its machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_upgrade
short_description: Upgrade workload clusters, or roll their machines
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Brings a cluster to a version of Kubernetes, over several minor versions where need be, and waits until every
    machine is there. A cluster at that version is left alone.
  - Before the first write it makes a plan that names each machine that will be replaced, and why, and runs checks
    with remedies. Check mode shows both, and writes nothing.
  - Plain objects are upgraded in the order that Kubernetes demands, the control plane first, one minor version at a
    time; node pools follow as seldom as the version skew policy allows. In a cluster with a topology, Cluster API
    does this, and walks several minor versions itself where the ClusterClass lists C(kubernetesVersions).
  - Where a run stands is read from the objects at each look. A run that was killed is continued by the same task. A
    Lease beside the Cluster keeps a second run out while one is at work.
  - Versions are never lowered. Nothing is ever rolled back.
options:
  keep_templates:
    description:
      - How many templates of earlier versions are kept for each node pool and control plane. Older ones that no
        object and no machine refers to are deleted, if this collection made them.
    type: int
    default: 1
  tell_plan:
    description:
      - Show the plan and what the checks found before the run. Set it to V(false) after
        M(capi.lifecycle.cluster_upgrade_info) has shown them.
    type: bool
    default: true
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - capi.lifecycle.management
  - capi.lifecycle.cluster_name
  - capi.lifecycle.upgrade
  - capi.lifecycle.releases
  - capi.lifecycle.wait
  - capi.lifecycle.attributes
seealso:
  - module: capi.lifecycle.cluster_upgrade_info
  - module: capi.lifecycle.cluster
"""

EXAMPLES = r"""
- name: Upgrade a cluster, over as many minor versions as it takes
  capi.lifecycle.cluster_upgrade:
    kubeconfig: ~/.kube/management
    name: team-a
    namespace: clusters
    kubernetes_version: v1.36.6

- name: The control plane now, the node pools by another task
  capi.lifecycle.cluster_upgrade:
    kubeconfig: ~/.kube/management
    name: team-a
    namespace: clusters
    kubernetes_version: v1.36.6
    pause_between: true

- name: Give each version its own image, and drains ten minutes
  capi.lifecycle.cluster_upgrade:
    kubeconfig: ~/.kube/management
    name: team-b
    namespace: clusters
    kubernetes_version: v1.36.6
    node_drain_timeout: 600
    overrides:
      - machine_template:
          patch:
            image: "ubuntu-2404-kube-{kubernetes_version}"

- name: Replace all machines that were made before this morning
  capi.lifecycle.cluster_upgrade:
    kubeconfig: ~/.kube/management
    name: team-b
    namespace: clusters
    rollout_only: true
    rollout_after: "2026-11-25T08:00:00Z"
"""

RETURN = r"""
outcome:
  description: How the task ended, one of done, waiting, stalled, refused (nothing was changed), failed or unknown.
  returned: always
  type: str
  sample: done
message:
  description: The end of the run in one line.
  returned: success
  type: str
  sample: "clusters/team-a: v1.34.3 -> v1.36.6 in 24m10s, 14 machines replaced"
server:
  description: API server of the management cluster.
  returned: success
  type: str
name:
  description: Name of the cluster.
  returned: success
  type: str
namespace:
  description: Namespace of the cluster.
  returned: success
  type: str
from_version:
  description: Version that was asked for when the task began.
  returned: success
  type: str
  sample: v1.34.3
kubernetes_version:
  description: Version that the task was to bring.
  returned: success
  type: str
  sample: v1.36.6
plan:
  description: What was left to do when the task began.
  returned: always but when the wish itself was refused
  type: dict
  contains:
    steps:
      description: The steps in order, each with C(step), C(from), C(to), C(reasons), C(machines) (names of those that
        are there), C(replaced) (their number, with those that earlier steps make), C(surge), C(seconds) and C(note).
      returned: always
      type: list
      elements: dict
    machines:
      description: Machines that are there and will be replaced, each once.
      returned: always
      type: list
      elements: str
    replaced:
      description: Number of machines that are replaced over all steps.
      returned: always
      type: int
    spare:
      description: The most machines that are there at once above the usual number.
      returned: always
      type: int
    seconds:
      description: Estimate by how long the machines took to come up before; null where they do not tell.
      returned: always
      type: int
    waits_for:
      description: What moves already and is waited for first.
      returned: always
      type: str
    left_behind:
      description: Node pools that stay at an older version.
      returned: always
      type: list
      elements: str
checks:
  description: The result of each check.
  returned: when there was something to do
  type: list
  elements: dict
  contains:
    id:
      description: Id of the check, for O(skip_checks).
      returned: always
      type: str
    status:
      description: One of ok, warn, block, skipped and unknown.
      returned: always
      type: str
    message:
      description: What was found.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
replaced:
  description: Names of the machines that went while the task ran.
  returned: always but when refused
  type: list
  elements: str
holder:
  description: The run that is at work on the cluster.
  returned: when it was refused for that
  type: str
"""

from ..module_utils._argspec import CLUSTER_NAME, UPGRADE, WAIT
from ..module_utils._module import Operation, run
from ..module_utils._upgrade import ensure_upgraded

SPEC = {
    **CLUSTER_NAME,
    **WAIT,
    **UPGRADE,
    "keep_templates": {"type": "int", "default": 1},
    "tell_plan": {"type": "bool", "default": True},
}
OPERATION = Operation(SPEC, ensure_upgraded)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
