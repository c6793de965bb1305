# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What FakeKube does with the fields of objects: merging, giving up, owning, and conflicts, as an API server does it.

Lists are taken as a whole, but for those whose items have a key.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

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


def given_up(old: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """``old`` without the fields that one manager applied before and applies no more; what others set stays."""
    kept = copy.deepcopy(dict(old))
    for key, value in before.items():
        if key not in now:
            inner = value and isinstance(value, Mapping) and isinstance(kept.get(key), Mapping)
            kept[key] = given_up(kept[key], value, {}) if inner else None
            if not kept[key]:
                del kept[key]
        elif key in _KEYS and isinstance(kept.get(key), list):
            kept[key] = _items_given_up(_KEYS[key], kept[key], value, now[key])
        elif isinstance(value, Mapping) and isinstance(now[key], Mapping) and isinstance(kept.get(key), Mapping):
            kept[key] = given_up(kept[key], value, now[key])
    return kept


def _items_given_up(key: str, old: list[Any], before: list[Any], now: list[Any]) -> list[Any]:
    held, wished = ({item[key]: item for item in items} for items in (before, now))
    stays = [item for item in old if item[key] not in held or item[key] in wished]
    return [given_up(item, held.get(item[key], {}), wished.get(item[key], {})) for item in stays]


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
