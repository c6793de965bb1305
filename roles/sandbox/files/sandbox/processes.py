# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive the launcher: started with a record, found again by it, never confused with others."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SandboxError
from .files import read_json, to_json, write_atomically


@dataclass(frozen=True)
class Record:
    """What is on file about a process. A pid counts only together with the start time of its process."""

    pid: int
    started: str
    command: tuple[str, ...]


def start_time(pid: int) -> str:
    """When the kernel started this process, in its own units; empty where it is gone or a zombie. One that is being
    killed looks like a zombie while its other threads still end, and hold its ports."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        threads = int(fields[17])
        return "" if fields[0] in "ZX" and threads <= 1 else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return ""
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def read_record(path: Path) -> Record | None:
    """The record in a file, None where there is none or it was cut off."""
    found = read_json(path)
    return Record(found["pid"], found["started"], tuple(found["command"])) if found else None


def is_alive(record: Record | None) -> bool:
    """Whether exactly the recorded process still runs."""
    return bool(record and record.started and start_time(record.pid) == record.started)


def spawn(
    path: Path, command: Sequence[str], log: Path, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own. It writes its own record before it becomes the program, so that
    a launcher that is killed in between leaves no process without a record."""

    def record() -> None:
        pid = os.getpid()
        content = {"pid": pid, "started": start_time(pid), "command": list(command)}
        write_atomically(path, to_json(content))

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options: dict[str, Any] = {"cwd": cwd, "env": environment, "start_new_session": True, "preexec_fn": record}
    with log.open("ab") as stream:
        os.chmod(log, 0o600)
        try:
            return subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, **options)
        except (OSError, subprocess.SubprocessError) as error:
            raise SandboxError(
                f"{command[0]} cannot be started: {error}. Build it again: remove its folder "
                f"{Path(command[0]).parent} and run this once more."
            ) from error


def send(record: Record | None, number: signal.Signals) -> bool:
    """Signal the recorded process, if it still is that process."""
    if record is None or not is_alive(record):
        return False
    try:
        os.kill(record.pid, number)
    except ProcessLookupError:
        return False
    return True


def stop(paths: Sequence[Path], patience: float = 10.0) -> None:
    """Stop recorded processes together: ask, wait up to ``patience`` seconds, kill; then drop the records."""
    records = [(path, read_record(path)) for path in paths]
    for _path, record in records:
        send(record, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(is_alive(record) for _path, record in records) and time.monotonic() < deadline:
        time.sleep(0.05)
    for path, record in records:
        if send(record, signal.SIGKILL):
            _wait_gone(record)
        path.unlink(missing_ok=True)


def _wait_gone(record: Record | None) -> None:
    for _attempt in range(100):
        if not is_alive(record):
            return
        time.sleep(0.05)
    raise SandboxError(f"Process {record.pid if record else '?'} does not end even when killed: look at it with ps.")


def last_line(log: Path, default: str = "") -> str:
    """The last line of a log that says anything, for messages."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 8192))
            lines = [line.strip() for line in stream.read().decode("utf-8", "replace").splitlines()]
    except FileNotFoundError:
        return default
    return next((line[:400] for line in reversed(lines) if line), default)
