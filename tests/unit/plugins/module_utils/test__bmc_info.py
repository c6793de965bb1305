# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bmc_info finds on BMCs of sushy-tools: right and wrong password, missing system, wrong MAC, and so on."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _redfish
from ansible_collections.capi.lifecycle.plugins.module_utils._bmc_address import parse_address
from ansible_collections.capi.lifecycle.plugins.module_utils._bmc_info import read_bmc_info
from ansible_collections.capi.lifecycle.plugins.module_utils._bmc_judge import BmcGround, BmcSeen, check_bmc
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from bmc_emulator import NIC, OTHER_SYSTEM, RIGHT_PASSWORD, SYSTEM, USER, Emulator, emulator
from fakes import FakeKube, session

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
DEAD = "redfish+http://127.0.0.1:1/redfish/v1/Systems/1"
ALL_OK = {
    "bmc-reached": "ok", "bmc-login": "ok", "bmc-system": "ok", "bmc-boot-mac": "ok", "bmc-virtual-media": "ok",
    "bmc-secure-boot": "ok", "bmc-boot-target": "ok", "bmc-health": "ok", "bmc-clock": "ok",
}  # fmt: skip


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("bmc")) as found:
        yield found


def ask(address: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "address": address,
        "username": USER,
        "password": RIGHT_PASSWORD,
        "disable_certificate_verification": False,
        "boot_mac_address": NIC,
        "boot_mode": None,
        "timeout": 10,
        "skip_checks": [],
    }
    found = dict(read_bmc_info(session(FakeKube(), Clock()), {**usual, **changes}).values)
    assert RIGHT_PASSWORD not in str(found)
    return found


def status_of(found: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["status"] for check in found["checks"]}


def blocked(found: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["message"] for check in found["checks"] if check["status"] == "block"}


def test_a_host_that_can_be_registered(bmc: Emulator) -> None:
    for driver in ("redfish", "redfish-virtualmedia", "redfish-uefihttp"):
        found = ask(bmc.address(driver=driver), boot_mode="UEFISecureBoot")
        assert status_of(found) == ALL_OK, found["checks"]
        assert found["blocked"] == []
    assert found["macs"] == [NIC]
    assert (found["system"]["path"], found["system"]["power_state"]) == (f"/redfish/v1/Systems/{SYSTEM}", "Off")
    assert found["managers"][0]["firmware_version"] == "1.00"
    assert found["redfish_version"]


def test_the_only_system_needs_no_name(bmc: Emulator) -> None:
    assert ask(bmc.address(system=""))["system"]["path"].endswith(SYSTEM)


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": "nobody"}, {"password": ""}])
def test_a_wrong_password(bmc: Emulator, changes: dict[str, str]) -> None:
    found = ask(bmc.address(), **changes)
    assert list(blocked(found)) == ["bmc-login"]
    assert "does not take user and password" in blocked(found)["bmc-login"]
    assert status_of(found)["bmc-reached"] == "ok"
    assert status_of(found)["bmc-system"] == "unknown"


def test_a_missing_system(bmc: Emulator) -> None:
    found = ask(bmc.address(system=SYSTEM.replace("094", "093")))
    assert list(blocked(found)) == ["bmc-system"]
    assert f"did you mean '/redfish/v1/Systems/{SYSTEM}'?" in blocked(found)["bmc-system"]


def test_a_wrong_mac(bmc: Emulator) -> None:
    found = ask(bmc.address(), boot_mac_address="00:5c:52:31:3a:9d")
    assert blocked(found) == {"bmc-boot-mac": f"no NIC of the system has 00:5c:52:31:3a:9d; it has {NIC}"}
    assert ask(bmc.address(), boot_mac_address=NIC.upper())["blocked"] == []
    assert ask(bmc.address(), boot_mac_address="00:5c:52:31:3a:9d", skip_checks=["bmc-boot-mac"])["blocked"] == []


def test_nobody_answers() -> None:
    found = ask(DEAD)
    assert list(blocked(found)) == ["bmc-reached"]
    said = "http://127.0.0.1:1: Failed to establish a new connection: [Errno 111] Connection refused"
    assert blocked(found) == {"bmc-reached": said}
    assert set(status_of(found).values()) == {"block", "unknown"}


