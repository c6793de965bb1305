#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take one step of a restore of etcd; the work is in module_utils/_etcd_restore.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_restore
short_description: Take one step of a restore of etcd on a control plane
version_added: 0.1.0
description:
  - Runs on a control plane node. A step that was taken is not taken again.
  - All control planes of a cluster take a step before one of them takes the next. The role
    P(capi.lifecycle.etcd_restore#role) does so, and is what to use.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  state:
    description:
      - With V(stopped) the manifests of the control plane are put away, and it is awaited that nothing of it runs.
      - With V(restored) the data of before goes aside and that of the snapshot in its place.
      - With V(running) the manifests of O(components) go back.
      - With V(finished) the restore ends.
    type: str
    required: true
    choices: [stopped, restored, running, finished]
  token:
    description:
      - Name of this restore, the same on all control planes, and of no restore before. It becomes the token of the
        new etcd cluster.
    type: str
    required: true
  snapshot:
    description:
      - The snapshot on this host. Needed for V(stopped).
    type: path
  sha256:
    description:
      - What its hash has to be.
    type: str
  members:
    description:
      - Peer URLs of all members by name. By default this one alone.
    type: dict
    default: {}
  name:
    description:
      - Name of this member. By default, as O(peer_url) and O(data_folder), what the manifest of etcd says.
    type: str
  peer_url:
    description:
      - Where other members reach this one.
    type: str
  data_folder:
    description:
      - Where etcd keeps its data.
    type: path
  image:
    description:
      - Image whose programs are used. By default that of the manifest, else the newest image of etcd on this host.
    type: str
  components:
    description:
      - Which manifests go back with V(running).
    type: list
    elements: str
    choices: [etcd, kube-apiserver, kube-controller-manager, kube-scheduler]
    default: []
  timeout:
    description:
      - Seconds to wait until everything has stopped.
    type: int
    default: 180
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_snapshot
"""

EXAMPLES = r"""
- name: Stop the control plane, and remember why
  capi.lifecycle.etcd_restore:
    state: stopped
    token: restore-20261128T113000Z
    snapshot: /var/backups/etcd/etcd-20261128T110000Z.db
"""

RETURN = r"""
stopped:
  description: Components that were stopped.
  returned: with O(state=stopped)
  type: list
  elements: str
kept:
  description: Where the data of before is.
  returned: with O(state=restored)
  type: str
started:
  description: Components whose manifest went back.
  returned: with O(state=running)
  type: list
  elements: str
"""

from ..module_utils._etcd_restore import ensure_restored
from ..module_utils._node_module import NodeOperation, run

COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
SPEC = {
    "state": {"type": "str", "required": True, "choices": ["stopped", "restored", "running", "finished"]},
    "token": {"type": "str", "required": True, "no_log": False},
    "snapshot": {"type": "path"},
    "sha256": {"type": "str"},
    "members": {"type": "dict", "default": {}},
    "name": {"type": "str"},
    "peer_url": {"type": "str"},
    "data_folder": {"type": "path"},
    "image": {"type": "str"},
    "components": {"type": "list", "elements": "str", "choices": COMPONENTS, "default": []},
    "timeout": {"type": "int", "default": 180},
}
OPERATION = NodeOperation(SPEC, ensure_restored, rules={"required_if": [("state", "stopped", ["snapshot"])]})


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
