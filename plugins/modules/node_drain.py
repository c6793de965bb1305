#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the pods off a node; the work is in module_utils/_node_drain.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_drain
short_description: Move the pods off a node of a kubeadm cluster, or let them come back
version_added: 0.1.0
description:
  - Runs on a control plane node and asks the API server there.
  - A drain that fails leaves the node as it was before, and names the pods and the PodDisruptionBudgets that held it.
  - The cordon of somebody else is never taken off. One of ours is known by the annotation C(capi.lifecycle/cordoned).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  name:
    description:
      - Name of the Node.
    type: str
    required: true
  state:
    description:
      - V(drained), cordoned, and without pods but those of DaemonSets and static ones.
      - V(schedulable), pods may come again.
    type: str
    choices: [drained, schedulable]
    default: drained
  timeout:
    description:
      - Seconds that draining may take.
    type: int
    default: 300
  delete_emptydir_data:
    description:
      - Move pods that have data in an C(emptyDir), too. That data is lost.
    type: bool
    default: true
  force:
    description:
      - Delete pods that nobody makes anew. They are lost.
    type: bool
    default: false
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.kubeadm_info
"""

EXAMPLES = r"""
- name: Drain a worker
  capi.lifecycle.node_drain:
    name: w1
    timeout: 600
  delegate_to: cp1

- name: Let pods come back
  capi.lifecycle.node_drain:
    name: w1
    state: schedulable
  delegate_to: cp1
"""

RETURN = r"""
cordoned_by_us:
  description: Whether the node is cordoned by this collection.
  returned: success
  type: bool
"""

from ..module_utils._node_drain import ensure_drain
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["drained", "schedulable"], "default": "drained"},
    "timeout": {"type": "int", "default": 300},
    "delete_emptydir_data": {"type": "bool", "default": True},
    "force": {"type": "bool", "default": False},
}
OPERATION = NodeOperation(SPEC, ensure_drain)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
