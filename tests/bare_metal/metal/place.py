# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: the names, addresses and folders of a bed. All that a bed makes on its host carries its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.layout import default_cache

CACHE = default_cache() / "bare_metal"
NETWORK = "10.77.0"
HUB_ADDRESS = f"{NETWORK}.1"
POD_NETWORK = "10.244.0.0/16"
ENDPOINT = "api.bed.test"
REGISTRY = f"http://{HUB_ADDRESS}:5000"
PACKAGES = f"http://{HUB_ADDRESS}:8080"
# Offsets of addresses: cp1 is .11, w1 is .21. The load balancer knows all control planes beforehand.
FIRST_ADDRESS = {"cp": 10, "w": 20}
MOST = {"cp": 9, "w": 40}


@dataclass(frozen=True)
class Place:
    """Where a bed is: ``name`` begins its network namespaces and is its cgroup, ``cache`` is shared by all beds."""

    name: str
    cache: Path = CACHE

    @property
    def folder(self) -> Path:
        """What goes when the bed goes: disks, keys, logs, inventory."""
        return self.cache / "beds" / self.name

    @property
    def key(self) -> Path:
        """The private SSH key to all machines."""
        return self.folder / "id_ed25519"

    @property
    def inventory(self) -> Path:
        """The folder that Ansible takes with -i."""
        return self.folder / "inventory"

    @property
    def logs(self) -> Path:
        """Consoles of machines, output of the hub's services."""
        return self.folder / "logs"

    @property
    def sockets(self) -> Path:
        """Connections of SSH that stay open. A socket's path is short: 108 bytes at most."""
        return Path("/run") / self.name

    @property
    def hub(self) -> str:
        """The network namespace of the switch, the endpoint, the registry, the packages and the controller."""
        return f"{self.name}-hub"

    def namespace(self, machine: Machine) -> str:
        return f"{self.name}-{machine.name}"

    def disk(self, machine: Machine) -> Path:
        return self.folder / "machines" / f"{machine.name}.img"

    def root(self, machine: Machine) -> Path:
        """Where the machine's disk is mounted on the host."""
        return self.folder / "machines" / machine.name


@dataclass(frozen=True)
class Machine:
    """A machine by name: cp1, cp2, ... are control planes, w1, w2, ... workers."""

    name: str

    def __post_init__(self) -> None:
        found = re.fullmatch(r"(cp|w)([1-9]\d?)", self.name)
        if not found or int(found[2]) > MOST[found[1]]:
            raise ValueError(f"no machine is called {self.name!r}: there are cp1 to cp9, w1 to w40")

    @property
    def is_control_plane(self) -> bool:
        return self.name.startswith("cp")

    @property
    def number(self) -> int:
        """The last byte of its address, and the third of its pods' addresses."""
        kind = self.name.rstrip("0123456789")
        return FIRST_ADDRESS[kind] + int(self.name.removeprefix(kind))

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def hardware_address(self) -> str:
        """The same after each boot, so that others find it at once."""
        return f"02:00:00:00:00:{self.number:02x}"

    @property
    def pod_subnet(self) -> str:
        return f"10.244.{self.number}.0/24"


def machines(control_planes: int, workers: int) -> list[Machine]:
    """cp1 ... and w1 ..., so many of each."""
    names = [f"cp{number}" for number in range(1, control_planes + 1)]
    return [Machine(name) for name in [*names, *(f"w{number}" for number in range(1, workers + 1))]]


ALL_CONTROL_PLANES = machines(MOST["cp"], 0)
