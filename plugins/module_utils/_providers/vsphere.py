# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. vSphere: hints for the words of cluster-api-provider-vsphere. Pure data."""

from __future__ import annotations

from .hints import RETRIED, WAIT, Hint

_ANY = "VSphere"
BESIDE = {"VSphereMachine": "VSphereVM"}  # of the same name; it has the words
HINTS: tuple[Hint, ...] = (
    Hint(_ANY, r"VCenterUnreachable", RETRIED, "see the network, the thumbprint (SHA-256) and the password"),
    Hint(_ANY, r"SecretNotAvailable", RETRIED, "make the Secret with username and password"),
    Hint(_ANY, r"SecretInUse", RETRIED, "the Secret belongs to another cluster: give this one its own"),
    Hint(
        _ANY,
        r"WaitingFor(StaticIPAllocation|IPAllocation|NetworkAddresses)|IPAddressInvalid",
        WAIT,
        ("if it lasts: DHCP, VMware tools, the port group, or an empty pool of addresses"),
    ),
    Hint(
        _ANY,
        r"(ResourcePool|Folder|Network|Datastore|ComputeCluster)NotFound|NotFoundByBIOSUUID",
        RETRIED,
        ("it was renamed or moved: correct the description"),
    ),
    Hint(
        _ANY,
        r"CloningFailed|TaskFail",
        RETRIED,
        ("see the template (one of that name), the datastore and the privileges; the text may be of an earlier try"),
    ),
    Hint(_ANY, r"Cloning|PoweringOn|WaitingForClusterInfrastructure", WAIT),
)
