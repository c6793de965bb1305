#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register one bare-metal host with Metal3; the work is in module_utils/_bare_metal_host.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bare_metal_host
short_description: Register one bare-metal host with Metal3
version_added: 0.1.0
description:
  - Makes a BareMetalHost and the Secret with its BMC's credentials, changes them, deletes, detaches, pauses, reboots or
    inspects the host anew, and waits until that has come true.
  - Says before anything is written what the webhook of the Bare Metal Operator would refuse, all of it at once. So it
    does in check mode, and where the operator runs without its webhook.
  - Never sets what belongs to others, which are C(consumerRef), C(image), C(userData), C(networkData), C(metaData) and
    C(customDeploy).
  - Registering a host lets the operator boot it, and clean the metadata of its disks before it is available. A machine
    that runs something needs O(externally_provisioned=true).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  name:
    description:
      - Name of the BareMetalHost.
    type: str
    required: true
  namespace:
    description:
      - Its namespace, which must exist. Cluster API looks for hosts in the namespace of the cluster.
    type: str
    default: default
  state:
    description:
      - V(present) makes the host as the options say. The options are the whole wish, an option that is left out goes,
        but O(online). Whether it is paused or detached stays as it is.
      - V(absent) deletes it. Unless the host is detached the operator deprovisions it, which cleans its disks and
        powers it off. Refused while something uses the host or an image is on it, see O(force). The Secret stays, or
        goes with the host where the operator owns it.
      - V(detached) takes the host out of the operator's management, for work on the hardware, and V(attached) puts it
        back.
      - V(paused) keeps the operator from doing anything with it, V(resumed) ends that. A pause of somebody else is not
        ended without O(force).
      - V(rebooted) reboots a provisioned host once, each time that the task runs. Its node is not drained. Refused
        while something uses the host, see O(force).
      - V(reinspected) inspects an available host once more, each time that the task runs.
      - All but V(present) look at O(name) and O(namespace) alone.
    type: str
    choices: [present, absent, detached, attached, paused, resumed, rebooted, reinspected]
    default: present
  bmc:
    description:
      - How the operator reaches the BMC. Required with O(state=present).
    type: dict
    suboptions:
      address:
        description:
          - Driver, host, and for Redfish the path of the system, as in C(redfish-virtualmedia://10.0.0.1/redfish/v1/Systems/1).
          - Drivers are V(ipmi), V(libvirt), V(redfish), V(ilo5-redfish), V(idrac-redfish), V(redfish-uefihttp),
            V(redfish-virtualmedia), V(ilo5-virtualmedia) and V(idrac-virtualmedia), those of Redfish also with C(+http)
            or C(+https).
        type: str
        required: true
      username:
        description:
          - User of the BMC. With O(bmc.password) it goes into the Secret.
        type: str
      password:
        description:
          - Password of the BMC. It is compared with what the Secret holds, and shown as a hash only.
        type: str
      credentials_name:
        description:
          - Name of the Secret, C(<name>-bmc-secret) by default. Without O(bmc.username) it must be there, with the keys
            C(username) and C(password).
        type: str
      disable_certificate_verification:
        description:
          - Whether any certificate of the BMC is believed.
        type: bool
  boot_mac_address:
    description:
      - MAC address of the NIC that the host boots from. It can never be changed nor taken away.
      - Required by the driver V(libvirt), and with O(inspection_mode=disabled).
    type: str
  boot_mode:
    description:
      - How the host boots. The operator's default is V(UEFI).
    type: str
    choices: [UEFI, UEFISecureBoot, legacy]
  root_device_hints:
    description:
      - Which disk the image goes to. All hints must match.
    type: dict
    suboptions:
      device_name:
        description: C(/dev/NAME) or C(/dev/disk/by-path/NAME).
        type: str
      hctl:
        description: SCSI address such as V(0:0:0:0).
        type: str
      model:
        description: A part of the model.
        type: str
      vendor:
        description: A part of the vendor's name.
        type: str
      serial_number:
        description: Serial number.
        type: str
      min_size_gigabytes:
        description: Smallest size in GB.
        type: int
      wwn:
        description: World wide name.
        type: str
      wwn_with_extension:
        description: World wide name with the vendor's extension.
        type: str
      wwn_vendor_extension:
        description: The vendor's extension alone.
        type: str
      rotational:
        description: Whether it is a spinning disk.
        type: bool
  raid:
    description:
      - C(hardwareRAIDVolumes) or C(softwareRAIDVolumes), written as in a BareMetalHost.
    type: dict
  labels:
    description:
      - Labels of the host, by which a C(hostSelector) finds it. Labels of others stay.
    type: dict
  online:
    description:
      - Whether the host is to be powered on. By default a new one is, and one that is there stays as it is.
    type: bool
  externally_provisioned:
    description:
      - Something else has installed the host, and the operator manages its power alone. It can be set at creation, and
        when the host is available.
    type: bool
  automated_cleaning_mode:
    description:
      - Whether the metadata of disks is cleaned at provisioning and deprovisioning. The operator's default is
        V(metadata).
    type: str
    choices: [metadata, disabled]
  inspection_mode:
    description:
      - V(agent) boots a ramdisk that looks at the hardware, V(fast) asks the BMC, V(disabled) does neither. It takes a
        release of the operator that knows this field.
    type: str
    choices: [agent, fast, disabled]
  architecture:
    description:
      - Architecture of the CPU such as V(x86_64), found by the inspection if it is left out.
    type: str
  disable_power_off:
    description:
      - Never power the host off, reboot it instead.
    type: bool
  preprovisioning_network_data_name:
    description:
      - Name of the Secret with the network configuration of the ramdisk.
    type: str
  description:
    description:
      - A text for people.
    type: str
  wait_for:
    description:
      - Where a host with O(state=present) has to be before the task ends.
      - V(registered) is when the operator has reached its BMC, V(available) when it can be taken for a machine or was
        taken, V(provisioned) when an image is on it.
    type: str
    choices: [registered, available, provisioned]
    default: available
  detached_delete_action:
    description:
      - What a deletion does while the host is detached. V(delay) waits until it is attached again, V(delete) forgets
        the host and leaves the machine as it is.
    type: str
    choices: [delay, delete]
    default: delay
  reboot_mode:
    description:
      - V(soft) asks the system to shut down, and V(hard) cuts the power.
    type: str
    choices: [soft, hard]
    default: soft
  check_duplicates:
    description:
      - Refuse a host whose BMC or boot MAC another BareMetalHost has, in any namespace. It is one LIST of all of them.
    type: bool
    default: true
  force:
    description:
      - Delete a host that is in use or has an image, reboot one that is in use, end the pause of somebody else.
    type: bool
    default: false
  force_conflicts:
    description:
      - Take over fields that another manager has set to something else. Without it that is refused, and the manager is
        named.
    type: bool
    default: false
extends_documentation_fragment:
  - capi.lifecycle.attributes
  - capi.lifecycle.wait
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
notes:
  - A wait ends before O(stall_timeout) when the operator has failed three times, or the host is paused. What it said,
    and its last events, are in the result.
  - C(taints) and C(firmware) of a BareMetalHost do nothing any more, so there is no option for them.
seealso:
  - module: capi.lifecycle.bare_metal_host_info
  - module: capi.lifecycle.bmc_info
"""

EXAMPLES = r"""
- name: Register a host
  capi.lifecycle.bare_metal_host:
    name: rack1-07
    namespace: metal
    bmc:
      address: redfish-virtualmedia://10.0.0.17/redfish/v1/Systems/1
      username: operator
      password: "{{ bmc_password }}"
    boot_mac_address: 52:54:00:12:34:56
    root_device_hints:
      min_size_gigabytes: 400
      rotational: false
    labels:
      rack: rack1

- name: Take over a host that runs something, and leave its disks alone
  capi.lifecycle.bare_metal_host:
    name: rack1-08
    namespace: metal
    bmc:
      address: redfish://10.0.0.18/redfish/v1/Systems/1
      credentials_name: rack1-bmc
    externally_provisioned: true

- name: Let go of it while a disk is changed
  capi.lifecycle.bare_metal_host:
    name: rack1-07
    namespace: metal
    state: detached
"""

RETURN = r"""
outcome:
  description:
    - V(done), or V(waiting) with O(wait=false).
    - Of a failed task V(refused) (nothing was changed), V(stalled), V(waiting), V(failed), or V(unknown) (contact
      lost).
  returned: always
  type: str
message:
  description: Where the host is, in one line. Of a failed task see C(msg).
  returned: success
  type: str
  sample: "metal/rack1-07: available, powered on"
name:
  description: Name of the host.
  returned: success
  type: str
namespace:
  description: Its namespace.
  returned: success
  type: str
server:
  description: URL of the management cluster.
  returned: success
  type: str
provisioning_state:
  description: State as the operator tells it, such as V(available).
  returned: when the host is there
  type: str
operational_status:
  description: V(OK), V(error), V(detached) and others.
  returned: when the host is there
  type: str
error_type:
  description: Kind of the operator's last error, empty without one.
  returned: when the host is there
  type: str
error_message:
  description: What it said.
  returned: when the host is there
  type: str
error_count:
  description: How often it has failed.
  returned: when the host is there
  type: int
powered_on:
  description: Whether the host is on.
  returned: when the host is there
  type: bool
consumer:
  description: What uses the host, V(null) for a free one.
  returned: when the host is there
  type: str
changes:
  description: The objects that were changed, or in check mode would be, the Secret first.
  returned: success
  type: list
  elements: str
  sample: [Secret metal/rack1-07-bmc-secret, BareMetalHost metal/rack1-07]
findings:
  description: What speaks against it, each with C(where) and C(message).
  returned: when it is refused for what was found
  type: list
  elements: dict
events:
  description: The operator's last events about the host.
  returned: when the wait failed
  type: list
  elements: str
"""

from ..module_utils._argspec import WAIT
from ..module_utils._bare_metal_host import ensure_bare_metal_host
from ..module_utils._module import Operation, run

_TEXT = {"type": "str"}
_BMC = {
    "address": {"type": "str", "required": True},
    "username": _TEXT,
    "password": {"type": "str", "no_log": True},
    "credentials_name": _TEXT,
    "disable_certificate_verification": {"type": "bool"},
}
_HINTS = {
    **dict.fromkeys(("device_name", "hctl", "model", "vendor", "serial_number"), _TEXT),
    "min_size_gigabytes": {"type": "int"},
    **dict.fromkeys(("wwn", "wwn_with_extension", "wwn_vendor_extension"), _TEXT),
    "rotational": {"type": "bool"},
}
_STATES = ["present", "absent", "detached", "attached", "paused", "resumed", "rebooted", "reinspected"]
SPEC = {
    **WAIT,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "state": {"type": "str", "choices": _STATES, "default": "present"},
    "bmc": {"type": "dict", "options": _BMC},
    "boot_mac_address": _TEXT,
    "boot_mode": {"type": "str", "choices": ["UEFI", "UEFISecureBoot", "legacy"]},
    "root_device_hints": {"type": "dict", "options": _HINTS},
    "raid": {"type": "dict"},
    "labels": {"type": "dict"},
    "online": {"type": "bool"},
    "externally_provisioned": {"type": "bool"},
    "automated_cleaning_mode": {"type": "str", "choices": ["metadata", "disabled"]},
    "inspection_mode": {"type": "str", "choices": ["agent", "fast", "disabled"]},
    "architecture": _TEXT,
    "disable_power_off": {"type": "bool"},
    "preprovisioning_network_data_name": _TEXT,
    "description": _TEXT,
    "wait_for": {"type": "str", "choices": ["registered", "available", "provisioned"], "default": "available"},
    "detached_delete_action": {"type": "str", "choices": ["delay", "delete"], "default": "delay"},
    "reboot_mode": {"type": "str", "choices": ["soft", "hard"], "default": "soft"},
    "check_duplicates": {"type": "bool", "default": True},
    "force": {"type": "bool", "default": False},
    "force_conflicts": {"type": "bool", "default": False},
}
OPERATION = Operation(SPEC, ensure_bare_metal_host, rules={"required_if": [("state", "present", ("bmc",))]})


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
