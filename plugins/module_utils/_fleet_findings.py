# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The table of what a report points at, and what it says of a row. Pure.

``block`` is what has to be put right before anything else is done to the cluster, ``warn`` what to look at.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._checks import BLOCK, WARN, Check, Checked, run_checks
from ._fleet_checks import (
    Ground,
    check_certificates,
    check_certificates_soon,
    check_degraded,
    check_drain_timeout,
    check_drift,
    check_end_of_life,
    check_end_of_life_soon,
    check_health_check,
    check_held,
    check_management_ended,
    check_management_ending,
    check_management_unsupported,
    check_missing_templates,
    check_not_read,
    check_paused,
    check_providers,
    check_stale_templates,
    check_stuck_deletion,
    check_stuck_rollout,
    check_unhealthy,
    check_unreachable,
    check_unsupported,
    check_unused_templates,
    check_version_skew,
)

CLUSTER_CHECKS: tuple[Check[Ground], ...] = (
    Check(
        "unhealthy",
        BLOCK,
        "Is it available?",
        "ansible-playbook playbooks/show.yml shows what it waits for.",
        check_unhealthy,
    ),
    Check(
        "unreachable",
        BLOCK,
        "Does Cluster API reach it?",
        "Look at its load balancer, network and certificates.",
        check_unreachable,
    ),
    Check(
        "stuck_rollout",
        BLOCK,
        "Do its rollouts move?",
        "Remove what is named; the rollout then goes on by itself.",
        check_stuck_rollout,
    ),
    Check(
        "stuck_deletion",
        BLOCK,
        "Does its deletion move?",
        "Remove what is named; the deletion then goes on.",
        check_stuck_deletion,
    ),
    Check(
        "end_of_life", BLOCK, "Is its Kubernetes maintained?", "Upgrade it: playbooks/upgrade.yml.", check_end_of_life
    ),
    Check(
        "unsupported",
        BLOCK,
        "Does Cluster API support its Kubernetes?",
        "Upgrade it, or Cluster API first.",
        check_unsupported,
    ),
    Check(
        "version_skew",
        BLOCK,
        "Do its versions go together?",
        "Upgrade the node pools: playbooks/upgrade.yml.",
        check_version_skew,
    ),
    Check(
        "certificates",
        BLOCK,
        "Are its certificates good for long?",
        "Roll its control plane: upgrade_rollout_only.",
        check_certificates,
    ),
    Check(
        "missing_templates",
        BLOCK,
        "Are its templates there?",
        "Create them again: no machine can be made.",
        check_missing_templates,
    ),
    Check(
        "degraded", WARN, "Is it as wanted?", "ansible-playbook playbooks/show.yml shows the machines.", check_degraded
    ),
    Check("end_of_life_soon", WARN, "Is it maintained for long?", "Plan an upgrade.", check_end_of_life_soon),
    Check(
        "certificates_soon",
        WARN,
        "And for twice as long?",
        "Plan a rollout of its control plane.",
        check_certificates_soon,
    ),
    Check(
        "drift",
        WARN,
        "Is it as the inventory describes it?",
        "playbooks/create.yml --check --diff shows what differs.",
        check_drift,
    ),
    Check(
        "paused", WARN, "Is something paused?", "Unpause it when the work is done: nothing is repaired.", check_paused
    ),
    Check(
        "held", WARN, "Does something hold an upgrade?", "Remove the annotation when the upgrade may go on.", check_held
    ),
    Check(
        "drain_timeout",
        WARN,
        "Do drains end?",
        "Set nodeDrainTimeout: a Pod can hold a rollout for ever.",
        check_drain_timeout,
    ),
    Check("health_check", WARN, "Are broken machines replaced?", "Add a MachineHealthCheck.", check_health_check),
    Check("unused_templates", WARN, "Is something left over?", "Delete what nobody needs.", check_unused_templates),
    Check(
        "stale_templates", WARN, "And of earlier rollouts?", "They go with their MachineSets.", check_stale_templates
    ),
)
MANAGEMENT_CHECKS: tuple[Check[Ground], ...] = (
    Check("unhealthy", BLOCK, "Are its providers available?", "Look at the Pods of the provider.", check_providers),
    Check(
        "end_of_life", BLOCK, "Are its releases maintained?", "Upgrade it: playbooks/init.yml.", check_management_ended
    ),
    Check(
        "unsupported",
        BLOCK,
        "Do its releases go together?",
        "Upgrade it: playbooks/init.yml.",
        check_management_unsupported,
    ),
    Check("end_of_life_soon", WARN, "And for long?", "Plan an upgrade.", check_management_ending),
    Check("unused_templates", WARN, "Is something left over?", "Delete what nobody needs.", check_unused_templates),
)
NOT_READ: tuple[Check[Ground], ...] = (
    Check("unreachable", BLOCK, "Could it be read?", "Check kubeconfig, context and rights.", check_not_read),
)
WORDS = tuple(dict.fromkeys(c.id for c in (*CLUSTER_CHECKS, *MANAGEMENT_CHECKS, *NOT_READ)))


def findings_of(ground: Ground) -> list[dict[str, str]]:
    """What is not as it should be with a cluster: id, severity, message."""
    return _told(run_checks(CLUSTER_CHECKS, ground, ()))


def management_findings_of(ground: Ground) -> list[dict[str, str]]:
    """The same of a management cluster."""
    return _told(run_checks(MANAGEMENT_CHECKS, ground, ()))


def _told(results: Iterable[Checked]) -> list[dict[str, str]]:
    return [{"id": r.id, "severity": r.status, "message": r.message} for r in results if r.status != "ok"]


def not_read_findings_of(ground: Ground) -> list[dict[str, str]]:
    """The same of a management cluster that could not be read."""
    return _told(run_checks(NOT_READ, ground, ()))
