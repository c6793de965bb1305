# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The providers of a management cluster: installed or upgraded to the wanted versions, and answering.

What is there is judged from Provider objects and Deployments only, so that nothing is fetched or run when all is well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._clusterctl_config import variables_of
from ._errors import CapiError
from ._kube import Kube
from ._management_install import install, resolved
from ._management_seen import Seen, look_at, support_of, table_of
from ._management_wait import wait_for_providers
from ._outcome import Outcome
from ._provider_plan import Plan, Provider, final_core_version, make_plan, wished
from ._session import Session
from ._wait import LOOKS


def ensure_management_cluster(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of management_cluster: a table of versions by provider label, before and after."""
    deadline = session.clock.now() + params["wait_timeout"]
    wish = wished(params["providers"])
    variables_of(params)  # bad input is refused, also where nothing is to do
    seen = look_at(session.kube)
    wish = resolved(session, params, wish, seen)
    plan = make_plan(wish, seen.installed, seen.strays)
    if plan.steps:
        plan = install(session, params, wish, deadline)
    if session.dry_run:
        return Outcome(plan.before, plan.after, _values(session.kube, wish, seen, plan, []))
    unproven = _arrived(session, params, wish, deadline, written=bool(plan.steps)) if params["wait"] else []
    after = look_at(session.kube) if plan.steps else seen
    return Outcome(plan.before, table_of(after), _values(session.kube, wish, after, plan, unproven))


def _arrived(
    session: Session, params: Mapping[str, Any], wish: Sequence[Provider], deadline: float, *, written: bool
) -> list[str]:
    """Wait until all answers; an error tells whether something was installed before it."""
    timeout = max(deadline - session.clock.now(), 1.0)
    try:
        return wait_for_providers(session, wish, timeout, params["stall_timeout"], looks=LOOKS if written else 1)
    except CapiError as error:
        error.details["changed"] = written
        raise


def _values(kube: Kube, wish: Sequence[Provider], seen: Seen, plan: Plan, unproven: Sequence[str]) -> dict[str, Any]:
    return {
        "management_cluster_uid": kube.identity(),
        "providers": {**table_of(seen), **(dict(plan.after) if kube.dry_run else {})},
        "steps": [str(step) for step in plan.steps],
        "kubernetes": support_of(kube, final_core_version(wish, seen.installed)),
        "webhooks_not_proven": list(unproven),
    }
