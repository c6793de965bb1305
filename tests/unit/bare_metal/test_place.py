# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses of machines, and the inventory made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from metal.inventory import inventory
from metal.place import Machine, Place, machines
from metal.power import files_of, pod_network

PLACE = Place("mine", Path("/cache"))


@pytest.mark.parametrize(
    ("name", "address", "pods"),
    [
        ("cp1", "10.77.0.11", "10.244.11.0/24"),
        ("w1", "10.77.0.21", "10.244.21.0/24"),
        ("w40", "10.77.0.60", "10.244.60.0/24"),
    ],
)
def test_addresses_follow_from_names(name: str, address: str, pods: str) -> None:
    assert (Machine(name).address, Machine(name).pod_subnet) == (address, pods)


@pytest.mark.parametrize("name", ["cp0", "cp10", "w41", "w01", "master1", "cp", "w1 "])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no machine is called"):
        Machine(name)


def test_no_two_machines_share_an_address() -> None:
    everyone = machines(9, 40)
    assert len({machine.address for machine in everyone}) == len(everyone)


def test_the_sockets_of_ssh_have_room() -> None:
    """108 bytes is a Unix socket's limit; ssh adds 17 while it opens one."""
    longest = f"{Place('m' * 32).sockets}/{Machine('w40').address}"
    assert len(longest) + 17 < 108


def test_the_inventory_has_the_groups_that_people_know() -> None:
    found = inventory(PLACE, [Machine("w1"), Machine("cp2"), Machine("cp1")])["all"]
    hosts = {name: list(group["hosts"]) for name, group in found["children"].items()}
    assert hosts == {"kube_control_plane": ["cp1", "cp2"], "kube_node": ["w1"], "api_endpoint": ["hub"]}
    assert found["children"]["kube_node"]["hosts"]["w1"]["ansible_host"] == "10.77.0.21"
    assert found["vars"]["bed_endpoint"] == "api.bed.test:6443"


def test_a_machine_knows_the_others_by_name() -> None:
    hosts = files_of(Machine("w1"), "key")["etc/hosts"]
    assert "10.77.0.1 hub api.bed.test\n" in hosts
    assert "10.77.0.11 cp1\n" in hosts


def test_machines_have_identities_of_their_own() -> None:
    identities = [files_of(Machine(name), "key")["etc/machine-id"] for name in ("cp1", "cp2")]
    assert identities[0] != identities[1]
    assert len(identities[0].strip()) == 32


def test_pods_of_a_machine_get_addresses_of_its_subnet() -> None:
    assert "10.244.12.0/24" in str(pod_network(Machine("cp2")))
