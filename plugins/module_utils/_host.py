# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The machine that a module runs on: its programs and files. Tests put recordings of real machines here."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ._wait import Clock

SECONDS = 30.0  # for one program; etcdctl itself waits 5 s for each dead member
# Ansible's SSH sessions are no login shells: their PATH may lack what administrators install by hand.
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Ran:
    """What a program left behind; rc 124 when it did not end in time, 127 when it is not there."""

    rc: int
    stdout: str = ""
    stderr: str = ""

    @property
    def why(self) -> str:
        """The line that says what went wrong: the program's own ``error:``, which hints and crictl's words follow."""
        lines = [line.strip() for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        own = [line for line in lines if line.lower().startswith(("error", "panic"))]
        return [*own[:1], *lines[-1:], f"rc {self.rc}, no output"][0][:400]


class Host:
    """Programs and files of this machine."""

    def run(self, *argv: str, timeout: float = SECONDS) -> Ran:
        """Run a program without a terminal and without input; ``timeout`` in seconds."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{os.environ.get('PATH', '')}:{PATHS}"}
        try:
            done = subprocess.run(  # pylint: disable=ansible-bad-function  # run_command knows no timeout
                argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, env=environment, check=False
            )
        except FileNotFoundError:
            return Ran(127, stderr=f"{argv[0]} is not installed on this host")
        except PermissionError as error:
            return Ran(126, stderr=f"{argv[0]} cannot be started: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Ran(124, stderr=f"{argv[0]} did not end within {timeout:.0f} s")
        return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none, or where it may not be read."""
        try:
            return Path(path).read_text(errors="replace")
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """What is in a folder, sorted; nothing where there is none."""
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def exists(self, path: str) -> bool:
        return Path(path).exists()

    def written(self, path: str) -> float:
        """When a file was written last, in seconds since 1970; 0 where there is none."""
        try:
            return Path(path).stat().st_mtime
        except OSError:
            return 0.0

    def move(self, path: str, target: str) -> None:
        """Move a file at one go, within a file system; the folder is made. Raises OSError."""
        Path(target).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(path, target)

    def write(self, path: str, text: str) -> None:
        """Write a file at one go, for root alone; the folder is made. Raises OSError."""
        place = Path(path)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.part")  # the kubelet passes over names that begin with a dot
        draft.touch(mode=0o600)
        try:
            with draft.open("w") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with what is in it. Raises OSError."""
        place = Path(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def size(self, path: str) -> int:
        """Bytes that a folder takes on disk; 0 where there is none. Links are not followed."""
        found = 0
        for folder, _folders, files in os.walk(path):
            for file in files:
                try:
                    found += os.lstat(os.path.join(folder, file)).st_blocks * 512
                except OSError:  # it went meanwhile
                    pass
        return found

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """What is begun is ended, also when the connection that started this process is gone, or somebody ends it."""
        before = {
            number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def claim(self, path: str) -> IO[str] | None:
        """Keep others away who claim the same file, until it is closed or this process ends; None while one has it."""
        claimed = Path(path).open("a")  # noqa: SIM115  # it stays open
        try:
            fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claimed.close()
            return None
        return claimed

    def copy(self, source: str, target: str) -> None:
        """Copy a file with its rights; the folder above ``target`` is made, for root alone."""
        Path(target).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(source, target)

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """Wait until nobody else has the lock at ``path``, and keep it meanwhile; the kernel frees that of the dead."""
        with open(path, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def is_mount(self, path: str) -> bool:
        return os.path.ismount(path)

    def free(self, path: str) -> tuple[int, int] | None:
        """Size and free bytes of the file system that holds the path, or would hold it."""
        place = Path(path)
        while not place.exists() and place != place.parent:
            place = place.parent
        try:
            usage = shutil.disk_usage(place)
        except OSError:
            return None
        return usage.total, usage.free

    def hostname(self) -> str:
        """The name that a kubelet registers by default: in small letters."""
        return os.uname().nodename.lower()

    def processors(self) -> int:
        return os.cpu_count() or 0

    def kernel(self) -> str:
        return os.uname().release


@dataclass(frozen=True)
class NodeSession:
    """What an operation on a node may touch; with ``dry_run`` (check mode) it only looks."""

    host: Host
    clock: Clock
    dry_run: bool = False
