# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a bed can be, and what is found there."""

from __future__ import annotations

from pathlib import Path

import pytest
from metal.cgroups import hierarchies
from metal.host import Host, problem

ABLE = Host("Linux", "x86_64", user=0, cgroup2=True, loop_devices=True, go=True, apt=True, missing=())
V1 = "30 24 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"
NAMED = "31 24 0:27 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd"
HYBRID = "32 24 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
PURE = "25 24 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ([V1, NAMED, HYBRID], ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"]),
        ([PURE], ["/sys/fs/cgroup"]),
        ([V1, NAMED], []),
    ],
)
def test_hierarchies_of_cgroups(mounts: list[str], found: list[str]) -> None:
    assert hierarchies("\n".join(mounts)) == [Path(path) for path in found]


def test_an_able_host_has_no_problem() -> None:
    assert problem(ABLE) == ""
    assert problem(ABLE.but(missing=("haproxy",))) == ""  # apt installs it


@pytest.mark.parametrize(
    ("lack", "words"),
    [
        ({"system": "Darwin"}, "this is Darwin"),
        ({"processor": "aarch64"}, "on aarch64"),
        ({"user": 1000}, "only root"),
        ({"cgroup2": False}, "cgroup v2"),
        ({"loop_devices": False}, "loop devices"),
        ({"go": False}, "Go is not installed"),
        (
            {"apt": False, "missing": ("haproxy", "systemd-container")},
            "haproxy (haproxy), systemd-nspawn (systemd-container)",
        ),
    ],
)
def test_what_a_host_lacks_is_said(lack: dict[str, object], words: str) -> None:
    assert words in problem(ABLE.but(**lack))
