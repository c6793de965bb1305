# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Snapshot files of etcd: their names, their age, and the hash that etcd itself puts at their end."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from pathlib import Path

from ._errors import Failed, NotFound

NAME = re.compile(r"etcd-(\d{8}T\d{6}Z)\.db")
PAGE = 512  # bytes; a database is a multiple of it, so that 32 bytes more are a hash (etcd, etcdutl/snapshot)
DIGEST = hashlib.sha256().digest_size
PIECE = 1 << 20


def name_at(moment: datetime) -> str:
    return f"etcd-{moment.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}.db"


def taken_at(path: str) -> datetime | None:
    """When a snapshot of ours was taken, by its name; None for other files."""
    found = NAME.fullmatch(Path(path).name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc) if found else None


def ours(folder: str) -> list[str]:
    """Paths of our snapshots in a folder, newest first."""
    place = Path(folder)
    return sorted((str(file) for file in place.glob("etcd-*.db") if taken_at(str(file))), reverse=True)


def check(path: str) -> dict[str, object]:
    """Size and sha256 of a whole snapshot. Raise NotFound without the file, Failed when it is cut off or altered."""
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no snapshot of etcd")
    size = file.stat().st_size
    if size <= DIGEST or size % PAGE != DIGEST:
        raise Failed(
            f"{path} is no whole snapshot of etcd: {size} bytes, without the hash at its end. It was cut off, or is "
            "the database file of a running etcd. Take another one."
        )
    inner, whole, left = hashlib.sha256(), hashlib.sha256(), size - DIGEST
    with file.open("rb") as stream:
        while left:
            piece = stream.read(min(PIECE, left))
            if not piece:
                raise Failed(f"{path} became shorter while it was read")
            inner.update(piece)
            whole.update(piece)
            left -= len(piece)
        digest = stream.read()
    whole.update(digest)
    if inner.digest() != digest:
        raise Failed(f"{path} is damaged: its content does not fit the hash at its end. Take another one.")
    return {"size": size, "sha256": whole.hexdigest()}
