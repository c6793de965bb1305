# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every process of a bed is in the bed's cgroup: so all of a machine dies at once, and nothing outlives the bed.

No record of processes is kept, so there is none that a killed run could leave wrong.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from .commands import BedError, wait_for

MOUNTS = Path("/proc/self/mountinfo")


def hierarchies(mounts: str) -> list[Path]:
    """Where cgroup v2 is mounted, then systemd's own v1 hierarchy if there is one: systemd in a machine uses both."""
    unified, named = [], []
    for line in mounts.splitlines():
        place, _dash, kind = line.partition(" - ")
        if kind.startswith("cgroup2 "):
            unified.append(Path(place.split()[4]))
        elif kind.startswith("cgroup ") and "name=systemd" in kind:
            named.append(Path(place.split()[4]))
    return unified[:1] + named[:1] if unified else []


@dataclass(frozen=True)
class Group:
    """A cgroup by its path below the root, as 'metal/machines/cp1'."""

    path: str

    @property
    def folders(self) -> list[Path]:
        """Its folder in each hierarchy; the first one is cgroup v2."""
        return [root / self.path for root in hierarchies(MOUNTS.read_text())]

    def command(self, *words: str | Path) -> list[str]:
        """The command line that runs this command in the cgroup, from its first moment."""
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        moves = "".join(f"echo $$ >{shlex.quote(str(folder))}/cgroup.procs; " for folder in self.folders)
        return ["sh", "-c", f'{moves}exec "$@"', "sh", *map(str, words)]

    @property
    def populated(self) -> bool:
        """Whether a process is in it, or below."""
        try:
            return "populated 1" in (self.folders[0] / "cgroup.events").read_text()
        except FileNotFoundError:
            return False

    def kill(self) -> None:
        """End every process in it and below at once, as a power failure does; returns when they are gone."""
        if self.populated:
            (self.folders[0] / "cgroup.kill").write_text("1")
            wait_for(f"no process in the cgroup {self.path}", lambda: not self.populated, 30, every=0.05)

    def remove(self) -> None:
        """Kill it and take its folders away."""
        self.kill()
        for folder in self.folders:
            for inner, _folders, _files in os.walk(folder, topdown=False):
                try:
                    Path(inner).rmdir()
                except OSError as error:
                    raise BedError(f"the cgroup {inner} cannot be removed: {error}") from error
