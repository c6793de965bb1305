# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The ${VARIABLE} forms of clusterctl templates, without clusterctl. Pure.

clusterctl substitutes with drone/envsubst; these are its forms that public cluster templates use:
``${V}`` ``${V:=default}`` ``${V=default}`` ``${V:-default}`` ``${V-default}`` (defaults may hold further variables),
``${V:offset}`` ``${V:offset:length}`` ``${V#prefix}`` ``${V##prefix}`` ``${V%suffix}`` ``${V%%suffix}``
``${V/old/new}`` ``${V//old/new}`` ``${V^}`` ``${V^^}`` ``${V,}`` ``${V,,}``, and ``$${V}`` for a literal ``${V}``.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import Callable

from ._errors import InvalidInput
from ._objects import close_matches

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULT = re.compile(r":?[=-]")


def substitute(text: str, variables: Mapping[str, str], *, keep_unknown: bool = False) -> str:
    """Replace every variable. Raises InvalidInput that names all that have neither a value nor a default.

    ``keep_unknown`` leaves those as they are: Ignition units use ``${COREOS_...}`` for themselves.
    """
    missing: set[str] = set()
    result = _expand(text, variables, missing, keep_unknown)
    if missing:
        names = ", ".join(f"{m}{close_matches(m, variables)}" for m in sorted(missing))
        raise InvalidInput(
            f"The template needs variables that have no value: {names}. Set them in template.variables, "
            "or set template.keep_unknown if they are not meant for the template.",
            missing_variables=sorted(missing),
        )
    return result


def variables_of(text: str) -> dict[str, str | None]:
    """The variables that a template names, with their defaults (None: a value is needed)."""
    found: dict[str, str | None] = {}
    for start in (m.start() for m in re.finditer(r"(?<!\$)\$\{", text)):
        body = text[start + 2 : _closing(text, start + 2)]
        name = _NAME.match(body)
        if name:
            rest = body[name.end() :]
            operator = _DEFAULT.match(rest)
            default = rest[operator.end() :] if operator else None
            found[name[0]] = default if found.get(name[0]) is None else found[name[0]]
    return found


def _expand(text: str, variables: Mapping[str, str], missing: set[str], keep: bool) -> str:
    parts: list[str] = []
    position = 0
    while True:
        start = text.find("${", position)
        if start < 0:
            return "".join([*parts, text[position:]])
        if start > 0 and text[start - 1] == "$":  # $${V} is a literal
            end = _closing(text, start + 2)
            parts += [text[position : start - 1], text[start : end + 1]]
        else:
            end = _closing(text, start + 2)
            parts += [text[position:start], _value(text[start + 2 : end], variables, missing, keep)]
        position = end + 1


def _closing(text: str, start: int) -> int:
    """The index of the brace that closes the one before ``start``."""
    depth, position = 1, start
    while position < len(text):
        if text.startswith("${", position):
            depth, position = depth + 1, position + 1
        elif text[position] == "}":
            depth -= 1
            if not depth:
                return position
        position += 1
    line = text.count("\n", 0, start) + 1
    raise InvalidInput(f"The template has '${{' in line {line} that is never closed by '}}'.")


def _value(body: str, variables: Mapping[str, str], missing: set[str], keep: bool) -> str:
    match = _NAME.match(body)
    if not match:
        return "${" + body + "}"  # not a variable at all, such as a shell's ${1}
    name, rest = match[0], body[match.end() :]
    value = variables.get(name)
    operator = _DEFAULT.match(rest)
    if operator:
        empty_counts = operator[0].startswith(":")
        if value is None or (empty_counts and value == ""):
            return _expand(rest[operator.end() :], variables, missing, keep)
        return value
    if value is None:
        if not keep:
            missing.add(name)
        return "${" + body + "}"
    return _shaped(value, rest)


def _shaped(value: str, rest: str) -> str:
    """Apply a string operation of the shell's kind; without one the value as it is."""
    for sign, shape in _SHAPES:
        if rest.startswith(sign):
            return shape(value, rest[len(sign) :])
    return value


def _slice(value: str, rest: str) -> str:
    offset, _, length = rest.partition(":")
    start = int(offset or 0)
    return value[start : start + int(length)] if length else value[start:]


def _without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    ends = range(len(value), -1, -1) if longest else range(len(value) + 1)
    return next((value[e:] for e in ends if fnmatch.fnmatchcase(value[:e], pattern)), value)


def _without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    return next((value[:s] for s in starts if fnmatch.fnmatchcase(value[s:], pattern)), value)


def _replaced(value: str, rest: str, count: int) -> str:
    old, _, new = rest.partition("/")
    return value.replace(old, new, count)


_SHAPES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    (":", _slice),
    ("##", lambda v, r: _without_prefix(v, r, longest=True)),
    ("#", lambda v, r: _without_prefix(v, r, longest=False)),
    ("%%", lambda v, r: _without_suffix(v, r, longest=True)),
    ("%", lambda v, r: _without_suffix(v, r, longest=False)),
    ("//", lambda v, r: _replaced(v, r, -1)),
    ("/", lambda v, r: _replaced(v, r, 1)),
    ("^^", lambda v, r: v.upper()),
    ("^", lambda v, r: v[:1].upper() + v[1:]),
    (",,", lambda v, r: v.lower()),
    (",", lambda v, r: v[:1].lower() + v[1:]),
)
