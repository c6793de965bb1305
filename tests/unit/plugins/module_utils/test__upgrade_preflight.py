# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of checks: its ids are unique, and the documentation has each row as the code has it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_preflight import CHECKS

PAGE = Path(__file__).resolve().parents[4] / "docs/upgrade-checks.md"


def test_ids_are_unique() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))


def test_the_documentation_has_this_table_and_no_other_row() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c.id}` | {c.severity} | {c.what} | {c.remedy} |" for c in CHECKS]
