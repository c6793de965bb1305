# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One Machine of a workload cluster: replaced by a new one, or handed to its owner's remediation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._errors import CapiError, Failed, InvalidInput, NotFound, Refused, Stalled
from ._kube import Kube
from ._lease import Lease, holding
from ._machine_judge import check_paused, check_remediation, check_replacement
from ._machine_place import (
    REMEDIATE,
    Place,
    controller_of,
    doubts,
    drain_words,
    owner_named,
    owner_of,
    uid_of,
)
from ._machine_progress import Old, judge_machine, paused_words, ready_words, successors
from ._objects import (
    CLUSTER_LABEL,
    CORE_GROUP,
    Object,
    Ref,
    annotations_of,
    cleaned,
    dig,
    is_deleting,
    name_of,
    ref_of,
)
from ._observed import absent_cluster, cluster_version, observe_cluster
from ._outcome import Outcome
from ._parts import Parts
from ._preflight import refuse
from ._progress import Progress
from ._session import Session
from ._wait import LOOKS, wait_until

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class MachineWish:
    """What the task says about the Machine. Times in seconds."""

    name: str
    cluster: str
    namespace: str
    state: str
    wait: bool
    wait_timeout: int
    stall_timeout: int
    uid: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> MachineWish:
        return cls(**{k: params[k] for k in cls.__dataclass_fields__ if params.get(k) is not None})

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.cluster}"

    @property
    def place(self) -> str:
        return f"Machine {self.namespace}/{self.name}"

    @property
    def remediated(self) -> bool:
        return self.state == "remediated"


