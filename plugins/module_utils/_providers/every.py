# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The tables of all clouds together: what nouns ask, which name none of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from .._checks import Check
from .._errors import InvalidInput
from .._objects import close_matches, listed
from . import aws, azure, metal3, openstack, vsphere
from .hints import RETRIED, WAIT, Hint

BESIDE = {**openstack.BESIDE, **vsphere.BESIDE}  # kinds whose words stand in another object of the same name
_OF_ALL = (
    Hint("", r"WaitingForClusterInfrastructure", WAIT, "it waits for the network of the cluster"),
    Hint("", r"WaitingForBootstrapData", WAIT, "it waits for the first control plane machine"),
)
_HINTS = (*aws.HINTS, *azure.HINTS, *openstack.HINTS, *vsphere.HINTS, *metal3.HINTS, *_OF_ALL)

# What changes with every try, and says nothing to an operator.
_NOISE = (
    (re.compile(r"RequestID: [^,\s]*,\s*"), ""),
    (re.compile(r"https response error StatusCode: \d+,\s*"), ""),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x…"),
    (re.compile(r"\s+"), " "),
)


def plain_words(text: str) -> str:
    """A provider's message without request ids and addresses of memory, so that two tries say the same."""
    for pattern, instead in _NOISE:
        text = pattern.sub(instead, text)
    return text.strip()


def hint_for(kind: str, reason: str, message: str, *, loud: bool) -> Hint:
    """The first hint that fits the words of an object of a kind; one without advice where nobody knows better.

    Words that nobody knows are an error when they say so themselves (``loud``), and else of something that goes on.
    """
    words = f"{reason}: {message}"
    fitting = (h for h in _HINTS if kind.startswith(h.kinds) and re.search(h.pattern, words))
    return next(fitting, Hint(kind, "", RETRIED if loud else WAIT))


def skipped_here(skip: Collection[str], checks: Collection[Check[Any]]) -> list[str]:
    """The ids of one cloud in a list that is for all. Raises InvalidInput for an id that no cloud has."""
    known = dict.fromkeys([*(check.id for check in aws.CHECKS), *(check.id for check in openstack.CHECKS)])
    for word in skip:
        if word not in known:
            near = close_matches(word, known)
            raise InvalidInput(f"skip_checks: there is no check {word!r}{near} (there are {listed([*known], 60)}).")
    return [word for word in skip if word in {check.id for check in checks}]
