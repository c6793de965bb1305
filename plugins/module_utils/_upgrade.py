# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. An upgrade of a workload cluster: look, plan, check everything; then _upgrade_run takes the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ._checks import Checked, lines_of, refuse_blocked, run_checks
from ._errors import CapiError, InvalidInput, Unreachable
from ._kube import Kube
from ._lease import holding
from ._objects import cleaned, close_matches, dig, listed, name_of, ref_of
from ._observed import absent_cluster, live_as_applied, observe_cluster
from ._outcome import Outcome
from ._parts import Parts
from ._plan import Plan, plan_upgrade
from ._session import Session
from ._upgrade_checks import UpgradeGround
from ._upgrade_preflight import CHECKS
from ._upgrade_run import Run, carry_out, labelled
from ._upgrade_seen import Known, Surroundings, reached, sight_of, surroundings, templates_of, with_nodes
from ._upgrade_sight import Sight, Step, live_version
from ._upgrade_wish import UpgradeWish, title_of_owner, unknown_owners, wish_of
from ._upgrade_words import plan_lines, standing
from ._upgrade_write import is_left_over, step_write
from ._workload import nodes_of, tight_budgets

_BUDGETS = "disruption-budgets"  # asked only where the task allows to look into the workload cluster


def ensure_upgraded(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Bring a cluster to a version, or roll its machines, and wait until that is true.

    Raises InvalidInput or Refused with every finding before the first write; Stalled, WaitTimeout and Failed tell
    where the cluster stands.
    """
    wish = wish_of(params)
    parts = observe_cluster(session.kube, wish.name, wish.namespace)
    if parts is None:
        raise absent_cluster(session.kube, wish.name, wish.namespace)
    parts = with_nodes(session, parts, wish)
    known = Known()
    sight = sight_of(session.kube, parts, wish, known)
    plan = planned(session, sight, wish)
    values = {"server": session.kube.server, **described(parts, wish, plan)}
    if not has_work(parts, plan):
        return Outcome(values={**values, **_resting(parts, wish, plan)})
    if plan.writes:
        values["checks"] = _preflight(session, params, sight, wish, plan, known)
    if session.dry_run:
        return Outcome(*_predicted(parts, plan), {**values, "outcome": "waiting" if plan.paused else "done"})
    with holding(session, wish.title, wish.name, wish.namespace) as lease:
        run = Run(session, wish, params, plan, parts, session.clock.now(), lease, known=known)
        outcome = carry_out(run, values)
    return ensure_upgraded(session, params) if outcome is None else outcome


def has_work(parts: Parts, plan: Plan) -> bool:
    """Whether anything is to be written, waited for, or put back after a run that was killed."""
    return bool(plan.writes or plan.waits_for or any(map(is_left_over, parts.owners)))


def _resting(parts: Parts, wish: UpgradeWish, plan: Plan) -> dict[str, Any]:
    left = f"; left as they are: {', '.join(plan.behind)}" if plan.behind else ""
    words = f"{wish.title}: {standing(parts)}, nothing is to be done{left}"
    return {"message": words, "outcome": "waiting" if plan.paused else "done", "replaced": []}


def _preflight(
    session: Session, params: Mapping[str, Any], sight: Sight, wish: UpgradeWish, plan: Plan, known: Known
) -> list[dict[str, str]]:
    """All checks, told; raises Refused when one blocks."""
    around = surroundings(session.kube, wish.namespace)
    results = checked(session, sight, wish, plan, around, known)
    if params["tell_plan"]:
        tell(session, wish, plan, results)
    refuse_blocked(wish.title, results)
    return [r.as_dict() for r in results]


def tell(session: Session, wish: UpgradeWish, plan: Plan, results: list[Checked]) -> None:
    """Show the plan, and what the checks have found."""
    for line in (*plan_lines(plan, wish), *(f"{wish.title}: {line}" for line in lines_of(results))):
        session.report(line)


def planned(session: Session, sight: Sight, wish: UpgradeWish) -> Plan:
    """The plan, after the wish was held against the cluster. Raises InvalidInput or Refused."""
    unknown = unknown_owners(wish, sight.parts)
    if unknown:
        known = ["control_plane", *map(name_of, sight.parts.pools)]
        raise InvalidInput(
            f"{wish.title}: overrides name {unknown[0]!r}{close_matches(unknown[0], known)} (there are: "
            f"{listed(known)})."
        )
    classy = bool(dig(sight.parts.cluster, "spec", "topology"))
    if classy and wish.overrides:
        raise InvalidInput(
            f"{wish.title} is made from a ClusterClass, which makes its machine templates: use variables instead of "
            "overrides."
        )
    if wish.variables and not classy:
        raise InvalidInput(f"{wish.title} has no ClusterClass: use overrides instead of variables.")
    now = session.clock.today().strftime("%Y-%m-%dT%H:%M:%SZ")
    if wish.rollout_after > now:
        raise InvalidInput(f"rollout_after is {wish.rollout_after}, which is in the future (now: {now}).")
    return plan_upgrade(sight, wish, session.clock.today())


def described(parts: Parts, wish: UpgradeWish, plan: Plan) -> dict[str, Any]:
    """The part of a result that is the same for a run, its check mode, and the plan of many."""
    names = {"name": wish.name, "namespace": wish.namespace, "from_version": str(live_version(parts))}
    return {**names, "kubernetes_version": str(wish.target or live_version(parts)), "plan": plan.as_dict()}


def checked(
    session: Session, sight: Sight, wish: UpgradeWish, plan: Plan, around: Surroundings, known: Known
) -> list[Checked]:
    """Every check, with what it needs read from the server."""
    ground = UpgradeGround(
        sight,
        wish,
        plan,
        session.clock.today(),
        core=around.core,
        deployments=around.deployments,
        health_checks=around.health_checks_of(sight.parts.cluster),
        templates=templates_of(session.kube, sight.parts, known),
        refused=_refused(session.kube, wish, plan),
        unread=around.unread,
    )
    if wish.workload_access:
        return run_checks(CHECKS, _with_budgets(session, ground), wish.skip)
    return run_checks([c for c in CHECKS if c.id != _BUDGETS], ground, [word for word in wish.skip if word != _BUDGETS])


def _with_budgets(session: Session, ground: UpgradeGround) -> UpgradeGround:
    """What drains will run into, asked of the workload cluster itself; the check is unknown where it cannot be."""
    try:
        with reached(session, ground.wish.name, ground.wish.namespace) as kube:
            return replace(ground, budgets=tuple(tight_budgets(kube, _nodes_that_go(ground))))
    except CapiError as error:
        return replace(ground, unread={**ground.unread, "budgets": str(error)})


def _nodes_that_go(ground: UpgradeGround) -> set[str]:
    """Nodes of the machines that the plan replaces; of a MachinePool that rolls all."""
    going, rolling = set(ground.plan.machines), {step.title for step in ground.plan.steps if step.replaced}
    parts, cluster = ground.sight.parts, ground.wish.name
    nodes = {str(dig(m, "status", "nodeRef", "name")) for m in parts.machines if name_of(m) in going}
    pools = [p for p in parts.pools if title_of_owner(p, cluster) in rolling]
    return nodes.union(*map(nodes_of, pools))


def _refused(kube: Kube, wish: UpgradeWish, plan: Plan) -> str:
    """What the server and its webhooks have against the first write of each object; empty when they would take them."""
    first: dict[str, Step] = {}
    for step in plan.writes:
        first.setdefault(f"{step.owner['kind']} {name_of(step.owner)}", step)
    words = (_refusal(kube, wish, step, settled=not plan.waits_for) for step in first.values())
    return "; ".join(dict.fromkeys(w for w in words if w))


def _refusal(kube: Kube, wish: UpgradeWish, step: Step, *, settled: bool) -> str:
    try:
        if step.template:
            kube.apply(labelled(step.template, wish), dry_run=True)
        live = live_as_applied(kube, step.owner)
        if live and settled:  # in mid-rollout webhooks refuse what they take a minute later
            kube.apply(step_write(step, live, wish), force=True, dry_run=True, patient=False)
    except Unreachable:
        raise
    except CapiError as error:
        return str(error)
    return ""


def _predicted(parts: Parts, plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """Owners now, and as the plan leaves them; new templates are there only afterwards."""
    before = {str(ref_of(item)): cleaned(item) for item in parts.owners}
    after = {str(ref_of(item)): cleaned(item) for item in plan.objects}
    return before, after