def ensure_machine(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Replace one Machine, and wait until its owner is as wanted again. A Machine that is no more is not replaced.

    Raises InvalidInput with every finding before the write, NotFound, Refused, Stalled or WaitTimeout.
    """
    wish = MachineWish.from_params(params)
    if wish.uid and not _UID.fullmatch(wish.uid):
        raise InvalidInput(f"uid is {wish.uid!r}; wanted is metadata.uid of the Machine, as machine_info returns it")
    seen = _observe(session.kube, wish)
    machine = _find(seen, wish)
    if machine is None:
        return _gone(session, wish, seen)
    place = _placed(session.kube, wish, seen, machine)
    _check(session.kube, wish, place)
    verb = _verb(wish, machine)
    session.report(f"{wish.title}: {'would ' if session.dry_run else ''}{verb} {_words(place)}")
    session.report(f"{wish.title}: {drain_words(machine)}")
    values = {**_values(session, wish, place.owner), "uid": uid_of(machine), "drain": drain_words(machine)}
    if session.dry_run:
        written = _write(session.kube, wish, machine)
        values["message"] = f"{wish.title}: would {verb} {_words(place)}"
    else:
        written, found = _carry_out(session, wish, place)
        values.update(found)
    stays = not written and not wish.wait
    before = {wish.place: cleaned(machine)}
    return Outcome(before=before, after=before if stays else {}, values=values)


def _observe(kube: Kube, wish: MachineWish) -> Parts:
    seen = observe_cluster(kube, wish.cluster, wish.namespace)
    if seen is None:
        raise absent_cluster(kube, wish.cluster, wish.namespace)
    return seen


def _find(seen: Parts, wish: MachineWish) -> Object | None:
    """The Machine by name; refused where it is not the one that the UID names."""
    machine = next((m for m in seen.machines if name_of(m) == wish.name), None)
    if machine and wish.uid and uid_of(machine) != wish.uid:
        raise Refused(
            f"{wish.place} has the UID {uid_of(machine)}, not {wish.uid}: it is another machine of this name. Nothing "
            "was changed; read it by machine_info, and name the UID of the one that you mean.",
            uid=uid_of(machine),
        )
    return machine


def _placed(kube: Kube, wish: MachineWish, seen: Parts, machine: Object) -> Place:
    """The Machine with its owner. Raises Refused for one that nobody would replace."""
    ref, owner = controller_of(machine), owner_of(seen, machine)
    if owner is None:
        found = f"{ref.get('kind')} {ref.get('name')}" if ref else "nobody"
        raise Refused(
            f"{wish.place} belongs to {found}: no control plane and no MachineDeployment would make a new one in its "
            "place. Nothing was changed; make the new machine first, then delete this one by kubectl."
        )
    return Place(seen, owner, machine, _set_of(kube, wish, ref))


def _set_of(kube: Kube, wish: MachineWish, ref: Mapping[str, Any]) -> Object | None:
    if ref.get("kind") != "MachineSet":
        return None
    return kube.get(Ref(kube.versions(CORE_GROUP, "MachineSet")[0], "MachineSet", wish.namespace, str(ref["name"])))


def _check(kube: Kube, wish: MachineWish, place: Place) -> None:
    """All findings at once. One that is being deleted is awaited: its deletion cannot be taken back."""
    if is_deleting(place.the_machine):
        refuse(check_paused(place))
        return
    findings = list(check_replacement(place, remediated=wish.remediated))
    if wish.remediated:
        labels = f"{CLUSTER_LABEL}={wish.cluster}"
        api_version = kube.versions(CORE_GROUP, "MachineHealthCheck")[0]
        findings += check_remediation(place, kube.list(api_version, "MachineHealthCheck", wish.namespace, labels))
    refuse(findings)


def _write(kube: Kube, wish: MachineWish, machine: Object) -> bool:
    """Delete it, or ask for its remediation; False where that was done before."""
    if is_deleting(machine) or (wish.remediated and REMEDIATE in annotations_of(machine)):
        return False
    if not wish.remediated:
        return kube.delete(ref_of(machine), uid=uid_of(machine))
    kube.patch(ref_of(machine), {"metadata": {"uid": uid_of(machine), "annotations": {REMEDIATE: ""}}})
    return True


def _carry_out(session: Session, wish: MachineWish, first: Place) -> tuple[bool, dict[str, Any]]:
    """Write and wait as the only run on the cluster. An error after the write does not say ``refused``."""
    written, old = False, Old.of(wish.title, first)
    try:
        with holding(session, wish.title, wish.cluster, wish.namespace) as lease:
            place = lease.persist(lambda: _again(session.kube, wish, first), wish.wait_timeout)
            if place.machine:
                written = lease.persist(lambda: _checked_write(session.kube, wish, place), wish.wait_timeout)
            return written, _arrived(session, wish, lease, place, old)
    except CapiError as error:
        error.details["changed"] = written
        if not written or error.outcome != "refused":
            raise
        raise Failed(
            f"{error} {wish.place} is on its way out already. When the cause is gone, run the same command again.",
            **error.details,
        ) from error


def _checked_write(kube: Kube, wish: MachineWish, place: Place) -> bool:
    _check(kube, wish, place)
    return _write(kube, wish, place.the_machine)


def _again(kube: Kube, wish: MachineWish, first: Place) -> Place:
    """The same place as it is now; by UID, since a name may be given again."""
    seen = observe_cluster(kube, wish.cluster, wish.namespace)
    owner = _same(seen, first.owner) if seen else None
    if seen is None or owner is None:
        raise Refused(f"Cluster {wish.title} or {ref_of(first.owner)} was deleted by somebody else meanwhile.")
    uid = uid_of(first.machine) if first.machine else ""
    machine = next((m for m in seen.machines if uid_of(m) == uid), None)
    return replace(first, seen=seen, owner=owner, machine=machine)


def _same(seen: Parts, owner: Object) -> Object | None:
    return next((o for o in seen.owners if uid_of(o) == uid_of(owner)), None)


def _arrived(session: Session, wish: MachineWish, lease: Lease, place: Place, old: Old) -> dict[str, Any]:
    """Wait until the owner has a new one; where nobody waits, look once."""
    last = place

    def look() -> Progress:
        nonlocal last
        lease.renew()
        last = _again(session.kube, wish, last)
        progress, paused = judge_machine(last, old), paused_words(last)
        if paused and not progress.done:
            raise Stalled(f"{progress.message}; {paused}: unpause it, then run again.", **progress.details)
        return progress

    if not wish.wait:
        progress = look()
        return {"message": progress.message, "outcome": "done" if progress.done else "waiting"}
    progress = wait_until(
        look,
        clock=session.clock,
        report=session.report,
        timeout=wish.wait_timeout,
        stall_timeout=wish.stall_timeout,
        looks=LOOKS,
    )
    return {"message": progress.message, "replaced_by": successors(last, old)}


def _gone(session: Session, wish: MachineWish, seen: Parts) -> Outcome:
    """No such Machine: replaced before, or misspelt. What a run that was killed has left is awaited."""
    owner = owner_named(seen, wish.name)
    _refuse_doubtful(session.kube, wish, owner)
    values = _values(session, wish, owner)
    said = f"{wish.title}: there is no {wish.place} any more"
    if owner is None:
        return Outcome(values={**values, "message": said})
    place = Place(seen, owner)
    old = Old.gone(wish.title, wish.name, wish.uid, place)
    progress = judge_machine(place, old)
    values["message"] = f"{said}; {ready_words(place)}"
    if not progress.done and wish.wait and not session.dry_run:
        with holding(session, wish.title, wish.cluster, wish.namespace) as lease:
            values.update(_arrived(session, wish, lease, place, old))
    elif not progress.done:
        values.update(outcome="waiting", message=progress.message)
    session.report(str(values["message"]))
    return Outcome(values=values)


def _refuse_doubtful(kube: Kube, wish: MachineWish, owner: Object | None) -> None:
    """A name that no Machine has is success only where it is no slip: a typo must not look like a replacement."""
    machines = kube.list(cluster_version(kube), "Machine", wish.namespace)
    why = doubts(wish.name, wish.uid, wish.cluster, machines, has_owner=owner is not None)
    if why:
        raise NotFound(f"There is no {wish.place} in the cluster {wish.title}: {why} Nothing was changed.")


def _verb(wish: MachineWish, machine: Object) -> str:
    if is_deleting(machine):
        return "go on with the deletion of"
    return "mark for remediation" if wish.remediated else "delete"


def _words(place: Place) -> str:
    machine = place.the_machine
    node = dig(machine, "status", "nodeRef", "name")
    parts = [f"of {place.owner['kind']} {name_of(place.owner)}", str(dig(machine, "spec", "version", default=""))]
    return f"Machine {name_of(machine)} ({', '.join(filter(None, [*parts, f'node {node}' if node else 'no node']))})"


def _values(session: Session, wish: MachineWish, owner: Object | None) -> dict[str, Any]:
    named = {"kind": owner["kind"], "name": name_of(owner)} if owner else None
    return {
        "server": session.kube.server,
        "name": wish.name,
        "namespace": wish.namespace,
        "cluster": wish.cluster,
        "owner": named,
        "replaced_by": [],
    }
