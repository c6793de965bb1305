# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Take a snapshot of etcd and verify it: its own hash, and what etcdutl reads in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ._errors import CapiError, Failed, Refused
from ._etcd_words import snapshot_status_of
from ._host import NodeSession
from ._local_etcd import LocalEtcd, data_folder, local_etcd
from ._outcome import Outcome
from ._snapshot_file import check, name_at, ours, taken_at

SECONDS = 600.0  # for databases of gigabytes on slow disks
ROOM = 1.2  # of the database's size, free in both folders


def ensure_snapshot(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """A verified snapshot that is no older than ``max_age`` seconds; taken when there is none."""
    if params["path"]:
        return Outcome(values={"snapshot": verified(session, params["path"])})
    now = session.clock.today()
    for path in ours(params["directory"])[:1]:
        age = (now - (taken_at(path) or now)).total_seconds()
        if 0 <= age <= params["max_age"] and _is_good(session, path):
            return Outcome(values={"snapshot": verified(session, path), "removed": []})
    return _take(session, params, now)


def verified(session: NodeSession, path: str) -> dict[str, Any]:
    """Facts of a good snapshot. Raise Failed, NotFound otherwise.

    ``revision`` and ``total_keys`` are null where no etcd runs on this host whose etcdutl could read the file.
    """
    facts: dict[str, Any] = {"path": path, **check(path), "revision": None, "total_keys": None, "storage_version": None}
    taken = taken_at(path)
    facts["age"] = int((session.clock.today() - taken).total_seconds()) if taken else None
    try:
        etcd = local_etcd(session.host)
    except CapiError:
        return facts
    return {**facts, **(_read_by_etcdutl(etcd, path) if not session.dry_run else {})}


def _read_by_etcdutl(etcd: LocalEtcd, path: str) -> dict[str, Any]:
    """Let etcdutl read the whole database. Its container has the data folder only, so a copy is put there."""
    inside = f"{etcd.data_folder}/.{Path(path).name}.check"
    try:
        shutil.copyfile(path, inside)
        done = etcd.util("snapshot", "status", inside, "-w", "json", timeout=SECONDS)
    except OSError as error:
        raise Failed(f"{path} cannot be put into {etcd.data_folder} for etcdutl: {error.strerror}") from error
    finally:
        Path(inside).unlink(missing_ok=True)
    if done.rc:
        raise Failed(f"{path} is damaged: etcdutl snapshot status says {done.why}. Take another one.")
    return {key: value for key, value in snapshot_status_of(done.stdout).items() if key not in ("size", "hash")}


def _is_good(session: NodeSession, path: str) -> bool:
    try:
        verified(session, path)
    except CapiError:
        return False
    return True


def _take(session: NodeSession, params: Mapping[str, Any], now: datetime) -> Outcome:
    etcd, folder = local_etcd(session.host), params["directory"]
    path = f"{folder}/{name_at(now)}"
    _check_room(session, etcd, folder)
    before = [Path(old).name for old in ours(folder)]
    stale = ours(folder)[max(params["keep"] - 1, 0) :] if params["keep"] else []
    left = [name for name in before if f"{folder}/{name}" not in stale]
    after = sorted([*left, Path(path).name], reverse=True)
    values = {"snapshot": {"path": path}, "removed": stale}
    if not session.dry_run:
        _save(etcd, path)
        values["snapshot"] = verified(session, path)
        for old in stale:  # only now: a good one is there
            Path(old).unlink(missing_ok=True)
    return Outcome({folder: before}, {folder: after}, values)


def _save(etcd: LocalEtcd, path: str) -> None:
    """Save into the data folder, the only one that etcd's container has, and move it out; readable by root alone."""
    inside = f"{etcd.data_folder}/.{Path(path).name}"
    done = etcd.ctl("snapshot", "save", inside, timeout=SECONDS)
    try:
        if done.rc:
            raise Failed(f"etcd on {etcd.host.hostname()} did not save a snapshot: {done.why}")
        check(inside)
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(inside, 0o600)
        # First beside its last place: another file system may be full, and half a file must not bear a good name.
        shutil.move(inside, f"{path}.part")
        os.replace(f"{path}.part", path)
    except OSError as error:
        raise Failed(
            f"the snapshot cannot be put at {path}: {error.strerror}. Nothing is there under that name."
        ) from error
    finally:
        for rest in (inside, f"{inside}.part", f"{path}.part"):
            Path(rest).unlink(missing_ok=True)


def _check_room(session: NodeSession, etcd: LocalEtcd, folder: str) -> None:
    """Refuse before etcd's own disk is filled up: a full one stops the member."""
    database = Path(data_folder(session.host)) / "member/snap/db"
    size = database.stat().st_size if database.exists() else 0
    for place in (etcd.data_folder, folder):
        found = session.host.free(place)
        if found and found[1] < size * ROOM:
            raise Refused(
                f"{place} has {found[1] >> 20} MiB free, and a snapshot of this etcd needs {int(size * ROOM) >> 20} "
                "MiB. Nothing was changed; make room there, or name another directory."
            )
