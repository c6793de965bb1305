# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Two hosts that are one: the same BMC or the same boot MAC, in a list or on the server. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._bmc_address import parse_address
from ._objects import dig, listed, name_of, namespace_of
from ._preflight import Finding


@dataclass(frozen=True)
class Claim:
    """What a host says that it is: its BMC and the NIC that it boots from."""

    title: str  # namespace/name
    bmc: str  # as BmcAddress.identity, or as it stands where it cannot be read
    mac: str
    live: bool = False

    @classmethod
    def of(cls, title: str, address: str, mac: str, *, live: bool = False) -> Claim:
        try:
            bmc = parse_address(address).identity if address else ""
        except ValueError:
            bmc = address
        return cls(title, bmc, mac.lower(), live)


def live_claims(hosts: Iterable[Mapping[str, Any]]) -> list[Claim]:
    """The claims of BareMetalHosts as the server has them."""
    return [
        Claim.of(
            f"{namespace_of(host)}/{name_of(host)}",
            str(dig(host, "spec", "bmc", "address", default="")),
            str(dig(host, "spec", "bootMACAddress", default="")),
            live=True,
        )
        for host in hosts
    ]


def check_twins(wanted: list[Claim], live: list[Claim]) -> Iterator[Finding]:
    """Every wanted host that shares its name, BMC or boot MAC with another one, wanted or live."""
    names: dict[str, int] = {}
    for claim in wanted:
        names[claim.title] = names.get(claim.title, 0) + 1
    for title, count in names.items():
        if count > 1:
            yield Finding(f"BareMetalHost {title}", f"it is named {count} times; each host once")
    everybody = [*wanted, *live]
    for claim in wanted:
        yield from _shared(claim, "bmc", "bmc.address", everybody)
        yield from _shared(claim, "mac", "boot_mac_address", everybody)


def _shared(claim: Claim, field: str, option: str, everybody: list[Claim]) -> Iterator[Finding]:
    value = getattr(claim, field)
    twins = [c for c in everybody if value and c.title != claim.title and getattr(c, field) == value]
    if not twins:
        return
    named = list(dict.fromkeys(f"{c.title}{' (on the server)' if c.live else ''}" for c in twins))
    yield Finding(
        f"BareMetalHost {claim.title} {option}",
        f"{value} is that of {listed(named)}, too: two hosts would fight over one machine. Put one right",
    )
