# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves, since when, and whether it stands still."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_rollout import rollout_of
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from builders import CREATED
from fleet_world import NOW, ago, one


def parts(trouble: str = "", **how: Any) -> Parts:
    cluster, plane, pool, *rest = one("c", trouble=trouble, **how)
    return Parts(cluster, plane, [pool], [item for item in rest if item["kind"] == "Machine"])


@pytest.mark.parametrize("trouble", ["", "unavailable", "degraded", "paused"])
def test_nothing_moves(trouble: str) -> None:
    assert rollout_of(parts(trouble), NOW, 900) is None


def test_a_rollout_that_moves() -> None:
    found = rollout_of(parts("rolling"), NOW, 900)
    assert found is not None
    assert found["what"] == ["RollingOut MachineDeployment c-md-0"]
    assert (found["seconds"], found["still"], found["stuck"], found["why"]) == (420, 240, False, "")


@pytest.mark.parametrize(("limit", "stuck"), [(900, True), (10**6, False)])
def test_a_rollout_that_stands_still(limit: int, stuck: bool) -> None:
    found = rollout_of(parts("stuck"), NOW, limit)
    assert found is not None
    assert (found["still"], found["stuck"], bool(found["why"])) == (240000, stuck, stuck)


def test_a_machine_that_is_deleted_now_is_movement() -> None:
    seen = parts("stuck")
    seen.machines[0]["metadata"]["deletionTimestamp"] = ago(minutes=1)
    found = rollout_of(seen, NOW, 900)
    assert found is not None
    assert (found["still"], found["stuck"]) == (60, False)


def test_without_a_condition_it_began_with_the_first_new_machine() -> None:
    seen = parts()
    seen.pools[0]["spec"]["template"]["spec"]["version"] = "v1.37.0"
    seen.machines[3]["spec"]["version"], seen.machines[3]["metadata"]["creationTimestamp"] = "v1.37.0", ago(minutes=20)
    for machine in seen.machines:
        told = next(c for c in machine["status"]["conditions"] if c["type"] == "UpToDate")
        told["status"] = "True" if machine is seen.machines[3] else "False"
    found = rollout_of(seen, NOW, 900)
    assert found is not None
    assert (found["what"], found["seconds"]) == ([], 1200)


def test_a_clock_that_is_behind_gives_no_negative_time() -> None:
    seen = parts("rolling")
    seen.machines[0]["metadata"]["creationTimestamp"] = CREATED  # ten hours from now
    found = rollout_of(seen, NOW, 900)
    assert found is not None
    assert found["still"] == 0
