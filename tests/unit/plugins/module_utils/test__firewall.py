# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._firewall import ensure_ports
from ansible_collections.capi.lifecycle.plugins.module_utils._firewall_words import closed_of, drops_input, ufw_of
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import FakeHost, session

NEEDED = ["6443/tcp", "2379-2380/tcp", "10250/tcp", "vrrp"]
UFW = """Status: active

To                         Action      From
--                         ------      ----
22/tcp                     ALLOW       Anywhere
2379:2380/tcp              ALLOW       Anywhere
6443                       ALLOW       Anywhere
10250/tcp                  ALLOW       192.0.2.0/24
22/tcp (v6)                ALLOW       Anywhere (v6)
"""
OK = Ran(0)
FIREWALLD = {
    "firewall-cmd .*--add": OK,
    "--state": Ran(0, "running\n"),
    "--list-ports": Ran(0, "6443/tcp 2000-3000/tcp 10250/udp 1/sctp\n"),
    "--list-protocols": Ran(0, "\n"),
}


def rules(policy: str) -> str:
    table = {"table": {"family": "inet", "name": "filter"}}
    chain = {"chain": {"family": "inet", "name": "input", "hook": "input", "policy": policy}}
    return json.dumps({"nftables": [{"metainfo": {}}, table, {"chain": {"name": "own"}}, chain]})


def ports(host: FakeHost, *, state: str = "seen", dry_run: bool = False, needed: list[str] | None = None) -> Any:
    return ensure_ports(session(host, dry_run=dry_run), {"ports": needed or NEEDED, "state": state})


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ([], NEEDED),
        (["6443/tcp", "2379/tcp", "2380/tcp"], ["2379-2380/tcp", "10250/tcp", "vrrp"]),
        (["1-65535/tcp"], ["vrrp"]),
        (["1-65535/udp", "vrrp"], NEEDED[:3]),
    ],
)
def test_what_is_closed(opened: list[str], closed: list[str]) -> None:
    assert closed_of(NEEDED, opened) == closed


def test_ufw() -> None:
    assert ufw_of(UFW) == ["22/tcp", "2379-2380/tcp", "6443/tcp", "6443/udp"], "not what is open to some alone"
    assert ufw_of("Status: inactive\n") is ufw_of("") is None


def test_nftables() -> None:
    assert drops_input(rules("drop"))
    assert not drops_input(rules("accept"))
    assert not drops_input("")
    assert not drops_input("{}")


def test_nothing_filters() -> None:
    found = ports(FakeHost({"nft": Ran(0, rules("accept"))}), state="open")
    assert (found.changed, found.values) == (False, {"firewall": "", "closed": [], "certain": True})


def test_firewalld_is_opened_now_and_for_each_boot() -> None:
    host = FakeHost(FIREWALLD)
    seen = ports(host)
    assert (seen.changed, seen.values["closed"]) == (False, ["10250/tcp", "vrrp"])
    assert not any("--add" in command for command in host.commands)
    assert ports(host, state="open").changed
    added = "--add-port=10250/tcp --add-protocol=vrrp"
    assert host.commands[-2:] == [f"firewall-cmd --permanent {added}", f"firewall-cmd {added}"]


def test_check_mode_opens_nothing() -> None:
    host = FakeHost(FIREWALLD)
    assert ports(host, state="open", dry_run=True).changed
    assert not any("--add" in command for command in host.commands)


def test_ufw_is_opened() -> None:
    host = FakeHost({"ufw status": Ran(0, UFW), "ufw allow": OK})
    found = ports(host, state="open", needed=["10250/tcp", "30000-32767/tcp", "2379-2380/tcp"])
    assert found.changed
    assert host.commands[-2:] == ["ufw allow 10250/tcp", "ufw allow 30000:32767/tcp"]


def test_ufw_knows_no_protocols() -> None:
    with pytest.raises(Refused, match=r"rules of ufw .* have to let in: vrrp. Add that, then set node_prepare"):
        ports(FakeHost({"ufw status": Ran(0, UFW)}), state="open")


def test_rules_of_nftables_are_their_owners() -> None:
    host = FakeHost({"nft": Ran(0, rules("drop"))})
    assert ports(host).values == {"firewall": "nftables", "closed": NEEDED, "certain": False}
    with pytest.raises(Refused, match=r"nothing was changed in them. They have to let in: 6443/tcp, 2379-2380/tcp"):
        ports(host, state="open")


def test_a_command_that_fails() -> None:
    with pytest.raises(Failed, match=r"firewall-cmd --permanent .* failed: Error: INVALID_ZONE"):
        ports(FakeHost({**FIREWALLD, "firewall-cmd .*--add": Ran(1, "", "Error: INVALID_ZONE")}), state="open")


@pytest.mark.parametrize("port", ["6443", "0/tcp", "70000/tcp", "9-8/tcp", "VRRP"])
def test_ports_that_are_none(port: str) -> None:
    with pytest.raises(InvalidInput, match="wanted such as 6443/tcp"):
        ports(FakeHost(), needed=[port])
