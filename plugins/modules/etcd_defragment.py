#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the room of deleted keys back; the work is in module_utils/_etcd_defragment.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_defragment
short_description: Make the database of a kubeadm cluster's etcd smaller, and take its alarm NOSPACE off
version_added: 0.1.0
description:
  - Runs on one control plane node, and reaches all members from there.
  - With the alarm NOSPACE etcd takes no writes. Then its history is compacted up to now, every member is defragmented,
    and the alarm is taken off, if there is room below the quota.
  - Without the alarm, members are defragmented of whose database O(percent) or more is empty.
  - A member answers nobody while it is defragmented. So it is one after the other, the leader last, and only while all
    are healthy. Files of the write-ahead log and snapshots are never touched.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  percent:
    description:
      - How much of a member's database has to be empty. A database below 16 MiB is left alone.
    type: int
    default: 50
  timeout:
    description:
      - Seconds that each step may take.
    type: int
    default: 600
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_member_info
  - module: capi.lifecycle.etcd_snapshot
"""

EXAMPLES = r"""
- name: Let etcd take writes again, and give room back where a third of the database is empty
  capi.lifecycle.etcd_defragment:
    percent: 33
  delegate_to: cp1
  run_once: true
"""

RETURN = r"""
members:
  description: The members afterwards, as M(capi.lifecycle.etcd_member_info) returns them.
  returned: success
  type: list
  elements: dict
alarms:
  description: Alarms afterwards, with C(member) and C(alarm).
  returned: success
  type: list
  elements: dict
defragmented:
  description: Names of the members that were defragmented, in this order.
  returned: success
  type: list
  elements: str
"""

from ..module_utils._etcd_defragment import ensure_defragmented
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "percent": {"type": "int", "default": 50},
    "timeout": {"type": "int", "default": 600},
}
OPERATION = NodeOperation(SPEC, ensure_defragmented)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
