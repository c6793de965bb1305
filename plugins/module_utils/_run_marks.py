# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an upgrade leaves on objects until a later run takes it back, and that a description keeps. Pure.

Pools of a topology that wait because we said so, drain timeouts of a run with the note of those before, and the note
that old templates are still to be looked through. All of it is applied by our field manager: an apply of the
description alone would give it up, and the pools would roll at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._fields import Path, drain_timeout_at, topology_drain_timeouts_at, value_at
from ._objects import Object, annotations_of, dig
from ._owned import with_value
from ._topology import DEFER, OURS, topology_pools
from ._upgrade_write import DRAIN_NOTE, TEMPLATE_NOTE


def with_run_marks(item: Object, live: Object | None) -> Object:
    """The object of a description with what a run has set on the live one; parts that shall go are left out."""
    if live is None:
        return item
    for path, value in _marks(live):
        if _has_pool(item, path) and value is not None:
            item = with_value(item, path, value)
    return item


def _drain_timeouts_at(live: Object) -> list[Path]:
    return topology_drain_timeouts_at(live) if live["kind"] == "Cluster" else [drain_timeout_at(live)]


def _key(path: Path) -> str:
    """A path as the note tells it."""
    return ".".join(step[1] if isinstance(step, tuple) else str(step) for step in path)


def _marks(live: Object) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = []
    for key, entry in topology_pools(live):
        notes: Path = ("spec", "topology", "workers", key, ("name", entry["name"]), "metadata", "annotations")
        held = dig(entry, "metadata", "annotations", default={})
        if OURS in held:
            found += [((*notes, mark), held.get(mark)) for mark in (DEFER, OURS)]
    notes_held = annotations_of(live)
    told = _told(notes_held.get(DRAIN_NOTE, "{}"))
    found += [(path, value_at(live, path)) for path in _drain_timeouts_at(live) if _key(path) in told]
    found += [(("metadata", "annotations", note), notes_held.get(note)) for note in (DRAIN_NOTE, TEMPLATE_NOTE)]
    return found


def _told(note: str) -> Mapping[str, Any]:
    try:
        told = json.loads(note)
    except ValueError:  # somebody has edited it: it is kept, and tells nothing
        return {}
    return told if isinstance(told, dict) else {}


def _has_pool(item: Object, path: Path) -> bool:
    """Whether a path is of no pool, or of one that the description has, too."""
    step = next((number for number, step in enumerate(path) if isinstance(step, tuple)), None)
    return step is None or value_at(item, path[: step + 1]) is not None
