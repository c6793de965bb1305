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
    has_machine_template,
    machine_template_at,
    rollout_after_at,
    seconds_as,
    topology_drain_timeouts_at,
    value_at,
    version_at,
)
from ._objects import Object, annotations_of, dig, name_of
from ._owned import owned, with_value, without_empty_entries
from ._topology import CONCURRENCY, DEFER, OURS, topology_pools
from ._upgrade_sight import Step
from ._upgrade_wish import UpgradeWish

DRAIN_NOTE = "capi.lifecycle/drain-timeouts-before"  # what was set before this run
TEMPLATE_NOTE = "capi.lifecycle/templates-changed"  # old templates are still to be looked through
_ANNOTATIONS: Path = ("metadata", "annotations")


def step_write(step: Step, live: Object, wish: UpgradeWish) -> Object:
    """The object to apply for a step; ``live`` is the owner in the apiVersion in which we write it."""
    wanted = _topology_write(step, live, wish) if live["kind"] == "Cluster" else _owner_write(step, live)
    return without_empty_entries(wanted, live)


def drain_write(live: Object, seconds: int) -> Object | None:
    """The object with drain timeouts for this run, and a note of what was there; None where they are so already."""
    paths = _drain_paths(live)
    if not paths or all(value_at(live, path) == seconds_as(live, seconds) for path in paths):
        return None
    before = {_key(path): value_at(live, path) for path in paths}
    note = annotations_of(live).get(DRAIN_NOTE) or json.dumps(before, sort_keys=True)
    wanted = with_value(owned(live), (*_ANNOTATIONS, DRAIN_NOTE), note)
    for path in paths:
        wanted = with_value(wanted, path, seconds_as(live, seconds))
    return _with_classes(wanted, live)


def is_left_over(owner: Object) -> bool:
    """Whether a run has set something on the object that is still to be put back."""
    return not {DRAIN_NOTE, TEMPLATE_NOTE}.isdisjoint(annotations_of(owner))


def changed_object(step: Step, live: Object, wish: UpgradeWish) -> Object:
    """The live object as it will be after the step, for the plan and the diff."""
    whole = {**live, "metadata": {"resourceVersion": "", **live["metadata"], "managedFields": _WHOLE}}
    written = step_write(step, whole, wish)
    notes = written["metadata"].get("annotations")
    meta = {**live["metadata"], **({"annotations": notes} if notes else {})}
    return {**live, "metadata": meta, "spec": written["spec"]}


def put_back(live: Object) -> Object | None:
    """The object as it was before our run, but for what the run was for; None where nothing is to be put back."""
    if not is_left_over(live):
        return None
    wanted = owned(live)
    for note in (DRAIN_NOTE, TEMPLATE_NOTE):
        wanted = with_value(wanted, (*_ANNOTATIONS, note), None)
    before = json.loads(annotations_of(live).get(DRAIN_NOTE, "{}"))
    for path in _drain_paths(live) if before else ():
        wanted = with_value(wanted, path, before.get(_key(path)))
    return without_empty_entries(_with_classes(wanted, live), live)


def _owner_write(step: Step, live: Object) -> Object:
    wanted = owned(live)
    if step.version != step.was:
        wanted = with_value(wanted, version_at(live), step.version)
    if step.template:
        reference = {**value_at(live, machine_template_at(live)), "name": name_of(step.template)}
        wanted = with_value(wanted, machine_template_at(live), reference)
        wanted = with_value(wanted, (*_ANNOTATIONS, TEMPLATE_NOTE), "true")
    if step.rollout_after:
        wanted = with_value(wanted, rollout_after_at(live), step.rollout_after)
    return wanted


def _topology_write(step: Step, live: Object, wish: UpgradeWish) -> Object:
    wanted = owned(live)
    if step.version != step.was:
        wanted = with_value(wanted, version_at(live), step.version)
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


def _drain_paths(live: Object) -> list[Path]:
    if live["kind"] == "Cluster":
        return topology_drain_timeouts_at(live) if dig(live, "spec", "topology") else []
    return [drain_timeout_at(live)] if has_machine_template(live) else []


def _key(path: Path) -> str:
    return ".".join(step[1] if isinstance(step, tuple) else str(step) for step in path)


# Owned by us as a whole, so that nothing is left out.
_WHOLE: Any = [{"manager": "capi.lifecycle", "operation": "Apply", "fieldsV1": {"f:metadata": {}, "f:spec": {}}}]
