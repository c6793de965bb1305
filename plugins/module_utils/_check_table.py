# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A list of checks as a table that an operator reads, and its sum. Pure."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ._checks import FAIL, OK, UNKNOWN, WARN, Checked
from ._objects import listed

_WIDTH = 96
_INDENT = " " * 31
_LOUD = {FAIL: "FAIL", WARN: "warn"}
_ORDER = (FAIL, WARN, UNKNOWN, "skipped", OK)


def verdict_of(results: Iterable[Checked]) -> str:
    """The worst of the list: fail, warn, or ok; unknown counts as a warning."""
    found = {r.status for r in results}
    return FAIL if FAIL in found else WARN if found & {WARN, UNKNOWN} else OK


def counts_of(results: Iterable[Checked]) -> dict[str, int]:
    found = Counter(r.status for r in results)
    return {status: found[status] for status in _ORDER if found[status]}


def table_lines(results: Sequence[Checked], clusters: int) -> Iterator[str]:
    """One row a finding, its remedy below; ``clusters`` is how many there are in all."""
    for found in results:
        told = found.message + _about(found, clusters)
        rows = textwrap.wrap(told, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
        yield f"  {_LOUD.get(found.status, found.status):<8} {found.id:<20} {rows[0]}".rstrip()
        yield from (f"{_INDENT}{row}" for row in rows[1:])
        if found.remedy and found.status in (FAIL, WARN):
            for row in textwrap.wrap(f"remedy: {found.remedy}", _WIDTH, break_long_words=False):
                yield f"{_INDENT}{row}"


def summary_line(results: Sequence[Checked]) -> str:
    """``2 fail, 1 warn, 18 ok``."""
    return ", ".join(f"{number} {status}" for status, number in counts_of(results).items())


def _about(found: Checked, clusters: int) -> str:
    """Which clusters a finding concerns, where it is not all of them, or they are few."""
    if found.status == OK or all(_says(found.message, name) for name in found.about):
        return ""
    if len(found.about) == clusters > 1:
        return " (all clusters)"
    return f" ({listed(list(found.about), 4)})"


def _says(message: str, name: str) -> bool:
    """Whether a message names a cluster: as a word, not as a part of one."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", message) is not None


def listing(title: str, results: Sequence[Checked], clusters: int) -> dict[str, Any]:
    """What a task returns of its checks, for programs and for people."""
    return {
        "verdict": verdict_of(results),
        "counts": counts_of(results),
        "checks": [r.as_evidence() for r in results],
        "table": [f"{title}: {summary_line(results)}", *table_lines(results, clusters)],
    }


def gathered(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The lists of several tasks, one an account: all checks, and what fails in words."""
    checks = [
        {"provider": one["provider"], "account": one["account"], "region": one["region"], **check}
        for one in results
        for check in one.get("checks") or ()
    ]
    failed = [c for c in checks if c["status"] == FAIL]
    return {
        "checks": checks,
        "title": "1 check fails" if len(failed) == 1 else f"{len(failed)} checks fail",
        "failed": [_failed_line(check) for check in failed],
        "ids": list(dict.fromkeys(str(check["id"]) for check in failed)),
    }


def _failed_line(check: Mapping[str, Any]) -> str:
    place = " ".join(str(check[key]) for key in ("provider", "account", "region") if check[key])
    whom = listed([str(name) for name in check["clusters"]], 4)
    return f"- {place}: {check['id']}{f' ({whom})' if whom else ''}: {check['message']} Remedy: {check['remedy']}"
