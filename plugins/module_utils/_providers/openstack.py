# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. OpenStack: hints for the words of cluster-api-provider-openstack. Pure data.

Since v0.12 a server that was refused once is never tried again: its OpenStackServer has the words (release 0.14).
"""

from __future__ import annotations

from .hints import RETRIED, TERMINAL, WAIT, Hint

_MACHINE, _ANY = "OpenStackMachine", "OpenStack"
_AGAIN = "; then delete the Machine: the provider does not try again"
BESIDE = {"OpenStackMachine": "OpenStackServer"}  # of the same name; it has the words
HINTS: tuple[Hint, ...] = (
    Hint(_ANY, r"Quota exceeded for (cores|ram|instances)", TERMINAL, f"raise the quota{_AGAIN}"),
    Hint(_ANY, r"Invalid key_name", TERMINAL, f"the key pair is not there for this user: import it{_AGAIN}"),
    Hint(_ANY, r"NoValidHost|No valid host", TERMINAL, f"no hypervisor has room or fits: see flavor and zone{_AGAIN}"),
    Hint(_ANY, r"(no|too many) images were found", RETRIED, "there must be exactly one image of that name or tags"),
    Hint(_ANY, r"no flavors were found", RETRIED, "correct the flavor"),
    Hint(_ANY, r"InvalidMachineSpec|DependencyFailed", TERMINAL, "correct the machine template, or the ORC Image"),
    Hint("OpenStackServer", r"InstanceCreateFailed", TERMINAL, f"the message has Nova's words: put it right{_AGAIN}"),
    Hint(_MACHINE, r"InstanceCreateFailed", TERMINAL, f"the message has Nova's words: put it right{_AGAIN}"),
    Hint(_ANY, r"InstanceStateError", TERMINAL, f"ask Nova why: openstack server show NAME -c fault{_AGAIN}"),
    Hint(_ANY, r"InstanceNotFound|InstanceDeleted", TERMINAL, "its server is gone: delete the Machine"),
    Hint(
        _ANY,
        r"FloatingIPError|APIEndpointConfigFailed|LoadBalancerMemberError",
        RETRIED,
        ("see Octavia, the quota and pool of floating IPs, and the router"),
    ),
    Hint(
        _ANY,
        r"(Network|Subnet|Router|SecurityGroup)CreateFailed",
        RETRIED,
        ("see the quotas of Neutron, the external network, and overlapping networks"),
    ),
    Hint(_ANY, r"InstanceNotReady|WaitingFor", WAIT),
)
