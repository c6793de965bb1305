# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a Linux host says of itself under /proc and /etc. Pure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

MIB = 1 << 20


def swap_of(text: str | None) -> list[dict[str, object]]:
    """Active swap of /proc/swaps: device and size in MiB."""
    rows = [line.split() for line in (text or "").splitlines()[1:] if line.strip()]
    return [{"device": row[0], "mib": int(row[2]) // 1024} for row in rows if len(row) > 2 and row[2].isdigit()]


def cgroup_of(text: str | None) -> str:
    """``v2`` when /proc/mounts has cgroup2 at /sys/fs/cgroup; ``v1`` for the old and the mixed layout."""
    for line in (text or "").splitlines():
        fields = line.split()
        if len(fields) > 2 and fields[1] == "/sys/fs/cgroup" and fields[2] == "cgroup2":
            return "v2"
    return "v1"


def memory_of(text: str | None) -> int:
    """Memory in MiB of /proc/meminfo; 0 where it does not say."""
    found = re.search(r"^MemTotal: +(\d+) kB", text or "", re.MULTILINE)
    return int(found[1]) // 1024 if found else 0


def os_of(text: str | None) -> dict[str, str]:
    """id, version and name of /etc/os-release."""
    found = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text or "", re.MULTILINE))
    families = {found.get("ID", ""), *found.get("ID_LIKE", "").split()}
    family = "debian" if families & {"debian", "ubuntu"} else "rhel" if families & {"rhel", "fedora", "centos"} else ""
    return {
        "id": found.get("ID", ""),
        "version": found.get("VERSION_ID", ""),
        "name": found.get("PRETTY_NAME", ""),
        "family": family,
    }


def listening_of(texts: Iterable[str | None]) -> list[int]:
    """Ports that something listens on, from /proc/net/tcp and tcp6: state 0A is LISTEN."""
    found = set()
    for text in texts:
        for line in (text or "").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 3 and fields[3] == "0A":
                found.add(int(fields[1].rpartition(":")[2], 16))
    return sorted(found)


def addresses_of(text: str) -> list[dict[str, Any]]:
    """Addresses of ``ip -json address``, with interface and prefix; nothing where it did not say."""
    try:
        links = json.loads(text)
    except ValueError:
        return []
    found = [(link.get("ifname", ""), address) for link in links for address in link.get("addr_info", [])]
    return [
        {"interface": interface, "address": address["local"], "prefix": address["prefixlen"]}
        for interface, address in found
        if "local" in address and not ipaddress.ip_address(address["local"]).is_link_local
    ]


def kubeadm_commands(processes: Mapping[str, str]) -> list[str]:
    """Running kubeadm commands that change something, of {pid: /proc/PID/cmdline}: ``join (pid 4711)``."""
    found = []
    for pid, text in processes.items():
        words = text.split("\0")
        if (
            words[0].rpartition("/")[2] == "kubeadm"
            and len(words) > 1
            and words[1] in ("init", "join", "upgrade", "reset")
        ):
            found.append(f"{words[1]} (pid {pid})")
    return sorted(found)
