# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The one tree of errors: what was attempted, on which object, what was found, what to do."""

from __future__ import annotations

from typing import Any


class CapiError(Exception):
    """An error that an operator reads; ``details`` are the machine-readable facts of the task result."""

    outcome = "failed"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidInput(CapiError):
    """The wish contradicts itself or the server's schema; nothing was changed."""

    outcome = "refused"


class Refused(CapiError):
    """The wish is well-formed but not safe or not allowed now; nothing was changed."""

    outcome = "refused"


class NotFound(CapiError):
    """An object, kind or program that the wish names does not exist."""

    outcome = "refused"


class Conflict(CapiError):
    """Somebody else owns the field or changed the object first."""


class Forbidden(CapiError):
    """The credentials do not allow the request."""


class Unreachable(CapiError):
    """The server cannot be reached: the state is unknown, nothing is assumed."""

    outcome = "unknown"


class Stalled(CapiError):
    """Nothing has moved for the stall timeout."""

    outcome = "stalled"


class WaitTimeout(CapiError):
    """The wait timeout is over and the work still moves."""

    outcome = "waiting"


class Failed(CapiError):
    """A program or a request failed for a reason of its own, which the message quotes."""
