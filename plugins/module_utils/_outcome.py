# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an operation found, left and wants to tell: ``changed`` and ``diff`` come from here only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """State before and after in the same shape, and further keys of the task result."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.before != self.after

    def to_result(self, *, diff: bool) -> dict[str, Any]:
        """Return the task result; ``diff`` holds only the keys that differ."""
        result = {"outcome": "done", **self.values, "changed": self.changed}
        if diff:
            both = self.before.keys() & self.after.keys()
            same = {k for k in both if self.before[k] == self.after[k]}
            result["diff"] = {
                "before": {k: v for k, v in self.before.items() if k not in same},
                "after": {k: v for k, v in self.after.items() if k not in same},
            }
        return result
