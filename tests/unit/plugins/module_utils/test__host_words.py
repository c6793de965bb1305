# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._host_words import (
    addresses_of,
    cgroup_of,
    kubeadm_commands,
    listening_of,
    memory_of,
    os_of,
    swap_of,
)

SWAPS = "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2                 partition\t1048572\t0\t-2\n"
V2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\n"
MIXED = "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
TCP = (
    "  sl  local_address rem_address   st tx_queue rx_queue\n"
    "   0: 0100007F:192B 00000000:0000 0A 00000000:00000000\n"
    "   1: 0100007F:C350 0100007F:192B 01 00000000:00000000\n"
)


def test_swap() -> None:
    assert swap_of(SWAPS) == [{"device": "/dev/sda2", "mib": 1023}]
    assert swap_of(SWAPS.splitlines()[0]) == []
    assert swap_of(None) == []


@pytest.mark.parametrize(("text", "version"), [(V2, "v2"), (MIXED, "v1"), ("", "v1"), (None, "v1")])
def test_cgroup(text: str | None, version: str) -> None:
    assert cgroup_of(text) == version


def test_memory() -> None:
    assert memory_of("MemTotal:       24684084 kB\nMemFree: 1 kB\n") == 24105
    assert memory_of(None) == 0


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ('ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n', "debian"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "debian"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\n', "rhel"),
        ("ID=alpine\n", ""),
        (None, ""),
    ],
)
def test_families_of_systems(text: str | None, family: str) -> None:
    assert os_of(text)["family"] == family


def test_ports_that_are_listened_on() -> None:
    assert listening_of([TCP, None]) == [6443]


def test_running_kubeadm() -> None:
    processes = {"7": "/usr/bin/kubeadm\0join\0--config\0x", "8": "kubeadm\0version", "9": "", "10": "vi\0kubeadm"}
    assert kubeadm_commands(processes) == ["join (pid 7)"]


IP = """[
 {"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
 {"ifname": "eth0", "addr_info": [
   {"family": "inet", "local": "192.0.2.11", "prefixlen": 24},
   {"family": "inet6", "local": "fe80::1", "prefixlen": 64}]},
 {"ifname": "dummy0"}, {}
]"""


def test_addresses() -> None:
    assert [tuple(row.values()) for row in addresses_of(IP)] == [("lo", "127.0.0.1", 8), ("eth0", "192.0.2.11", 24)]
    assert addresses_of("") == addresses_of("Object 'address' is unknown") == []
