# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Plan the upgrade of a kubeadm cluster, asked of a control plane node that serves. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import InvalidInput, Unreachable
from ._host import NodeSession
from ._kubeadm_plan import findings_of, is_begun, steps_of, table_of
from ._kubeadm_seen import look
from ._outcome import Outcome
from ._versions import parse_version

SUBSETS = ("node", "cluster", "nodes", "etcd", "certificates", "budgets")


def read_plan(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Steps, findings and a table. Raise Unreachable when a part of the cluster cannot be seen."""
    target = parse_version(params["kubernetes_version"], "kubernetes_version")
    facts = look(session.host, params["node_name"], SUBSETS)
    if facts["problems"]:
        seen = "; ".join(facts["problems"].values())
        raise Unreachable(
            f"The cluster cannot be seen whole: {seen}. Nothing was changed; run it on a control plane that serves."
        )
    try:
        findings = findings_of(facts, target)
    except InvalidInput as error:
        raise Unreachable(f"A version in the cluster cannot be read: {error}") from error
    kept = [finding for finding in findings if finding["check"] not in params["skip_checks"]]
    steps = steps_of(facts, target)
    values = {
        "steps": steps,
        "findings": kept,
        "has_work": bool(steps),
        "begun": is_begun(facts, target),
        "table": table_of(facts, target, steps),
    }
    let_pass = [finding for finding in findings if finding["check"] in params["skip_checks"]]
    return Outcome(values={**values, "let_pass": let_pass, "nodes": facts["nodes"], "cluster": facts["cluster"]})
