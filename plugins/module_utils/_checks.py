# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Checks before a change: each has an id, a severity and a remedy; all run, all findings are told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Generic, TypeVar

from ._errors import InvalidInput, Refused
from ._objects import close_matches, listed

BLOCK, WARN = "block", "warn"
FAIL = "fail"  # the same as BLOCK where nothing is about to begin: a check list by itself
OK, UNKNOWN, SKIPPED = "ok", "unknown", "skipped"
Ground = TypeVar("Ground")


class Unknown(Exception):
    """What a check needs could not be read; it is told, and never taken for good."""


@dataclass(frozen=True)
class Noted:
    """What a judge says beyond a sentence: for whom, with which figures, and a status other than the check's."""

    message: str
    status: str = ""  # empty: the check's severity; `ok` for what is worth telling although it is good
    about: tuple[str, ...] = ()  # names of the clusters that it concerns
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""  # empty: the check's


@dataclass(frozen=True)
class Check(Generic[Ground]):
    """``judge`` yields what is wrong, a sentence each that names the object; nothing for good."""

    id: str
    severity: str
    what: str  # the question that it asks, for the table in the documentation
    remedy: str
    judge: Callable[[Ground], Iterable[str | Noted]]


@dataclass(frozen=True)
class Checked:
    """One line of the list; ``status`` is ok, warn, block or fail, skipped or unknown."""

    id: str
    status: str
    message: str = ""
    remedy: str = ""
    about: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, str]:
        return {"id": self.id, "status": self.status, "message": self.message, "remedy": self.remedy}

    def as_evidence(self) -> dict[str, Any]:
        """The same with what it was judged from."""
        return {**self.as_dict(), "clusters": list(self.about), "evidence": dict(self.evidence)}


def run_checks(
    checks: Collection[Check[Ground]], ground: Ground, skip: Collection[str], option: str = "skip_checks"
) -> list[Checked]:
    """The result of every check. Raises InvalidInput for an id in ``skip``, the value of ``option``, that none has."""
    ids = [c.id for c in checks]
    for word in skip:
        if word not in ids:
            raise InvalidInput(
                f"{option}: there is no check {word!r}{close_matches(word, ids)} (there are {listed(ids, 40)})."
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
    found: dict[str, Noted] = {}
    try:
        for told in check.judge(ground):
            noted = told if isinstance(told, Noted) else Noted(told)
            found.setdefault(noted.message, noted)
    except Unknown as error:
        found = {"": Noted(str(error), UNKNOWN)}
    yield from (_line(check, noted, skip) for noted in found.values())
    if not found:
        yield Checked(check.id, OK)


def _line(check: Check[Ground], noted: Noted, skip: Collection[str]) -> Checked:
    """A skipped check is told with what it found; good news and what is unknown need no remedy."""
    status = noted.status or check.severity
    if status in (OK, UNKNOWN):
        return Checked(check.id, status, noted.message, noted.remedy, noted.about, noted.evidence)
    status = SKIPPED if check.id in skip else status
    return Checked(check.id, status, noted.message, noted.remedy or check.remedy, noted.about, noted.evidence)