def test_another_server_answers(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = ask(f"redfish+http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert "does not answer as Redfish does" in blocked(found)["bmc-reached"]


def test_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    with emulator(tmp_path, tls=True) as bmc:
        refused, believed = ask(bmc.address()), ask(bmc.address(), disable_certificate_verification=True)
    assert "CERTIFICATE_VERIFY_FAILED" in blocked(refused)["bmc-reached"]
    assert believed["blocked"] == []


def test_a_chassis_with_several_systems(tmp_path: Path) -> None:
    with emulator(tmp_path, SYSTEM, OTHER_SYSTEM) as bmc:
        unnamed, named = ask(bmc.address(system="")), ask(bmc.address())
    assert "names no system" in blocked(unnamed)["bmc-system"]
    assert OTHER_SYSTEM in blocked(unnamed)["bmc-system"]
    assert named["blocked"] == []


def test_a_bmc_without_virtual_media(tmp_path: Path) -> None:
    with emulator(tmp_path, features="minimum") as bmc:
        found = ask(bmc.address(driver="redfish-virtualmedia"), boot_mac_address=None)
        assert ask(bmc.address(), boot_mac_address=None)["blocked"] == []
    assert list(blocked(found)) == ["bmc-virtual-media"]


def test_ipmi_is_not_asked() -> None:
    found = ask("ipmi://10.0.0.7")
    assert (found["asked"], found["blocked"]) == (False, [])
    assert set(status_of(found).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": "rdfish://10.0.0.7"}, "'rdfish' is no driver"),
        ({"skip_checks": ["bmc-boot-mca"]}, "did you mean 'bmc-boot-mac'"),
    ],
)
def test_mistakes(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ask(**{"address": DEAD, **changes})


def test_without_sushy_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redfish, "sushy", None)
    with pytest.raises(Failed, match="pip install sushy"):
        ask(DEAD)


GOOD = BmcSeen(system={"path": "/s", "health": "OK"}, nics=(NIC,), media=("CD",), targets=("Pxe", "Cd", "UefiHttp"))
SICK = {"path": "/s", "health": "Critical"}


def clock(time: str, **more: str) -> dict[str, Any]:
    return {"managers": ({"path": "/m", "datetime": time, **more},)}


@pytest.mark.parametrize(
    ("changes", "address", "status", "words"),
    [
        ({}, "redfish://b", {}, ""),
        ({"nics": ()}, "redfish://b", {"bmc-boot-mac": "unknown"}, "does not tell the MAC"),
        ({"nics": None}, "redfish://b", {"bmc-boot-mac": "unknown"}, "does not tell the MAC"),
        ({"media": None}, "redfish://b", {}, ""),
        ({"media": None}, "ilo5-virtualmedia://b", {"bmc-virtual-media": "block"}, "and the BMC has none"),
        ({"media": ("USBStick",)}, "idrac-virtualmedia://b", {"bmc-virtual-media": "block"}, "are USBStick"),
        ({"targets": ("Hdd",)}, "redfish-uefihttp://b", {"bmc-boot-target": "warn"}, "boot from UefiHttp"),
        ({"targets": ("Hdd",)}, "redfish-virtualmedia://b", {"bmc-boot-target": "warn"}, "boot from Cd"),
        ({"targets": None}, "redfish://b", {"bmc-boot-target": "unknown"}, "does not tell what"),
        ({"system": SICK}, "redfish://b", {"bmc-health": "warn"}, "the system /s tells the health Critical"),
        (clock("", health="Warning"), "redfish://b", {"bmc-health": "warn"}, "its manager /m tells"),
        (clock("2026-11-01T00:04:00Z"), "redfish://b", {}, ""),
        (clock("nonsense"), "redfish://b", {}, ""),
        (clock((NOW - timedelta(hours=2)).isoformat()), "redfish://b", {"bmc-clock": "warn"}, "off by 7200 s"),
    ],
)
def test_what_the_emulator_cannot_show(
    changes: dict[str, Any], address: str, status: dict[str, str], words: str
) -> None:
    checked = check_bmc(BmcGround(replace(GOOD, **changes), parse_address(address), NIC, "UEFI", NOW), [])
    assert {c.id: c.status for c in checked} == {**ALL_OK, **status}
    assert words in "".join(c.message for c in checked)


def test_secure_boot_that_cannot_be_switched() -> None:
    checked = check_bmc(BmcGround(GOOD, parse_address("redfish://b"), NIC, "UEFISecureBoot", NOW), [])
    assert [c.id for c in checked if c.status == "block"] == ["bmc-secure-boot"]
