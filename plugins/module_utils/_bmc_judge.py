# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a BMC answers, judged against what its host is to be registered with. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ._bmc_address import BmcAddress
from ._checks import BLOCK, WARN, Check, Checked, Unknown, run_checks
from ._objects import close_matches, listed

MAX_SKEW = 300  # seconds that the BMC's clock may be off; certificates and tokens suffer from more
_CD = {"CD", "DVD"}
_BAD_HEALTH = ("Warning", "Critical")


@dataclass(frozen=True)
class BmcSeen:
    """What was read. ``failure`` is where reading ended: unreachable, certificate, strange, login, system; or empty.

    ``nics``, ``media`` and ``targets`` are None where the BMC does not tell.
    """

    failure: str = ""
    said: str = ""
    version: str = ""
    systems: tuple[str, ...] = ()
    system: Mapping[str, Any] = field(default_factory=dict)
    nics: tuple[str, ...] | None = None
    media: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    managers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class BmcGround:
    """What the checks look at: the answer, and what the host is to be registered with."""

    seen: BmcSeen
    address: BmcAddress
    mac: str
    boot_mode: str
    now: datetime


def check_bmc(ground: BmcGround, skip: Collection[str]) -> list[Checked]:
    """The result of every check. An IPMI BMC cannot be asked, which is unknown."""
    return run_checks(BMC_CHECKS, ground, skip)


def _reached(ground: BmcGround) -> Iterator[str]:
    seen = ground.seen
    if not ground.address.driver.redfish:
        raise Unknown(f"the driver {ground.address.name} is not Redfish: nobody asked {ground.address.host}")
    if seen.failure in ("unreachable", "certificate", "strange"):
        yield f"{ground.address.url}: {seen.said}"


def _known(ground: BmcGround, *before: str) -> None:
    """End a check for which an earlier one has found the reason."""
    if not ground.address.driver.redfish:
        raise Unknown(f"the driver {ground.address.name} is not Redfish")
    if ground.seen.failure in ("unreachable", "certificate", "strange", *before):
        raise Unknown("not looked at, since an earlier check failed")


def _login(ground: BmcGround) -> Iterator[str]:
    _known(ground)
    if ground.seen.failure == "login":
        yield f"{ground.address.url} does not take user and password: {ground.seen.said}"


def _system(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login")
    if ground.seen.failure == "system":
        wanted, there = ground.address.system, ground.seen.systems
        if wanted:
            has = f"{ground.address.url} has {listed(there)}" if there else f"{ground.address.url} lists none"
            yield f"there is no system {wanted}: {has}{close_matches(wanted, there)}"
        else:
            yield f"bmc.address names no system, and {ground.address.url} has {len(there)}: {listed(there)}"


def _boot_mac(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    if ground.mac and not ground.seen.nics:
        raise Unknown("the BMC does not tell the MAC addresses of its system")
    if ground.mac and ground.mac.lower() not in (ground.seen.nics or ()):
        yield f"no NIC of the system has {ground.mac}; it has {listed(ground.seen.nics or (), 8)}"


def _virtual_media(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    if not ground.address.driver.virtual_media:
        return
    if ground.seen.media is None:
        yield f"the driver {ground.address.name} boots from virtual media, and the BMC has none"
    elif not _CD & set(ground.seen.media):
        yield f"the virtual media of the BMC are {listed(ground.seen.media) or 'none'}, and no CD or DVD"


def _boot_target(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    wanted = "UefiHttp" if ground.address.name == "redfish-uefihttp" else "Pxe"
    wanted = "Cd" if ground.address.driver.virtual_media else wanted
    if ground.seen.targets is None:
        raise Unknown("the BMC does not tell what its system can boot from")
    if wanted not in ground.seen.targets:
        yield f"the system cannot be told to boot from {wanted}, but from {listed(ground.seen.targets, 8)}"


def _secure_boot(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    if ground.boot_mode == "UEFISecureBoot" and not ground.seen.system.get("secure_boot"):
        yield "boot_mode is UEFISecureBoot, and the BMC has no switch for secure boot on this system"


def _health(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    for what, item in (("the system", ground.seen.system), *(("its manager", m) for m in ground.seen.managers)):
        if item.get("health") in _BAD_HEALTH:
            yield f"{what} {item.get('path')} tells the health {item['health']}"


def _clock(ground: BmcGround) -> Iterator[str]:
    _known(ground, "login", "system")
    for item in ground.seen.managers:
        told = _time(str(item.get("datetime") or ""))
        off = abs((told - ground.now).total_seconds()) if told else 0
        if off > MAX_SKEW:
            yield f"the clock of {item.get('path')} is off by {int(off)} s: {item['datetime']}"


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


BMC_CHECKS: tuple[Check[BmcGround], ...] = (
    Check("bmc-reached", BLOCK, "Does the BMC answer, with a certificate that is believed?",
          "check address, port and cable; for a certificate of its own set disable_certificate_verification", _reached),
    Check("bmc-login", BLOCK, "Does it take user and password?",
          "check bmc.username and bmc.password; some BMCs lock a user for minutes after wrong ones", _login),
    Check("bmc-system", BLOCK, "Is the system of the address there?",
          "write the path of the system into bmc.address", _system),
    Check("bmc-boot-mac", BLOCK, "Has a NIC of the system the boot MAC?",
          "correct boot_mac_address: it can never be changed afterwards", _boot_mac),
    Check("bmc-virtual-media", BLOCK, "Has it virtual media, where the driver needs them?",
          "buy or switch on the licence for virtual media (iDRAC, iLO), or take a driver that boots from the network",
          _virtual_media),
    Check("bmc-secure-boot", BLOCK, "Can secure boot be switched, where it is wanted?",
          "take boot_mode UEFI, or update the BMC's firmware", _secure_boot),
    Check("bmc-boot-target", WARN, "Can the system boot the way that the driver boots it?",
          "look at the boot options in the BIOS", _boot_target),
    Check("bmc-health", WARN, "Are system and BMC healthy?", "look at the BMC's log before you use the host", _health),
    Check("bmc-clock", WARN, "Is the BMC's clock right?", "set NTP on the BMC", _clock),
)  # fmt: skip
