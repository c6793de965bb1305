# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that this package raises on purpose."""

from __future__ import annotations


class SandboxError(Exception):
    """A failure in the operator's words: what was found, what was wanted, the next step."""
