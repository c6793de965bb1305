# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Runs clusterctl: its output as progress, its failure as one message.

Between us and clusterctl stands a shell that ends clusterctl and removes its place when we vanish, also by kill -9. The
lock, which clusterctl inherits, keeps the next run of this user on this machine waiting until it is really gone.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ._clusterctl_place import Place
from ._clusterctl_words import error_of, shown, unusable
from ._errors import Failed, WaitTimeout
from ._session import Session

_HEARTBEAT = 30.0  # seconds of silence before a line says that clusterctl still runs
_PATIENCE = 10.0  # seconds for clusterctl to end by itself
# Standard input is held open by us: its end means that we are gone.
_GUARD = """
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{
  read -r line <&3; trap "" TERM
  kill "$child"; sleep 1; kill -9 "$child"; rm -rf -- "$folder"
} </dev/null >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$child"; code=$?
kill "$guard" 2>/dev/null
exit "$code"
"""


def run_clusterctl(
    session: Session,
    binary: str,
    arguments: Sequence[str],
    place: Place,
    timeout: float,
    on_silence: Callable[[str], None] = lambda last: None,
) -> None:
    """Run a command on the management cluster, its lines as progress. Raises the CapiError that its failure means.

    ``on_silence`` is called with the last line at each heartbeat.
    """
    words = [binary, *arguments, "--config", place.config]
    if place.kubeconfig and os.pathsep not in place.kubeconfig:
        words += ["--kubeconfig", place.kubeconfig]
    words += ["--kubeconfig-context", place.context] if place.context else []
    lines: list[str] = []
    parent, end = os.getppid(), session.clock.now() + timeout
    with _started(words, place) as process:
        for line in _told(session, arguments[0], _lines(process), place.secrets, on_silence):
            lines += [line] if line else []
            if os.getppid() != parent:  # Ansible's worker outlives a play that was killed by kill -9
                raise Failed("The play is gone, so clusterctl was ended.")
            if session.clock.now() > end:
                raise WaitTimeout(_too_slow(arguments[0], timeout, lines))
        code = process.wait()
    if code:
        raise error_of(arguments, lines)


def _told(
    session: Session,
    verb: str,
    lines: Iterator[str | None],
    secrets: Sequence[str],
    on_silence: Callable[[str], None],
) -> Iterator[str]:
    """Lines without secrets, reported as they come; an empty text each second of silence."""
    last, spoke = "start", session.clock.now()
    for raw in lines:
        line = _redacted(raw or "", secrets)
        last = shown(line) or last
        silent = session.clock.now() - spoke >= _HEARTBEAT
        if shown(line) or silent:
            session.report(f"clusterctl {verb}: {shown(line) or 'still at: ' + last}")
            spoke = session.clock.now()
        if silent and not shown(line):
            on_silence(last)
        yield line


def clusterctl_output(
    session: Session, binary: str, arguments: Sequence[str], place: Place, timeout: float = 120.0
) -> str:
    """Standard output of a command that changes nothing; it is told. Raises the CapiError that its failure means."""
    told = f"clusterctl {' '.join(arguments)}"
    session.report(told)
    try:
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # run_command needs an AnsibleModule
            [binary, *arguments, "--config", place.config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=_environment(place),
        )
    except OSError as error:
        raise unusable(binary, error) from None
    try:
        output, errors = _all_of(session, process, told, timeout)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise error_of(arguments, [_redacted(line, place.secrets) for line in errors.splitlines()])
    return output


def _all_of(session: Session, process: subprocess.Popen[str], told: str, timeout: float) -> tuple[str, str]:
    """All output of a process, and a line at each heartbeat; WaitTimeout after ``timeout`` seconds."""
    end = session.clock.now() + timeout
    while True:
        try:
            return process.communicate(timeout=min(_HEARTBEAT, timeout))
        except subprocess.TimeoutExpired:
            if session.clock.now() >= end:
                raise WaitTimeout(f"{told} did not end in {timeout:.0f} s. Nothing was changed.") from None
            session.report(f"{told}: still running")


@contextlib.contextmanager
def _started(words: Sequence[str], place: Place) -> Iterator[subprocess.Popen[str]]:
    """The process with its guard, in a process group of its own; it is ended when the block is left early."""
    process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # nor does it show lines as they come
        ["/bin/sh", "-c", _GUARD, "clusterctl", place.folder, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=_environment(place),
        pass_fds=[place.lock] if place.lock >= 0 else [],
        start_new_session=True,
    )
    try:
        with _ended_by_sigterm():
            yield process
    finally:
        _end(process)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM leaves the block like Ctrl-C does, instead of ending Python before it cleans up."""

    def leave(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not in the main thread: the guard still does it
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_PATIENCE)
    for stream in (process.stdin, process.stderr):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()


def _lines(process: subprocess.Popen[str]) -> Iterator[str | None]:
    """Lines as they come, None each second of silence."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stderr or ():
            lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=1.0)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def _environment(place: Place) -> dict[str, str]:
    """Our environment without what would override the task: clusterctl prefers the environment to its file."""
    kept = {k: v for k, v in os.environ.items() if k not in place.hidden_variables and not k.startswith("K8S_AUTH_")}
    if os.pathsep in place.kubeconfig:
        kept["KUBECONFIG"] = place.kubeconfig
    return {**kept, "CLUSTERCTL_DISABLE_VERSIONCHECK": "true"}


def _too_slow(verb: str, timeout: float, lines: Sequence[str]) -> str:
    last = next((shown(line) for line in reversed(lines) if shown(line)), "start")
    return (
        f"clusterctl {verb} was ended after {timeout:.0f} s at: {last}. "
        "Run the same command again: what is half-done is finished then. Or raise wait_timeout."
    )


def _redacted(line: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        line = line.replace(secret, "********")
    return line
