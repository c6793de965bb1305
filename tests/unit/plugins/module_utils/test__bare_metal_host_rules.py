# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the operator's webhook, each with the case that it refuses, and what may be done to a live host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_rules import (
    check_asked,
    check_host_absent,
    check_host_change,
    check_mac_kept,
    check_wish,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_wish import host_object
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bare_metal_host_world import ADDRESS, CONSUMER, MAC, host, wish

ROOT = {"level": "1", "rootVolume": True}


def said(**changes: Any) -> list[str]:
    return [str(found) for found in check_wish(wish(**changes))]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"boot_mac_address": None},
        {
            "bmc": {"address": "redfish-virtualmedia://10.0.0.7"},
            "boot_mode": "UEFISecureBoot",
            "inspection_mode": "fast",
        },
        {"bmc": {"username": None, "password": None, "credentials_name": "shared"}},
        {"raid": {"softwareRAIDVolumes": [ROOT, {"level": "0"}]}},
        {"raid": {"hardwareRAIDVolumes": [{"level": "1", "controller": "c", "physicalDisks": ["a", "b"]}]}},
        {"root_device_hints": {"device_name": "/dev/disk/by-path/pci-0000:01:00.0-scsi-0:2:0:0"}},
        {"online": False},
        {"disable_power_off": True, "online": True},
    ],
)
def test_what_the_webhook_takes(changes: dict[str, Any]) -> None:
    assert said(**changes) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Rack_7"}, "name: wanted are small letters"),
        ({"name": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, "name: it is a UUID"),
        ({"bmc": {"address": "rdfish://10.0.0.7"}}, "bmc.address: 'rdfish' is no driver"),
        ({"bmc": {"address": ""}}, "bmc.address: it is missing"),
        ({"bmc": {"password": None}}, "bmc.password: it is missing or empty"),
        ({"bmc": {"username": ""}}, "bmc.username: it is missing or empty"),
        ({"bmc": {"username": None, "password": None}}, "bmc: wanted are username and password"),
        ({"boot_mac_address": "52:54:00:12"}, "boot_mac_address: '52:54:00:12' is none"),
        ({"boot_mac_address": f"{MAC}:99"}, "is none"),
        ({"bmc": {"address": "libvirt://10.0.0.7"}, "boot_mac_address": None}, "the driver libvirt needs one"),
        ({"boot_mac_address": None, "inspection_mode": "disabled"}, "needed where inspection_mode is disabled"),
        ({"bmc": {"address": "ipmi://10.0.0.7"}, "boot_mode": "UEFISecureBoot"}, "has no secure boot"),
        ({"bmc": {"address": "ipmi://10.0.0.7"}, "inspection_mode": "fast"}, "has no fast (out-of-band) inspection"),
        ({"bmc": {"address": "ipmi://10.0.0.7"}, "raid": {"hardwareRAIDVolumes": [{"level": "1"}]}}, "has no RAID"),
        (
            {"raid": {"hardwareRAIDVolumes": [{"level": "1"}], "softwareRAIDVolumes": [{"level": "1"}]}},
            "at the same time",
        ),
        ({"raid": {"hardwareRaidVolumes": []}}, "did you mean 'hardwareRAIDVolumes'"),
        ({"raid": {"hardwareRAIDVolumes": [{"level": "1", "physicalDisks": ["a"]}]}}, "needed beside physicalDisks"),
        (
            {
                "raid": {
                    "hardwareRAIDVolumes": [{"controller": "c", "physicalDisks": ["a"], "numberOfPhysicalDisks": 2}]
                }
            },
            "it is 2, and physicalDisks names 1",
        ),
        ({"raid": {"softwareRAIDVolumes": [ROOT, ROOT]}}, "rootVolume can be set once only"),
        ({"raid": {"softwareRAIDVolumes": [{**ROOT, "level": "0"}]}}, 'with rootVolume it must be "1"'),
        ({"raid": {"softwareRAIDVolumes": [ROOT]}, "root_device_hints": {"wwn": "x"}}, "beside a software RAID"),
        ({"root_device_hints": {"device_name": "sda"}}, "'sda' is none; wanted is /dev/NAME"),
        ({"root_device_hints": {"device_name": "/dev/disk/by-id/x"}}, "'/dev/disk/by-id/x' is none"),
        ({"disable_power_off": True, "online": False}, "online: it is false, and disable_power_off is true"),
    ],
)
def test_what_the_webhook_refuses(changes: dict[str, Any], words: str) -> None:
    found = said(**changes)
    assert len(found) == 1
    assert words in found[0]


