# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Azure: hints for the words of cluster-api-provider-azure. Pure data."""

from __future__ import annotations

from .hints import RETRIED, TERMINAL, WAIT, Hint

_MACHINE, _ANY = "AzureMachine", "Azure"
HINTS: tuple[Hint, ...] = (
    Hint(
        _MACHINE,
        r"SKUNotFound|InvalidConfiguration",
        TERMINAL,
        ("the VM size is not offered there: take another one, then delete the Machine"),
    ),
    Hint(_MACHINE, r"UserAssignedIdentityMissing", TERMINAL, "make the identity again, then delete the Machine"),
    Hint(_MACHINE, r"VMDeleted|UpdateError", TERMINAL, "its VM is gone: delete the Machine"),
    Hint(
        _MACHINE,
        r"CreateError|vmState Failed",
        TERMINAL,
        ("put right what the message names, then delete the Machine: the provider does not try again"),
    ),
    Hint(_MACHINE, r"GalleryImageNotFound|PlatformImageNotFound", RETRIED, "there is no image of this version there"),
    Hint(_ANY, r"QuotaExceeded|OperationNotAllowed|SkuNotAvailable", RETRIED, "raise the quota, or another size"),
    Hint(_ANY, r"AuthorizationFailed|LinkedAuthorizationFailed", RETRIED, "the identity lacks a role: assign it"),
    Hint(_MACHINE, r"BootstrapFailed", RETRIED, "cloud-init failed: see boot diagnostics, and kubeadm's log"),
    Hint(_ANY, r"VMProvisionFailed", RETRIED, "see the message, and the activity log of the resource group"),
    Hint(_ANY, r"\bFailed:", RETRIED, "the message has the code of Azure Resource Manager"),
    Hint(_ANY, r"\b(Creating|Updating|Deleting)\b", WAIT),
)
