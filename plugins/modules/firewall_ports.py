#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open ports in the firewall of a host; the work is in module_utils/_firewall.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_ports
short_description: Tell which ports the firewall of a host keeps closed, and open them
version_added: 0.1.0
description:
  - Runs on the host. Knows C(firewalld), C(ufw), and rules of C(nftables) that drop what they do not know.
  - Ports are opened beside what is open, for now and for each boot. No rule is taken away or written over. Rules of
    C(nftables) belong to who wrote them; opening is refused there, with the list.
  - What a network plugin needs between nodes is not known here; add it to O(ports).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  ports:
    description:
      - Ports that have to be open, such as V(6443/tcp) and V(2379-2380/tcp), or the name of a protocol, V(vrrp).
    type: list
    elements: str
    required: true
  state:
    description:
      - V(seen) only tells, V(open) opens.
    type: str
    choices: [seen, open]
    default: seen
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
"""

EXAMPLES = r"""
- name: See which ports of a worker are closed
  capi.lifecycle.firewall_ports:
    ports: [10250/tcp, 30000-32767/tcp]
  register: seen

- name: Open them
  capi.lifecycle.firewall_ports:
    ports: [10250/tcp, 30000-32767/tcp]
    state: open
"""

RETURN = r"""
firewall:
  description: V(firewalld), V(ufw) or V(nftables); empty where nothing filters.
  returned: success
  type: str
closed:
  description: Those of O(ports) that are closed.
  returned: success
  type: list
  elements: str
certain:
  description: False where rules of C(nftables) decide, so that RV(closed) are those that may be.
  returned: success
  type: bool
"""

from ..module_utils._firewall import ensure_ports
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "ports": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["seen", "open"], "default": "seen"},
}
OPERATION = NodeOperation(SPEC, ensure_ports)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
