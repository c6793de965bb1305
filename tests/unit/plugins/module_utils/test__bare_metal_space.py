# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_space import lines_of

MIB = 1 << 20
PLACES = {
    "/": {"total_mib": 100, "free_mib": 80, "used_percent": 20},
    "/var/lib/etcd": {"total_mib": 100, "free_mib": 0, "used_percent": 100},
}
MEMBER = {"name": "cp1", "id": "a", "db_size": 20 * MIB, "db_size_in_use": 5 * MIB, "quota": 2048 * MIB, "error": ""}


def test_a_host_its_fullest_disk_and_what_would_go() -> None:
    found = {"places": PLACES, "found": {"images": {"a": 3 * MIB, "b": 4 * MIB}, "copies": {}, "journal": {}}}
    _heads, row, silent, *_etcd = lines_of([("cp1", found), ("w1", {"unreachable": True})], {}, 50)
    assert row.split() == ["cp1", "/var/lib/etcd", "100%", "0", "MiB", "-7", "MiB", "-", "-"]
    assert "(not reached)" in silent


def test_etcd() -> None:
    lines = lines_of([], {"members": [MEMBER], "alarms": [{"member": "cp1", "alarm": "NOSPACE"}]}, 50)
    assert lines == [
        "etcd cp1: 20 MiB of 2048 MiB, 5 MiB in use",
        "etcd: alarm NOSPACE of cp1: compact, defragment all members, take the alarm off",
    ]


def test_etcd_that_nobody_tells_of() -> None:
    assert lines_of([], {}, 50) == ["etcd: no control plane tells of it now; it is asked again when there is room"]
    dead = {**MEMBER, "db_size": None, "error": "timed out"}
    assert lines_of([], {"members": [dead], "alarms": []}, 40) == [
        "etcd cp1: not healthy: timed out",
        "etcd: no alarm: defragment what is 40% empty",
    ]
