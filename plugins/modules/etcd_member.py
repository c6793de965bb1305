#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove or promote a member of etcd; the work is in module_utils/_etcd_member.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_member
short_description: Remove a member of a kubeadm cluster's etcd, add one, let it vote, or let another lead
version_added: 0.1.0
description:
  - Runs on a control plane node that survives, and asks etcd there. For new hosts C(kubeadm join) adds members.
  - A member is removed only if those that are left have a quorum of healthy voters.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  state:
    description:
      - V(absent) removes the member; one that is not there is no error.
      - V(learner) adds O(name) with O(peer_url) as a member without a vote, unless it is a member already.
      - V(voting) makes a voter of a learner that has started, and waits until it has caught up.
      - V(following) gives the lead to O(successor) before a leader is taken away. Runs on the node of that member. One
        that does not lead, and the only member of all, stay as they are.
    type: str
    choices: [absent, following, learner, voting]
    required: true
  name:
    description:
      - Name of the member, which is that of its Node. A member that never started has none.
    type: str
  member_id:
    description:
      - Hexadecimal id of the member.
    type: str
  peer_url:
    description:
      - A peer URL of the member, such as V(https://192.0.2.13:2380). Use it with O(name) for a host that was replaced.
    type: str
  successor:
    description:
      - Name of the member that shall lead, with O(state=following). By default any healthy voter.
    type: str
  timeout:
    description:
      - Seconds that a learner may take to catch up.
    type: int
    default: 120
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_member_info
"""

EXAMPLES = r"""
- name: Remove the member of a host that is gone for good
  capi.lifecycle.etcd_member:
    state: absent
    name: cp3
    peer_url: https://192.0.2.13:2380
  delegate_to: cp1

- name: Let another member lead before this host is rebooted
  capi.lifecycle.etcd_member:
    state: following
    name: "{{ inventory_hostname }}"
"""

RETURN = r"""
members:
  description: The members afterwards, as M(capi.lifecycle.etcd_member_info) returns them.
  returned: success
  type: list
  elements: dict
initial_cluster:
  description: All members as etcd wants them of a new one, C(NAME=PEER_URL,...).
  returned: with O(state=learner)
  type: str
quorum:
  description: C(voters), C(healthy), C(needed), C(spare) afterwards.
  returned: success
  type: dict
"""

from ..module_utils._etcd_member import ensure_member
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "state": {"type": "str", "choices": ["absent", "following", "learner", "voting"], "required": True},
    "name": {"type": "str"},
    "member_id": {"type": "str"},
    "peer_url": {"type": "str"},
    "successor": {"type": "str"},
    "timeout": {"type": "int", "default": 120},
}
OPERATION = NodeOperation(SPEC, ensure_member, rules={"required_one_of": [("name", "member_id", "peer_url")]})


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