def test_all_mistakes_are_told_at_once() -> None:
    found = said(name="UP", bmc={"address": "x://y", "password": ""}, boot_mac_address="no")
    assert len(found) == 4


def change(live: Object | None, **changes: Any) -> list[str]:
    asked = wish(**changes)
    return [str(found) for found in check_host_change(asked, host_object(asked, live), live)]


OTHER = {"bmc": {"address": "redfish://10.0.0.8"}}


@pytest.mark.parametrize(
    ("live", "changes", "words"),
    [
        (host(), {}, ""),
        (host(), {"boot_mac_address": MAC.upper()}, ""),
        (host(), {"boot_mac_address": "52:54:00:00:00:08"}, f"it is {MAC} and never changes"),
        (host(), OTHER, f"it is {ADDRESS} and may change only while the host is registering or detached"),
        (host("registering"), OTHER, ""),
        (host(status={"operationalStatus": "detached"}), OTHER, ""),
        (host(), {"externally_provisioned": True}, ""),
        (host("ready"), {"externally_provisioned": True}, ""),
        (host("inspecting"), {"externally_provisioned": True}, "it can be set at creation or when available"),
        (host("externally provisioned", spec={"externallyProvisioned": True}), {"externally_provisioned": True}, ""),
        (host(metadata={"deletionTimestamp": "2026-11-01T00:00:00Z"}), {}, "it is being deleted"),
        (None, {"externally_provisioned": True}, ""),
    ],
)
def test_what_may_change(live: Object | None, changes: dict[str, Any], words: str) -> None:
    found = change(live, **changes)
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_a_boot_mac_cannot_be_taken_away() -> None:
    kept, gone = host(), host(spec={"bootMACAddress": None})
    assert list(check_mac_kept(wish(), kept, host())) == []
    assert "cannot be taken away" in str(next(check_mac_kept(wish(), gone, host())))


@pytest.mark.parametrize(
    ("live", "force", "words"),
    [
        (host(), False, ""),
        (host("externally provisioned"), False, ""),
        (host("provisioned", spec={"consumerRef": CONSUMER}), False, "Metal3Machine metal/prod-md-0-x uses it"),
        (host("provisioned"), False, "wipes and powers off"),
        (host("deprovisioning"), False, "wipes and powers off"),
        (host("provisioned", spec={"consumerRef": CONSUMER}), True, ""),
        (host(labels={"capi.lifecycle/protected": "true"}), True, "take that off first"),
        (host("provisioned", metadata={"deletionTimestamp": "2026-11-01T00:00:00Z"}), False, ""),
    ],
)
def test_when_a_host_may_be_deleted(live: Object, force: bool, words: str) -> None:
    found = [str(f) for f in check_host_absent(wish(state="absent", force=force), live)]
    assert len(found) == bool(words)
    assert words in "".join(found)


USED = {"consumerRef": CONSUMER}


@pytest.mark.parametrize(
    ("state", "live", "force", "words"),
    [
        ("rebooted", host("provisioned"), False, ""),
        ("rebooted", host(), False, "only a provisioned host is rebooted; it is 'available'"),
        ("rebooted", host("provisioned", spec={"online": False}), False, "online is false"),
        ("rebooted", host("provisioned", spec=USED), False, "a reboot drains nothing"),
        ("rebooted", host("provisioned", spec=USED), True, ""),
        ("rebooted", host("provisioned", annotations={"baremetalhost.metal3.io/paused": ""}), False, "it is paused"),
        ("reinspected", host(), False, ""),
        ("reinspected", host("provisioned"), False, "only a host that is available is inspected anew"),
        ("reinspected", host(spec={"inspectionMode": "disabled"}), False, "its inspection is disabled"),
        ("reinspected", host(annotations={"inspect.metal3.io": "disabled"}), False, "its inspection is disabled"),
        (
            "resumed",
            host(annotations={"baremetalhost.metal3.io/paused": "metal3.io/capm3"}),
            False,
            "by metal3.io/capm3",
        ),
        ("resumed", host(annotations={"baremetalhost.metal3.io/paused": "metal3.io/capm3"}), True, ""),
        ("resumed", host(annotations={"baremetalhost.metal3.io/paused": "capi.lifecycle"}), False, ""),
        ("resumed", host(), False, ""),
        ("detached", host("provisioned", spec=USED), False, ""),
        ("detached", host(metadata={"deletionTimestamp": "2026-11-01T00:00:00Z"}), False, "it is being deleted"),
    ],
)
def test_what_may_be_asked_of_a_host(state: str, live: Object, force: bool, words: str) -> None:
    found = [str(f) for f in check_asked(wish(state=state, force=force), live)]
    assert len(found) == bool(words)
    assert words in "".join(found)
