# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_hosts import check_hosts
from bare_metal_world import host, hosts, joined, look


def found(looks: dict, swap: str = "refuse", names: tuple[str, ...] = ("cp1", "w1")) -> dict[str, str]:
    wished = hosts(*names)
    return {
        finding["check"]: f"{finding['host']}: {finding['message']}" for finding in check_hosts(wished, looks, swap)
    }


def seen(name: str, **values: object) -> dict:
    whole = look(name)
    return {name: {**whole, "host": {**whole["host"], **values}}}


def test_good_hosts() -> None:
    assert found({name: look(name) for name in ("cp1", "w1")}) == {}


@pytest.mark.parametrize(
    ("values", "check", "message"),
    [
        ({"cgroup": "v1"}, "cgroup-v1", "systemd.unified_cgroup_hierarchy=1"),
        (
            {"swap": [{"device": "/dev/sda2", "mib": 1023}]},
            "swap",
            "swap is on: /dev/sda2 (1023 MiB). Set bare_metal_swap",
        ),
        ({"os": {"family": "", "name": "Alpine"}}, "system", "Alpine is not known here"),
        ({"cpus": 1}, "too-small", "1 processors and 4096 MiB: a control plane needs 2 and 1700 MiB."),
        ({"free_mib": {"/var/lib": 100}}, "disk", "100 MiB free below /var/lib"),
        ({"ports": [22, 6443, 10250]}, "ports", "something listens on 6443, 10250"),
    ],
)
def test_what_a_host_must_not_be(values: dict, check: str, message: str) -> None:
    assert message in found(seen("cp1", **values))[check]


@pytest.mark.parametrize("swap", ["disable", "keep"])
def test_swap_that_is_taken_care_of(swap: str) -> None:
    assert found(seen("cp1", swap=[{"device": "/dev/sda2", "mib": 1}]), swap) == {}


def test_ports_of_a_node_are_its_own() -> None:
    whole = joined("cp1")
    assert found({"cp1": {**whole, "host": {**whole["host"], "ports": [6443]}}}) == {}


def test_one_that_is_not_reached() -> None:
    assert found({"cp1": {"unreachable": "No route to host"}}) == {
        "unreachable": "cp1: Ansible cannot reach it: No route to host"
    }


def test_one_machine_by_two_names() -> None:
    twin = look("w1")
    looks = {"cp1": look("cp1"), "w1": {**twin, "host": {**twin["host"], "machine_id": "id-of-cp1"}}}
    assert "cp1 and w1 have the same /etc/machine-id" in found(looks)["same-machine"]


def test_only_those_that_were_asked_are_judged() -> None:
    assert check_hosts([host("cp1"), host("w1")], {"w1": look("w1")}, "refuse") == []
