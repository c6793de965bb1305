# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A list of hosts as CSV: rows become what an inventory would say of each host. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from ._objects import close_matches, listed

COLUMNS = (
    "name",
    "bmc_address",
    "bmc_username",
    "bmc_password",
    "bmc_credentials_name",
    "bmc_disable_certificate_verification",
    "boot_mac_address",
    "boot_mode",
    "labels",
    "root_device_hints",
    "expected",
    "externally_provisioned",
    "automated_cleaning_mode",
    "inspection_mode",
    "description",
)
_PAIRS = ("labels", "root_device_hints", "expected")  # key=value;key=value
_SWITCHES = ("bmc_disable_certificate_verification", "externally_provisioned")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def read_rows(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, without empty cells, and all that is wrong with the text. Lines that begin with # are left out."""
    lines = [(n, line) for n, line in enumerate(text.lstrip("\ufeff").splitlines(), 1) if _counts(line)]
    if not lines:
        return [], ["it is empty; wanted is a line of column names, and a line for each host"]
    head = [cell.strip() for cell in next(csv.reader([lines[0][1]]))]
    findings = list(_check_head(head, lines[0][1]))
    if findings:
        return [], findings
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line], strict=False))]
        row = {key: cell for key, cell in zip(head, cells) if cell}
        findings += [f"line {number}: {said}" for said in _check_row(row, head, cells)]
        rows.append({key: _value(key, cell) for key, cell in row.items()})
    return rows, findings if rows else ["it has no host, only a line of column names"]


def _counts(line: str) -> bool:
    return bool(line.strip(" ,\t")) and not line.startswith("#")


def _check_head(head: list[str], line: str) -> Iterator[str]:
    if len(head) == 1 and (";" in line or "\t" in line):
        yield "its columns are to be separated by commas"
        return
    for name in head:
        if name not in COLUMNS:
            yield f"there is no column {name!r}{close_matches(name, COLUMNS)} (there are {listed(COLUMNS, 20)})"
    for name in sorted({name for name in head if head.count(name) > 1}):
        yield f"the column {name} is there {head.count(name)} times"
    if "name" not in head:
        yield "the column name is missing"


def _check_row(row: Mapping[str, str], head: list[str], cells: list[str]) -> Iterator[str]:
    if len(cells) > len(head):
        yield f"it has {len(cells)} cells, and there are {len(head)} columns; put a cell with a comma into quotes"
    if "name" not in row:
        yield "name is empty"
    for key in _PAIRS:
        wrong = [part for part in row.get(key, "").split(";") if part.strip() and "=" not in part]
        if wrong:
            yield f"{key} has {listed(wrong)!r}; wanted is key=value;key=value"
    for key in _SWITCHES:
        if row.get(key, "no").lower() not in _WORDS:
            yield f"{key} is {row[key]!r}; wanted is true or false"


def _value(key: str, cell: str) -> Any:
    if key in _SWITCHES:
        return _WORDS.get(cell.lower(), cell)
    if key not in _PAIRS:
        return cell
    parts = (part.partition("=") for part in cell.split(";") if "=" in part)
    return {name.strip(): _of_pair(key, value.strip()) for name, _equals, value in parts}


def _of_pair(key: str, value: str) -> Any:
    """Labels are texts; in hints and expectations numbers and switches mean something."""
    if key == "labels":
        return value
    return int(value) if value.isdigit() else _WORDS.get(value.lower(), value)
