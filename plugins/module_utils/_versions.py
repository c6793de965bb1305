# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Kubernetes and provider versions, compared as semantic versions; never as floats or strings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import total_ordering

from ._errors import InvalidInput

_NUMBER = "(0|[1-9][0-9]*)"
_FORM = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")


@total_ordering
@dataclass(frozen=True)
class Version:
    """A semantic version with the leading ``v`` that Kubernetes and Cluster API demand.

    Build data (``v1.34.3+vmware.1``) is kept, and does not count in comparisons (semver 10): see ``is_other_build``.
    """

    major: int
    minor: int
    patch: int
    pre: str = ""
    build: str = field(default="", compare=False)

    def __str__(self) -> str:
        pre, build = f"-{self.pre}" if self.pre else "", f"+{self.build}" if self.build else ""
        return f"v{self.major}.{self.minor}.{self.patch}{pre}{build}"

    def is_other_build(self, other: Version) -> bool:
        """Whether only the build data differs: another image of the same release."""
        return self == other and self.build != other.build

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[object, ...]:
        # semver 11: a release is higher than its pre-releases; numbers below words, numbers as numbers
        words = [(0, int(w), "") if w.isdigit() else (1, 0, w) for w in self.pre.split(".")] if self.pre else []
        return (self.major, self.minor, self.patch, not self.pre, words)


def parse_version(text: str, what: str = "version") -> Version:
    """Read ``v1.34.3``; raise InvalidInput that says what is missing."""
    match = _FORM.fullmatch(text)
    if match:
        major, minor, patch, pre, build = match.groups()
        return Version(int(major), int(minor), int(patch), pre or "", build or "")
    if re.fullmatch(r"\d+\.\d+(\.\d+([-+].*)?)?", text):
        hint = f"it must start with 'v', for example 'v{text}{'.0' if text.count('.') == 1 else ''}'"
    elif re.fullmatch(r"v\d+\.\d+", text):
        hint = f"it has no patch number, for example '{text}.0'"
    else:
        hint = "it must look like 'v1.34.3'"
    raise InvalidInput(f"{what} {text!r} is not a valid version: {hint}.")


def is_version(text: str) -> bool:
    """Whether the text is a version that parse_version takes."""
    return bool(_FORM.fullmatch(text))


def api_version_rank(version: str) -> tuple[int, int, int]:
    """Order Kubernetes API versions as the API server does: v1 > v1beta2 > v1beta1 > v1alpha3."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if not match:
        return (0, 0, 0)
    stage = {"alpha": 1, "beta": 2, None: 3}[match[2]]
    return (stage, int(match[1]), int(match[3] or 0))
