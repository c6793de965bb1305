# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The sizes of a workload cluster: its control plane and node pools have the wanted number of machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from ._errors import CapiError, Conflict, Failed, Refused, Stalled
from ._infrastructure_seen import with_words
from ._kube import Kube
from ._lease import holding
from ._objects import CORE_GROUP, Ref, dig, is_paused, listed, mappings_at, namespace_of
from ._observed import absent_cluster, observe_cluster
from ._outcome import Outcome
from ._parts import Parts
from ._preflight import refuse
from ._progress import Progress
from ._scale_plan import Change, Classes, plan
from ._scale_pools import LISTS
from ._scale_watch import judge_scaled, not_as_chosen
from ._scale_wish import ScaleWish, check_wish
from ._scale_writes import Ledger, carry_out, refusals, unmark, writes_of
from ._session import Session
from ._wait import LOOKS, wait_until

_T = TypeVar("_T")
_DECISIONS = 5  # how often it is decided again when somebody else writes at the same time


@dataclass(frozen=True)
class _Task:
    """What the task says. Times in seconds."""

    name: str
    namespace: str
    wait: bool
    wait_timeout: int
    stall_timeout: int
    wish: ScaleWish

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> _Task:
        given = {k: params[k] for k in cls.__dataclass_fields__ if k in params}
        return cls(**given, wish=ScaleWish.from_params(params))

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


def ensure_scale(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Change the numbers of machines that differ from the wanted ones, and wait until the machines are there, or gone.

    Raises InvalidInput with every finding before the first write, Refused, Conflict, Failed, Stalled or WaitTimeout.
    """
    task, ledger = _Task.from_params(params), Ledger()
    refuse(check_wish(task.wish))
    arrived: dict[str, Any] = {}
    if session.dry_run:
        _write(session, task, ledger)
    elif _again(lambda: _decided(session.kube, task)[1]):
        arrived = _changed(session, task, ledger)
    else:
        arrived = _arrived(session, task, lambda: None, looks=1)
    told = [change.facts for change in ledger.done]
    values = {"server": session.kube.server, "name": task.name, "namespace": task.namespace, "changes": told}
    return Outcome(ledger.before, ledger.after, {**values, **arrived})


def _again(decide: Callable[[], _T]) -> _T:
    """Where somebody else writes at the same time, look and decide again. Raises Conflict when that does not end."""
    for _attempt in range(_DECISIONS - 1):
        try:
            return decide()
        except Conflict:
            continue
    return decide()


def _decided(kube: Kube, task: _Task) -> tuple[Parts, list[Change]]:
    """The cluster as it is and what is to be changed. Raises InvalidInput with all findings, ours or the server's."""
    seen = observe_cluster(kube, task.name, task.namespace)
    if seen is None:
        raise absent_cluster(kube, task.name, task.namespace)
    made = plan(seen, task.wish, _classes(kube, seen, task.wish))
    refuse(made.findings)
    refuse(refusals(kube, writes_of(kube, made.changes)))
    return seen, made.changes


def _classes(kube: Kube, seen: Parts, wish: ScaleWish) -> Classes:
    """The worker classes of the cluster's ClusterClass, by kind of the pool; read only where a pool may be new."""
    topology = dig(seen.cluster, "spec", "topology", default={})
    name = dig(topology, "classRef", "name") or topology.get("class")
    if not name or not any(pool.class_name for pool in wish.pools):
        return {}
    namespace = dig(topology, "classRef", "namespace") or topology.get("classNamespace")
    version = kube.versions(CORE_GROUP, "ClusterClass")[0]
    found = kube.get(Ref(version, "ClusterClass", namespace or namespace_of(seen.cluster), name))
    return {
        kind: [str(c.get("class")) for c in mappings_at(found or {}, "spec", "workers", key)]
        for kind, key in LISTS.items()
    }


def _tell(session: Session, task: _Task, changes: list[Change]) -> None:
    """One line a change, and what Cluster API will let wait."""
    would = "would " if session.dry_run else ""
    for change in changes:
        session.report(f"{task.title}: {would}{change.words}")
        if change.held:
            session.report(f"{task.title}: {change.name}: {change.held}")


def _changed(session: Session, task: _Task, ledger: Ledger) -> dict[str, Any]:
    """Write and see it through, as the one run that does. An error after the first write does not say ``refused``."""
    try:
        with holding(session, task.title, task.name, task.namespace) as lease:
            before = lease.persist(lambda: _write(session, task, ledger), task.wait_timeout)
            arrived = _arrived(session, task, lease.renew, looks=LOOKS)
            lease.persist(lambda: _check_chosen(session, task, ledger, before), task.wait_timeout)
            return arrived
    except CapiError as error:
        error.details["changed"] = bool(ledger.written)
        said = f"{error}{unmark(session.kube, ledger.marked)}"
        if ledger.written and error.outcome == "refused":
            said += (
                f" Written before that: {listed(ledger.written)}. When the cause is gone, run the same command again."
            )
            raise Failed(said, **error.details) from error
        raise type(error)(said, **error.details) from error


def _write(session: Session, task: _Task, ledger: Ledger) -> Parts:
    """Look, decide, tell and write. Returns the look before the writing."""

    def decide() -> Parts:
        seen, changes = _decided(session.kube, task)
        _tell(session, task, changes)
        carry_out(session.kube, writes_of(session.kube, changes), ledger)
        return seen

    return _again(decide)


def _arrived(session: Session, task: _Task, renew: Callable[[], None], *, looks: int) -> dict[str, Any]:
    """Wait until it is true; where nobody waits, look once and say what is seen."""
    if not task.wait:
        progress = _look(session.kube, task)
        return {"message": progress.message, "outcome": "done" if progress.done else "waiting"}

    def look() -> Progress:
        renew()
        return _look(session.kube, task, refuse_paused=True)

    progress = wait_until(
        look,
        clock=session.clock,
        report=session.report,
        timeout=task.wait_timeout,
        stall_timeout=task.stall_timeout,
        looks=looks,
    )
    return {"message": progress.message}


def _look(kube: Kube, task: _Task, *, refuse_paused: bool = False) -> Progress:
    seen = observe_cluster(kube, task.name, task.namespace)
    if seen is None:
        raise Refused(f"Cluster {task.title} was deleted by somebody else.")
    progress = judge_scaled(seen, task.wish)
    if refuse_paused and not progress.done and any(map(is_paused, seen.owners)):
        raise Stalled(f"{progress.message}; {progress.stuck}: unpause it, then run again.", **progress.details)
    return with_words(kube, seen, progress)


def _check_chosen(session: Session, task: _Task, ledger: Ledger, before: Parts) -> None:
    """The machines of delete_machines went, and no other. Raises Failed where another one went in its place."""
    after = observe_cluster(session.kube, task.name, task.namespace) if task.wait else None
    for change in ledger.done if after else ():
        stayed, others = not_as_chosen(change, before, after or before)
        if stayed:
            left = unmark(session.kube, stayed)
            kept, gone = listed([ref.name for ref in stayed]), listed(others) or "another"
            raise Failed(
                f"{task.title}: {change.name} has its {change.after} machines, but {kept} stayed, and {gone} went in "
                f"its place. The annotation was taken off again.{left}"
            )
        if others:
            session.report(f"{task.title}: {change.name}: {listed(others)} went meanwhile, too, and was replaced")
