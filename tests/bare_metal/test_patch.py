# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates and reboots on machines: one host at a time, and what holds a pod stops it before the host changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bed import Run, finish, kill
from clusters import DATA, OLD, changed, make_web, nodes, play, voting
from driving import Metal
from metal.commands import wait_for
from metal.packages import TOOL

pytestmark = pytest.mark.long
EVERYBODY = ("cp1", "cp2", "cp3", "w1")
PLAYBOOK = "playbooks/bare_metal/patch.yml"
CONFIRMED: dict[str, Any] = {"bare_metal_confirm": "bed", "bare_metal_kubernetes_version": f"v{OLD}"}


def patch(metal: Metal, *arguments: str, **more: Any) -> Run:
    return metal.play(PLAYBOOK, *arguments, **{**CONFIRMED, **more})


def until_line(metal: Metal, words: str, **more: Any) -> Any:
    """A run that has come so far; it goes on."""
    process = metal.start(PLAYBOOK, **{**CONFIRMED, **more})
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), f"the run ended before it said: {words}"
    return process


def tool(metal: Metal, name: str) -> str:
    return metal.run(name, f"cat /usr/share/{TOOL}/version").strip()


def boots(metal: Metal) -> dict[str, str]:
    return {name: metal.run(name, "cat /proc/sys/kernel/random/boot_id") for name in EVERYBODY}


def cordoned(metal: Metal) -> list[str]:
    found = json.loads(metal.kubectl("cp1", "get nodes -o json"))["items"]
    return [node["metadata"]["name"] for node in found if node["spec"].get("unschedulable")]


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Iterator[Metal]:
    """Every host with a package that has an update."""
    metal.fresh(control_planes=3, workers=1)
    assert changed(play(metal, "create"))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    for name in EVERYBODY:
        metal.run(name, f"apt-get -qq update && apt-get -qq install -y {TOOL}=1.0")
    yield metal
    for name in EVERYBODY:
        if not metal.is_on(name):
            metal.on(name)


def test_the_plan_says_what_there_is_and_changes_nothing(cluster: Metal) -> None:
    for run in (patch(cluster, "--tags", "plan"), patch(cluster, "--check")):
        assert changed(run) == {}
        assert TOOL in run.output
    refused = patch(cluster, bare_metal_confirm="")
    assert refused.code != 0
    assert "bare_metal_confirm=bed" in refused.output
    assert {tool(cluster, name) for name in EVERYBODY} == {"1.0"}


def test_a_budget_that_blocks_stops_before_the_host_is_changed(cluster: Metal) -> None:
    make_web(cluster, 1)
    before = boots(cluster)
    run = patch(cluster, os_patch_drain_timeout=10)
    assert run.code != 0
    assert "PodDisruptionBudget default/web lets none go" in " ".join(run.output.split())
    assert {tool(cluster, name) for name in EVERYBODY} == {"1.0"}
    assert (boots(cluster), cordoned(cluster)) == (before, [])
    cluster.kubectl("cp1", "delete poddisruptionbudget web")


def test_killed_then_a_power_failure_in_a_reboot_then_to_the_end(cluster: Metal) -> None:
    before = boots(cluster)
    process = until_line(cluster, "Install the updates")
    kill(process)
    process = until_line(cluster, "TASK [capi.lifecycle.os_patch : Reboot]", os_patch_reboot_timeout=40)
    wait_for("w1 goes down", lambda: cluster.run("w1", "systemctl is-system-running || true").strip() != "running", 60)
    cluster.off("w1")
    assert finish(process).code != 0
    assert cordoned(cluster) == ["w1"]
    refused = patch(cluster)
    assert refused.code != 0
    assert "Switch it on" in refused.output
    cluster.on("w1")
    run = patch(cluster)
    assert run.code == 0, run.output
    after = boots(cluster)
    assert [name for name in EVERYBODY if after[name] == before[name]] == []
    assert {tool(cluster, name) for name in EVERYBODY} == {"2.0"}
    assert nodes(cluster) == dict.fromkeys(EVERYBODY, (f"v{OLD}", "True"))
    assert (voting(cluster), cordoned(cluster)) == (["cp1", "cp2", "cp3"], [])
    assert DATA in cluster.kubectl("cp1", "get configmaps -o name")
    assert changed(patch(cluster)) == {}


def test_a_reboot_that_is_required_without_an_update(cluster: Metal) -> None:
    cluster.run("w1", "touch /run/reboot-required")
    before = boots(cluster)
    waiting = patch(cluster, os_patch_reboot="never")
    assert changed(waiting) == {}
    assert "it waits for a reboot" in waiting.output
    assert set(changed(patch(cluster))) == {"w1"}
    after = boots(cluster)
    assert [name for name in EVERYBODY if after[name] != before[name]] == ["w1"]
