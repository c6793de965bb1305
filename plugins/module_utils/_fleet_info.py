# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A fleet at one moment: every cluster of a management cluster and itself, judged, in one gathering."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ._fleet_checks import Ground
from ._fleet_findings import findings_of, management_findings_of
from ._fleet_management import management_row, unowned
from ._fleet_row import Around, row_of
from ._fleet_seen import FleetSeen, look_at_fleet
from ._fleet_support import support_from
from ._objects import name_of, namespace_of
from ._outcome import Outcome
from ._provider_plan import CORE
from ._releases import releases_of
from ._session import Session


def read_fleet(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of fleet_info: ``management_cluster``, ``clusters`` and the support data. Raises InvalidInput."""
    support, now = support_from(params.get("support")), session.clock.today()
    namespace, labels = params.get("namespace") or "", params.get("label_selector") or ""
    seen = look_at_fleet(session.kube, namespace, labels)
    ground = partial(
        Ground,
        certificates_days=params["certificates_days"],
        end_of_life_days=params["end_of_life_days"],
        stall_timeout=params["stall_timeout"],
        unread=seen.unread,
    )
    around = _around(seen, params, support, now)
    rows = [row_of(parts, around) for parts in seen.clusters]
    management = _management(session, seen, support, now, whole=not (namespace or labels))
    return Outcome(
        values={
            "read_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "management_cluster": {**management, "findings": management_findings_of(ground(management))},
            "clusters": [{**row, "findings": findings_of(ground(row))} for row in rows],
            "support": support,
        }
    )


def _around(seen: FleetSeen, params: Mapping[str, Any], support: Mapping[str, Any], now: datetime) -> Around:
    return Around(
        now=now,
        support=support,
        releases=releases_of(params.get("releases")),
        core=next((p.version for p in seen.installed or [] if p.label == CORE), ""),
        stall_timeout=params["stall_timeout"],
        environment_label=params["environment_label"],
        labels=params["labels"],
        health_checks=seen.health_checks,
        templates=seen.templates,
        unread=seen.unread,
    )


def _management(
    session: Session, seen: FleetSeen, support: Mapping[str, Any], now: datetime, *, whole: bool
) -> dict[str, Any]:
    """The management cluster's row. What belongs to no cluster is told only where all clusters were read."""
    places = [(namespace_of(p.cluster), name_of(p.cluster)) for p in seen.clusters]
    left = None if seen.templates is None else unowned(seen.templates if whole else {}, places)
    return {
        "server": session.kube.server,
        "uid": seen.uid or None,
        "reachable": True,
        "error": None,
        "clusters": len(places),
        **management_row(seen.installed, seen.kubernetes, support, now),
        "templates": left,
        "unread": dict(seen.unread),
    }
