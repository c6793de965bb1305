# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster: present as described, or absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._admission import check_kinds, check_references, dry_runs
from ._cluster_templates import own_templates, rotated
from ._errors import CapiError, Failed, Refused, Stalled
from ._kube import Kube
from ._objects import (
    PROTECTED_LABEL,
    Object,
    Ref,
    cleaned,
    group_of,
    is_deleting,
    is_paused,
    is_protected,
    listed,
    name_of,
    namespace_of,
    ref_of,
)
from ._observed import cluster_ref, observe_cluster
from ._outcome import Outcome
from ._parts import POOL_KINDS
from ._preflight import changes_version, check_change, check_rollout, check_set, refuse
from ._progress import Progress
from ._rollout import judge_absent, judge_present
from ._session import Session
from ._sources import objects_of
from ._wait import LOOKS, wait_until


@dataclass(frozen=True)
class ClusterWish:
    """What the task says about the cluster, apart from its objects. Times in seconds."""

    name: str
    namespace: str
    wait: bool
    wait_timeout: int
    stall_timeout: int
    force_conflicts: bool = False
    protected: bool = False
    confirm: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ClusterWish:
        return cls(**{k: params[k] for k in cls.__dataclass_fields__ if params.get(k) is not None})

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


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
        return _absent(session, wish)
    return _present(session, wish, objects_of(session.kube, params))


def _present(session: Session, wish: ClusterWish, objects: list[Object]) -> Outcome:
    change = _checked(session.kube, wish, objects)
    stored, values = dict(change.stored), _values(session.kube, wish, change.objects)
    if session.dry_run:
        _tell(session, wish, change)
    else:
        values.update(_carry_out(session, wish, change, stored))
    return Outcome(
        before={str(r): cleaned(item) for r, item in change.before.items()},
        after={str(r): cleaned(item) for r, item in stored.items()},
        values=values,
    )


def _checked(kube: Kube, wish: ClusterWish, objects: list[Object]) -> Change:
    """What is to be done, after everything that can be known was checked. Raises InvalidInput with all findings."""
    unserved = list(check_kinds(kube, objects))
    known = [
        o for o in objects if not any(f.where in (str(ref_of(o)), f"namespace {namespace_of(o)}") for f in unserved)
    ]
    live = {ref_of(item): found for item in known if (found := kube.get(ref_of(item)))}
    findings = [*check_set(objects, wish.name, wish.namespace), *unserved, *check_references(kube, known)]
    final = rotated(kube, known, live, wish.name)
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


def _carry_out(session: Session, wish: ClusterWish, change: Change, stored: dict[Ref, Object]) -> dict[str, Any]:
    """Apply what differs, in order, and see it through. An error after the first write does not say ``refused``."""
    written: list[str] = []
    try:
        for item in sorted(change.differing, key=_rank):
            ref = ref_of(item)
            session.report(f"{wish.title}: {'change' if ref in change.before else 'create'} {ref}")
            stored[ref] = session.kube.apply(item, force=wish.force_conflicts)
            written.append(str(ref))
        return _arrived(session, wish, change.objects, written=bool(written))
    except CapiError as error:
        error.details["changed"] = bool(written)
        if not written or error.outcome != "refused":
            raise
        raise Failed(
            f"{error} Written before that: {listed(written)}. When the cause is gone, run the same command again.",
            **error.details,
        ) from error


def _arrived(session: Session, wish: ClusterWish, objects: list[Object], *, written: bool) -> dict[str, Any]:
    """Wait until all is there; where nobody waits, look once and say what is seen."""
    if wish.wait and not any(map(is_paused, objects)):
        return {"message": _wait_present(session, wish, objects, written=written)}
    progress = _look(session, wish, objects)
    return {"message": progress.message, "outcome": "done" if progress.done else "waiting"}


def _wait_present(session: Session, wish: ClusterWish, objects: list[Object], *, written: bool) -> str:
    """Wait until done. Two looks after a write: counters may lag it; one when nothing was written."""
    progress = wait_until(
        lambda: _look(session, wish, objects, refuse_paused=True),
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
    return progress


def _absent(session: Session, wish: ClusterWish) -> Outcome:
    live = session.kube.get(cluster_ref(session.kube, wish.name, wish.namespace))
    goes = wish.wait or not live  # its machines need the templates until it is gone
    templates = own_templates(session.kube, wish.name, wish.namespace) if goes else []
    if not live:
        session.report(f"{wish.title}: there is no such Cluster")
    else:
        _refuse_protected(live, wish)
        _delete(session, wish, live)
    for item in templates:
        if session.kube.delete(ref_of(item), uid=item["metadata"]["uid"]):  # owner references take most of them already
            session.report(f"{wish.title}: {_deletes(session)} {ref_of(item)}")
    values = _values(session.kube, wish)
    if live and not wish.wait and not session.dry_run:
        values["outcome"] = "waiting"
    before = {str(ref_of(item)): cleaned(item) for item in ([live] if live else []) + templates}
    stays = live and is_deleting(live) and not wish.wait  # somebody has deleted it before us, and it is still there
    return Outcome(before=before, after={str(ref_of(live)): cleaned(live)} if live and stays else {}, values=values)


def _delete(session: Session, wish: ClusterWish, live: Object) -> None:
    """Delete the Cluster alone, its controllers take down the rest; wait until it is gone."""
    kube, ref = session.kube, ref_of(live)
    if not is_deleting(live):
        session.report(f"{wish.title}: {_deletes(session)} {ref}")
        kube.delete(ref, uid=live["metadata"]["uid"])
    if wish.wait and not session.dry_run:
        wait_until(
            lambda: judge_absent(observe_cluster(kube, wish.name, wish.namespace), wish.name, wish.namespace),
            clock=session.clock,
            report=session.report,
            timeout=wish.wait_timeout,
            stall_timeout=wish.stall_timeout,
            looks=1,
        )


def _deletes(session: Session) -> str:
    return "would delete" if session.dry_run else "delete"


def _refuse_protected(live: Object, wish: ClusterWish) -> None:
    labelled = is_protected(live)
    if not (labelled or wish.protected) or wish.confirm == wish.name:
        return
    reason = f"it has the label {PROTECTED_LABEL}" if labelled else "the task says protected: true"
    raise Refused(
        f"Cluster {wish.title} is protected ({reason}); confirm is {wish.confirm!r}. Nothing was deleted. "
        f"To delete it, set confirm: {wish.name}",
        protected=True,
    )


def _differs(before: Object | None, after: Object | None) -> bool:
    return before is None or after is None or cleaned(before) != cleaned(after)


def _values(kube: Kube, wish: ClusterWish, objects: list[Object] | None = None) -> dict[str, Any]:
    known: dict[str, Any] = {"server": kube.server, "name": wish.name, "namespace": wish.namespace}
    return known if objects is None else {**known, "objects": [str(ref_of(item)) for item in objects]}


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
