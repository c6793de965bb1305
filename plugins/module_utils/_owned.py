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
_FRAME = {"name", "class"}  # what a node pool of a topology cannot be without
_Trees = list[Mapping[str, Any]]


def applied_version(item: Object) -> str:
    """The apiVersion in which we last applied to the object; its own where we never did."""
    entry = _entry(item)
    return str(entry["apiVersion"]) if entry.get("apiVersion") else str(item["apiVersion"])


def owned(item: Object) -> Object:
    """What we own of the object, with its live values; with the resourceVersion as a precondition of the write."""
    ref, fields, others = ref_of(item), _entry(item).get("fieldsV1") or {}, _others(item)
    found = {
        part: _extract(item[part], fields[f"f:{part}"], _below(others, f"f:{part}"))
        for part in _PARTS
        if f"f:{part}" in fields and part in item
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


def without_empty_entries(item: Object, live: Object) -> Object:
    """A copy without the list entries of which we would own no more than name and class, and others own both.

    Where we stayed an owner of such a pool, another one who takes it out would leave an empty entry behind. One of
    which nobody else owns so much stays: with our last field of it the entry itself would go.
    """
    others = _others(live)
    parts = {part: _pruned(item[part], _below(others, f"f:{part}")) for part in _PARTS if part in item}
    return {**{k: v for k, v in item.items() if k not in parts}, **{k: v for k, v in parts.items() if v}}


def _pruned(value: Any, others: _Trees) -> Any:
    if isinstance(value, list):
        return [_pruned_entry(entry, others) for entry in value if not _is_empty_entry(entry, others)]
    if not isinstance(value, Mapping):
        return value
    found = {key: _pruned(inner, _below(others, f"f:{key}")) for key, inner in value.items()}
    return {key: inner for key, inner in found.items() if inner not in ({}, []) or value[key] == inner}


def _pruned_entry(entry: Any, others: _Trees) -> Any:
    return _pruned(entry, _of_entry(entry, others)) if isinstance(entry, Mapping) else entry


def _is_empty_entry(entry: Any, others: _Trees) -> bool:
    if not isinstance(entry, Mapping) or not set(entry) <= _FRAME:
        return False
    theirs = {key for tree in _of_entry(entry, others) for key in tree}
    return {".", *(f"f:{key}" for key in entry)} <= theirs


def _of_entry(entry: Mapping[str, Any], others: _Trees) -> _Trees:
    """What others own of a list entry, which they name by its keys."""
    return [
        below
        for tree in others
        for key, below in tree.items()
        if key.startswith("k:") and all(entry.get(k) == v for k, v in json.loads(key[2:]).items())
    ]


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


def _others(item: Object) -> _Trees:
    """The FieldsV1 trees of all other writers of the object."""
    ours = _entry(item)
    entries = dig(item, "metadata", "managedFields", default=[])
    return [e.get("fieldsV1") or {} for e in entries if e is not ours]


def _below(trees: _Trees, key: str) -> _Trees:
    return [tree[key] for tree in trees if key in tree]


def _extract(value: Any, fields: Mapping[str, Any], others: _Trees) -> Any:
    """Follow a FieldsV1 tree: ``f:`` a field, ``k:`` a list item by its keys, ``v:`` a value of a set."""
    inner = {k: v for k, v in fields.items() if k != "."}
    if not inner:
        return _whole(value, others)
    if isinstance(value, list):  # in the list's order, which may have a meaning
        return [part for item in value for part in _of_list(item, inner, others)]
    held = value if isinstance(value, Mapping) else {}
    return {
        k[2:]: _extract(held[k[2:]], v, _below(others, k))
        for k, v in inner.items()
        if k.startswith("f:") and k[2:] in held
    }


def _whole(value: Any, others: _Trees) -> Any:
    """A leaf is ours as a whole; but one below which others own something is a map or list that we own empty."""
    if any(key != "." for tree in others for key in tree):
        return [] if isinstance(value, list) else {} if isinstance(value, Mapping) else value
    return value


def _of_list(item: Any, fields: Mapping[str, Any], others: _Trees) -> Iterator[Any]:
    """What is ours of one item; nothing when it is not ours."""
    for key, below in fields.items():
        if key.startswith("v:") and json.loads(key[2:]) == item:
            yield item
        elif key.startswith("k:") and isinstance(item, Mapping):
            keys = json.loads(key[2:])
            if all(item.get(k) == v for k, v in keys.items()):
                yield {**keys, **_extract(item, below, _below(others, key))}
