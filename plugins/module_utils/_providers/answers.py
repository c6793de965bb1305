# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a cloud answers where it does not give what was asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._checks import Unknown


@dataclass(frozen=True)
class NoAnswer:
    """The cloud said no, or nothing; ``is_absence``: the answer is that there is no such thing."""

    question: str
    code: str
    message: str
    is_absence: bool = False

    def __str__(self) -> str:
        return f"{self.question} was answered by {self.code}: {self.message.rstrip('.')}"


def answer_in(answers: Mapping[str, Any], name: str) -> Any:
    """An answer by the name of its question. Raises Unknown where there is none: 403 is never good."""
    found = answers.get(name)
    if found is None or isinstance(found, NoAnswer):
        raise Unknown(f"{found}." if found else f"{name} was not asked.")
    return found
