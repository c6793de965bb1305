# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the programs of a sandbox with the Go toolchain: only what is missing, one run at a time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import processes
from .errors import SandboxError
from .files import locked
from .recipe import FLAGS, Program

NEEDED_GO = (1, 26)
SWITCHING_GO = (1, 21)
HEARTBEAT_SECONDS = 20
Report = Callable[[str], None]


def missing(programs: Sequence[Program]) -> list[Program]:
    """The programs that have to be built."""
    return [program for program in programs if not program.target.is_file()]


def go_version(text: str) -> tuple[int, int]:
    """(1, 26) of 'go1.26.8'; (0, 0) where that is no release."""
    found = re.match(r"(?:go)?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def toolchain_problem(version: str, toolchain: str) -> str:
    """Why this Go cannot build the programs; empty where it can. ``toolchain`` is the setting GOTOOLCHAIN."""
    have = go_version(version)
    if have >= NEEDED_GO:
        return ""
    wanted = f"wanted is Go {NEEDED_GO[0]}.{NEEDED_GO[1]} or newer"
    if have < SWITCHING_GO:
        return f"Go is {version or 'of an unknown version'}; {wanted}, or at least 1.21, which fetches it by itself."
    if toolchain == "local":
        return (
            f"Go is {version} and GOTOOLCHAIN is 'local', so it may not fetch a newer one; {wanted}. Unset GOTOOLCHAIN."
        )
    return ""


def go_environment() -> dict[str, str]:
    """Environment for Go commands; raises where Go is missing or too old, before anything was done."""
    if not shutil.which("go"):
        raise SandboxError(
            "Go is not installed (no 'go' in PATH); it builds the programs of the sandbox. Install Go "
            "1.26 or newer (https://go.dev/dl/), or 1.21 and newer, which fetches it by itself."
        )
    found = subprocess.run(
        ["go", "env", "GOVERSION", "GOTOOLCHAIN"], capture_output=True, text=True, check=False, cwd="/"
    )  # outside of any module, whose go line would already switch the toolchain
    version, toolchain = [*found.stdout.splitlines(), "", ""][:2]
    problem = toolchain_problem(version, toolchain)
    if problem:
        raise SandboxError(problem)
    environment = {**os.environ, **FLAGS}
    if go_version(version) >= NEEDED_GO:
        environment["GOTOOLCHAIN"] = "local"
    return environment


def build(programs: Sequence[Program], cache: Path, report: Report) -> None:
    """Build what is missing; another run that builds the same is waited for."""
    environment = go_environment()
    log = cache / "build.log"
    with locked(cache / "bin" / ".lock", lambda: report("another run is building the programs; waiting for it")):
        for number, program in enumerate(programs, 1):
            if not program.target.is_file():
                _build_one(program, f"{program.name} ({number} of {len(programs)})", environment, log, report)


def _build_one(program: Program, label: str, environment: Mapping[str, str], log: Path, report: Report) -> None:
    program.target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in program.target.parent.glob(".draft-*"):
        leftover.unlink()
    draft = program.target.with_name(f".draft-{program.name}")
    command = ["go", "build", "-ldflags", program.linker, "-o", str(draft), program.package]
    report(f"building {label} ...")
    code = run_logged(
        command, program.module, environment, log, lambda seconds: report(f"building {label} ... {seconds} s")
    )
    if code != 0 or not draft.is_file():
        raise SandboxError(
            f"Building {program.name} failed: {processes.last_line(log, f'go ended with {code}')}. "
            f"The whole output is in {log}. If a download failed, check the connection (GOPROXY, "
            "proxy settings) and run the same command again: what was built stays."
        )
    draft.replace(program.target)


def run_logged(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    heartbeat: Callable[[int], None],
    every: float = HEARTBEAT_SECONDS,
) -> int:
    """Run a command with its output in a log; ``heartbeat`` gets the seconds so far, each time ``every`` are over."""
    started = time.monotonic()
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"$ {' '.join(command)}\n")
        stream.flush()
        with subprocess.Popen(
            list(command), cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        ) as process:
            try:
                return _wait(process, started, heartbeat, every)
            finally:
                process.terminate()


def _wait(process: subprocess.Popen[Any], started: float, heartbeat: Callable[[int], None], every: float) -> int:
    while True:
        try:
            return process.wait(timeout=every)
        except subprocess.TimeoutExpired:
            heartbeat(round(time.monotonic() - started))
