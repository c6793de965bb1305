# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades on real Cluster API: the plan of check mode, the run that does what it says, and the second run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from bed import SOAK
from side_by_side import Case
from upgrading import OTHER, STEPS, Scenario, Upgrade, classic, classy, whole

WALK = ("v1.33.13", "v1.34.13", "v1.35.10", "v1.36.6")
SURGE_0 = {"rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}}}
TARGET = {"kubernetes_version": "v1.36.6"}

# Rows of CAPI's own e2e tests that a scenario stands for: 10 and 9 (topology), 11 (HA), 12 (scale-in), 15 (chained).
NEWEST = {
    "ha": Scenario(classic("v1.35.10", 3, {"a": 2, "b": 1}), {**TARGET, "node_drain_timeout": 300}),
    "scale-in": Scenario(classic("v1.35.10", 3, {"a": 1}, **SURGE_0), TARGET),
    "minors": Scenario(classic("v1.33.13"), TARGET),
    "every-hop": Scenario(classic("v1.34.13"), {**TARGET, "workers_every_hop": True}),
    "some-pools": Scenario(classic("v1.35.10", 1, {"a": 1, "b": 1}), {**TARGET, "node_pools": ["b"]}),
    "template": Scenario(
        classic("v1.36.6"), {"rollout_only": True, "overrides": [{"machine_template": {"patch": OTHER}}]}
    ),
    "version-and-template": Scenario(
        classic("v1.35.10"), {**TARGET, "overrides": [{"machine_template": {"patch": OTHER}}], "keep_templates": 0}
    ),
    "restart": Scenario(classic("v1.36.6"), {"rollout_only": True, "rollout_after": "now"}),
    "side-by-side": Scenario(classic("v1.35.10", 1, {"a": 1, "b": 1, "c": 1}), {**TARGET, "upgrade_concurrency": 3}),
    "topology": Scenario(classy("v1.35.10", 1, {"a": 2}), {**TARGET, "node_drain_timeout": 300}),
    "topology-walks": Scenario(classy("v1.33.13", walks=WALK), TARGET),
    "topology-hops": Scenario(classy("v1.34.13"), {**TARGET, "node_drain_timeout": 300}),
    "topology-restart": Scenario(classy("v1.36.6"), {"rollout_only": True, "rollout_after": "now"}),
}
OLDEST = {
    "plain": Scenario(classic("v1.31.14", 1, {"a": 2}), {"kubernetes_version": "v1.32.13", "node_drain_timeout": 300}),
    "minors": Scenario(classic("v1.30.14"), {"kubernetes_version": "v1.33.13"}),
    "restart": Scenario(classic("v1.33.13"), {"rollout_only": True, "rollout_after": "now"}),
    "topology": Scenario(classy("v1.32.13"), {"kubernetes_version": "v1.33.13", "node_drain_timeout": 300}),
    "topology-hops": Scenario(classy("v1.31.14"), {"kubernetes_version": "v1.33.13"}),
}
# What `make soak` runs besides: variations of the others.
SOAKED = {"scale-in", "every-hop", "some-pools", "template", "restart", "side-by-side", "topology", "topology-restart"}
SOAKED_OLDEST = {"minors", "restart", "topology-hops"}
if not SOAK:
    NEWEST = {name: scenario for name, scenario in NEWEST.items() if name not in SOAKED}
    OLDEST = {name: scenario for name, scenario in OLDEST.items() if name not in SOAKED_OLDEST}
CASES = [("v1.14.2", name) for name in NEWEST] + [("v1.10.10", name) for name in OLDEST]


def cases(release: str) -> Mapping[str, Case]:
    scenarios = NEWEST if release == "v1.14.2" else OLDEST
    return {name: partial(whole, name, scenario) for name, scenario in scenarios.items()}


@pytest.fixture
def upgrade(beside: Callable[[str], Upgrade], name: str) -> Upgrade:
    return beside(name)


@pytest.mark.parametrize(("capi_version", "name"), CASES, indirect=["capi_version"], scope="session")
class TestUpgrade:
    def test_every_step_succeeds(self, upgrade: Upgrade) -> None:
        for step in STEPS:
            result = upgrade.results.get(step, {"failed": True, "msg": "not reached"})
            assert not result.get("failed"), f"{step}: {result.get('msg')}"
        assert upgrade.results["upgrade"]["outcome"] == "done"

    def test_the_plan_names_the_machines_that_are_replaced(self, upgrade: Upgrade) -> None:
        found, plan = upgrade, upgrade.results["check"]["plan"]
        assert sorted(plan["machines"]) == sorted(set(found.before) - set(found.after))
        assert len(found.results["upgrade"]["replaced"]) == plan["replaced"]

    def test_only_the_upgrade_writes(self, upgrade: Upgrade) -> None:
        assert {step for step, writes in upgrade.writes.items() if writes} == {"upgrade"}
        assert {step: upgrade.results[step]["changed"] for step in STEPS} == {
            "check": True, "upgrade": True, "again": False,
        }  # fmt: skip

    def test_few_writes(self, upgrade: Upgrade) -> None:
        assert len(upgrade.writes["upgrade"]) <= 10, upgrade.writes["upgrade"]

    def test_nothing_is_left_behind(self, upgrade: Upgrade) -> None:
        assert upgrade.leftovers == []

    def test_versions(self, upgrade: Upgrade, name: str) -> None:
        behind = {"some-pools": 1}.get(name, 0)
        target = upgrade.results["check"]["kubernetes_version"]
        assert sum(version != target for version in upgrade.after.values()) == behind
        assert len(upgrade.after) == len(upgrade.before)
