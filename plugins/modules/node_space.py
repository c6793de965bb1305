#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make room on a node's disk; the work is in module_utils/_node_space.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_space
short_description: Make room on the disk of a kubeadm node
version_added: 0.1.0
description:
  - Removes what nobody needs there; copies that C(kubeadm upgrade) keeps for ever, the oldest part of the journal, and,
    where containerd's disk is full, images that no container has.
  - Data of etcd is never touched, nor is an image that is pinned, or that kubeadm asks for at its version.
  - In check mode RV(found) tells what would go.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  images_above:
    description:
      - Remove unused images when so many percent of containerd's disk are used. On a site without a registry they do
        not come back. With 101 none is removed.
    type: int
    default: 80
  keep_copies:
    description:
      - How many of kubeadm's copies of etcd, and of its copies of manifests, stay in C(/etc/kubernetes/tmp).
    type: int
    default: 1
  journal:
    description:
      - What the journal in C(/var/log/journal) may take, such as V(200M). A larger one is cut down to less than that.
    type: str
    default: 200M
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.etcd_defragment
"""

EXAMPLES = r"""
- name: Make room, and remove unused images whatever the disk says
  capi.lifecycle.node_space:
    images_above: 0
"""

RETURN = r"""
found:
  description: What nobody needed, by kind, C(images), C(copies), C(journal); each with the bytes that it took.
  returned: success
  type: dict
freed_mib:
  description: The sum of RV(found). Layers that images share count for each.
  returned: success
  type: int
places:
  description: File systems afterwards by folder, with C(total_mib), C(free_mib), C(used_percent).
  returned: success
  type: dict
"""

from ..module_utils._node_module import NodeOperation, run
from ..module_utils._node_space import ensure_space

SPEC = {
    "images_above": {"type": "int", "default": 80},
    "keep_copies": {"type": "int", "default": 1},
    "journal": {"type": "str", "default": "200M"},
}
OPERATION = NodeOperation(SPEC, ensure_space)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
