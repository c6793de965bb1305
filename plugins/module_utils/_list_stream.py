# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The items of a Kubernetes list, one by one, while its bytes arrive: never all in memory. Pure."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ._objects import Object

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


class Cut(Exception):
    """The bytes end before the list does, or are no list at all: nothing is known of what is missing."""


def items_of(parts: Iterable[bytes]) -> Iterator[Object]:
    """Each object below ``items``. Raises Cut where the text ends early; what was given until then is not all."""
    text, known = _Text(parts), False
    sign = text.sign()
    if sign != "{":
        raise Cut("no JSON object")
    while sign != "}":
        key = text.value()
        text.sign()
        if key == "items":
            known = True
            yield from _elements(text)
        else:
            text.value()
        sign = text.sign()
    if not known:
        raise Cut("no list")


def _elements(text: _Text) -> Iterator[Object]:
    if text.peek() != "[":
        text.value()  # null: a list of nothing
        return
    text.sign()
    if text.peek() == "]":
        text.sign()
        return
    sign = ","
    while sign == ",":
        yield text.value()
        sign = text.sign()


class _Text:
    """What has arrived and is not read yet."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._decode = iter(parts), codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text, self._at = "", 0

    def peek(self) -> str:
        """The next sign that is no space."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            self._more()

    def sign(self) -> str:
        found = self.peek()
        self._at += 1
        return found

    def value(self) -> Any:
        """The next JSON value; more is fetched until it is whole."""
        while True:
            self.peek()
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                self._more()
                continue
            if end < len(self._text) or isinstance(found, (dict, list, str)):
                self._at = end
                return found
            self._more()  # a number at the end may go on

    def _more(self) -> None:
        part = next(self._parts, b"")
        if not part:
            raise Cut("the list ends early")
        self._text, self._at = self._text[self._at :] + self._decode(part), 0
