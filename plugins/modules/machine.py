#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace one machine of a workload cluster; the work is in module_utils/_machine.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: machine
short_description: Replace one machine of a workload cluster
version_added: 0.1.0
description:
  - Deletes one Machine, and waits until it is gone, its control plane or MachineDeployment has made a new one, and all
    of the owner's machines are ready again. Workers that were not ready before are told, and not waited for.
  - A control plane machine is replaced only when etcd keeps its quorum without it and every other one is healthy. There
    is no option that overrides this.
  - Refused, too, is what could not succeed or would take more machines than the one. The cluster, the owner or the
    machine is paused; the owner rolls out, scales, remediates or loses another machine; no new machine would be made,
    since the version of the pool may not join the control plane's.
  - A machine that is being deleted already is awaited, whoever deleted it. So a run that was killed is continued by
    the next one.
  - A machine that is not there any more is not replaced again, and its successor is left alone. The task is C(ok) then,
    once the owner has all of its machines ready. A name that may be a typo is refused instead, see O(name).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  name:
    description:
      - Name of the Machine, not of its Node.
      - Where no Machine of the cluster has this name, the task is C(ok) only when the name has the form of those that a
        control plane or MachineDeployment of the cluster gives, and differs from the name of every Machine in the
        namespace in more than one character. Otherwise it is refused. O(uid) says it without doubt.
    type: str
    required: true
  cluster:
    description:
      - Name of the cluster that the machine is of. A Machine of another cluster is refused.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the cluster.
    type: str
    default: default
  uid:
    description:
      - UID of the Machine, as M(capi.lifecycle.machine_info) returns it. A Machine of this name with another UID is
        refused; where no Machine of the namespace has the UID, that one is gone, and the task is C(ok).
    type: str
  state:
    description:
      - V(replaced) deletes the Machine. Its Node is drained first, as the machine says; without a drain timeout that
        may last for ever.
      - V(remediated) marks the Machine for remediation, and its owner replaces it by the rules that hold for machines
        which fail a health check (retries, machines in flight). A MachineHealthCheck must cover the machine; without
        one it is refused, since nobody would act on the mark. Beside another unhealthy control plane machine it is
        allowed as long as etcd keeps its quorum.
    type: str
    choices: [replaced, remediated]
    required: true
extends_documentation_fragment:
  - capi.lifecycle.attributes
  - capi.lifecycle.wait
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
notes:
  - While it works it holds the Lease C(capi-lifecycle-<cluster>) in the cluster's namespace, so that no other run of
    this collection changes the cluster at the same time. The credentials need C(get), C(create) and C(patch) on Leases.
seealso:
  - module: capi.lifecycle.machine_info
  - module: capi.lifecycle.cluster_info
"""

EXAMPLES = r"""
- name: Replace a worker
  capi.lifecycle.machine:
    name: development-workers-x7k2p-9s4cd
    cluster: development
    state: replaced

- name: Have its owner remediate a machine
  capi.lifecycle.machine:
    name: development-cp-q8z5w
    cluster: development
    state: remediated

- name: Read the workers
  capi.lifecycle.machine_info:
    cluster: development
    namespace: default
  register: found

- name: Replace the oldest one, and no other when the play is run again with the same facts
  capi.lifecycle.machine:
    name: "{{ oldest.name }}"
    uid: "{{ oldest.uid }}"
    cluster: development
    state: replaced
  vars:
    oldest: "{{ found.machines | selectattr('role', '==', 'worker') | sort(attribute='created') | first }}"
"""

RETURN = r"""
outcome:
  description:
    - V(done), or V(waiting) with O(wait=false).
    - Of a failed task V(refused) (nothing was changed), V(stalled), V(waiting), V(failed), or V(unknown) (contact
      lost).
  returned: always
  type: str
message:
  description: Where things stand, in one line. Of a failed task see C(msg).
  returned: success
  type: str
  sample: "default/dev: Machine dev-a-x7k2p-9s4cd replaced by dev-a-x7k2p-b2c4d; MachineDeployment dev-a 3/3 ready"
name:
  description: Name of the Machine.
  returned: success
  type: str
namespace:
  description: Its namespace.
  returned: success
  type: str
cluster:
  description: Its cluster.
  returned: success
  type: str
server:
  description: URL of the management cluster.
  returned: success
  type: str
uid:
  description: UID of the Machine.
  returned: when the Machine was there
  type: str
owner:
  description:
    - C(kind) and C(name) of the control plane or MachineDeployment. V(null) where the Machine is gone and the owner is
      not known.
  returned: success
  type: dict
drain:
  description: What the deletion does to the Pods of its Node.
  returned: when the Machine was there
  type: str
replaced_by:
  description:
    - Names of the Machines that the owner has made since. Empty in check mode, and for one that was gone before.
  returned: success
  type: list
  elements: str
findings:
  description: What speaks against it, each with C(where) and C(message).
  returned: when it is refused for what was found in the cluster
  type: list
  elements: dict
hooks:
  description: Annotations of the Machine that may hold its deletion.
  returned: when it stalled while the Machine was being deleted
  type: list
  elements: str
blocked_by:
  description: What holds the deletion.
  returned: when it stalled while the Machine was being deleted
  type: list
  elements: str
missing:
  description: What the owner still lacks.
  returned: when it stalled after the Machine was gone
  type: list
  elements: str
"""

from ..module_utils._argspec import WAIT
from ..module_utils._machine import ensure_machine
from ..module_utils._module import Operation, run

SPEC = {
    **WAIT,
    "name": {"type": "str", "required": True},
    "cluster": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "uid": {"type": "str"},
    "state": {"type": "str", "choices": ["replaced", "remediated"], "required": True},
}
OPERATION = Operation(SPEC, ensure_machine)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
