# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inspection found against what was bought, and spare hosts as the provider chooses them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_hardware import (
    check_expected,
    check_hardware,
    describe_hardware,
    hardware_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_spare import (
    NODE_REUSE,
    propose_rollout,
    why_not_spare,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bare_metal_host_world import CONSUMER, failed, hardware, host

DISKS = {
    "storage": [
        {"name": "/dev/sda", "sizeBytes": 480 * 10**9, "rotational": False, "model": "SAMSUNG MZ7", "wwn": "0x5"},
        {
            "name": "/dev/sdb",
            "alternateNames": ["/dev/disk/by-path/pci-1"],
            "sizeBytes": 4 * 10**12,
            "rotational": True,
        },
    ]
}


def said(expected: dict[str, Any], hints: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    live = host(spec={"rootDeviceHints": hints} if hints else {})
    return list(check_hardware(live, hardware_of(live, hardware(**changes)), expected))


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({}, ""),
        ({"cpus": 32, "memory_gib": 128, "disks": 1, "disk_gb": 480, "nics": 2, "architecture": "x86_64"}, ""),
        ({"bios_version": "1.2", "product": "mod"}, ""),
        ({"cpus": 64}, "it has 32 CPUs, wanted are 64"),
        ({"memory_gib": "129"}, "it has 128 GiB of memory, wanted are 129"),
        ({"disks": 2}, "it has 1 disks, wanted are 2"),
        ({"disks": 1, "disk_gb": 500}, "it has 0 disks of at least 500 GB, wanted are 1"),
        ({"disk_gb": 500}, "it has 0 disks of at least 500 GB, wanted are 1"),
        ({"nics": 4}, "it has 2 NICs, wanted are 4"),
        ({"architecture": "aarch64"}, "architecture is x86_64, wanted is aarch64"),
        ({"bios_version": 1.3}, "bios_version is 1.2, wanted is 1.3"),
        ({"product": "R740"}, "product is Model, wanted is R740"),
    ],
)
def test_what_was_bought(expected: dict[str, Any], words: str) -> None:
    found = said(expected)
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_the_boot_mac_must_be_there() -> None:
    assert "no NIC has the boot MAC 52:54:00:00:00:07; there are aa" in said({}, nics=[{"mac": "aa"}])[0]
    assert said({}, nics=[]) == []


@pytest.mark.parametrize(
    ("hints", "fits"),
    [
        ({"deviceName": "/dev/sda"}, True),
        ({"deviceName": "/dev/disk/by-path/pci-1"}, True),
        ({"deviceName": "/dev/nvme0n1"}, False),
        ({"minSizeGigabytes": 447}, True),
        ({"minSizeGigabytes": 4000}, False),  # 4 TB are 3725 GiB
        ({"minSizeGigabytes": 3725, "rotational": True}, True),
        ({"minSizeGigabytes": 1000, "rotational": False}, False),
        ({"model": "samsung"}, True),
        ({"rotational": False, "model": "Intel"}, False),
        ({"wwn": "0x5"}, True),
        ({"wwn": "0x6", "deviceName": "/dev/sda"}, False),
        ({"serialNumber": "S", "deviceName": "/dev/sda"}, True),  # HardwareData does not tell it
    ],
)
def test_hints_for_the_root_disk(hints: dict[str, Any], fits: bool) -> None:
    assert ("match no disk" in "".join(said({}, hints, **DISKS))) is not fits


def test_before_its_inspection() -> None:
    assert list(check_hardware(host(), {}, {})) == []
    assert "not inspected yet" in next(check_hardware(host(), {}, {"cpus": 1}))
    assert describe_hardware({}) is None


def test_older_operators_keep_it_in_the_status() -> None:
    details = hardware()["spec"]["hardware"]
    assert hardware_of(host(status={"hardware": details}), None) == details
    found = describe_hardware(details) or {}
    assert (found["cpus"], found["memory_mib"], found["serial_number"], found["bios_version"]) == (
        32,
        131072,
        "S7",
        "1.2",
    )
    assert found["disks"][0]["size_gb"] == 480
    assert found["nics"][1] == {"name": "eno2", "mac": "52:54:00:00:01:07", "ip": None}


@pytest.mark.parametrize(
    ("expected", "words"),
    [({"cpu": 4}, "did you mean 'cpus'"), ({"cpus": "many"}, "wanted is a whole number"), ({"cpus": "4"}, "")],
)
def test_expectations_themselves(expected: dict[str, Any], words: str) -> None:
    assert words in "".join(check_expected(expected))
    assert bool(list(check_expected(expected))) is bool(words)


PAUSED = {"baremetalhost.metal3.io/paused": ""}


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (host(), ""),
        (host("ready"), ""),
        (host(spec={"consumerRef": CONSUMER}), "used by Metal3Machine metal/prod-md-0-x"),
        (host(metadata={"deletionTimestamp": "x"}), "being deleted"),
        (failed(state="available"), "registration error: it did not work"),
        (host(annotations=PAUSED), "it is paused"),
        (host(annotations={"capm3.metal3.io/unhealthy": ""}), "marked unhealthy"),
        (host(annotations={"capi.metal3.io/unhealthy": ""}), "marked unhealthy"),
        (host(labels={NODE_REUSE: "kcp-prod"}), "kept for kcp-prod"),
        (host("provisioned"), "it is provisioned"),
        (host("inspecting"), "it is inspecting"),
        (host(""), "not looked at by the operator yet"),
    ],
)
def test_which_hosts_are_spare(live: Object, why: str) -> None:
    assert why in why_not_spare(live)
    assert bool(why_not_spare(live)) is bool(why)


def test_the_surge_that_spare_hosts_allow() -> None:
    some, none = propose_rollout([host(), host("provisioned")]), propose_rollout([host("provisioned")])
    assert (some["spare"], some["hosts"], some["max_surge"]) == (1, 2, 1)
    assert (none["spare"], none["max_surge"]) == (0, 0)
    assert "Set maxSurge 0" in none["message"]
