#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the upgrade of a kubeadm cluster; the work is in module_utils/_kubeadm_upgrade_plan.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_upgrade_plan_info
short_description: Plan the upgrade of a kubeadm cluster, and tell what stands against it
version_added: 0.1.0
description:
  - Runs on a control plane node that serves. Tells which nodes need what to arrive at a version, and which finding
    stands against it. C(kubeadm upgrade plan) judges neither the distance of versions nor the health of etcd; this
    does.
  - How far the version is away is told from the API servers as they run, so that kubeadm need not be newer yet.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  kubernetes_version:
    description:
      - Version to arrive at, such as V(v1.36.3).
    type: str
    required: true
  node_name:
    description:
      - Name of this host's Node, where it is not the hostname.
    type: str
  skip_checks:
    description:
      - Checks whose findings shall not stop the upgrade; RV(let_pass) tells them.
    type: list
    elements: str
    choices: [budgets, certificates, cordoned, etcd-full, etcd-versions]
    default: []
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.kubeadm_info
"""

EXAMPLES = r"""
- name: Plan
  capi.lifecycle.kubeadm_upgrade_plan_info:
    kubernetes_version: v1.36.3
  register: plan

- name: Show it
  ansible.builtin.debug:
    msg: "{{ plan.table }}"
"""

RETURN = r"""
steps:
  description:
    - What is to be done, in order, with C(node), C(step) (V(control_plane), its static pods, or V(kubelet)) and
      C(from).
  returned: success
  type: list
  elements: dict
has_work:
  description: Whether there are steps.
  returned: success
  type: bool
begun:
  description: Whether an upgrade to this version is under way, so that some nodes have arrived and others have not.
  returned: success
  type: bool
findings:
  description: What stands against it, with C(check) and C(message).
  returned: success
  type: list
  elements: dict
let_pass:
  description: Findings that O(skip_checks) lets pass.
  returned: success
  type: list
  elements: dict
table:
  description: The plan in lines, for a person.
  returned: success
  type: list
  elements: str
nodes:
  description: Nodes as M(capi.lifecycle.kubeadm_info) returns them.
  returned: success
  type: list
  elements: dict
cluster:
  description: The cluster as M(capi.lifecycle.kubeadm_info) returns it.
  returned: success
  type: dict
"""

from ..module_utils._kubeadm_upgrade_plan import read_plan
from ..module_utils._node_module import NodeOperation, run

SKIPPABLE = ["budgets", "certificates", "cordoned", "etcd-full", "etcd-versions"]
SPEC = {
    "kubernetes_version": {"type": "str", "required": True},
    "node_name": {"type": "str"},
    "skip_checks": {"type": "list", "elements": "str", "choices": SKIPPABLE, "default": []},
}
OPERATION = NodeOperation(SPEC, read_plan, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
