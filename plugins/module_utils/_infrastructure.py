# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What infrastructure objects say: the true error of a machine stands there, and nowhere else. Pure.

Machine and Cluster repeat a reason at best (``0 of 2 completed``). No kind is named here: the words are found by shape,
and judged by the tables of ``_providers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ._objects import Object, condition, conditions, dig, is_deleting, name_of
from ._parts import Parts
from ._progress import Progress
from ._providers.every import hint_for, plain_words
from ._providers.hints import TERMINAL, WAIT, Hint

_SEVERITY = {"Error": 0, "Warning": 1, "": 2, "Info": 3}
_ERROR = re.compile(r"fail|error|invalid|unable|denied|exceeded|notfound|unreachable", re.IGNORECASE)
_SUMMARIES = ("Ready", "Paused", "Deleting")
_LONGEST, _IN_A_LINE = 600, 110
_MOST_TOLD = 3


@dataclass(frozen=True)
class Words:
    """What one object says is wrong with it."""

    where: str
    reason: str
    message: str
    hint: Hint
    machine: Object | None = None  # the Machine that it belongs to

    def __str__(self) -> str:
        told = f"{self.where}: {self.reason}{f': {self.message}' if self.message else ''}"
        return f"{told.rstrip('.')}. Hint: {self.hint.advice}" if self.hint.advice else told

    def as_dict(self) -> dict[str, str]:
        told = {"object": self.where, "reason": self.reason, "message": self.message}
        return {**told, "effect": self.hint.effect, "hint": self.hint.advice}


def waits_for_infrastructure(item: Object) -> bool:
    """Whether a Cluster or Machine waits for its infrastructure object."""
    found = condition(item, "InfrastructureReady")
    return bool(dig(item, "spec", "infrastructureRef")) and found.get("status") != "True" and not is_deleting(item)


def words_of(item: Object, machine: Object | None = None) -> Words | None:
    """The worst that an infrastructure object says, newest of its severity; None when it complains of nothing."""
    reason, message, loud = _complaint(item)
    if not reason:
        return None
    message = plain_words(message)[:_LONGEST]
    given_up = dig(item, "status", "failureReason", default="")  # may say more than the condition: CreateError
    hint = hint_for(str(item["kind"]), reason, f"{message} {given_up}".strip(), loud=loud)
    return Words(f"{item['kind']} {name_of(item)}", reason, message, hint, machine)


def _complaint(item: Object) -> tuple[str, str, bool]:
    """Reason and message, and whether they are an error by their own word."""
    status: Mapping[str, Any] = item.get("status") or {}
    false = [c for c in conditions(item) if c.get("status") == "False" and c.get("reason")]
    told = [c for c in false if c.get("type") not in _SUMMARIES] or false
    told.sort(key=lambda c: str(c.get("lastTransitionTime", "")), reverse=True)
    told.sort(key=lambda c: _SEVERITY.get(str(c.get("severity") or ""), 2))
    failure = str(status.get("failureReason") or "")
    if told and (not failure or told[0].get("severity") == "Error"):
        extra = f" {status.get('failureMessage') or ''}" if failure and not told[0].get("message") else ""
        loud = _SEVERITY.get(str(told[0].get("severity") or ""), 2) < 2 or bool(_ERROR.search(str(told[0]["reason"])))
        return str(told[0]["reason"]), f"{told[0].get('message') or ''}{extra}", loud
    return failure, str(status.get("failureMessage") or ""), True


def explained(progress: Progress, seen: Parts, found: Iterable[Words]) -> Progress:
    """The progress with the provider's words: in its line where they are an error, with a hint where it is stuck."""
    told = sorted(found, key=lambda w: (w.hint.effect == WAIT, w.hint.effect != TERMINAL, not w.hint.advice))
    if not told:
        return progress
    first = told[0]
    details = {**progress.details, "provider": [w.as_dict() for w in told[:_MOST_TOLD]]}
    if first.hint.effect == WAIT:
        return replace(progress, details=details)
    return replace(
        progress,
        message=f"{progress.message}; {_shortened(first)}",
        stuck=str(first),
        hopeless=next(_hopeless(told, seen), ""),
        details=details,
    )


def _shortened(words: Words) -> str:
    text = f"{words.where}: {words.message or words.reason}"
    return text if len(text) <= _IN_A_LINE else f"{text[: _IN_A_LINE - 3]}..."


def _hopeless(told: Sequence[Words], seen: Parts) -> Iterator[str]:
    """Machines of the newest version that the provider has given up, and that nothing will replace."""
    for words in told:
        machine = words.machine
        if machine and words.hint.effect == TERMINAL and _is_wanted(machine, seen) and not _is_watched(machine):
            yield str(words)


def _is_wanted(machine: Object, seen: Parts) -> bool:
    """An older one is about to be replaced anyway."""
    plane = dig(seen.control_plane, "spec", "version")
    wanted = {plane, *(dig(p, "spec", "template", "spec", "version") for p in seen.pools)}
    return not is_deleting(machine) and dig(machine, "spec", "version") in wanted


def _is_watched(machine: Object) -> bool:
    """A MachineHealthCheck replaces it: it puts this condition on the machines that it covers."""
    return bool(condition(machine, "HealthCheckSucceeded"))
