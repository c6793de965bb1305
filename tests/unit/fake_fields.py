# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What FakeKube does with the fields of objects: merging, giving up, owning, and conflicts, as an API server does it.

Lists are taken as a whole, but for those whose items have a key.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str, ...]
Trees = Sequence[Mapping[str, Any]]  # FieldsV1 of other managers

_KEYS = {"machineDeployments": "name", "machinePools": "name", "availabilityGates": "conditionType"}
_NOT_OWNED = ("name", "namespace", "resourceVersion", "uid")  # of the metadata


def merged(old: Any, new: Any) -> Any:
    """JSON merge patch: null removes."""
    if not isinstance(new, Mapping):
        return copy.deepcopy(new)
    held = old if isinstance(old, Mapping) else {}
    result = {**copy.deepcopy(dict(held)), **{k: merged(held.get(k), v) for k, v in new.items()}}
    return {k: v for k, v in result.items() if v is not None}


def applied(old: Any, new: Any, key: str = "") -> Any:
    """What server-side apply makes of an object: maps are merged, and lists of named items."""
    if key in _KEYS and isinstance(old, list):
        wished = {item[_KEYS[key]]: item for item in new}
        held = [applied(item, wished.pop(item[_KEYS[key]], {})) for item in old]
        return held + copy.deepcopy(list(wished.values()))
    if not isinstance(new, Mapping):
        return copy.deepcopy(new)
    held_map = old if isinstance(old, Mapping) else {}
    result = {**copy.deepcopy(dict(held_map)), **{k: applied(held_map.get(k), v, k) for k, v in new.items()}}
    return {k: v for k, v in result.items() if v is not None}


def given_up(
    old: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any], others: Trees = ()
) -> dict[str, Any]:
    """``old`` without the fields that one manager applied before and applies no more; what others own or set stays."""
    kept = copy.deepcopy(dict(old))
    for key, value in before.items():
        theirs, wished = _below(others, f"f:{key}"), now.get(key)
        if key in _KEYS and isinstance(kept.get(key), list) and (wished is not None or theirs):
            kept[key] = _items_given_up(_KEYS[key], kept[key], value, wished or [], theirs)
        elif isinstance(value, Mapping) and isinstance(kept.get(key), Mapping) and (value or key in now):
            kept[key] = given_up(kept[key], value, wished if isinstance(wished, Mapping) else {}, theirs)
            if key not in now and not kept[key]:
                del kept[key]
        elif key not in now and not theirs:
            kept.pop(key, None)
    return kept


def _items_given_up(key: str, old: list[Any], before: list[Any], now: list[Any], others: Trees) -> list[Any]:
    held, wished = ({item[key]: item for item in items} for items in (before, now))
    left = []
    for item in old:
        theirs = _below(others, "k:" + json.dumps({key: item[key]}, separators=(",", ":")))
        if item[key] not in held or item[key] in wished or theirs:
            ours = {k: v for k, v in held.get(item[key], {}).items() if k != key}
            left.append(given_up(item, ours, wished.get(item[key], {}), theirs))
    return left


def _below(trees: Trees, key: str) -> Trees:
    return [tree[key] for tree in trees if key in tree]


def fields_v1(wish: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an apply owns, as managedFields tell them."""
    metadata = {k: v for k, v in wish.get("metadata", {}).items() if k not in _NOT_OWNED}
    parts = {k: v for k, v in wish.items() if k not in ("apiVersion", "kind", "metadata")}
    found: dict[str, Any] = _fields({**({"metadata": metadata} if metadata else {}), **parts})
    return found


def _fields(value: Any, key: str = "") -> dict[str, Any]:
    if key in _KEYS and isinstance(value, list):
        names = [json.dumps({_KEYS[key]: item[_KEYS[key]]}, separators=(",", ":")) for item in value]
        return {f"k:{name}": {".": {}, **_fields(item)} for name, item in zip(names, value, strict=True)}
    if isinstance(value, Mapping):
        return {f"f:{k}": _fields(v, k) for k, v in value.items()}
    return {}


def contested(owned: Any, old: Any, new: Any, path: Path = ()) -> Iterator[str]:
    """Fields that another manager owns and that ``new`` would set to another value."""
    if isinstance(owned, Mapping) and isinstance(new, Mapping):
        held = old if isinstance(old, Mapping) else {}
        for key in owned.keys() & new.keys():
            yield from contested(owned[key], held.get(key), new[key], (*path, key))
    elif old != new:
        yield "." + ".".join(path)
