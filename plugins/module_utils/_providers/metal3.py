# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Metal3: hints for the words of cluster-api-provider-metal3. Pure data."""

from __future__ import annotations

from .hints import RETRIED, WAIT, Hint

_ANY = "Metal3"
HINTS: tuple[Hint, ...] = (
    Hint(
        _ANY,
        r"no available host|AssociateBareMetalHostFailed|AssociateBMHFailed",
        RETRIED,
        ("free or add hosts: in the same namespace, available, with the labels of the hostSelector"),
    ),
    Hint(_ANY, r"CreateError", RETRIED, "see the BareMetalHost; if it is well, delete the Machine"),
    Hint(_ANY, r"WaitingForMetal3Data|WaitingForMetal3Machine", WAIT, "if it lasts: the IPPool has no address left"),
    Hint(_ANY, r"ControlPlaneEndpointFailed", RETRIED, "give the cluster its endpoint"),
    Hint("BareMetalHost", r"registration error", RETRIED, "the BMC's address or password is wrong"),
    Hint("BareMetalHost", r"inspection error", RETRIED, "see bootMACAddress, and the network that it boots from"),
    Hint("BareMetalHost", r"preparation error", RETRIED, "see RAID and firmware settings"),
    Hint("BareMetalHost", r"provisioning error", RETRIED, "see the image's URL and checksum"),
    Hint("BareMetalHost", r"power management error", RETRIED, "the BMC does not switch the power"),
)
