# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The writes of a change of size: what we own of an object with other values, and the machines that go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from ._errors import CapiError, Conflict, Forbidden, InvalidInput, NotFound
from ._kube import Kube
from ._objects import Object, Ref, annotations_of, cleaned, is_deleting, listed, ref_of
from ._observed import applied_ref
from ._owned import owned, with_value
from ._preflight import Finding
from ._scale_checks import DELETE_ANNOTATION
from ._scale_plan import Change
from ._scale_pools import LISTS, WORKERS, Path, others_left

_TRIES = 5  # of one write, while only the status of the object changes
MARK = "capi.lifecycle"  # the value of the annotation, by which ours are known


@dataclass(frozen=True)
class Write:
    """Everything that happens to one object: fields are applied, pools of a topology taken out, or it is deleted."""

    live: Object
    changes: list[Change]

    @property
    def ref(self) -> Ref:
        return ref_of(self.live)

    @property
    def fields(self) -> list[tuple[Path, Any]]:
        return [field for change in self.changes for field in change.fields]

    def item(self, live: Object) -> Object:
        """What we own of it as it is now, with the new values."""
        item = owned(live)
        for path, value in self.fields:
            item = with_value(item, path, value)
        return item

    @property
    def leaving(self) -> dict[str, list[str]]:
        """The pools that leave a topology, by kind."""
        gone: dict[str, list[str]] = {}
        for change in self.changes:
            if change.action == "remove" and change.pool and change.pool.in_topology:
                gone.setdefault(change.pool.kind, []).append(change.pool.name)
        return gone

    @property
    def deletes(self) -> bool:
        return any(c.action == "remove" and c.pool and not c.pool.in_topology for c in self.changes)


@dataclass
class Ledger:
    """What was there before the first write, what is there now, and what was done; objects by their name."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    marked: list[Ref] = field(default_factory=list)  # Machines that we annotated, as long as no number was lowered
    done: list[Change] = field(default_factory=list)

    def note(self, write: Write, stored: Object | None, changes: list[Change]) -> None:
        """These changes of the object are made; ``stored`` is None when it was deleted."""
        name = str(write.ref)
        self.before.setdefault(name, cleaned(write.live))
        self.after.pop(name, None)
        self.after |= {name: cleaned(stored)} if stored else {}
        self.written += [name] if name not in self.written else []
        self.done = [c for c in self.done if c.name not in {new.name for new in changes}] + changes
        self.marked.clear()


def writes_of(kube: Kube, changes: Iterable[Change]) -> list[Write]:
    """One write an object, in the API version of our applies. Raises Conflict when it has changed since the look."""
    by_owner: dict[Ref, list[Change]] = {}
    for change in changes:
        by_owner.setdefault(ref_of(change.owner), []).append(change)
    return [Write(_in_our_version(kube, held[0].owner), held) for held in by_owner.values()]


def _in_our_version(kube: Kube, owner: Object) -> Object:
    ref = applied_ref(kube, owner)
    return owner if ref == ref_of(owner) else _unchanged(kube, owner, ref)


def _unchanged(kube: Kube, seen: Object, ref: Ref) -> Object:
    """The object as it is now. Raises Conflict when more than its status has changed since it was seen."""
    live = kube.get(ref)
    if not live or _said(live) != _said(seen):
        raise Conflict(f"{ref} was changed by somebody else while this run looked at it; run again.")
    return live


def _said(item: Object) -> tuple[Any, ...]:
    meta = item["metadata"]
    shown = cleaned(item)["metadata"]
    return (meta.get("uid"), meta.get("generation"), shown.get("labels"), shown.get("annotations"), is_deleting(item))


def _persistently(kube: Kube, seen: Object, write: Callable[[Object], Object]) -> Object:
    """Write to the object as it is now: controllers write its status at any time, and that decides nothing anew."""
    for left in range(_TRIES - 1, -1, -1):
        live = _unchanged(kube, seen, ref_of(seen))
        try:
            return write(live)
        except Conflict:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def refusals(kube: Kube, writes: Iterable[Write]) -> Iterator[Finding]:
    """What the server says against the new values, by dry runs."""
    for write in writes:
        try:
            if write.fields:
                _apply(kube, write, dry_run=True)
        except (InvalidInput, NotFound, Forbidden) as error:
            yield Finding(str(write.ref), str(error))


def _apply(kube: Kube, write: Write, *, dry_run: bool = False) -> Object:
    return _persistently(kube, write.live, lambda live: kube.apply(write.item(live), force=True, dry_run=dry_run))


def carry_out(kube: Kube, writes: Iterable[Write], ledger: Ledger) -> None:
    """Mark the machines that shall go, then write each object. Raises Conflict when somebody else was faster."""
    for write in writes:
        _mark(kube, write, ledger)
        stored: Object | None = write.live
        if write.fields:
            stored = _apply(kube, write)
            ledger.note(write, stored, [c for c in write.changes if c.fields])
        if write.leaving and stored:
            stored = _without_pools(kube, write, stored)
        elif write.deletes:
            kube.delete(write.ref, uid=write.live["metadata"]["uid"])
            stored = None
        ledger.note(write, stored, write.changes)


def _without_pools(kube: Kube, write: Write, stored: Object) -> Object:
    """Others may own a pool, too, and by an apply it would stay: the list is written as a whole, if nobody was faster.

    After a dry run nothing was stored: the server looks at the removal alone.
    """
    seen = write.live if kube.dry_run else stored

    def take_out(live: Object) -> Object:
        body = {
            "metadata": {"resourceVersion": live["metadata"]["resourceVersion"]},
            "spec": _lists(live, write.leaving),
        }
        return kube.patch(write.ref, body)

    answer = _persistently(kube, seen, take_out)
    return {**stored, "spec": _merged(stored["spec"], _lists(stored, write.leaving))} if kube.dry_run else answer


def _lists(cluster: Object, leaving: Mapping[str, list[str]]) -> dict[str, Any]:
    lists = {LISTS[kind]: [dict(e) for e in others_left(cluster, kind, names)] for kind, names in leaving.items()}
    found: dict[str, Any] = lists
    for step in reversed(WORKERS[1:]):
        found = {step: found}
    return found


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        result[key] = _merged(old.get(key, {}), value) if isinstance(value, Mapping) else value
    return result


def _mark(kube: Kube, write: Write, ledger: Ledger) -> None:
    for machine in (m for change in write.changes for m in change.chosen):
        if DELETE_ANNOTATION in annotations_of(machine):
            continue
        kube.patch(ref_of(machine), {"metadata": {"annotations": {DELETE_ANNOTATION: MARK}}})
        ledger.marked.append(ref_of(machine))


def unmark(kube: Kube, refs: Iterable[Ref]) -> str:
    """Take our annotations off again; what could not be taken off, in words, else nothing."""
    left = []
    for ref in refs:
        try:
            kube.patch(ref, {"metadata": {"annotations": {DELETE_ANNOTATION: None}}})
        except NotFound:
            continue
        except CapiError:
            left.append(ref.name)
    return f" Take the annotation {DELETE_ANNOTATION} off Machine {listed(left)} yourself." if left else ""
