# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster: present as described, or absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ._admission import check_kinds, check_references, dry_runs
from ._cluster_absent import ensure_absent
from ._cluster_templates import rotated
from ._cluster_wish import ClusterWish
from ._companions import with_companions
from ._errors import CapiError, Failed, Refused, Stalled
from ._infrastructure_seen import with_words
from ._kube import Kube
from ._lease import Lease, holding
from ._objects import (
    Object,
    Ref,
    cleaned,
    group_of,
    is_paused,
    listed,
    name_of,
    namespace_of,
    ref_of,
)
from ._observed import observe_cluster
from ._outcome import Outcome
from ._parts import POOL_KINDS
from ._preflight import changes_version, check_change, check_rollout, check_set, refuse
from ._progress import Progress
from ._rollout import judge_present
from ._run_marks import with_run_marks
from ._session import Session
from ._sources import objects_of
from ._wait import LOOKS, wait_until


@dataclass(frozen=True)
class Change:
    """The objects as they shall be, what is there of them, what would be stored, and which of them differ."""

    objects: list[Object]
    before: Mapping[Ref, Object]
    stored: Mapping[Ref, Object]
    differing: list[Object]


def ensure_cluster(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Create, change or delete a workload cluster, and wait until that is true.

    Raises InvalidInput with every finding before the first write, Conflict, Refused, Stalled or WaitTimeout.
    """
    wish = ClusterWish.from_params(params)
    if params["state"] == "absent":
        return ensure_absent(session, wish)
    return _present(session, wish, with_companions(session.kube, params, objects_of(session.kube, params)))


def _present(session: Session, wish: ClusterWish, objects: list[Object]) -> Outcome:
    change = _checked(session.kube, wish, objects)
    arrived: dict[str, Any] = {}
    if session.dry_run:
        _tell(session, wish, change)
    elif change.differing:
        change, arrived = _carried_out(session, wish, change, objects)
    else:
        arrived = _arrived(session, wish, change.objects)
    before = {str(r): cleaned(item) for r, item in change.before.items()}
    after = {str(r): cleaned(item) for r, item in change.stored.items()}
    changed = sorted(name for name in {**before, **after} if before.get(name) != after.get(name))
    named = {"objects": _names(change.objects), "changed_objects": changed}
    return Outcome(before, after, {"server": session.kube.server, **wish.values, **named, **arrived})


def _checked(kube: Kube, wish: ClusterWish, objects: list[Object]) -> Change:
    """What is to be done, after everything that can be known was checked. Raises InvalidInput with all findings."""
    unserved = list(check_kinds(kube, objects))
    known = [
        o for o in objects if not any(f.where in (str(ref_of(o)), f"namespace {namespace_of(o)}") for f in unserved)
    ]
    live = {ref_of(item): found for item in known if (found := kube.get(ref_of(item)))}
    findings = [*check_set(objects, wish.name, wish.namespace), *unserved, *check_references(kube, known)]
    final = [with_run_marks(item, live.get(ref_of(item))) for item in rotated(kube, known, live, wish.name)]
    stored, refused = dry_runs(kube, final, force=wish.force_conflicts)
    before = {r: found for r in map(ref_of, final) if (found := live.get(r) or kube.get(r))}
    differing = [item for item in final if _differs(before.get(ref_of(item)), stored.get(ref_of(item)))]
    findings += check_change(differing, before, force=wish.force_conflicts)
    if any(changes_version(item, before.get(ref_of(item))) for item in differing):
        findings += check_rollout(differing, before, observe_cluster(kube, wish.name, wish.namespace))
    refuse([*findings, *refused])
    return Change(final, before, stored, differing)


def _tell(session: Session, wish: ClusterWish, change: Change) -> None:
    """In check mode: how much it would be."""
    new = sum(ref_of(item) not in change.before for item in change.differing)
    if change.differing:
        session.report(f"{wish.title}: would create {new} and change {len(change.differing) - new} objects")


def _carried_out(
    session: Session, wish: ClusterWish, change: Change, objects: list[Object]
) -> tuple[Change, dict[str, Any]]:
    """Write and see it through, as the one run that does. An error after the first write does not say ``refused``."""
    stored: dict[Ref, Object] = {}
    try:
        for item in _places(wish, change):
            _write(session, wish, change, item, stored)
        with holding(session, wish.title, wish.name, wish.namespace) as lease:
            found = lease.persist(lambda: _checked(session.kube, wish, objects), wish.wait_timeout)
            for item in sorted(found.differing, key=_rank):
                lease.persist(partial(_write, session, wish, found, item, stored), wish.wait_timeout)
            before = {ref: item for ref, item in found.before.items() if ref in change.before or ref not in stored}
            arrived = _arrived(session, wish, found.objects, lease, written=bool(stored))
            return replace(found, before=before, stored={**found.stored, **stored}), arrived
    except CapiError as error:
        error.details["changed"] = bool(stored)
        if not stored or error.outcome != "refused":
            raise
        raise Failed(
            f"{error} Written before that: {listed([*map(str, stored)])}. When the cause is gone, run the same command "
            "again.",
            **error.details,
        ) from error


def _places(wish: ClusterWish, change: Change) -> list[Object]:
    """The namespace of the cluster, where it is new: the lease has its place there."""
    ref = Ref("v1", "Namespace", "", wish.namespace)
    return [item for item in change.differing if ref_of(item) == ref and ref not in change.before]


def _write(session: Session, wish: ClusterWish, change: Change, item: Object, stored: dict[Ref, Object]) -> None:
    ref = ref_of(item)
    session.report(f"{wish.title}: {'change' if ref in change.before else 'create'} {ref}")
    stored[ref] = session.kube.apply(item, force=wish.force_conflicts)


def _arrived(
    session: Session, wish: ClusterWish, objects: list[Object], lease: Lease | None = None, *, written: bool = False
) -> dict[str, Any]:
    """Wait until all is there; where nobody waits, look once and say what is seen."""
    if wish.wait and not any(map(is_paused, objects)):
        return {"message": _wait_present(session, wish, objects, lease, written=written)}
    progress = _look(session, wish, objects)
    return {"message": progress.message, "outcome": "done" if progress.done else "waiting"}


def _wait_present(
    session: Session, wish: ClusterWish, objects: list[Object], lease: Lease | None, *, written: bool
) -> str:
    """Wait until done. Two looks after a write: counters may lag it; one when nothing was written."""

    def look() -> Progress:
        if lease:
            lease.renew()
        return _look(session, wish, objects, refuse_paused=True)

    progress = wait_until(
        look,
        clock=session.clock,
        report=session.report,
        timeout=wish.wait_timeout,
        stall_timeout=wish.stall_timeout,
        looks=LOOKS if written else 1,
    )
    return progress.message


def _look(session: Session, wish: ClusterWish, objects: list[Object], *, refuse_paused: bool = False) -> Progress:
    seen = observe_cluster(session.kube, wish.name, wish.namespace)
    if seen is None:
        raise Refused(f"Cluster {wish.title} was deleted by somebody else.")
    progress = judge_present(seen)
    pools = {(item["kind"], name_of(item)) for item in objects if item["kind"] in POOL_KINDS}
    unseen = sorted(pools - {(item["kind"], name_of(item)) for item in seen.pools})
    if unseen:  # a controller labels it as the cluster's when it takes it up
        words = f"{' '.join(unseen[0])} is not taken up yet"
        progress = replace(progress, done=False, message=f"{progress.message}; {words}")
    if refuse_paused and not progress.done and any(map(is_paused, seen.owners)):
        raise Stalled(f"{progress.message}; {progress.stuck}: unpause it, then run again.", **progress.details)
    return with_words(session.kube, seen, progress)


def _names(objects: list[Object]) -> list[str]:
    return [str(ref_of(item)) for item in objects]


def _differs(before: Object | None, after: Object | None) -> bool:
    return before is None or after is None or cleaned(before) != cleaned(after)


def _rank(item: Object) -> int:
    """Order of writing: what is referred to first, and the objects that start machines last."""
    kind, group = item["kind"], group_of(item["apiVersion"])
    steps = (
        kind == "Namespace",
        group == "" or kind.endswith("Identity"),
        kind.endswith("Template") and group.startswith("infrastructure."),
        kind.endswith("Template"),
        kind == "ClusterClass",
        group.startswith("infrastructure."),
        group.startswith("controlplane."),
        kind == "Cluster",
    )
    return steps.index(True) if True in steps else len(steps)
