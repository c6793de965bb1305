# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What FakeKube does with the fields of objects: merging, giving up, and conflicts, as an API server does it.

Lists are taken as a whole: those of the objects here have one owner.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]


def merged(old: Any, new: Any) -> Any:
    """JSON merge patch: null removes."""
    if not isinstance(new, Mapping):
        return copy.deepcopy(new)
    held = old if isinstance(old, Mapping) else {}
    result = {**copy.deepcopy(dict(held)), **{k: merged(held.get(k), v) for k, v in new.items()}}
    return {k: v for k, v in result.items() if v is not None}


def given_up(old: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """``old`` without the fields that one manager applied before and applies no more."""
    kept = copy.deepcopy(dict(old))
    for key, value in before.items():
        if key not in now:
            kept.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(now[key], Mapping) and isinstance(kept.get(key), Mapping):
            kept[key] = given_up(kept[key], value, now[key])
    return kept


def contested(owned: Any, old: Any, new: Any, path: Path = ()) -> Iterator[str]:
    """Fields that another manager owns and that ``new`` would set to another value."""
    if isinstance(owned, Mapping) and isinstance(new, Mapping):
        held = old if isinstance(old, Mapping) else {}
        for key in owned.keys() & new.keys():
            yield from contested(owned[key], held.get(key), new[key], (*path, key))
    elif old != new:
        yield "." + ".".join(path)
