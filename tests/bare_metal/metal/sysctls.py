# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the kernel that machines share with their host: systemd, the kubelet and roles change some. They are read
before the first bed and written back after the last one.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

BASE = Path("/proc/sys")
# Counters and triggers, which change by themselves or do something when they are written.
PASSING = re.compile(
    r"random/|ns_last_pid|dentry-state|inode-|file-nr|pty/nr|_next_id|drop_caches|compact_memory|stat_refresh|warnings"
)


def read(base: Path = BASE) -> dict[str, str]:
    """Every setting that can be written and is not bound to a network namespace, by its path below ``base``."""
    found = {}
    for area in ("kernel", "vm", "fs"):
        for folder, _folders, files in os.walk(base / area):
            for path in (Path(folder) / name for name in files):
                name = str(path.relative_to(base))
                if path.stat().st_mode & 0o200 and not PASSING.search(name):
                    found.update(_value(base, name))
    return found


def _value(base: Path, name: str) -> dict[str, str]:
    try:
        return {name: (base / name).read_text()}
    except (OSError, UnicodeDecodeError):  # some can only be written
        return {}


def save(file: Path, base: Path = BASE) -> None:
    """Keep the values of before the first bed."""
    if not file.exists():
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(read(base)))
        draft.replace(file)


def restore(file: Path, base: Path = BASE) -> list[str]:
    """Write back what differs from the kept values. Returns the names of settings that could not be written."""
    if not file.exists():
        return []
    kept, now = json.loads(file.read_text()), read(base)
    failed = []
    for name in [name for name, value in kept.items() if now.get(name, value) != value]:
        try:
            (base / name).write_text(kept[name])
        except OSError:
            failed.append(name)
    file.unlink()
    return failed
