#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read machines of workload clusters; the work is in module_utils/_machine_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: machine_info
short_description: Read machines of workload clusters
version_added: 0.1.0
description:
  - Reads machines with their health, why they are not ready, and what holds a deletion.
  - Sends one LIST, however many machines there are.
  - Reads both API versions, V(v1beta1) and V(v1beta2), and returns the same for both.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  name:
    description:
      - Name of one Machine. One that is not there is no error, RV(machines) is empty then.
    type: str
  cluster:
    description:
      - Only machines of this cluster.
    type: str
  namespace:
    description:
      - Namespace to read. All namespaces when it is left out or empty.
    type: str
    default: ""
  label_selector:
    description:
      - Only machines whose labels match, in the syntax of C(kubectl --selector), for example
        V(cluster.x-k8s.io/control-plane) for those of control planes.
    type: str
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.machine
  - module: capi.lifecycle.cluster_info
"""

EXAMPLES = r"""
- name: Read the machines of a cluster
  capi.lifecycle.machine_info:
    cluster: development
    namespace: default
  register: found

- name: Name those that are not ready, and why
  ansible.builtin.debug:
    msg: "{{ found.machines | rejectattr('ready') | items2dict(key_name='name', value_name='not_ready_reason') }}"

- name: Read all control plane machines
  capi.lifecycle.machine_info:
    label_selector: cluster.x-k8s.io/control-plane
"""

RETURN = r"""
machines:
  description: The machines, by namespace, cluster and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the Machine.
      type: str
      returned: always
    namespace:
      description: Its namespace.
      type: str
      returned: always
    cluster:
      description: Its cluster.
      type: str
      returned: always
    uid:
      description: UID of the Machine.
      type: str
      returned: always
    api_version:
      description: API version that it was read in.
      type: str
      returned: always
    labels:
      description: Labels of the Machine.
      type: dict
      returned: always
    role:
      description: V(control_plane) or V(worker).
      type: str
      returned: always
    pool:
      description: The MachineDeployment or MachinePool of a worker.
      type: str
      returned: always
    owner:
      description: C(kind) and C(name) of the object that controls it. V(null) for one that stands alone.
      type: dict
      returned: always
    infrastructure:
      description: C(kind) and C(name) of its infrastructure machine.
      type: dict
      returned: always
    version:
      description: Kubernetes version.
      type: str
      returned: always
    phase:
      description: Phase as Cluster API tells it.
      type: str
      returned: always
    ready:
      description: Whether the condition Ready is true and speaks of what is asked for now.
      type: bool
      returned: always
    not_ready_reason:
      description: The first step that it has not reached, V(null) where it is ready.
      type: str
      returned: always
    up_to_date:
      description: Whether it is as its owner wants new machines to be.
      type: bool
      returned: always
    not_up_to_date_reason:
      description: How it differs, V(null) where it does not.
      type: str
      returned: always
    node:
      description: Name of its Node.
      type: str
      returned: always
    provider_id:
      description: Provider ID of its Node.
      type: str
      returned: always
    addresses:
      description: Addresses with C(type) and C(address).
      type: list
      elements: dict
      returned: always
    failure_domain:
      description: Its failure domain.
      type: str
      returned: always
    created:
      description: When the Machine was created.
      type: str
      returned: always
    age:
      description: Seconds since then.
      type: int
      returned: always
    certificates_days:
      description: Days until the first certificate of a control plane machine expires. V(null) where it is not known.
      type: int
      returned: always
    paused:
      description: Whether the Machine itself is paused.
      type: bool
      returned: always
    deleting:
      description: Whether it is being deleted.
      type: bool
      returned: always
    deleting_since:
      description: Since when it is being deleted.
      type: str
      returned: always
    deleting_reason:
      description: What the deletion waits for.
      type: str
      returned: always
    drain:
      description:
        - C(policy) says what a deletion does to the Pods of its Node.
        - C(since) is when draining began, C(messages) are the Pods and reasons that it waits for now.
      type: dict
      returned: always
    hooks:
      description: Annotations (pre-drain, pre-terminate) that hold a deletion until somebody takes them off.
      type: list
      elements: str
      returned: always
    remediation:
      description:
        - C(healthy) by its MachineHealthChecks, V(null) where none covers it; C(unhealthy_reason).
        - C(owner_reason) is what its owner does about it. C(asked_for) tells whether it is marked for remediation,
          C(skipped) whether it is exempt.
      type: dict
      returned: always
"""

from ..module_utils._machine_info import read_machines
from ..module_utils._module import Operation, run

SPEC = {
    "name": {"type": "str"},
    "cluster": {"type": "str"},
    "namespace": {"type": "str", "default": ""},
    "label_selector": {"type": "str"},
}
OPERATION = Operation(SPEC, read_machines, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
