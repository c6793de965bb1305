#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what updates a host's system has; the work is in module_utils/_os_updates.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: os_updates_info
short_description: Tell which packages of a host have an update, and whether it has to be rebooted
version_added: 0.1.0
description:
  - Runs on the host, and reads what its package manager knows already; bring that up to date first. For Debian, Ubuntu
    and the RHEL family.
  - A reboot is required where C(/run/reboot-required) is there (Debian, Ubuntu), or C(needs-restarting -r) says so
    (RHEL family).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  exclude:
    description:
      - Packages that stay as they are, by name; V(*) and V(?) stand for letters.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.node_drain
"""

EXAMPLES = r"""
- name: See what there is to install, beside Kubernetes
  capi.lifecycle.os_updates_info:
    exclude: [kubeadm, kubelet, kubectl, containerd*]
  register: seen
"""

RETURN = r"""
family:
  description: V(debian) or V(rhel).
  returned: success
  type: str
updates:
  description: Installed packages with an update, with C(name), C(from) (empty on the RHEL family) and C(to).
  returned: success
  type: list
  elements: dict
kept:
  description: Those of O(exclude), the same way.
  returned: success
  type: list
  elements: dict
dragged:
  description: Packages of O(exclude) that updates of others would move all the same (Debian, Ubuntu).
  returned: success
  type: list
  elements: str
interrupted:
  description: Whether dpkg was cut off and has to be ended first, by C(dpkg --configure -a).
  returned: success
  type: bool
reboot_required:
  description: Whether the host has to be rebooted.
  returned: success
  type: bool
reboot_known:
  description: Whether the host can tell so; false where the RHEL family has no C(needs-restarting).
  returned: success
  type: bool
boot_id:
  description: Another one after each boot.
  returned: success
  type: str
kernel:
  description: Version of the kernel that runs.
  returned: success
  type: str
"""

from ..module_utils._node_module import NodeOperation, run
from ..module_utils._os_updates import read_updates

SPEC = {"exclude": {"type": "list", "elements": "str", "default": []}}
OPERATION = NodeOperation(SPEC, read_updates, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
