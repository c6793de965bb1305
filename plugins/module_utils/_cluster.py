# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster: present as described, or absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._admission import check_kinds, check_references, dry_runs
from ._errors import CapiError, Refused, Stalled
from ._kube import Kube
from ._objects import (
    CLUSTER_LABEL,
    FIELD_MANAGER,
    PROTECTED_LABEL,
    Object,
    Ref,
    cleaned,
    dig,
    group_of,
    is_paused,
    labels_of,
    name_of,
    ref_of,
)
from ._observed import cluster_ref, observe_cluster
from ._outcome import Outcome
from ._parts import POOL_KINDS
from ._preflight import check_change, check_set, refuse
from ._rollout import Progress, judge_absent, judge_present
from ._rotation import Use, name_at, rotate, rotated_name, template_uses
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


def ensure_cluster(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Create, change or delete a workload cluster, and wait until that is true.

    Raises InvalidInput with every finding before the first write, Conflict, Refused, Stalled or WaitTimeout.
    """
    wish = ClusterWish.from_params(params)
    if params["state"] == "absent":
        return _absent(session, wish)
    return _present(session, wish, objects_of(session.kube, params))


def _present(session: Session, wish: ClusterWish, objects: list[Object]) -> Outcome:
    kube = session.kube
    unserved = list(check_kinds(kube, objects))
    known = [o for o in objects if not any(f.where in (str(ref_of(o)), f"namespace {_namespace(o)}") for f in unserved)]
    live = {ref_of(item): found for item in known if (found := kube.get(ref_of(item)))}
    findings = [*check_set(objects, wish.name, wish.namespace), *unserved, *check_references(kube, known)]
    final = _rotated(kube, known, live, wish)
    stored, refused = dry_runs(kube, final, force=wish.force_conflicts)
    before = {r: found for r in map(ref_of, final) if (found := live.get(r) or kube.get(r))}
    changes = [item for item in final if _differs(before.get(ref_of(item)), stored.get(ref_of(item)))]
    refuse([*findings, *check_change(changes, before, force=wish.force_conflicts), *refused])
    _write(session, wish, changes, before, stored)
    values = _values(kube, wish, final)
    if wish.wait and not session.dry_run and not _wishes_pause(objects):
        values["message"] = _wait_present(session, wish, final, written=bool(changes))
    return Outcome(
        before={str(r): cleaned(item) for r, item in before.items()},
        after={str(r): cleaned(item) for r, item in stored.items()},
        values=values,
    )


def _write(
    session: Session, wish: ClusterWish, changes: list[Object], before: Mapping[Ref, Object], stored: dict[Ref, Object]
) -> None:
    """Apply what differs, in order; in check mode only say how much that would be."""
    if session.dry_run:
        new = sum(ref_of(item) not in before for item in changes)
        if changes:
            session.report(f"{wish.title}: would create {new} and change {len(changes) - new} objects")
        return
    for item in sorted(changes, key=_rank):
        session.report(f"{wish.title}: {'change' if ref_of(item) in before else 'create'} {ref_of(item)}")
        stored[ref_of(item)] = session.kube.apply(item, force=wish.force_conflicts)


def _absent(session: Session, wish: ClusterWish) -> Outcome:
    live = session.kube.get(cluster_ref(session.kube, wish.name, wish.namespace))
    if live:
        _refuse_protected(live, wish)
        _delete(session, wish, live)
    else:
        session.report(f"{wish.title}: there is no such Cluster")
    removed = _remove_templates(session, wish) if session.dry_run or not live or wish.wait else []
    before = {str(ref_of(item)): cleaned(item) for item in ([live] if live else []) + removed}
    return Outcome(before=before, after={}, values=_values(session.kube, wish))


def _delete(session: Session, wish: ClusterWish, live: Object) -> None:
    """Delete the Cluster alone, its controllers take down the rest; wait until it is gone."""
    kube, ref = session.kube, ref_of(live)
    if not dig(live, "metadata", "deletionTimestamp"):
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


def _wait_present(session: Session, wish: ClusterWish, objects: list[Object], *, written: bool) -> str:
    """Wait until done. Two looks after a write: counters may lag it; one when nothing was written."""
    pools = {(item["kind"], name_of(item)) for item in objects if item["kind"] in POOL_KINDS}

    def look() -> Progress:
        seen = observe_cluster(session.kube, wish.name, wish.namespace)
        if seen is None:
            raise Refused(f"Cluster {wish.title} was deleted by somebody else during the wait.")
        progress = judge_present(seen)
        unseen = sorted(pools - {(item["kind"], name_of(item)) for item in seen.pools})
        if unseen:  # a controller labels it as the cluster's when it takes it up
            words = f"{' '.join(unseen[0])} is not taken up yet"
            progress = replace(progress, done=False, message=f"{progress.message}; {words}")
        if is_paused(seen.cluster) and not progress.done:
            raise Stalled(f"{progress.message}; {progress.stuck}: unpause it, then run again.", **progress.details)
        return progress

    progress = wait_until(
        look,
        clock=session.clock,
        report=session.report,
        timeout=wish.wait_timeout,
        stall_timeout=wish.stall_timeout,
        looks=LOOKS if written else 1,
    )
    return progress.message


def _rotated(kube: Kube, objects: list[Object], live: Mapping[Ref, Object], wish: ClusterWish) -> list[Object]:
    """The objects with content-named templates; a live template of the same content keeps its name."""
    uses = template_uses(objects)
    by_ref = {ref_of(item): item for item in objects}
    names = {t: _template_name(kube, by_ref[t], uses, live) for t in {u.template for u in uses}}
    return rotate(objects, uses, names, wish.name)


def _template_name(kube: Kube, template: Object, uses: list[Use], live: Mapping[Ref, Object]) -> str:
    wanted = rotated_name(template)
    held = {name_at(live.get(u.referrer), u.path) for u in uses if u.template == ref_of(template)} - {""}
    if len(held) != 1 or wanted in held:
        return wanted
    name = held.pop()
    return name if _same_content(kube, template, wanted, name) else wanted


def _same_content(kube: Kube, template: Object, new_name: str, live_name: str) -> bool:
    """Whether the server would store the same spec under a new name: that includes its defaults."""
    ref = ref_of(template)
    held = kube.get(Ref(ref.api_version, ref.kind, ref.namespace, live_name))
    if not held:
        return False
    renamed = {**template, "metadata": {**template["metadata"], "name": new_name}}
    try:
        return bool(kube.apply(renamed, dry_run=True).get("spec") == held.get("spec"))
    except CapiError:
        return False  # said by the dry run of the whole set


def _remove_templates(session: Session, wish: ClusterWish) -> list[Object]:
    """Delete the templates that we made for this cluster alone; CAPI's owner references take most of them already."""
    kube, removed = session.kube, []
    for resource in kube.kinds(".cluster.x-k8s.io"):
        if not resource.kind.endswith("Template") or not resource.namespaced:
            continue
        for item in kube.list(resource.api_version, resource.kind, wish.namespace, f"{CLUSTER_LABEL}={wish.name}"):
            managers = [m.get("manager") for m in dig(item, "metadata", "managedFields", default=[])]
            if FIELD_MANAGER in managers and kube.delete(ref_of(item), uid=item["metadata"]["uid"]):
                session.report(f"{wish.title}: {_deletes(session)} {ref_of(item)}")
                removed.append(item)
    return removed


def _deletes(session: Session) -> str:
    return "would delete" if session.dry_run else "delete"


def _refuse_protected(live: Object, wish: ClusterWish) -> None:
    labelled = labels_of(live).get(PROTECTED_LABEL) == "true"
    if not (labelled or wish.protected) or wish.confirm == wish.name:
        return
    reason = f"it has the label {PROTECTED_LABEL}=true" if labelled else "the task says protected: true"
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


def _wishes_pause(objects: list[Object]) -> bool:
    return any(item["kind"] == "Cluster" and dig(item, "spec", "paused") for item in objects)


def _namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace", ""))


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
