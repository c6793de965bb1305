# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes are found again by pid and start time together; here they are real ones."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox import processes
from sandbox.errors import SandboxError

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)


# Its first thread ends, which leaves a zombie in the table of processes, and the second one goes on.
HEADLESS = (
    sys.executable,
    "-c",
    """import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("up", flush=True)
ctypes.CDLL(None).pthread_exit(None)""",
)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    """Where the record of the test's process is; the process is gone afterwards."""
    path = tmp_path / "processes" / "one.json"
    yield path
    processes.stop([path], 0)


def spawn(record: Path, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A process that has said that it is up."""
    log = record.parent.parent / "log"
    process = processes.spawn(record, command, log, log.parent)
    while not log.read_text() and process.poll() is None:
        pass
    return process


def test_a_process_writes_its_record(record: Path) -> None:
    process = spawn(record, SLEEP)
    found = processes.read_record(record)
    assert found is not None
    assert (found.pid, found.command) == (process.pid, SLEEP)
    assert processes.is_alive(found)


def test_another_process_with_the_same_pid_is_not_ours(record: Path) -> None:
    spawn(record, SLEEP)
    found = processes.read_record(record)
    assert found is not None
    assert not processes.is_alive(dataclasses.replace(found, started="1"))
    assert not processes.is_alive(dataclasses.replace(found, started=""))
    assert not processes.send(dataclasses.replace(found, started="1"), processes.signal.SIGKILL)
    assert processes.is_alive(found)


@pytest.mark.parametrize("command", [pytest.param(SLEEP, id="willing"), pytest.param(STUBBORN, id="stubborn")])
def test_stop_ends_it_and_drops_the_record(record: Path, command: tuple[str, ...]) -> None:
    process = spawn(record, command)
    processes.stop([record], 0.3)
    assert process.wait(5) != 0
    assert not record.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process by its first thread")
def test_a_process_lives_as_long_as_its_last_thread(record: Path) -> None:
    process = spawn(record, HEADLESS)
    stat = Path(f"/proc/{process.pid}/stat")
    while stat.read_text().split()[2] != "Z":
        pass
    assert processes.is_alive(processes.read_record(record))
    process.kill()
    process.wait(5)


def test_stop_of_what_is_gone(record: Path, tmp_path: Path) -> None:
    process = spawn(record, SLEEP)
    process.kill()
    process.wait()
    processes.stop([record, tmp_path / "never.json"], 5)
    assert not record.exists()


def test_a_program_that_is_not_there(record: Path, tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        processes.spawn(record, [str(tmp_path / "bin/etcd")], tmp_path / "log", tmp_path)
    assert f"{tmp_path}/bin/etcd cannot be started" in str(caught.value)
    assert "remove its folder" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param("one\ntwo\n\n", "two", id="the last that says anything"),
        pytest.param("", "nothing", id="empty"),
        pytest.param(None, "nothing", id="not there"),
        pytest.param("x" * 9000 + "\nend\n", "end", id="long"),
        pytest.param("y" * 500, "y" * 400, id="cut"),
    ],
)
def test_last_line(content: str | None, line: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    if content is not None:
        log.write_text(content)
    assert processes.last_line(log, "nothing") == line
