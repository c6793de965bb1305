#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read bare-metal hosts of Metal3; the work is in module_utils/_bare_metal_host_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bare_metal_host_info
short_description: Read bare-metal hosts of Metal3, or wait for many of them
version_added: 0.1.0
description:
  - Reads BareMetalHosts with where they are, what is wrong with them, what uses them, and the hardware that the
    inspection found, by one LIST of hosts and one of HardwareData, however many there are.
  - Counts the hosts that a new machine could have now, as the provider chooses them, and proposes the C(maxSurge) of a
    rollout.
  - With O(wait_for) it waits until the hosts of O(names) are there, with one LIST each time it looks. A host that the
    operator has failed on three times is not waited for, and does not keep the others from being awaited.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  namespace:
    description:
      - Namespace to read. All namespaces when it is left out or empty.
    type: str
    default: ""
  names:
    description:
      - Only hosts with these names. One that is not there is no error, unless it is waited for.
    type: list
    elements: str
    default: []
  label_selector:
    description:
      - Only hosts whose labels match, in the syntax of C(kubectl --selector). That of a machine template's
        C(hostSelector) tells the spare hosts of its machines.
    type: str
  hardware:
    description:
      - Whether to read the hardware, too.
    type: bool
    default: true
  expected:
    description:
      - What the hardware of a host must have, by the name of the host, or by V(*) for all of them. Where it falls
        short, that is told in C(findings) of the host.
      - At least C(cpus), C(memory_gib), C(nics), and C(disks) of at least C(disk_gb). Exactly C(architecture) and
        C(bios_version). C(product) is a part of the product's name.
    type: dict
  wait_for:
    description:
      - Wait until all hosts of O(names) in O(namespace) are V(registered), V(available) or V(provisioned). When one
        does not get there the task fails, with all hosts and the reasons in its result.
    type: str
    choices: [registered, available, provisioned]
  wait_timeout:
    description:
      - How long to wait, in seconds.
    type: int
    default: 3600
  stall_timeout:
    description:
      - How long nothing may move at any host, in seconds. Servers need minutes from power on to the ramdisk.
    type: int
    default: 1200
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.bare_metal_host
  - module: capi.lifecycle.bmc_info
"""

EXAMPLES = r"""
- name: See whether a rollout has a host to go on with
  capi.lifecycle.bare_metal_host_info:
    namespace: metal
    label_selector: role=worker
  register: found

- name: Say so
  ansible.builtin.debug:
    msg: "{{ found.rollout.message }}"

- name: Wait for new hosts, and see whether they are what was bought
  capi.lifecycle.bare_metal_host_info:
    namespace: metal
    names: [rack1-07, rack1-08]
    wait_for: available
    expected:
      "*":
        cpus: 32
        memory_gib: 128
        disks: 2
        disk_gb: 400
  register: found
"""

RETURN = r"""
hosts:
  description: The hosts, by namespace and name.
  returned: success, and when a wait failed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the host.
      type: str
      returned: always
    namespace:
      description: Its namespace.
      type: str
      returned: always
    uid:
      description: UID of the BareMetalHost.
      type: str
      returned: always
    message:
      description: Where it is, in a few words.
      type: str
      returned: always
    provisioning_state:
      description: State as the operator tells it.
      type: str
      returned: always
    operational_status:
      description: V(OK), V(error), V(detached) and others.
      type: str
      returned: always
    error_type:
      description: Kind of the last error, empty without one.
      type: str
      returned: always
    error_message:
      description: What it said.
      type: str
      returned: always
    error_count:
      description: How often it has failed.
      type: int
      returned: always
    powered_on:
      description: Whether it is on.
      type: bool
      returned: always
    bmc_address:
      description: Address of its BMC.
      type: str
      returned: always
    credentials_name:
      description: Name of the Secret with the BMC's credentials.
      type: str
      returned: always
    boot_mac_address:
      description: MAC address that it boots from.
      type: str
      returned: always
    online:
      description: Whether it is to be on.
      type: bool
      returned: always
    externally_provisioned:
      description: Whether something else has installed it.
      type: bool
      returned: always
    image:
      description: URL of the image on it, V(null) without one.
      type: str
      returned: always
    consumer:
      description: What uses it, V(null) for a free one.
      type: str
      returned: always
    labels:
      description: Its labels.
      type: dict
      returned: always
    paused:
      description: Whether it is paused.
      type: bool
      returned: always
    detached:
      description: Whether it is asked to be detached.
      type: bool
      returned: always
    deleting:
      description: Whether it is being deleted.
      type: bool
      returned: always
    conditions:
      description: Its conditions, which the operator has since release 0.12.
      type: list
      elements: dict
      returned: always
    spare:
      description: Whether a new machine could have it now.
      type: bool
      returned: always
    not_spare_reason:
      description: Why not, V(null) for a spare one.
      type: str
      returned: always
    hardware:
      description:
        - C(architecture), C(cpus), C(memory_mib), C(disks), C(nics), C(manufacturer), C(product), C(serial_number) and
          C(bios_version). V(null) before the inspection, and with O(hardware=false).
      type: dict
      returned: always
    findings:
      description:
        - Where the hardware falls short of O(expected); that no NIC has the boot MAC, and that no disk matches the
          C(rootDeviceHints).
      type: list
      elements: str
      returned: always
rollout:
  description: C(spare) of C(hosts), and the C(max_surge) that they allow, with a C(message).
  returned: success, and when a wait failed
  type: dict
  sample:
    spare: 0
    hosts: 5
    max_surge: 0
    message: "none of 5 hosts is spare: a rollout with maxSurge 1 would wait for ever. Set maxSurge 0 ..."
not_arrived:
  description: By name, why a host is not where it was waited for.
  returned: with O(wait_for)
  type: dict
server:
  description: URL of the management cluster.
  returned: success
  type: str
"""

from ..module_utils._bare_metal_host_info import read_bare_metal_hosts
from ..module_utils._module import Operation, run

SPEC = {
    "namespace": {"type": "str", "default": ""},
    "names": {"type": "list", "elements": "str", "default": []},
    "label_selector": {"type": "str"},
    "hardware": {"type": "bool", "default": True},
    "expected": {"type": "dict"},
    "wait_for": {"type": "str", "choices": ["registered", "available", "provisioned"]},
    "wait_timeout": {"type": "int", "default": 3600},
    "stall_timeout": {"type": "int", "default": 1200},
}
OPERATION = Operation(SPEC, read_bare_metal_hosts, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
