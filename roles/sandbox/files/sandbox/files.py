# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are either whole or not there, and locks between runs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from .errors import SandboxError

LONGEST_RUN = 3600.0  # seconds: another run may have to build every program first
HEARTBEAT = 60.0  # seconds


def write_atomically(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a file that a reader sees whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def write_if_changed(path: Path, text: str, mode: int = 0o600) -> bool:
    """Write the file only where its content differs; tell whether it did."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, text, mode)
    return True


def read_json(path: Path) -> Any:
    """Content of a JSON file, None where it is not there or was cut off."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def to_json(content: Any) -> str:
    """JSON text as the files of a sandbox hold it."""
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


@contextlib.contextmanager
def locked(
    path: Path, waiting: Callable[[], None], patience: float = LONGEST_RUN, every: float = HEARTBEAT
) -> Iterator[None]:
    """Hold a lock file, which names the process. The kernel releases it with the process.

    While another run has it, ``waiting`` is called at once and again after each ``every`` seconds. Raises SandboxError
    when that takes longer than ``patience`` seconds.
    """
    start, told = time.monotonic(), -every
    while True:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # again: the other run may have removed it
        with path.open("a+", encoding="utf-8") as stream:
            if not _took(stream):
                waited = time.monotonic() - start
                if waited > patience:
                    raise SandboxError(_too_long(path, stream, waited))
                if waited - told >= every:
                    waiting()
                    told = waited
                time.sleep(0.3)
            elif _is_same_file(stream.fileno(), path):  # a lock on a removed file keeps nobody out
                _sign(stream)
                yield
                return


def _took(stream: IO[str]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(stream: IO[str]) -> None:
    stream.truncate(0)
    stream.write(f"{os.getpid()}\n")
    stream.flush()


def _too_long(path: Path, stream: IO[str], waited: float) -> str:
    stream.seek(0)
    holder = stream.read(20).strip()
    by = f"process {holder}" if holder.isdigit() else "another process"
    return (
        f"{path} is locked by {by}, another run with this sandbox or its cache, for {waited:.0f}s now. "
        "Let that run end, or end it, and run the same command again."
    )


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
