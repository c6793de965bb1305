# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which packages of the system have an update, as apt-get and dnf print it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

_INST = re.compile(r"^Inst (?P<name>\S+) (?:\[(?P<old>[^\]]+)\] )?\((?P<new>\S+)", re.MULTILINE)
_CHECK = re.compile(r"^(?P<name>\S+)\.(?P<arch>noarch|[a-z]\w+) +(?P<new>\S*\d\S*) +\S+$")

Update = dict[str, str]


def apt_updates(text: str) -> list[Update]:
    """Name, old and new version of ``apt-get --simulate upgrade``; packages that come as new are left out."""
    found = [match.groupdict() for match in _INST.finditer(text)]
    return [{"name": row["name"], "from": row["old"], "to": row["new"]} for row in found if row["old"]]


def dnf_updates(text: str) -> list[Update]:
    """Name and new version of ``dnf check-update``, without the packages that it says are obsoleted."""
    listed = re.split(r"^Obsoleting Packages", text, maxsplit=1, flags=re.MULTILINE)[0]
    rows = [_CHECK.match(line.strip()) for line in listed.splitlines()]
    return [{"name": row["name"], "from": "", "to": row["new"]} for row in rows if row]


def without(updates: Iterable[Update], patterns: Sequence[str]) -> tuple[list[Update], list[Update]]:
    """What is left without the packages of these names (``*`` and ``?`` as in a shell), and those."""
    rows = list(updates)
    kept = [row for row in rows if any(fnmatchcase(row["name"], pattern) for pattern in patterns)]
    return [row for row in rows if row not in kept], kept


def moved_with(text: str, patterns: Sequence[str]) -> list[str]:
    """Packages of these names that ``apt-get --simulate install`` would touch."""
    names = re.findall(r"^(?:Inst|Remv) (\S+)", text, re.MULTILINE)
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
