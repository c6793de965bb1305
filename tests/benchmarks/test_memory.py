# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a sandbox keep in memory, Cluster API included."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bed import Bed


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells the memory of a process so")
def test_memory(bed: Bed) -> None:
    """PSS counts a page that several processes share in parts, RSS counts it for each of them."""
    records = [*bed.folder.glob("processes/*.json"), *bed.folder.glob("pods/*/process.json")]
    found = {}
    for path in records:
        name = path.stem if path.parent.name == "processes" else path.parent.name
        found[name] = memory(json.loads(path.read_text())["pid"])
    print("\n\nMemory in MiB                                              PSS     RSS")
    for name, (pss, rss) in sorted(found.items(), key=lambda entry: -entry[1][0]):
        print(f"  {name:<54} {pss:7.0f} {rss:7.0f}")
    print(f"  {'in all':<54} {sum(pss for pss, _rss in found.values()):7.0f}")


def memory(pid: int) -> tuple[float, float]:
    """PSS and RSS in MiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss, rss = (int(re.findall(rf"^{kind}: +(\d+) kB", rollup, re.MULTILINE)[0]) / 1024 for kind in ("Pss", "Rss"))
    return pss, rss
