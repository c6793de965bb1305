# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of an upgrade, in the order of telling. Pure data; docs/upgrade-checks.md is this table."""

from __future__ import annotations

from ._checks import BLOCK, WARN, Check
from ._topology import DEFER
from ._upgrade_checks import (
    MOST_UNHEALTHY,
    UpgradeGround,
    check_autoscaled,
    check_budgets,
    check_certificates,
    check_control_plane,
    check_deferred,
    check_deleting,
    check_drain,
    check_etcd,
    check_even,
    check_field_owners,
    check_gitops,
    check_health_checks,
    check_held,
    check_images,
    check_known_bad,
    check_machines,
    check_paused,
    check_providers,
    check_range,
    check_running,
    check_skew,
    check_templates,
    check_webhooks,
)

CHECKS: tuple[Check[UpgradeGround], ...] = (
    Check(
        "paused",
        BLOCK,
        "Is the Cluster, its control plane or a node pool paused?",
        "unpause it, then run again.",
        check_paused,
    ),
    Check("deleting", BLOCK, "Is anything of it being deleted?", "wait until it is gone.", check_deleting),
    Check("held", BLOCK, "Does an annotation hold the upgrade back?", "ask who set it, and take it off.", check_held),
    Check(
        "deferred",
        WARN,
        "Are node pools deferred by somebody?",
        f"take {DEFER} off to take them along.",
        check_deferred,
    ),
    Check(
        "gitops", BLOCK, "Does Argo CD, Flux or Fleet write it?", "change the version in its repository.", check_gitops
    ),
    Check(
        "field-owners",
        BLOCK,
        "Does another tool state the version by server-side apply?",
        "change the version there, or skip the check to take the field over.",
        check_field_owners,
    ),
    Check(
        "autoscaled",
        WARN,
        "Does an autoscaler size a node pool?",
        "stop the autoscaler for the run, or watch it.",
        check_autoscaled,
    ),
    Check(
        "kubernetes-range",
        BLOCK,
        "Does this Cluster API support the versions?",
        "upgrade Cluster API first (init.yml).",
        check_range,
    ),
    Check(
        "known-bad-version",
        BLOCK,
        "Is it a pair of versions that is known to fail?",
        "take another patch release.",
        check_known_bad,
    ),
    Check(
        "version-skew",
        BLOCK,
        "Do node pools fit the control plane now?",
        "bring the node pools to a fitting version.",
        check_skew,
    ),
    Check(
        "control-plane-healthy",
        BLOCK,
        "Are etcd and the control plane's components healthy?",
        "repair the control plane first.",
        check_control_plane,
    ),
    Check(
        "etcd-members",
        BLOCK,
        "Has etcd as many healthy members as there are control plane machines?",
        "repair etcd first.",
        check_etcd,
    ),
    Check(
        "machines-healthy",
        BLOCK,
        "Is every machine Ready that will be replaced?",
        "repair or replace the machine (replace_machine.yml), or leave its node pool out.",
        check_machines,
    ),
    Check(
        "even-control-plane",
        WARN,
        "Is the number of control plane machines odd?",
        "scale it to an odd number.",
        check_even,
    ),
    Check(
        "certificates",
        BLOCK,
        "Do certificates outlast the run?",
        "renew them first: rollout_only with rollout_after.",
        check_certificates,
    ),
    Check(
        "health-check-limit",
        WARN,
        "Do health checks stop when many machines are unhealthy?",
        f"set unhealthyLessThanOrEqualTo to {MOST_UNHEALTHY}% or less.",
        check_health_checks,
    ),
    Check("drain-timeout", WARN, "Has a drain an end?", "set node_drain_timeout for the run.", check_drain),
    Check(
        "template",
        BLOCK,
        "Do the machine templates exist?",
        "create the template, or correct the reference.",
        check_templates,
    ),
    Check(
        "image",
        BLOCK,
        "Does the machine template name the old version?",
        "give overrides with a machine_template for the target.",
        check_images,
    ),
    Check(
        "admission",
        BLOCK,
        "Do the API server and all webhooks accept the first write?",
        "put right what they name; a webhook that is silent must be up.",
        check_webhooks,
    ),
    Check(
        "providers",
        BLOCK,
        "Do the providers' Deployments run?",
        "repair the provider (init.yml repairs what it installed).",
        check_providers,
    ),
    Check("rollout-running", WARN, "Does a rollout run already?", "nothing: it is waited for.", check_running),
    Check(
        "disruption-budgets",
        WARN,
        "Do PodDisruptionBudgets forbid every eviction? (only with workload_access)",
        "raise the replicas, or the budget.",
        check_budgets,
    ),
)
