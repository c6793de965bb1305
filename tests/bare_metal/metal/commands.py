# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs of the host, and what a bed says when it cannot go on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path


class BedError(Exception):
    """Something on this host stopped the bed; the message names it and what was said."""


def run(
    *command: str | Path,
    text: str | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    limit: float = 600,
) -> str:
    """Output of a command, which gets ``text``; BedError with it all unless it succeeds within ``limit`` seconds."""
    words, given = [str(word) for word in command], text or ""
    try:
        done = subprocess.run(
            words, input=given, cwd=cwd, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise BedError(f"{' '.join(words)}: not done after {limit} s") from late
    if done.returncode:
        raise BedError(f"{' '.join(words)} ended with {done.returncode}: {(done.stdout + done.stderr)[-4000:].strip()}")
    return done.stdout


def succeeds(*command: str | Path) -> bool:
    """Whether a command ends well; what it says is thrown away."""
    words = [str(word) for word in command]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def wait_for(what: str, done: Callable[[], bool], seconds: float, every: float = 0.2) -> None:
    """Wait until that is so; BedError where it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise BedError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(every)
