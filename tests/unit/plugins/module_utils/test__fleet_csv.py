# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table: a row a cluster, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_csv import COLUMNS, cell, fleet_csv
from fakes import FakeKube
from fleet_world import document, fleet, one, read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200b=1", "'\u200b=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\n=1", "'\n=1"),
        ("|x", "'|x"),
        ("prod-1", "prod-1"),
        (-3, -3),
        (None, ""),
        (True, "true"),
    ],
)
def test_cells(value: Any, text: Any) -> None:
    assert cell(value) == text


def test_a_row_a_cluster_with_all_columns() -> None:
    found = document(read("a", FakeKube(*fleet(30))))
    rows = list(csv.DictReader(io.StringIO(fleet_csv(found))))
    assert [row["name"] for row in rows] == [c["name"] for c in found["clusters"]]
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["machines"] == "5"
    assert {row["health"] for row in rows} >= {"healthy", "unhealthy"}


def test_labels_become_columns_and_hostile_ones_are_texts() -> None:
    items = one("c", env='=HYPERLINK("http://x","y")')
    items[0]["metadata"]["labels"]["team"] = '@x,"y"\nz'
    found = document(read("=1", FakeKube(*items), labels=["team"]))
    (row,) = csv.DictReader(io.StringIO(fleet_csv(found)))
    assert row["environment"] == '\'=HYPERLINK("http://x","y")'
    assert row["label team"] == '\'@x,"y"\nz'
    assert row["management_cluster"] == "'=1"
