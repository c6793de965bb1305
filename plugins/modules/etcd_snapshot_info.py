#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what a snapshot of etcd holds, by trying it; the work is in module_utils/_etcd_snapshot_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot_info
short_description: Try a snapshot of etcd and tell what it holds
version_added: 0.1.0
description:
  - Runs on a control plane node, or on any host where containerd has the image of etcd. The cluster need not work.
  - Verifies the file, restores it into a folder of its own beside etcd's data, and lets a single etcd serve it, with a
    network of its own. That is read and taken away again. No cluster is touched.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  path:
    description:
      - The snapshot. By default the newest in O(directory).
    type: path
  directory:
    description:
      - Folder of snapshots as M(capi.lifecycle.etcd_snapshot) names them.
    type: path
    default: /var/backups/etcd
  image:
    description:
      - Image whose programs are used. By default that of this node's etcd, else the newest image of etcd on this host.
    type: str
  known:
    description:
      - Keys that have to be in it, such as C(configmaps/default/important). The cluster's own are always looked for.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.etcd_snapshot
"""

EXAMPLES = r"""
- name: See that the newest backup can be restored, and that an object is in it
  capi.lifecycle.etcd_snapshot_info:
    known: [configmaps/default/important]
  register: backup

- name: Refuse a backup that lacks something
  ansible.builtin.assert:
    that: backup.missing | length == 0
"""

RETURN = r"""
snapshot:
  description: The file, and what etcdutl says of it.
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
      returned: always
    sha256:
      description: Hash of the whole file.
      type: str
      returned: always
    revision:
      description: Revision of etcd that it holds.
      type: int
      returned: always
    total_keys:
      description: How many keys etcdutl counts, older revisions of a key among them.
      type: int
      returned: always
    storage_version:
      description: Version of etcd's storage, such as V(3.6.0).
      type: str
      returned: always
    taken:
      description: When it was taken, by its name, in UTC. V(null) for a file of another name.
      type: str
      returned: always
    age:
      description: Seconds since then.
      type: int
      returned: always
objects:
  description: How many objects the API server would find in it.
  returned: success
  type: int
resources:
  description: How many of each resource.
  returned: success
  type: dict
  sample: {configmaps: 14, minions: 4}
nodes:
  description: Names of its Nodes.
  returned: success
  type: list
  elements: str
cluster:
  description: What kubeadm keeps in it, such as C(name), C(kubernetes_version) and C(endpoint).
  returned: success
  type: dict
encrypted:
  description: Whether it was encrypted by the API server; then the key is needed, too.
  returned: success
  type: bool
missing:
  description: Keys of O(known), and of the cluster's own, that are not in it.
  returned: success
  type: list
  elements: str
live:
  description: How this node's etcd differs, its C(revision), what would be C(gone) or come C(back). Or V(null).
  returned: success
  type: dict
"""

from ..module_utils._etcd_snapshot_info import read_snapshot
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "path": {"type": "path"},
    "directory": {"type": "path", "default": "/var/backups/etcd"},
    "image": {"type": "str"},
    "known": {"type": "list", "elements": "str", "default": [], "no_log": False},
}
OPERATION = NodeOperation(SPEC, read_snapshot, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
