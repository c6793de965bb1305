# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What one BMC answers, and whether a host can be registered with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._bmc_address import BmcAddress, parse_address
from ._bmc_judge import BmcGround, BmcSeen, check_bmc
from ._checks import BLOCK, lines_of
from ._errors import InvalidInput
from ._outcome import Outcome
from ._redfish import Login, read_bmc
from ._session import Session


def read_bmc_info(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of bmc_info: ``checks``, ``blocked`` and what the BMC tells. A BMC that is silent is no error."""
    try:
        address = parse_address(params["address"])
    except ValueError as error:
        raise InvalidInput(f"address: {error}. Nothing was asked.") from None
    login = Login(params["username"], params["password"], not params["disable_certificate_verification"])
    seen = read_bmc(address, login, params["timeout"])
    mac, mode = str(params.get("boot_mac_address") or ""), str(params.get("boot_mode") or "")
    checked = check_bmc(BmcGround(seen, address, mac, mode, session.clock.today()), params["skip_checks"])
    for line in lines_of(found for found in checked if found.status != "unknown"):
        session.report(line)
    return Outcome(
        values={
            "address": params["address"],
            "checks": [found.as_dict() for found in checked],
            "blocked": [found.id for found in checked if found.status == BLOCK],
            **_told(address, seen),
        }
    )


def _told(address: BmcAddress, seen: BmcSeen) -> dict[str, Any]:
    return {
        "driver": address.name,
        "asked": address.driver.redfish,
        "redfish_version": seen.version or None,
        "systems": list(seen.systems),
        "system": dict(seen.system),
        "macs": list(seen.nics or ()),
        "managers": [dict(manager) for manager in seen.managers],
    }
