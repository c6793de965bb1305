#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what a restore has to know of a control plane; the work is in module_utils/_etcd_restore_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_restore_info
short_description: Tell what a restore of etcd has to know of a control plane
version_added: 0.1.0
description:
  - Runs on a control plane node, and asks neither its API server nor its etcd.
  - A part of the role P(capi.lifecycle.etcd_restore#role), which is what to use.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  directory:
    description:
      - Folder of snapshots as M(capi.lifecycle.etcd_snapshot) names them.
    type: path
    default: /var/backups/etcd
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.etcd_restore
"""

EXAMPLES = r"""
- name: Look for a restore that has not ended, and for backups
  capi.lifecycle.etcd_restore_info:
  register: seen
"""

RETURN = r"""
open:
  description: The restore that was begun here and has not ended, C(token), C(snapshot), C(sha256), C(begun), C(placed).
  returned: success
  type: dict
last:
  description: The restore that ended last.
  returned: success
  type: dict
member:
  description: This host's member of etcd by its manifest, C(name), C(peer_url), C(data_folder); or empty texts.
  returned: success
  type: dict
missing:
  description: Components of the control plane whose manifest is neither in its place nor put away.
  returned: success
  type: list
  elements: str
backups:
  description: Snapshots in O(directory), newest first, with C(path) and C(taken).
  returned: success
  type: list
  elements: dict
"""

from ..module_utils._etcd_restore_info import read_restore
from ..module_utils._node_module import NodeOperation, run

SPEC = {"directory": {"type": "path", "default": "/var/backups/etcd"}}
OPERATION = NodeOperation(SPEC, read_restore, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
