# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of checks as an operator reads it, and several lists as one."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._check_table import gathered, listing, verdict_of
from ansible_collections.capi.lifecycle.plugins.module_utils._checks import FAIL, WARN, Checked

KEY = Checked("key-pair", FAIL, "There is no key pair 'ops'.", "import it.", ("a", "b"), {"key": "ops"})
GOOD = Checked("credentials", "ok", "account 1")
DARK = Checked("vcpus", "unknown", "could not be read", about=("a",))


def test_the_table() -> None:
    long = Checked("zones", WARN, " ".join(["word"] * 25), "none.", ("a",))
    told = listing("AWS", [GOOD, KEY, DARK, long], 3)
    assert told["table"] == [
        "AWS: 1 fail, 1 warn, 1 unknown, 1 ok",
        "  ok       credentials          account 1",
        "  FAIL     key-pair             There is no key pair 'ops'. (a, b)",
        f"{' ' * 31}remedy: import it.",
        "  unknown  vcpus                could not be read (a)",
        f"  warn     zones                {' '.join(['word'] * 19)}",
        f"{' ' * 31}{' '.join(['word'] * 6)} (a)",
        f"{' ' * 31}remedy: none.",
    ]
    assert told["counts"] == {"fail": 1, "warn": 1, "unknown": 1, "ok": 1}
    assert told["checks"][1] == {
        "id": "key-pair",
        "status": "fail",
        "message": "There is no key pair 'ops'.",
        "remedy": "import it.",
        "clusters": ["a", "b"],
        "evidence": {"key": "ops"},
    }


def test_all_clusters_are_not_listed() -> None:
    assert listing("AWS", [KEY], 2)["table"][1].endswith("'ops'. (all clusters)")
    assert listing("AWS", [Checked("x", FAIL, "b is bad.", "r", ("b",))], 1)["table"][1].endswith("b is bad.")


@pytest.mark.parametrize(
    ("results", "verdict"),
    [([GOOD], "ok"), ([GOOD, DARK], "warn"), ([DARK, KEY], "fail"), ([Checked("x", "skipped")], "ok"), ([], "ok")],
)
def test_the_verdict_is_the_worst_and_unknown_is_not_good(results: list[Checked], verdict: str) -> None:
    assert verdict_of(results) == verdict


def test_lists_of_several_accounts() -> None:
    places = [{"provider": "aws", "account": "1", "region": r, **listing("AWS", [KEY, GOOD], 2)} for r in ("x", "y")]
    found = gathered(places)
    assert found["title"] == "2 checks fail"
    assert found["ids"] == ["key-pair"]
    assert found["failed"][1] == "- aws 1 y: key-pair (a, b): There is no key pair 'ops'. Remedy: import it."
    assert [c["region"] for c in found["checks"]] == ["x", "x", "y", "y"]
    assert gathered(places[:1])["title"] == "1 check fails"
    assert gathered([])["failed"] == []
