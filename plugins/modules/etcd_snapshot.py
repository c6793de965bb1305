#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take and verify a snapshot of etcd; the work is in module_utils/_etcd_snapshot.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot
short_description: Take a snapshot of a kubeadm cluster's etcd and verify it
version_added: 0.1.0
description:
  - Runs on a control plane node. etcd saves, by the C(etcdctl) of its own container.
  - A snapshot counts when the hash at its end fits and C(etcdutl) has read it through. Older ones are removed only
    then.
  - A snapshot holds every Secret of the cluster. It is readable by root alone; keep it so where you copy it.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  directory:
    description:
      - Folder for snapshots, made where it is missing. Files are named C(etcd-TIME.db), with the time in UTC.
    type: path
    default: /var/backups/etcd
  max_age:
    description:
      - A verified snapshot in O(directory) that is no older than so many seconds is taken as it is. By default a new
        one is taken each time.
    type: int
    default: 0
  keep:
    description:
      - How many snapshots stay in O(directory); the oldest go. With 0 all stay.
    type: int
    default: 0
  path:
    description:
      - Verify this file instead of taking a snapshot. Works on any host; RV(snapshot.revision) needs an etcd that
        runs there.
    type: path
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_member_info
"""

EXAMPLES = r"""
- name: Have a verified snapshot that is no older than ten minutes, and keep a week of daily ones
  capi.lifecycle.etcd_snapshot:
    max_age: 600
    keep: 7

- name: Verify a snapshot that was brought back from the archive
  capi.lifecycle.etcd_snapshot:
    path: /var/backups/restored.db
"""

RETURN = r"""
snapshot:
  description: The snapshot. In check mode only C(path), where one would be taken.
  returned: success
  type: dict
  contains:
    path:
      description: The file.
      type: str
      returned: always
    size:
      description: Bytes.
      type: int
      returned: when it is there
    sha256:
      description: Hash of the whole file.
      type: str
      returned: when it is there
    revision:
      description: Revision of etcd that it holds. V(null) where no etcd runs on this host.
      type: int
      returned: when it is there
    total_keys:
      description: How many keys it holds.
      type: int
      returned: when it is there
    storage_version:
      description: Version of etcd's storage, such as V(3.6.0).
      type: str
      returned: when it is there
    age:
      description: Seconds since it was taken, by its name.
      type: int
      returned: when it is there
removed:
  description: Older snapshots that were removed.
  returned: when O(path) is not given
  type: list
  elements: str
"""

from ..module_utils._etcd_snapshot import ensure_snapshot
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "directory": {"type": "path", "default": "/var/backups/etcd"},
    "max_age": {"type": "int", "default": 0},
    "keep": {"type": "int", "default": 0},
    "path": {"type": "path"},
}
OPERATION = NodeOperation(SPEC, ensure_snapshot)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
