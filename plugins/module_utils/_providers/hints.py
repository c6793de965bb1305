# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a hint is: how the words of a provider are told apart, and what an operator does about them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

WAIT = "wait"  # normal; it goes on by itself
RETRIED = "retried"  # the provider tries again; somebody must put the cause right meanwhile
TERMINAL = "terminal"  # the provider has given this object up


@dataclass(frozen=True)
class Hint:
    """``kinds`` of objects, the first letters count; ``pattern`` is looked for in ``Reason: message``."""

    kinds: str
    pattern: str
    effect: str
    advice: str = ""
