# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine of checks: all run, all findings are told, and what cannot be read is never good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._checks import (
    BLOCK,
    WARN,
    Check,
    Checked,
    Unknown,
    lines_of,
    refuse_blocked,
    run_checks,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Refused


def unreadable(_ground: str) -> Iterator[str]:
    yield "half a finding"
    raise Unknown("Deployments may not be read")


CHECKS = [
    Check[str]("good", BLOCK, "?", "nothing", lambda ground: ()),
    Check[str]("noisy", WARN, "?", "be calm", lambda ground: (f"{ground} is loud", f"{ground} is loud", "twice")),
    Check[str]("bad", BLOCK, "?", "repair it", lambda ground: (f"{ground} is broken",)),
    Check[str]("dark", BLOCK, "?", "light", unreadable),
]


def test_every_check_runs_and_every_finding_is_told_once() -> None:
    assert run_checks(CHECKS, "x", []) == [
        Checked("good", "ok"),
        Checked("noisy", "warn", "x is loud", "be calm"),
        Checked("noisy", "warn", "twice", "be calm"),
        Checked("bad", "block", "x is broken", "repair it"),
        Checked("dark", "unknown", "Deployments may not be read"),
    ]


def test_skipped_is_told_and_good_stays_good() -> None:
    found = {r.id: r.status for r in run_checks(CHECKS, "x", ["good", "bad", "dark"])}
    assert found == {"good": "ok", "noisy": "warn", "bad": "skipped", "dark": "unknown"}


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInput) as caught:
        run_checks(CHECKS, "x", ["bad", "nosy"])
    assert str(caught.value) == (
        "skip_checks: there is no check 'nosy'; did you mean 'noisy'? (there are good, noisy, bad, dark)."
    )


def test_what_blocks_is_told_with_remedies_and_the_way_around() -> None:
    results = [
        *run_checks(CHECKS, "x", []),
        Checked("bad", BLOCK, "y too", "repair y"),
        Checked("worse", BLOCK, "z", "r"),
    ]
    with pytest.raises(Refused) as caught:
        refuse_blocked("default/prod", results)
    assert str(caught.value) == (
        "default/prod: 3 checks block, nothing was changed:\n"
        "- bad: x is broken Remedy: repair it\n"
        "- bad: y too Remedy: repair y\n"
        "- worse: z Remedy: r\n"
        "To go on in spite of it: skip_checks: [bad, worse]"
    )
    assert [c["id"] for c in caught.value.details["checks"]] == ["noisy", "noisy", "bad", "dark", "bad", "worse"]


def test_one_that_blocks() -> None:
    with pytest.raises(Refused, match="1 check blocks"):
        refuse_blocked("x", run_checks(CHECKS, "x", []))


def test_warnings_unknown_and_skipped_do_not_block() -> None:
    refuse_blocked("x", run_checks(CHECKS, "x", ["bad"]))


def test_lines() -> None:
    assert list(lines_of(run_checks(CHECKS[1:], "x", ["bad"]))) == [
        "check noisy: warn: x is loud",
        "      remedy: be calm",
        "check noisy: warn: twice",
        "      remedy: be calm",
        "check bad: skipped: x is broken",
        "check dark: unknown: Deployments may not be read",
    ]
