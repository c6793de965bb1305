# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Where a run of clusterctl is alone: its lock, and a private place for its files.

The place is a 0700 folder that goes with the run. What the machine refuses (a full disk, a folder that is read-only) is
said with the path and the remedy, before anything is changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._clusterctl_config import KubeconfigSource
from ._errors import Refused, WaitTimeout
from ._session import Session
from ._wait import HEARTBEAT

_PREFIX = "capi.lifecycle-clusterctl-"
_SHORTEST_SECRET = 4
_OTHER_CACHE = "make room and give this user the right to write there, or set XDG_CACHE_HOME to another folder"
_OTHER_PLACE = "make room and give this user the right to write there, or set TMPDIR to another folder"


@dataclass(frozen=True)
class Place:
    """Where one run of clusterctl has its files."""

    folder: str
    config: str
    kubeconfig: str = ""
    context: str = ""
    lock: int = -1  # descriptor of the lock that clusterctl holds, too
    secrets: Sequence[str] = ()
    hidden_variables: Sequence[str] = ()  # names that the environment must not override


def cache_folder(*names: str) -> str:
    """A folder of ours in the user's cache, which need not be there yet."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "capi.lifecycle", *names)


@contextlib.contextmanager
def cached(path: str) -> Iterator[None]:
    """What cannot be written below the cache, in words (Refused)."""
    with _refused(path, _OTHER_CACHE):
        yield


@contextlib.contextmanager
def _refused(path: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place, reason = error.filename or path, error.strerror or error
        raise Refused(f"{place} cannot be written: {reason}. Nothing was changed; {remedy}.", path=place) from None


@contextlib.contextmanager
def only_run(session: Session, uid: str, timeout: float) -> Iterator[int]:
    """Hold the lock of a management cluster; wait for another run, at most ``timeout`` seconds (WaitTimeout)."""
    folder = cache_folder("locks")
    path = os.path.join(folder, f"{uid}.lock")
    with cached(path):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with cached(path):
            _wait_for(session, descriptor, timeout)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_for(session: Session, descriptor: int, timeout: float) -> None:
    """Take the lock; a line at the start of the wait, and one each HEARTBEAT."""
    start = session.clock.now()
    spoke = start - HEARTBEAT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            now = session.clock.now()
        if now - start > timeout:
            raise WaitTimeout(
                f"Another run still works on this management cluster after {timeout:.0f} s. "
                "Nothing was changed; run the same command again when it has ended."
            )
        if now - spoke >= HEARTBEAT:
            waited = f" ({now - start:.0f} s)" if now > start else ""
            session.report(f"another run works on this management cluster; waiting for its end{waited}")
            spoke = now
        session.clock.sleep(1.0)


@contextlib.contextmanager
def private_place(
    config: Mapping[str, Any], source: KubeconfigSource, secrets: Mapping[str, Any], lock: int = -1
) -> Iterator[Place]:
    """A folder of this run with clusterctl.yaml and, where needed, a kubeconfig; removed at the end."""
    with _refused("a temporary folder", _OTHER_PLACE):
        parent = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        parent = parent if os.access(parent, os.W_OK) else tempfile.gettempdir()
        _remove_leftovers(parent)
        folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)  # mode 0700
    try:
        # Never the overrides of the operator's own clusterctl: the play says what is installed.
        document = {"overridesFolder": os.path.join(folder, "overrides"), **config}
        with _refused(folder, _OTHER_PLACE):
            path = _write(folder, "clusterctl.yaml", document)
            kubeconfig = source.path if source.document is None else _write(folder, "kubeconfig", source.document)
        values = sorted((str(v) for v in secrets.values() if len(str(v)) >= _SHORTEST_SECRET), key=len, reverse=True)
        names = [name.upper() for name in config if name.isidentifier()]
        yield Place(folder, path, kubeconfig, source.context, lock, values, names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: str, name: str, document: Mapping[str, Any]) -> str:
    path = os.path.join(folder, name)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)  # JSON is YAML
    return path


def _remove_leftovers(parent: str) -> None:
    """Folders of runs that were killed together with their guard, by the process number in the name.

    The folder is everybody's: what is in it may be a link, and may be gone at any moment.
    """
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            number = entry.name.removeprefix(_PREFIX).partition("-")[0]
            if not entry.name.startswith(_PREFIX) or not number.isdigit() or _is_alive(int(number)):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.getuid():
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
