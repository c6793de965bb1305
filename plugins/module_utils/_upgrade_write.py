# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a step of an upgrade writes: an object with what we own of it and the step's change. Pure.

Drain timeouts that are set for a run are remembered on the object itself, so that any later run can put them back.
"""

from __future__ import annotations

import json
from typing import Any

from ._fields import (
    Path,
    drain_timeout_at,
    machine_template_at,
    rollout_after_at,
    seconds_as,
    topology_drain_timeouts_at,
    value_at,
    version_at,
)
from ._objects import Object, annotations_of, name_of
from ._owned import owned, with_value
from ._topology import CONCURRENCY, DEFER, OURS, topology_pools
from ._upgrade_step import Step
from ._upgrade_wish import UpgradeWish

DRAIN_NOTE = "capi.lifecycle/drain-timeouts-before"
_NOTE_AT: Path = ("metadata", "annotations", DRAIN_NOTE)


def step_write(step: Step, live: Object, wish: UpgradeWish) -> Object:
    """The object to apply for a step; ``live`` is the owner in the apiVersion in which we write it."""
    wanted = _topology_write(step, live, wish) if live["kind"] == "Cluster" else _owner_write(step, live)
    if wish.drain_timeout is not None and DRAIN_NOTE not in annotations_of(live):
        wanted = _with_drain_timeouts(wanted, live, wish.drain_timeout)
    return wanted


def changed_object(step: Step, live: Object, wish: UpgradeWish) -> Object:
    """The live object as it will be after the step, for the plan and the diff."""
    whole = {**live, "metadata": {"resourceVersion": "", **live["metadata"], "managedFields": _WHOLE}}
    written = step_write(step, whole, wish)
    notes = written["metadata"].get("annotations")
    meta = {**live["metadata"], **({"annotations": notes} if notes else {})}
    return {**live, "metadata": meta, "spec": written["spec"]}


def put_back(live: Object) -> Object | None:
    """The object with its drain timeouts as they were before our run; None where we have not touched them."""
    note = annotations_of(live).get(DRAIN_NOTE)
    if note is None:
        return None
    wanted = with_value(owned(live), _NOTE_AT, None)
    before = json.loads(note)
    for path in _drain_paths(live):
        wanted = with_value(wanted, path, before.get(_key(path)))
    return _with_classes(wanted, live)


def _owner_write(step: Step, live: Object) -> Object:
    wanted = with_value(owned(live), version_at(live), step.version)
    if step.template:
        reference = {**value_at(live, machine_template_at(live)), "name": name_of(step.template)}
        wanted = with_value(wanted, machine_template_at(live), reference)
    if step.rollout_after:
        wanted = with_value(wanted, rollout_after_at(live), step.rollout_after)
    return wanted


def _topology_write(step: Step, live: Object, wish: UpgradeWish) -> Object:
    wanted = with_value(owned(live), version_at(live), step.version)
    for key, entry in topology_pools(live):
        notes: Path = ("spec", "topology", "workers", key, ("name", entry["name"]), "metadata", "annotations")
        if entry["name"] in step.marks.defers | step.marks.lifts:
            mark = "true" if entry["name"] in step.marks.defers else None
            wanted = with_value(with_value(wanted, (*notes, DEFER), mark), (*notes, OURS), mark)
    for name, value in step.variables.items():
        wanted = with_value(wanted, ("spec", "topology", "variables", ("name", name), "value"), value)
    if wish.concurrency and step.was != step.version:
        wanted = with_value(wanted, ("metadata", "annotations", CONCURRENCY), str(wish.concurrency))
    return _with_classes(wanted, live)


def _with_classes(wanted: Object, live: Object) -> Object:
    """An entry of a node pool is valid only with its class."""
    for key, entry in topology_pools(live):
        path: Path = ("spec", "topology", "workers", key, ("name", entry["name"]))
        if value_at(wanted, path) is not None:
            wanted = with_value(wanted, (*path, "class"), entry["class"])
    return wanted


def _with_drain_timeouts(wanted: Object, live: Object, seconds: int) -> Object:
    before = {_key(path): value_at(live, path) for path in _drain_paths(live)}
    for path in _drain_paths(live):
        wanted = with_value(wanted, path, seconds_as(live, seconds))
    return _with_classes(with_value(wanted, _NOTE_AT, json.dumps(before, sort_keys=True)), live)


def _drain_paths(live: Object) -> list[Path]:
    return topology_drain_timeouts_at(live) if live["kind"] == "Cluster" else [drain_timeout_at(live)]


def _key(path: Path) -> str:
    return ".".join(step[1] if isinstance(step, tuple) else str(step) for step in path)


# Owned by us as a whole, so that nothing is left out.
_WHOLE: Any = [{"manager": "capi.lifecycle", "operation": "Apply", "fieldsV1": {"f:metadata": {}, "f:spec": {}}}]
