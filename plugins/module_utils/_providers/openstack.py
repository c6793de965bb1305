# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. OpenStack: what preflight checks there, and hints for the words of its provider. Pure data.

docs/preflight.md holds the table of checks. Since v0.12 a server that was refused once is never tried again; in release
0.14 its OpenStackServer alone has the words.
"""

from __future__ import annotations

from .._checks import FAIL, WARN, Check
from .hints import RETRIED, TERMINAL, WAIT, Hint
from .openstack_checks import (
    OpenStackGround,
    check_external,
    check_flavors,
    check_floating,
    check_groups,
    check_image_version,
    check_images,
    check_keys,
    check_login,
    check_microversion,
    check_services,
    check_zones,
)
from .openstack_quotas import check_compute, check_network_quota, check_octavia, check_volumes

_RAISE = "raise the quota."
CHECKS: tuple[Check[OpenStackGround], ...] = (
    Check(
        "credentials",
        FAIL,
        "Does OpenStack accept the credentials?",
        "correct clouds.yaml, or OS_CLIENT_CONFIG_FILE and OS_CLOUD.",
        check_login,
    ),
    Check(
        "services",
        FAIL,
        "Has the region the services that the provider uses?",
        "correct cluster_openstack.region; without Octavia set cluster_openstack.api_load_balancer: none.",
        check_services,
    ),
    Check(
        "microversion", FAIL, "Is Nova new enough?", "Nova of release Queens or newer is needed.", check_microversion
    ),
    Check(
        "image",
        FAIL,
        "Is there exactly one image, active, and do the flavors suffice for it?",
        "upload it, delete or rename the others, or name it by cluster_openstack.image.id.",
        check_images,
    ),
    Check(
        "image-version",
        WARN,
        "Does the image's name say the version?",
        "name the image of this version in cluster_openstack.image.",
        check_image_version,
    ),
    Check(
        "flavors",
        FAIL,
        "Do the flavors exist, large enough for a control plane?",
        "correct flavor.",
        check_flavors,
    ),
    Check(
        "key-pair",
        FAIL,
        "Has the user of the credentials the key pair?",
        "import it as this user, correct cluster_openstack.ssh_key_name, or set it to '' for none.",
        check_keys,
    ),
    Check(
        "compute-quota",
        FAIL,
        "Are instances, cores and memory enough, with a rollout's machines?",
        _RAISE,
        check_compute,
    ),
    Check(
        "network-quota",
        FAIL,
        "The same for networks, routers, ports, security groups, floating IPs?",
        _RAISE,
        check_network_quota,
    ),
    Check("load-balancers", FAIL, "The same for load balancers of Octavia?", _RAISE, check_octavia),
    Check("volumes", FAIL, "The same for root volumes?", _RAISE, check_volumes),
    Check(
        "external-network",
        FAIL,
        "Is the external network there, or just one where none is named?",
        "correct cluster_openstack.external_network_id.",
        check_external,
    ),
    Check(
        "floating-addresses",
        FAIL,
        "Has it free addresses?",
        "release floating IPs, or another network.",
        check_floating,
    ),
    Check(
        "zones",
        FAIL,
        "Do the availability zones exist that are named?",
        "correct cluster_openstack.zones, or zones of a node pool.",
        check_zones,
    ),
    Check(
        "server-groups",
        WARN,
        "Do the server groups exist that are named?",
        "make it, or correct server_group_id.",
        check_groups,
    ),
)

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
