# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's settings are what they were, whatever machines did to them."""

from __future__ import annotations

from pathlib import Path

from metal import sysctls


def settings(folder: Path, **values: str) -> Path:
    for area in ("kernel", "vm", "fs"):
        (folder / area).mkdir(exist_ok=True, parents=True)
    for name, value in values.items():
        (folder / "vm" / name).write_text(value)
    return folder


def test_what_was_changed_is_written_back(tmp_path: Path) -> None:
    base, kept = settings(tmp_path / "sys", overcommit_memory="0\n", swappiness="60\n"), tmp_path / "kept.json"
    sysctls.save(kept, base)
    settings(base, overcommit_memory="1\n")
    assert sysctls.restore(kept, base) == []
    assert sysctls.read(base) == {"vm/overcommit_memory": "0\n", "vm/swappiness": "60\n"}
    assert not kept.exists()


def test_a_second_bed_does_not_keep_what_the_first_one_changed(tmp_path: Path) -> None:
    base, kept = settings(tmp_path / "sys", swappiness="60\n"), tmp_path / "kept.json"
    sysctls.save(kept, base)
    settings(base, swappiness="0\n")
    sysctls.save(kept, base)
    sysctls.restore(kept, base)
    assert sysctls.read(base) == {"vm/swappiness": "60\n"}


def test_counters_are_left_alone(tmp_path: Path) -> None:
    assert sysctls.read(settings(tmp_path, drop_caches="0", compact_memory="1", swappiness="60")) == {
        "vm/swappiness": "60"
    }
