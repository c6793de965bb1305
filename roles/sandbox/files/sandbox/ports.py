# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of a sandbox: one free block, and the one fixed port that the in-memory provider insists on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .addresses import LOOPBACK
from .errors import SandboxError

BLOCK = 256
# Below the kernels' ephemeral ports, clear of the in-memory provider's 19000 and of its workload clusters' 20000-30000.
BASES: tuple[int, ...] = (*range(16384, 18689, BLOCK), *range(10240, 16384, BLOCK))
POD_PORTS = 10
# NewWorkloadClustersMux in cluster-api/test binds this port and has no flag for it; a second provider exits.
DEBUG_PORT = 19000


@dataclass(frozen=True)
class Ports:
    """The ports of one sandbox, counted from the base of its block."""

    base: int

    @property
    def etcd(self) -> int:
        """etcd's client port."""
        return self.base

    @property
    def etcd_peer(self) -> int:
        """etcd's peer port."""
        return self.base + 1

    @property
    def api_server(self) -> int:
        """kube-apiserver's port."""
        return self.base + 2

    @property
    def block(self) -> range:
        """All ports of this sandbox."""
        return range(self.base, self.base + BLOCK)

    def of_slot(self, slot: int) -> int:
        """First of the ten ports that belong to the pod in this slot."""
        if not 0 <= slot < BLOCK // POD_PORTS - 1:
            raise SandboxError(f"The sandbox runs at most {BLOCK // POD_PORTS - 1} Deployments: delete one first.")
        return self.base + POD_PORTS * (slot + 1)


def is_free(port: int) -> bool:
    """Whether a program could listen on this port now."""
    for address in (LOOPBACK, ""):  # macOS lets one program have a port on all addresses beside another on loopback
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def choose_base(taken: Iterable[int], free: Callable[[int], bool] = is_free) -> int:
    """Base of the first block that no other sandbox remembers and in which every port is free."""
    others = set(taken)
    for base in BASES:
        if base not in others and all(free(port) for port in range(base, base + BLOCK)):
            return base
    raise SandboxError(
        f"No block of {BLOCK} free ports between {min(BASES)} and {max(BASES) + BLOCK}: "
        "remove a sandbox, or stop the programs that listen there."
    )


def listener_folder(port: int, proc: Path = Path("/proc")) -> Path | None:
    """Working directory of the process that listens on a port; None where it cannot be found out."""
    inodes = {
        fields[9]
        for table in ("tcp", "tcp6")
        for fields in _rows(proc / "net" / table)
        if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port
    }
    for entry in proc.glob("[0-9]*"):
        try:
            if any(
                os.readlink(link)[8:-1] in inodes
                for link in (entry / "fd").iterdir()
                if os.readlink(link).startswith("socket:")
            ):
                return Path(os.readlink(entry / "cwd"))
        except OSError:  # another user's process, or gone meanwhile
            continue
    return None


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []


def debug_port_note(home: Path, port: int = DEBUG_PORT) -> str:
    """What the in-memory provider's fixed port means for this sandbox now; empty where there is nothing to say."""
    if is_free(port):
        return ""
    folder = listener_folder(port)
    if folder and folder.is_relative_to(home):
        return ""
    holder = folder.parent.parent if folder and folder.parent.name == "pods" else None
    named = f"sandbox '{holder.name}'" if holder else "another process"
    return (
        f"port {port} is held by {named}, and the in-memory provider takes no other: no DevMachines "
        "here until it is stopped. All else works."
    )
