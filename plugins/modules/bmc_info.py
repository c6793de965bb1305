#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the BMC of a host by Redfish; the work is in module_utils/_bmc_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bmc_info
short_description: Ask the BMC of a host by Redfish whether it can be registered
version_added: 0.1.0
description:
  - Reads a BMC by Redfish, and checks what a registration with Metal3 would fail on, minutes later and with fewer
    words. It reads only, and leaves no session behind.
  - A BMC that does not answer, or not as wanted, is no error of the task; see RV(checks) and RV(blocked).
  - It asks from where Ansible runs. Ironic asks from its own pod, so a BMC that answers here may still be out of
    reach there.
  - A BMC with an IPMI driver is not asked, which every check tells as V(unknown).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  address:
    description:
      - Address of the BMC, as M(capi.lifecycle.bare_metal_host) takes it.
    type: str
    required: true
  username:
    description:
      - User of the BMC.
    type: str
    default: ""
  password:
    description:
      - Password of the BMC.
    type: str
    default: ""
  disable_certificate_verification:
    description:
      - Whether any certificate of the BMC is believed.
    type: bool
    default: false
  boot_mac_address:
    description:
      - MAC address that a NIC of the system must have.
    type: str
  boot_mode:
    description:
      - How the host is to boot. V(UEFISecureBoot) is checked.
    type: str
    choices: [UEFI, UEFISecureBoot, legacy]
  timeout:
    description:
      - Seconds that the BMC may take for one answer.
    type: int
    default: 30
  skip_checks:
    description:
      - Ids of checks to leave out.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
requirements:
  - python >= 3.10
  - sushy >= 5.0
seealso:
  - module: capi.lifecycle.bare_metal_host
"""

EXAMPLES = r"""
- name: Ask the BMC of a host
  capi.lifecycle.bmc_info:
    address: redfish-virtualmedia://10.0.0.17/redfish/v1/Systems/1
    username: operator
    password: "{{ bmc_password }}"
    boot_mac_address: 52:54:00:12:34:56
  register: bmc

- name: Stop where it cannot be registered
  ansible.builtin.assert:
    that: bmc.blocked | length == 0
    fail_msg: "{{ bmc.checks | selectattr('status', '==', 'block') | map(attribute='message') | join('; ') }}"
"""

RETURN = r"""
checks:
  description:
    - Every check with C(id), C(status) (V(ok), V(warn), V(block), V(skipped) or V(unknown)), C(message) and C(remedy).
  returned: success
  type: list
  elements: dict
  sample:
    - id: bmc-login
      status: block
      message: "https://10.0.0.17 does not take user and password: HTTP GET ... returned code 401"
      remedy: check bmc.username and bmc.password
blocked:
  description: Ids of those that speak against a registration.
  returned: success
  type: list
  elements: str
address:
  description: The address that was asked.
  returned: success
  type: str
driver:
  description: Driver of the address.
  returned: success
  type: str
asked:
  description: Whether it could be asked, which an IPMI BMC cannot.
  returned: success
  type: bool
redfish_version:
  description: Version of Redfish that it speaks, V(null) where it was not reached.
  returned: success
  type: str
systems:
  description: Paths of its systems.
  returned: success
  type: list
  elements: str
system:
  description:
    - C(path), C(name), C(manufacturer), C(model), C(serial_number), C(bios_version), C(power_state), C(health),
      C(cpus), C(memory_gib) and C(secure_boot) of the system of the address. Empty where it was not found.
  returned: success
  type: dict
macs:
  description: MAC addresses of the system's NICs, as far as the BMC tells them.
  returned: success
  type: list
  elements: str
managers:
  description: C(path), C(model), C(firmware_version), C(health) and C(datetime) of its managers.
  returned: success
  type: list
  elements: dict
"""

from ..module_utils._bmc_info import read_bmc_info
from ..module_utils._module import Operation, run

SPEC = {
    "address": {"type": "str", "required": True},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "no_log": True, "default": ""},
    "disable_certificate_verification": {"type": "bool", "default": False},
    "boot_mac_address": {"type": "str"},
    "boot_mode": {"type": "str", "choices": ["UEFI", "UEFISecureBoot", "legacy"]},
    "timeout": {"type": "int", "default": 30},
    "skip_checks": {"type": "list", "elements": "str", "default": []},
}
OPERATION = Operation(SPEC, read_bmc_info, connects=False, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
