# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The ${VARIABLE} forms of clusterctl templates, without clusterctl. Pure.

clusterctl substitutes with drone/envsubst; these are its forms that public cluster templates use:
``${V}`` ``${V:=default}`` ``${V=default}`` ``${V:-default}`` ``${V-default}`` (defaults may hold further variables),
``${V:offset}`` ``${V:offset:length}`` ``${V#prefix}`` ``${V##prefix}`` ``${V%suffix}`` ``${V%%suffix}``
``${V/old/new}`` ``${V//old/new}`` ``${V^}`` ``${V^^}`` ``${V,}`` ``${V,,}``, and ``$$`` for a literal ``$``.
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
_SIGN = re.compile(r"\$\$|\$\{")
_SLASH = re.compile(r"(?<!\\)/")
_SPACED = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_]*)\s*$")  # ${ V }, an old form of clusterctl


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


def _expand(text: str, variables: Mapping[str, str], missing: set[str], keep: bool) -> str:
    parts: list[str] = []
    position = 0
    for sign in _SIGN.finditer(text):
        if sign.start() < position:
            continue  # inside the variable before it
        parts.append(text[position : sign.start()])
        position = sign.end()
        if sign[0] == "$$":
            parts.append("$")
            continue
        end = _closing(text, position)
        parts.append(_value(text[position:end], variables, missing, keep))
        position = end + 1
    return "".join([*parts, text[position:]])


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
    whole = _SPACED.sub(r"\1", body)
    match = _NAME.match(whole)
    if not match:
        return "${" + body + "}"  # not a variable at all, such as a shell's ${1}
    name, rest = match[0], whole[match.end() :]
    value = variables.get(name)
    operator = _DEFAULT.match(rest)
    if operator:  # other than in a shell, an empty value counts as none in every form
        return value or _expand(rest[operator.end() :], variables, missing, keep)
    if value is None:
        if not keep:
            missing.add(name)
        return "${" + body + "}"
    return _shaped(value, rest) if rest else value


def _shaped(value: str, rest: str) -> str:
    """Apply a string operation of the shell's kind."""
    try:
        return next(shape(value, rest[len(sign) :]) for sign, shape in _SHAPES if rest.startswith(sign))
    except (StopIteration, ValueError) as error:
        raise InvalidInput(
            f"The template has a variable with {rest!r} after its name, a form that is not understood. "
            "Give the value itself another form, or write '$${' for a '${' that is not meant for the template."
        ) from error


def _slice(value: str, rest: str) -> str:
    offset, _colon, length = rest.partition(":")
    start = int(offset or 0)
    return value[start : start + int(length)] if length else value[start:]


def _without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    ends = range(len(value), -1, -1) if longest else range(len(value) + 1)
    return next((value[e:] for e in ends if fnmatch.fnmatchcase(value[:e], pattern)), value)


def _without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    return next((value[:s] for s in starts if fnmatch.fnmatchcase(value[s:], pattern)), value)


def _replaced(value: str, rest: str, count: int) -> str:
    old, new = [part.replace("\\/", "/") for part in (*_SLASH.split(rest, maxsplit=1), "")[:2]]
    if old.startswith(("#", "%")):
        raise ValueError("anchored")
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
