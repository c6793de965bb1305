# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The loop around next_step: wait for the gate, take the step, look again; and what is put back at the end.

A run that is killed at any point leaves nothing that the next one does not find by looking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable

from ._cluster_templates import collect_templates
from ._errors import CapiError, Conflict, Failed, Stalled
from ._fields import value_at, version_at
from ._infrastructure_seen import with_words
from ._kube import Kube
from ._lease import Lease
from ._objects import CLUSTER_LABEL, Object, cleaned, dig, is_deleting, name_of, ref_of
from ._observed import live_as_applied, observe_cluster
from ._outcome import Outcome
from ._ownership import paused_objects, writers_of
from ._parts import Parts
from ._plan import Plan
from ._progress import Progress
from ._rollout import judge_present
from ._session import Session
from ._upgrade_seen import Known, sight_of, with_nodes
from ._upgrade_sight import Decision, Done, Step, Waiting, live_version
from ._upgrade_step import next_step
from ._upgrade_wish import UpgradeWish, chosen
from ._upgrade_words import replaced_words, stands_after, step_line, summary, watch
from ._upgrade_write import drain_write, is_left_over, put_back, step_write
from ._wait import LOOKS, Pace, duration, wait_until

_INTERVAL, _BRIEF = 2.0, 1.0  # seconds between looks: a step may begin as soon as the one before has ended
_MOST_CONFLICTS = 5  # in a row: somebody else writes the same objects all the time


@dataclass
class Run:
    """One run on one cluster. What decides is read anew at each look; this is kept for telling, and for the result."""

    session: Session
    wish: UpgradeWish
    params: Mapping[str, Any]
    plan: Plan
    parts: Parts
    began: float  # on the session's clock
    lease: Lease
    decision: Decision | None = None
    known: Known = field(default_factory=Known)
    machines: dict[str, str] = field(default_factory=dict)  # every UID that was seen, and its name
    before: dict[str, Object] = field(default_factory=dict)
    stored: dict[str, Object] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)  # that we wrote, by owner

    @property
    def kube(self) -> Kube:
        return self.session.kube


def carry_out(run: Run, values: Mapping[str, Any]) -> Outcome | None:
    """All steps from here to the end, or one where nobody waits; None when the plan has to be made anew."""
    was = str(live_version(run.parts))
    done = _watched(run, values, lambda: _climb(run))
    if isinstance(done, Step):
        return None
    gone = _replaced(run)
    work = replaced_words(len(gone), run.plan)
    work = f"{duration(run.session.clock.now() - run.began)}, {work}"
    told: dict[str, Any] = {"replaced": gone, "outcome": "waiting" if done is None or done.paused else "done"}
    if done:
        told["message"] = summary(run.wish, was, done, run.parts, work)
        run.session.report(told["message"])
    else:
        told["message"] = watch(run.parts, run.wish, Waiting(""), run.session.clock.today()).message
    return Outcome(before=run.before, after=run.stored, values={**values, **told})


def labelled(template: Object, wish: UpgradeWish) -> Object:
    """A template with the cluster's label, by which it is found when nothing refers to it any more."""
    return {**template, "metadata": {**template["metadata"], "labels": {CLUSTER_LABEL: wish.name}}}


def _watched(run: Run, values: Mapping[str, Any], work: Any) -> Any:
    """Do the work; an error says where the cluster stands, and is never ``refused`` after a write."""
    try:
        return work()
    except CapiError as error:
        told = {k: v for k, v in values.items() if k != "checks"}
        error.details.update(told, changed=bool(run.stored), replaced=_replaced(run))
        if not run.stored and error.outcome == "refused":
            raise
        kind = Failed if error.outcome == "refused" else type(error)
        raise kind(f"{error} {stands_after(run.parts, run.decision)}", **error.details) from error


def _climb(run: Run) -> Done | Step | None:
    """Take every step; None where nobody waits and something is left, a Step where none was planned."""
    if run.wish.drain_timeout is not None and run.plan.steps:  # machines are going to be drained
        run.lease.persist(partial(_set_drain_timeouts, run, run.wish.drain_timeout), run.params["wait_timeout"])
    while True:
        decision = _wait(run) if run.params["wait"] else _now(run)
        if isinstance(decision, Done):
            _finish(run, decision)
            return decision
        if isinstance(decision, Step) and not run.plan.writes:
            run.lease.persist(partial(_put_back, run), run.params["wait_timeout"])
            return decision  # what was waited for has ended otherwise than planned: plan and check again
        if isinstance(decision, Step):
            run.lease.persist(partial(_take, run, decision), run.params["wait_timeout"])
        if not run.params["wait"]:
            return None


def _set_drain_timeouts(run: Run, seconds: int) -> None:
    """For this run; they reach machines in place, also those that are drained already."""
    topology = dig(run.parts.cluster, "spec", "topology")
    plane = [run.parts.control_plane] if run.parts.control_plane else []
    owners = [run.parts.cluster] if topology else [*plane, *chosen(run.parts, run.wish)]
    for owner in owners:
        if _written(run, owner, lambda live: drain_write(live, seconds)):
            run.session.report(f"{run.wish.title}: drain timeout of {ref_of(owner)} set to {seconds} s for this run")


def _finish(run: Run, done: Done) -> None:
    """See that the whole cluster is well, and put back what was set for the run."""
    if run.wish.pools is None and not done.behind and run.params["wait"]:
        _settle(run)
    left_over = any(map(is_left_over, run.parts.owners))
    run.lease.persist(partial(_clean_up, run), run.params["wait_timeout"])
    if left_over and run.params["wait"]:
        _wait(run)  # until what was put back is taken up: the next run finds nothing that moves


