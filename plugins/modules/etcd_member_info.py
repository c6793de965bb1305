#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the members of etcd; the work is in module_utils/_etcd_member.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_member_info
short_description: Read the members of a kubeadm cluster's etcd
version_added: 0.1.0
description:
  - Runs on a control plane node and asks etcd there, by the C(etcdctl) of its own container. No API server is needed.
  - Members that do not answer cost five seconds.
author: capi.lifecycle contributors (@capi-lifecycle)
options: {}
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.etcd_member
  - module: capi.lifecycle.kubeadm_info
"""

EXAMPLES = r"""
- name: Read the members
  capi.lifecycle.etcd_member_info:
  register: etcd

- name: Say how many members may still be lost
  ansible.builtin.debug:
    msg: "{{ etcd.quorum.spare }}"
"""

RETURN = r"""
members:
  description:
    - Members with C(name), C(id) (hexadecimal), C(peer_urls), C(client_urls), C(started), C(learner), C(healthy),
      C(error), C(version), C(leader), C(db_size), C(db_size_in_use) and C(quota) in bytes, C(raft_index),
      C(revision).
  returned: success
  type: list
  elements: dict
alarms:
  description: Alarms with C(member) and C(alarm). V(null) where there is no quorum to tell them.
  returned: success
  type: list
  elements: dict
quorum:
  description: C(voters), C(healthy), C(needed), and C(spare), how many more healthy voters may be lost.
  returned: success
  type: dict
"""

from ..module_utils._etcd_member import read_members
from ..module_utils._node_module import NodeOperation, run

OPERATION = NodeOperation({}, read_members, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
