# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects against CRDs as an API server with fieldValidation=Strict sees them, without one: structure only.

Defaults are applied first, an unknown field is an error. Rules in CEL and webhooks have no say here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Object = dict[str, Any]
Kind = tuple[str, str]  # apiVersion, kind
_KEPT = ("type", "enum", "pattern", "required")
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_VALIDATORS: dict[
    int, tuple[Object, Draft202012Validator]
] = {}  # by the schema, which is kept so that its id is its own
_OF_EVERY_OBJECT = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


def schemas_of(crds: list[Object]) -> dict[Kind, Object]:
    """The schema of each served version, by apiVersion and kind."""
    found = {}
    for crd in crds:
        group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
        for version in crd["spec"]["versions"]:
            if version["served"]:
                found[(f"{group}/{version['name']}", kind)] = version["schema"]["openAPIV3Schema"]
    return found


def complaints(item: Object, schema: Object) -> list[str]:
    """What a strict API server would say of the object, one line each."""
    whole = copy.deepcopy(item)
    _fill(whole, schema)
    if id(schema) not in _VALIDATORS:
        _VALIDATORS[id(schema)] = (schema, _validator(schema))
    errors = _VALIDATORS[id(schema)][1].iter_errors(whole)
    return [f"{item['kind']} {item['metadata']['name']}: {error.json_path}: {error.message}" for error in errors]


def _validator(schema: Object) -> Draft202012Validator:
    strict = _strict(schema)
    strict["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    strict["properties"].update(_OF_EVERY_OBJECT)
    return Draft202012Validator(strict)


def _fill(value: Any, schema: Object) -> None:
    """Structural defaults, where the parent is there."""
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            if "default" in part and value.get(key) is None:
                value[key] = copy.deepcopy(part["default"])
            if key in value:
                _fill(value[key], part)
        others = schema.get("additionalProperties")
        for key in value if isinstance(others, dict) else ():
            _fill(value[key], others)
    elif isinstance(value, list):
        for part in value:
            _fill(part, schema.get("items", {}))


def _strict(schema: Mapping[str, Any]) -> Object:
    """JSON schema of a part of a CRD."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    found = {key: schema[key] for key in (*_KEPT, *_BOUNDS) if key in schema}
    if schema.get("nullable") and "type" in found:
        found["type"] = [found["type"], "null"]
    if "items" in schema:
        found["items"] = _strict(schema["items"])
    found.update(_children(schema))
    return found


def _children(schema: Mapping[str, Any]) -> Object:
    if not schema.get("properties"):
        others = schema.get("additionalProperties")
        return {"additionalProperties": _strict(others)} if isinstance(others, Mapping) else {}
    found: Object = {"properties": dict(_parts(schema))}
    if not schema.get("x-kubernetes-preserve-unknown-fields"):
        found["additionalProperties"] = False
    return found


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Object]]:
    for key, part in schema["properties"].items():
        yield key, _strict(part)
