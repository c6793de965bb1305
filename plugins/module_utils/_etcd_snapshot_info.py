# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a snapshot holds, found by trying it, and what differs in the cluster of today."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._errors import CapiError, Failed, NotFound, Refused
from ._etcd_programs import ROOM, image_of, programs_in
from ._etcd_trial import read, trial_of
from ._etcd_words import parsed, snapshot_status_of
from ._host import NodeSession
from ._local_etcd import MANIFEST, data_folder, local_etcd
from ._outcome import Outcome
from ._restore_journal import AWAY, LOCK
from ._snapshot_file import check, ours, taken_at
from ._snapshot_words import PREFIX, difference, keys_of

FOLDER = "etcd-trial"  # beside etcd's data, where there is room for a database
SECONDS = 600.0
TIMES = 2.5  # the database's size: its copy, and what etcd adds
SHOWN = 200  # names of objects; there may be a hundred thousand


def read_snapshot(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Facts of the snapshot at ``path``, or of the newest in ``directory``; raise Failed when it cannot be restored."""
    path = params["path"] or next(iter(ours(params["directory"])), "")
    if not path:
        raise NotFound(f"{params['directory']} on {session.host.hostname()} has no snapshot of etcd; take a backup")
    facts = {"path": path, **check(path), **_age(session, path)}
    work = str(Path(data_folder(session.host)).parent / FOLDER)
    _check_room(session, Path(path).stat().st_size, work)
    image = params["image"] or image_of(session.host, MANIFEST, f"{AWAY}/etcd.yaml")
    with session.host.alone(LOCK), programs_in(session.host, image, work) as programs:
        done = session.host.run(programs["etcdutl"], "snapshot", "status", path, "-w", "json", timeout=SECONDS)
        if done.rc:
            raise Failed(f"{path} is damaged: etcdutl snapshot status says {done.why}. Take another one.")
        status = snapshot_status_of(done.stdout)
        facts.update({key: status[key] for key in ("revision", "total_keys", "storage_version")})
        with trial_of(session, programs, path, work) as trial:
            found = read(trial, params["known"])
    keys = found.pop("keys")
    return Outcome(values={"snapshot": facts, **found, "objects": len(keys), "live": _live(session, keys)})


def _age(session: NodeSession, path: str) -> dict[str, Any]:
    taken = taken_at(path)
    if not taken:
        return {"taken": None, "age": None}
    return {"taken": f"{taken:%Y-%m-%dT%H:%M:%SZ}", "age": int((session.clock.today() - taken).total_seconds())}


def _check_room(session: NodeSession, size: int, work: str) -> None:
    found, wanted = session.host.free(work), int(size * TIMES) + ROOM
    if found and found[1] < wanted:
        raise Refused(
            f"{Path(work).parent} on {session.host.hostname()} has {found[1] >> 20} MiB free, and trying this snapshot "
            f"takes {wanted >> 20} MiB. Nothing was changed; make room there, or try it on another control plane."
        )


def _live(session: NodeSession, saved: list[str]) -> dict[str, Any] | None:
    """What the etcd of this node holds now, against the snapshot; None where it does not answer."""
    try:
        etcd = local_etcd(session.host)
        status = etcd.ctl("endpoint", "status", "-w", "json")
        keys = etcd.ctl("get", PREFIX, "--prefix", "--keys-only", timeout=SECONDS)
        if status.rc or keys.rc:
            return None
        revision = parsed(status.stdout, "etcdctl endpoint status")[0]["Status"]["header"].get("revision", 0)
    except (CapiError, IndexError, KeyError):
        return None
    found = difference(keys_of(keys.stdout), saved)
    counts = {f"{side}_count": len(names) for side, names in found.items()}
    return {"revision": revision, **counts, **{side: names[:SHOWN] for side, names in found.items()}}
