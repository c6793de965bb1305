# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. When a cluster counts as done, and what holds it up: one judgement for every release. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping


@dataclass(frozen=True)
class Progress:
    """How far something has come, in one line.

    ``key`` stands for everything that may move: while it stays the same, nothing moves.
    ``stuck`` says why it may not go on, ``details`` are the facts of the result.
    """

    done: bool
    message: str
    key: str = ""
    stuck: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
