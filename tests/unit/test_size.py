# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader has to hold in mind at once stays small: 30 lines a function, 300 a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 30
LONGEST_FILE = 300
FILES = sorted(path for room in ("plugins", "roles") for path in (CHECKOUT / room).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_functions_fit_on_a_screen(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name != "modules"], ids=named)
def test_files_hold_one_thing(path: Path) -> None:
    """Modules are left out: most of their lines are documentation."""
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
