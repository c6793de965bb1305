# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The plans of many clusters from one gathering: one LIST a kind, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._checks import BLOCK, Checked
from ._errors import CapiError, InvalidInput, NotFound, Refused
from ._objects import close_matches, listed, name_of, namespace_of
from ._observed import cluster_version, observe
from ._outcome import Outcome
from ._parts import Parts
from ._session import Session
from ._upgrade import checked, described, has_work, planned, tell
from ._upgrade_seen import Known, Surroundings, sight_of, surroundings, with_nodes
from ._upgrade_wish import UpgradeWish, wish_of


@dataclass
class _Shared:
    """What all clusters of a gathering share; the surroundings are read only where something is to be done."""

    seen: Mapping[tuple[str, str], Parts]
    known: Known = field(default_factory=lambda: Known(many=True))
    around: Surroundings | None = None


def read_plans(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of cluster_upgrade_info: ``plans`` in the order of the wishes. Raises Refused when one may not begin."""
    asked = params["clusters"]
    seen = _gathered(session, asked)
    shared = _Shared(seen)
    plans = [_plan(session, one, shared) for one in asked]
    resting = [p for p in plans if not p["has_work"] and not p["refused"]]
    if resting:
        session.report(f"{len(resting)} of {len(plans)} clusters are as wanted, nothing is to be done")
    refused = [p["refused"] for p in plans if p["refused"]]
    if refused:
        raise Refused(
            f"{len(refused)} of {len(plans)} clusters may not be upgraded now, nothing was changed:\n"
            + "\n".join(refused),
            plans=[{k: p[k] for k in ("key", "name", "namespace", "refused")} for p in plans if p["refused"]],
        )
    return Outcome(values={"plans": plans})


def _gathered(session: Session, asked: list[Mapping[str, Any]]) -> dict[tuple[str, str], Parts]:
    """The clusters that are asked for, and what belongs to them."""
    namespaces = {one["namespace"] for one in asked}
    namespace = namespaces.pop() if len(namespaces) == 1 else ""
    wanted = {(one["namespace"], one["name"]) for one in asked}
    there = session.kube.list(cluster_version(session.kube), "Cluster", namespace)
    clusters = [c for c in there if (namespace_of(c), name_of(c)) in wanted]
    found = observe(session.kube, clusters, namespace, "") if clusters else []
    missing = sorted(wanted - {(namespace_of(c), name_of(c)) for c in clusters})
    if missing:
        known = [f"{namespace_of(c)}/{name_of(c)}" for c in there]
        names = [f"{space}/{name}" for space, name in missing]
        near = f"{close_matches(names[0], known)} (there are: {listed(known) or 'none'})"
        raise NotFound(f"There is no Cluster {listed(names)}{near}. Nothing was changed.", missing=names)
    return {(namespace_of(p.cluster), name_of(p.cluster)): p for p in found}


def _plan(session: Session, one: Mapping[str, Any], shared: _Shared) -> dict[str, Any]:
    """One entry of ``plans``; ``refused`` says why the cluster may not be upgraded, and is empty when it may."""
    known = {"name": one["name"], "namespace": one["namespace"], "key": one.get("key"), "has_work": True}
    try:
        wish = wish_of(one)
        parts = _inside(session, shared.seen[wish.namespace, wish.name], wish)
        sight = sight_of(session.kube, parts, wish, shared.known)
        plan = planned(session, sight, wish)
        told = {**known, **described(sight.parts, wish, plan), "checks": [], "refused": ""}
        if not has_work(sight.parts, plan):
            return {**told, "has_work": False}
        shared.around = shared.around or surroundings(session.kube, "")
        results = checked(session, sight, wish, plan, shared.around, shared.known) if plan.writes else []
    except (InvalidInput, Refused) as error:
        title = f"{one['namespace']}/{one['name']}"
        words = str(error) if title in str(error) else f"{title}: {error}"
        session.report(words)
        return {**known, "plan": None, "checks": [], "refused": f"- {words}"}
    tell(session, wish, plan, results)
    return {**told, "checks": [r.as_dict() for r in results], "refused": _blocked(wish, results)}


def _inside(session: Session, parts: Parts, wish: UpgradeWish) -> Parts:
    """A workload cluster that cannot be asked refuses its own upgrade, and lets the others be planned."""
    try:
        return with_nodes(session, parts, wish)
    except CapiError as error:
        raise Refused(str(error), **error.details) from error


def _blocked(wish: UpgradeWish, results: list[Checked]) -> str:
    found = [r for r in results if r.status == BLOCK]
    return "\n".join(f"- {wish.title}: {r.id}: {r.message} Remedy: {r.remedy}" for r in found)
