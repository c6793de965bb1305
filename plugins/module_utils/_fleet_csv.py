# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A fleet as a table for spreadsheets, one row a cluster; no cell is taken for a formula. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

# Spreadsheets run what begins so, also behind blanks (OWASP, CSV injection); the last ones are full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")

COLUMNS: Mapping[str, Callable[[Row], Any]] = {
    "management_cluster": lambda row: row["management_cluster"],
    "namespace": lambda row: row["namespace"],
    "name": lambda row: row["name"],
    "environment": lambda row: row["environment"],
    "host": lambda row: row["host"],
    "class": lambda row: row["class"],
    "infrastructure": lambda row: row["infrastructure"],
    "health": lambda row: row["health"]["state"],
    "kubernetes": lambda row: row["kubernetes"]["version"],
    "kubernetes_lowest": lambda row: row["kubernetes"]["lowest"],
    "end_of_life": lambda row: row["kubernetes"]["end_of_life"],
    "end_of_life_days": lambda row: row["kubernetes"]["days"],
    "machines": lambda row: row["machines"]["total"],
    "machines_ready": lambda row: row["machines"]["ready"],
    "machines_wanted": lambda row: row["machines"]["wanted"],
    "oldest_machine_days": lambda row: (row["machines"]["oldest"] or {}).get("days"),
    "certificates_days": lambda row: row["certificates"]["days"],
    "rollout_seconds": lambda row: (row["rollout"] or {}).get("seconds"),
    "paused": lambda row: _names(f"{item['kind']} {item['name']}" for item in row["paused"]),
    "held": lambda row: _names(f"{item['kind']} {item['name']}" for item in row["held"]),
    "autoscaled": lambda row: _names(row["autoscaled"]),
    "gitops": lambda row: (row["gitops"] or {}).get("tool"),
    "protected": lambda row: row["protected"],
    "drift": lambda row: None if row["drift"] is None else len(row["drift"]["objects"]),
    "block": lambda row: _names(f["id"] for f in row["findings"] if f["severity"] == "block"),
    "warn": lambda row: _names(f["id"] for f in row["findings"] if f["severity"] == "warn"),
}


def fleet_csv(document: Row) -> str:
    """RFC 4180 with lines that end as on Unix; a column for each label that the rows carry."""
    labels = sorted({label for row in document["clusters"] for label in row["labels"]})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(cell(f"label {label}") for label in labels)])
    for row in document["clusters"]:
        writer.writerow([cell(read(row)) for read in COLUMNS.values()] + [cell(row["labels"].get(x)) for x in labels])
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as a cell; an apostrophe keeps a text from being run as a formula. Numbers are left as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _names(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))
