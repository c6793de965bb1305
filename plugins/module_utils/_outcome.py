# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an operation found, left and wants to tell: ``changed`` and ``diff`` come from here only."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from ._errors import CapiError, Failed


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
        """Return the task result; ``diff`` holds only what differs: a list with one entry an object, or one table."""
        result = {"outcome": "done", **self.values, "changed": self.changed}
        return {**result, "diff": _diff(self.before, self.after)} if diff else result


def result_of(act: Callable[[], Outcome], *, diff: bool) -> dict[str, Any]:
    """The task result of what is done; every error becomes ``failed`` with a message, never a traceback."""
    try:
        return act().to_result(diff=diff)
    except CapiError as error:
        return {"failed": True, "msg": str(error), "outcome": error.outcome, **error.details}
    except OSError as error:  # a full disk, a file system without writing: of the host, and no defect
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return {
            "failed": True,
            "msg": f"{what}. When that is put right, run the same command again.",
            "outcome": "failed",
        }
    except Exception as error:  # a defect of ours: say so in one line, keep the rest for the report of it
        defect = Failed(
            f"Unexpected {type(error).__name__}: {error}. This is a defect of capi.lifecycle; please report it."
        )
        return {"failed": True, "msg": str(defect), "outcome": "failed", "exception": traceback.format_exc()}


def _diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    """As Ansible shows it: an object's own lines do not say which one it is, so its name goes into the header."""
    names = [n for n in {**before, **after} if (n in before, before.get(n)) != (n in after, after.get(n))]
    if names and all(isinstance(side.get(n, {}), Mapping) for n in names for side in (before, after)):
        return [{"before_header": n, "after_header": n, "before": before.get(n), "after": after.get(n)} for n in names]
    return {"before": {n: before[n] for n in names if n in before}, "after": {n: after[n] for n in names if n in after}}
