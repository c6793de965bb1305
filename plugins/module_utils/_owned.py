# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The part of a live object that we own by server-side apply, so that one field of it can be changed. Pure.

An apply states everything that its manager wants: what it leaves out is given up. To change one field of an object
that module cluster wrote, what we own is read back, changed, and applied again (the Extract functions of client-go).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ._objects import FIELD_MANAGER, Object, dig, ref_of

_PARTS = ("metadata", "spec", "data")


def applied_version(item: Object) -> str:
    """The apiVersion in which we last applied to the object; its own where we never did."""
    entry = _entry(item)
    return str(entry["apiVersion"]) if entry.get("apiVersion") else str(item["apiVersion"])


def owned(item: Object) -> Object:
    """What we own of the object, with its live values; with the resourceVersion as a precondition of the write."""
    ref, fields = ref_of(item), _entry(item).get("fieldsV1") or {}
    found = {
        part: _extract(item[part], fields[f"f:{part}"]) for part in _PARTS if f"f:{part}" in fields and part in item
    }
    kept: Object = copy.deepcopy(found)
    meta = {k: v for k, v in (kept.get("metadata") or {}).items() if k in ("labels", "annotations")}
    meta |= {"name": ref.name, "resourceVersion": item["metadata"]["resourceVersion"]}
    if ref.namespace:
        meta["namespace"] = ref.namespace
    return {**kept, "apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta}


def with_value(item: Object, path: tuple[Any, ...], value: Any) -> Object:
    """A copy with one field set, or left out for None with what it leaves empty. ("name", x) is the list item x."""
    copied = copy.deepcopy(item)
    _set(copied, path, value)
    return copied


def _set(place: Any, path: tuple[Any, ...], value: Any) -> None:
    step, rest = path[0], path[1:]
    if isinstance(step, tuple):
        _set(_item(place, step), rest, value)
    elif rest:
        fallback: Any = [] if isinstance(rest[0], tuple) else {}
        if value is None and step not in place:
            return
        if place.get(step) is None:  # in YAML a name without a value is null
            place[step] = fallback
        _set(place[step], rest, value)
        if value is None and place[step] == {}:  # an empty mapping would be stored as null, and refused
            del place[step]
    elif value is None:
        place.pop(step, None)
    else:
        place[step] = value


def _item(items: list[Any], step: tuple[str, str]) -> Any:
    key, name = step
    found = next((i for i in items if i.get(key) == name), None)
    if found is None:
        found = {key: name}
        items.append(found)
    return found


def _entry(item: Object) -> Mapping[str, Any]:
    """The managedFields entry of our applies."""
    entries = dig(item, "metadata", "managedFields", default=[])
    ours = (e for e in entries if (e.get("manager"), e.get("operation")) == (FIELD_MANAGER, "Apply"))
    return next((e for e in ours if not e.get("subresource")), {})


def _extract(value: Any, fields: Mapping[str, Any]) -> Any:
    """Follow a FieldsV1 tree: ``f:`` a field, ``k:`` a list item by its keys, ``v:`` a value of a set."""
    inner = {k: v for k, v in fields.items() if k != "."}
    if not inner:
        return value
    if isinstance(value, list):
        return [
            part for item in value for part in _of_list(item, inner)
        ]  # in the list's order, which may have a meaning
    held = value if isinstance(value, Mapping) else {}
    return {k[2:]: _extract(held[k[2:]], v) for k, v in inner.items() if k.startswith("f:") and k[2:] in held}


def _of_list(item: Any, fields: Mapping[str, Any]) -> Iterator[Any]:
    """What is ours of one item; nothing when it is not ours."""
    for key, below in fields.items():
        if key.startswith("v:") and json.loads(key[2:]) == item:
            yield item
        elif key.startswith("k:") and isinstance(item, Mapping):
            keys = json.loads(key[2:])
            if all(item.get(k) == v for k, v in keys.items()):
                yield {**keys, **_extract(item, below)}
