# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The firewall of a host: which ports it keeps closed, and opening them beside what it has. Never flushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._errors import Failed, Refused
from ._firewall_words import closed_of, drops_input, firewalld_of, parts_of, ufw_of
from ._host import Host, NodeSession
from ._outcome import Outcome

FIREWALLD, UFW, NFTABLES = "firewalld", "ufw", "nftables"


@dataclass(frozen=True)
class Seen:
    """``name`` is empty where nothing filters; ``opened`` is None where it cannot be told from rules."""

    name: str
    opened: Sequence[str] | None = ()


def ensure_ports(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Tell what is closed; with ``state`` open, open it for now and for each boot."""
    needed = [port for port in params["ports"] if parts_of(port)]
    seen = _look(session.host)
    closed = _closed(seen, needed)
    values = {"firewall": seen.name, "closed": closed, "certain": seen.opened is not None}
    if params["state"] == "seen" or not closed:
        return Outcome(values=values)
    commands = _commands(seen, closed)
    if not session.dry_run:
        for command in commands:
            _run(session.host, command)
    before = {"closed": closed}
    return Outcome(before=before, after={"closed": []}, values={**values, "closed": []})


def _look(host: Host) -> Seen:
    if host.run("firewall-cmd", "--state").rc == 0:
        told = [host.run("firewall-cmd", f"--list-{what}").stdout for what in ("ports", "protocols")]
        return Seen(FIREWALLD, firewalld_of(*told))
    opened = ufw_of(host.run("ufw", "status").stdout)
    if opened is not None:
        return Seen(UFW, opened)
    return Seen(NFTABLES, None) if drops_input(host.run("nft", "--json", "list", "ruleset").stdout) else Seen("")


def _closed(seen: Seen, needed: Sequence[str]) -> list[str]:
    """All of them may be, where rules of nftables decide."""
    if not seen.name:
        return []
    return list(needed) if seen.opened is None else closed_of(needed, seen.opened)


def _commands(seen: Seen, closed: Sequence[str]) -> list[list[str]]:
    """What opens them. Raise Refused where that takes rules that only their owner can write."""
    names = [port for port in closed if "/" not in port]
    if seen.name == NFTABLES or (seen.name == UFW and names):
        wanted = ", ".join(closed if seen.name == NFTABLES else names)
        raise Refused(
            f"The rules of {seen.name} on this host are its owner's, and nothing was changed in them. They have to let "
            f"in: {wanted}. Add that, then set node_prepare_firewall: ignore."
        )
    if seen.name == UFW:
        return [["ufw", "allow", port.replace("-", ":")] for port in closed]
    options = [f"--add-{'port' if '/' in port else 'protocol'}={port}" for port in closed]
    return [["firewall-cmd", "--permanent", *options], ["firewall-cmd", *options]]


def _run(host: Host, command: Sequence[str]) -> None:
    done = host.run(*command)
    if done.rc:
        raise Failed(f"{' '.join(command)} failed: {done.why}. What was open stays open; run the same command again.")
