# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A value against a JSON schema: defaults filled in, every mistake in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from ._objects import close_matches

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

Schema = Mapping[str, Any]
Mistake = tuple[str, str]  # where in the value; what was found and what is wanted

MISSING_LIBRARY = (
    "the Python package jsonschema (4.0 or newer) is missing where Ansible runs, so the description cannot be checked; "
    "install it there: pip install 'jsonschema>=4.0'"
)
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
}
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}
_LONGEST = 60  # characters of a value in a message


def completed(value: Any, schema: Schema, root: Schema) -> Any:
    """The value with the schema's defaults, without nulls, and with the types that extra variables take away."""
    schema = _resolved(schema, root)
    if isinstance(value, Mapping):
        parts = {key: _resolved(part, root) for key, part in schema.get("properties", {}).items()}
        given = {key: part for key, part in value.items() if part is not None}
        filled = {**{key: part["default"] for key, part in parts.items() if "default" in part}, **given}
        others = schema.get("additionalProperties")
        rest = others if isinstance(others, Mapping) else {}
        return {key: completed(part, parts.get(key, rest), root) for key, part in filled.items()}
    if isinstance(value, list):
        return [completed(part, schema.get("items", {}), root) for part in value]
    return _typed(value, schema.get("type"))


def mistakes(value: Any, schema: Schema) -> list[Mistake]:
    """All mistakes, each once, in the order of the value."""
    if Draft202012Validator is None:
        return [("", MISSING_LIBRARY)]
    errors = Draft202012Validator(schema).iter_errors(value)
    found = [m for e in errors for m in _WORDS.get(e.validator, _unfit)(_place(value, e.absolute_path), e, schema)]
    return list(dict.fromkeys(found))


def _resolved(schema: Schema, root: Schema) -> Schema:
    """A schema with what its $ref names; its own words win."""
    while "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = {**root["$defs"][name], **{key: part for key, part in schema.items() if key != "$ref"}}
    return schema


def _typed(value: Any, kind: Any) -> Any:
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value.strip()):
        return int(value)
    if kind == "boolean" and isinstance(value, str):
        return _YES_NO.get(value.strip().lower(), value)
    if kind == "string" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _place(value: Any, path: Sequence[Any]) -> str:
    """``cluster_node_pools[workers].replicas``: parts of a list by their name, or by their number from 1."""
    where = ""
    for step in path:
        value = value[step]
        if isinstance(step, int):
            name = value.get("name") if isinstance(value, Mapping) else None
            where += f"[{name if isinstance(name, str) else step + 1}]"
        else:
            where += f".{step}" if where else str(step)
    return where


def _unknown(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            yield _below(place, key), f"unknown{close_matches(str(key), known)}; there are {', '.join(known)}"


def _missing(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    for key in error.validator_value:
        if key not in error.instance:
            yield _below(place, key), f"missing; wanted is {_wanted(error.schema['properties'][key], root)}"


def _missing_beside(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    for given, keys in error.validator_value.items():
        for key in keys if given in error.instance else ():
            if key not in error.instance:
                wanted = _wanted(error.schema["properties"][key], root)
                yield _below(place, key), f"missing, and {given} is given; wanted is {wanted}"


def _of_another_type(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    wanted = " or ".join(_KINDS.get(kind, str(kind)) for kind in kinds)
    said = error.schema.get("description")
    yield place, f"{_shown(error.instance)} is {_kind(error.instance)}; wanted is {wanted}{f': {said}' if said else ''}"


def _not_listed(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    choices = [str(choice) for choice in error.validator_value]
    near = close_matches(str(error.instance), choices)
    yield place, f"{_shown(error.instance)} is not one of {', '.join(choices)}{near}"


def _unfit(place: str, error: Any, root: Schema) -> Iterator[Mistake]:
    wanted = error.schema.get("description") or f"{error.validator} {error.validator_value}"
    yield place, f"{_shown(error.instance)} does not do; wanted is {wanted}"


def _wanted(schema: Schema, root: Schema) -> str:
    found = _resolved(schema, root)
    return str(found.get("description") or _KINDS.get(str(found.get("type")), "a value"))


def _below(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else str(key)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _kind(value: Any) -> str:
    kinds = (("boolean", bool), ("integer", int), ("string", str), ("array", list), ("object", dict))
    return next((_KINDS[name] for name, kind in kinds if isinstance(value, kind)), "a number")


_WORDS: Mapping[str, Callable[[str, Any, Schema], Iterator[Mistake]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "dependentRequired": _missing_beside,
    "type": _of_another_type,
    "enum": _not_listed,
}
