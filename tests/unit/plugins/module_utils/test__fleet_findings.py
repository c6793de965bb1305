# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each trouble of a cluster is told, by its word and in a sentence that names what was found."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_document import MISSING
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_findings import WORDS
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_page import TITLES
from fakes import FakeKube
from fleet_world import ROLE, one, providers, read

CASES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"trouble": "unavailable"}, "unhealthy", "block", "It is not available: NotAvailable (1 of 3 etcd members"),
    ({"trouble": "unreachable"}, "unreachable", "block", "Cluster API does not reach its API server."),
    ({"trouble": "stuck"}, "stuck_rollout", "block", "A rollout stands still, nothing has moved for 2 days: Kubeadm"),
    ({"trouble": "deleting"}, "stuck_deletion", "block", "Its deletion was asked for 5 hours ago: Deleting."),
    (
        {"version": "v1.34.13"},
        "end_of_life",
        "block",
        "Kubernetes v1.34.13 is not maintained since 2026-10-27 (5 days).",
    ),
    (
        {"version": "v1.37.1"},
        "unsupported",
        "block",
        "Cluster API v1.13.2 supports workload clusters from v1.30 to v1.36",
    ),
    ({"certificates": 12}, "certificates", "block", "A certificate of its control plane ends in 12 days."),
    ({"certificates": -3}, "certificates", "block", "A certificate of its control plane ended 3 days ago."),
    ({"certificates": 45}, "certificates_soon", "warn", "A certificate of its control plane ends in 45 days."),
    (
        {"trouble": "missing template"},
        "missing_templates",
        "block",
        "It refers to DevMachineTemplate/c-md-gone, which is",
    ),
    (
        {"trouble": "degraded"},
        "degraded",
        "warn",
        "It is available, but not as wanted: MachineDeployment c-md-0: 0 of 2",
    ),
    ({"trouble": "paused"}, "paused", "warn", "Cluster c is paused (set by kubectl-patch)."),
    (
        {"trouble": "held"},
        "held",
        "warn",
        "MachineDeployment c-md-0 has the annotation topology.cluster.x-k8s.io/defer-",
    ),
    (
        {"trouble": "unguarded"},
        "drain_timeout",
        "warn",
        "Without a drain timeout: KubeadmControlPlane c-cp, MachineDepl",
    ),
    ({"trouble": "unguarded"}, "health_check", "warn", "No MachineHealthCheck looks at KubeadmControlPlane c-cp, Mach"),
    (
        {"trouble": "left over"},
        "unused_templates",
        "warn",
        "Nothing refers to 1 of its templates: DevMachineTemplate/c-md-0.",
    ),
    ({"version": "v1.99.1"}, "end_of_life", "unknown", "The support data does not have Kubernetes v1.99.1."),
]


def findings(*items: Any, **options: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = read("a", FakeKube(*items), **options)["clusters"][0]["findings"]
    return found


@pytest.mark.parametrize(("how", "word", "severity", "message"), CASES, ids=[f"{c[1]} {c[0]}" for c in CASES])
def test_a_trouble_is_told(how: dict[str, Any], word: str, severity: str, message: str) -> None:
    told = {f["id"]: f for f in findings(*one("c", **how), *providers("v1.13.2"))}
    assert word in told
    assert told[word]["severity"] == severity
    assert told[word]["message"].startswith(message)


@pytest.mark.parametrize("trouble", ["", "rolling", "gitops", "autoscaled", "protected"])
def test_what_is_well_has_no_findings(trouble: str) -> None:
    assert findings(*one("c", trouble=trouble), *providers("v1.13.2")) == []


def test_limits_are_those_that_are_asked_for() -> None:
    items = one("c", certificates=100, version="v1.36.6")
    told = {f["id"] for f in findings(*items, certificates_days=200, end_of_life_days=400)}
    assert {"certificates", "end_of_life_soon"} <= told
    assert "stuck_rollout" not in {f["id"] for f in findings(*one("c", trouble="stuck"), stall_timeout=10**6)}


def test_the_words_are_those_of_the_role_and_of_the_page() -> None:
    spec = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert set(spec["report_fail_on"]["choices"]) == {*WORDS, MISSING} == set(TITLES)
