# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Ports as firewalld and ufw tell them, and which of those that are needed are closed. Pure.

A port is C(6443/tcp), C(2379-2380/tcp), or the name of a protocol, C(vrrp).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from ._errors import InvalidInput

_PORT = re.compile(r"(\d+)(?:[-:](\d+))?/(tcp|udp)")
_UFW = re.compile(r"^(?P<to>\d[\d:,]*(?:/(?:tcp|udp))?)\s+ALLOW(?: IN)?\s+Anywhere\s*$", re.MULTILINE)


def parts_of(port: str) -> tuple[str, int, int]:
    """Protocol, first and last port; a protocol alone has none. Raise InvalidInput for what is neither."""
    found = _PORT.fullmatch(port)
    if found:
        first, last = int(found[1]), int(found[2] or found[1])
        if 0 < first <= last < 65536:
            return found[3], first, last
    elif re.fullmatch(r"[a-z]+", port):
        return port, 0, 0
    raise InvalidInput(f"ports has {port!r}, wanted such as 6443/tcp, 2379-2380/tcp, or the protocol vrrp")


def closed_of(needed: Sequence[str], opened: Iterable[str]) -> list[str]:
    """Those of the needed that no opening covers as a whole."""
    there = [parts_of(port) for port in opened]
    return [port for port in needed if not any(_covers(opening, parts_of(port)) for opening in there)]


def _covers(opening: tuple[str, int, int], port: tuple[str, int, int]) -> bool:
    return opening[0] == port[0] and opening[1] <= port[1] and port[2] <= opening[2]


def firewalld_of(ports: str, protocols: str) -> list[str]:
    """Of ``firewall-cmd --list-ports`` and ``--list-protocols``; what is neither TCP nor UDP is left out."""
    return [word for word in ports.split() if _PORT.fullmatch(word)] + protocols.split()


def ufw_of(status: str) -> list[str] | None:
    """What ``ufw status`` lets in from anywhere; None where ufw is not active. Without a protocol it is both."""
    if not re.search(r"^Status: active$", status, re.MULTILINE):
        return None
    found: list[str] = []
    for match in _UFW.finditer(status):
        ports, _slash, protocol = match["to"].partition("/")
        for part in ports.split(","):
            found += [f"{part.replace(':', '-')}/{name}" for name in ([protocol] if protocol else ["tcp", "udp"])]
    return found


def drops_input(rules: str) -> bool:
    """Whether ``nft --json list ruleset`` has a chain of the input hook that drops what no rule lets in."""
    try:
        entries = json.loads(rules)["nftables"]
    except (ValueError, KeyError, TypeError):
        return False
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    return any(chain.get("hook") == "input" and chain.get("policy") == "drop" for chain in chains)
