#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take a broken member of etcd apart, and start it anew; the work is in module_utils/_etcd_rejoin.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_rejoin
short_description: Stop a broken member of a kubeadm cluster's etcd, and start it as a new one
version_added: 0.1.0
description:
  - Runs on the host of the broken member. What has to be asked of etcd is asked from one that survives, between the
    states of this module, with M(capi.lifecycle.etcd_member).
  - Data is moved aside and never deleted; RV(kept) says where.
  - A part of the role P(capi.lifecycle.etcd_repair#role), which is what to use.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  state:
    description:
      - V(apart), the API server and etcd of this node do not run, and the data folder is empty.
      - V(learning), etcd starts without data as a member of O(initial_cluster), to which it has been added before.
      - V(serving), the API server runs, too.
    type: str
    choices: [apart, learning, serving]
    required: true
  initial_cluster:
    description:
      - All members, as RV(capi.lifecycle.etcd_member#module:initial_cluster) has them.
    type: str
  timeout:
    description:
      - Seconds that the static pods may take to end.
    type: int
    default: 120
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_member
"""

EXAMPLES = r"""
- name: Stop what is broken, and put its data aside
  capi.lifecycle.etcd_rejoin:
    state: apart
"""

RETURN = r"""
data_folder:
  description: Where etcd keeps its data.
  returned: success
  type: str
kept:
  description: Folders with data that was moved aside, newest first.
  returned: success
  type: list
  elements: str
"""

from ..module_utils._etcd_rejoin import ensure_rejoined
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "state": {"type": "str", "choices": ["apart", "learning", "serving"], "required": True},
    "initial_cluster": {"type": "str"},
    "timeout": {"type": "int", "default": 120},
}
OPERATION = NodeOperation(SPEC, ensure_rejoined, rules={"required_if": [("state", "learning", ("initial_cluster",))]})


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
