# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bed leaves on its host: nothing, also where its run was killed. It runs before the bed of the others is up."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from metal import bed, power, sysctls
from metal.commands import run, wait_for
from metal.place import Machine, Place

RUN = Path(__file__).parent / "run.py"
CP1 = Machine("cp1")
SETTING = "fs/inotify/max_user_watches"


@pytest.fixture
def place(able_host: None) -> Iterator[Place]:
    """Where no bed is, before and after."""
    found = Place("metal-down")
    with bed.owned(found):
        bed.down(found)
        yield found
        bed.down(found)


def test_everything_goes_and_the_settings_of_the_host_come_back(place: Place) -> None:
    before = sysctls.read()
    bed.up(place, [CP1])
    other = int(before[SETTING]) + 1
    run(*power.ssh(place, CP1, f"echo {other} >/proc/sys/{SETTING}"))
    assert sysctls.read()[SETTING] == f"{other}\n"  # machines share it with the host
    bed.down(place)
    assert bed.left_over(place) == []
    if bed.beds(place.cache):
        pytest.skip(f"the settings of the host come back with the last bed: {', '.join(bed.beds(place.cache))} is up")
    assert {name: value for name, value in sysctls.read().items() if before.get(name) != value} == {}


def test_a_killed_run_is_taken_away(place: Place) -> None:
    words = [sys.executable, str(RUN), "--name", place.name, "up", "--control-planes", "2", "--workers", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for("the first machine is on", lambda: power.is_on(place, CP1), 300)
        finally:
            process.send_signal(signal.SIGKILL)
    assert bed.left_over(place) != []
    bed.down(place)
    assert bed.left_over(place) == []


def test_nothing_to_take_away_is_no_error(place: Place) -> None:
    bed.down(place)
    assert bed.left_over(place) == []
