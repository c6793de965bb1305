# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each error says how the task ended: refused means that nothing was changed."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _errors

OUTCOMES = {
    "InvalidInput": "refused",
    "Refused": "refused",
    "NotFound": "refused",
    "Conflict": "failed",
    "Forbidden": "failed",
    "Failed": "failed",
    "Unreachable": "unknown",
    "Stalled": "stalled",
    "WaitTimeout": "waiting",
}


@pytest.mark.parametrize(("name", "outcome"), OUTCOMES.items())
def test_outcome(name: str, outcome: str) -> None:
    error = getattr(_errors, name)("what happened", kind="Cluster")
    assert (error.outcome, str(error), error.details) == (outcome, "what happened", {"kind": "Cluster"})


def test_every_error_is_in_the_table() -> None:
    names = {c.__name__ for c in _errors.CapiError.__subclasses__() if c.__module__ == _errors.__name__}
    assert names == set(OUTCOMES)