def _clean_up(run: Run) -> None:
    """The notes of what was set go last: while one is there, the next run does this again."""
    for ref in collect_templates(run.kube, run.parts, run.wish.name, run.params["keep_templates"]):
        run.session.report(f"{run.wish.title}: deleted {ref}: nothing refers to it")
    _put_back(run)


def _put_back(run: Run) -> None:
    for owner in run.parts.owners:
        if is_left_over(owner) and _written(run, owner, put_back):
            run.session.report(f"{run.wish.title}: put back what was set for the run on {ref_of(owner)}")


def _wait(run: Run) -> Decision | None:
    """Look until there is something to do or to end with, in two looks one after the other; a plan is a look, too."""
    wait_until(
        lambda: _look(run),
        clock=run.session.clock,
        report=run.session.report,
        timeout=run.params["wait_timeout"],
        stall_timeout=run.params["stall_timeout"],
        looks=1 if run.decision is None and not run.plan.waits_for else LOOKS,
        pace=Pace(_INTERVAL, run.began, _BRIEF),
    )
    return run.decision


def _now(run: Run) -> Decision | None:
    _look(run)
    return run.decision


def _settle(run: Run) -> None:
    """The end of the whole: the Cluster itself says Available, and nothing moves."""

    def look() -> Progress:
        parts = _seen(run)
        return with_words(run.kube, parts, judge_present(parts))

    wait_until(
        look,
        clock=run.session.clock,
        report=run.session.report,
        timeout=run.params["wait_timeout"],
        stall_timeout=run.params["stall_timeout"],
        looks=1,
        pace=Pace(_INTERVAL, run.began, _BRIEF),
    )


def _look(run: Run) -> Progress:
    parts = _seen(run)
    _refuse_paused(run)
    _refuse_rival(run)
    run.decision = next_step(sight_of(run.kube, parts, run.wish, run.known), run.wish)
    return with_words(run.kube, parts, watch(parts, run.wish, run.decision, run.session.clock.today()))


def _refuse_paused(run: Run) -> None:
    """What is paused does not move, however long one waits; node pools that are left out may be."""
    plane = [run.parts.control_plane] if run.parts.control_plane else []
    paused = paused_objects([run.parts.cluster, *plane, *chosen(run.parts, run.wish)])
    if paused and "paused" not in run.wish.skip:
        raise Stalled(f"{run.wish.title}: {paused[0]['kind']} {paused[0]['name']} was paused; unpause it to go on.")


def _seen(run: Run) -> Parts:
    """The cluster now. Raises Failed when it is not the one that this run began with."""
    run.lease.renew()
    parts = observe_cluster(run.kube, run.wish.name, run.wish.namespace)
    if parts is None or is_deleting(parts.cluster):
        raise Failed(f"Cluster {run.wish.title} was deleted by somebody else while it was upgraded.")
    if _uid(parts.cluster) != _uid(run.parts.cluster):
        raise Failed(f"Cluster {run.wish.title} was deleted and made anew by somebody else: this is another cluster.")
    run.parts = parts = with_nodes(run.session, parts, run.wish)
    run.lease.renew()  # the nodes may have taken their time
    run.machines.update({_uid(m): name_of(m) for m in parts.machines})
    return parts


def _refuse_rival(run: Run) -> None:
    """Stop when somebody else writes the version that we wrote: two who write it would roll machines without end."""
    for owner in run.parts.owners:
        wrote, path = run.versions.get(str(ref_of(owner))), version_at(owner)
        if wrote and value_at(owner, path) != wrote:
            others = ", ".join(writers_of(owner, [str(step) for step in path])) or "somebody"
            raise Failed(
                f"{owner['kind']} {name_of(owner)}: this run set {'.'.join(map(str, path))} to {wrote}, and it is "
                f"{value_at(owner, path)} now (written by: {others}). Stop the other writer, then run again.",
            )


def _take(run: Run, step: Step) -> None:
    """One step: the template first, then version and reference in one patch. A changed object is looked at again."""
    generation = dig(step.owner, "metadata", "generation")

    def change(live: Object) -> Object | None:
        return step_write(step, live, run.wish) if dig(live, "metadata", "generation") == generation else None

    whole = step.owner["kind"] == "Cluster"
    machines = run.parts.machines if whole else run.parts.machines_of_owner(step.owner)
    run.session.report(step_line(step, run.wish, len(machines)))
    if step.template:
        _noted(run, None, run.kube.apply(labelled(step.template, run.wish), force=True))
    if _written(run, step.owner, change):
        run.versions[str(ref_of(step.owner))] = step.version


def _written(run: Run, owner: Object, change: Callable[[Object], Object | None]) -> bool:
    """Apply a change to an owner as it is now, again when somebody else writes; False where it is none any more."""
    for attempt in range(_MOST_CONFLICTS):
        live = live_as_applied(run.kube, owner)
        wanted = change(live) if live else None
        if not live or not wanted:
            return False
        try:
            _noted(run, live, run.kube.apply(wanted, force=True))
            return True
        except Conflict:
            if attempt == _MOST_CONFLICTS - 1:
                raise
    return False


def _noted(run: Run, before: Object | None, stored: Object) -> None:
    key = str(ref_of(stored))
    if before and key not in run.before:
        run.before[key] = cleaned(before)
    run.stored[key] = cleaned(stored)


def _replaced(run: Run) -> list[str]:
    there = {_uid(m) for m in run.parts.machines}
    return sorted(name for uid, name in run.machines.items() if uid not in there)


def _uid(item: Object) -> str:
    return str(dig(item, "metadata", "uid", default=""))
