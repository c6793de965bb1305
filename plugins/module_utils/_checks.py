# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Checks before a change: each has an id, a severity and a remedy; all run, all findings are told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

from ._errors import InvalidInput, Refused
from ._objects import close_matches, listed

BLOCK, WARN = "block", "warn"
Ground = TypeVar("Ground")


class Unknown(Exception):
    """What a check needs could not be read; it is told, and never taken for good."""


@dataclass(frozen=True)
class Check(Generic[Ground]):
    """``judge`` yields what is wrong, a sentence each that names the object; nothing for good."""

    id: str
    severity: str
    what: str  # the question that it asks, for the table in the documentation
    remedy: str
    judge: Callable[[Ground], Iterable[str]]


@dataclass(frozen=True)
class Checked:
    """One line of the list; ``status`` is ok, warn, block, skipped or unknown."""

    id: str
    status: str
    message: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"id": self.id, "status": self.status, "message": self.message, "remedy": self.remedy}


def run_checks(checks: Collection[Check[Ground]], ground: Ground, skip: Collection[str]) -> list[Checked]:
    """The result of every check. Raises InvalidInput for an id in ``skip`` that no check has."""
    ids = [c.id for c in checks]
    for word in skip:
        if word not in ids:
            raise InvalidInput(
                f"skip_checks: there is no check {word!r}{close_matches(word, ids)} (there are {listed(ids, 40)})."
            )
    return [found for check in checks for found in _run(check, ground, skip)]


def refuse_blocked(title: str, results: Iterable[Checked]) -> None:
    """Raise Refused when a check blocks, with all that block."""
    blocked = [r for r in results if r.status == BLOCK]
    if not blocked:
        return
    count = "1 check blocks" if len(blocked) == 1 else f"{len(blocked)} checks block"
    told = "\n".join(f"- {r.id}: {r.message} Remedy: {r.remedy}" for r in blocked)
    ids = ", ".join(dict.fromkeys(r.id for r in blocked))
    raise Refused(
        f"{title}: {count}, nothing was changed:\n{told}\nTo go on in spite of it: skip_checks: [{ids}]",
        checks=[r.as_dict() for r in results if r.status != "ok"],
    )


def lines_of(results: Iterable[Checked]) -> Iterator[str]:
    """What an operator must know of the results: everything that is not ok."""
    for found in results:
        if found.status != "ok":
            yield f"check {found.id}: {found.status}: {found.message}"
            if found.remedy and found.status in (BLOCK, WARN):
                yield f"      remedy: {found.remedy}"


def _run(check: Check[Ground], ground: Ground, skip: Collection[str]) -> Iterator[Checked]:
    try:
        wrong = list(dict.fromkeys(check.judge(ground)))
    except Unknown as error:
        yield Checked(check.id, "unknown", str(error))
        return
    status = "skipped" if check.id in skip else check.severity
    yield from (Checked(check.id, status, words, check.remedy) for words in wrong)
    if not wrong:
        yield Checked(check.id, "ok")
