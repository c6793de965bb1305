# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the module etcd_rejoin does on the host of a broken member, between what is done on one that survives.

The manifests that are taken out stand beside the kubelet's folder, where the next run finds them, should this one die.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ._errors import Failed, NotFound, WaitTimeout
from ._etcd_manifest import joining
from ._etcd_words import parsed
from ._host import Host, NodeSession
from ._kubeadm_words import flags_of
from ._local_etcd import DATA
from ._local_kube import FOLDER
from ._outcome import Outcome
from ._wait import duration

MANIFESTS = f"{FOLDER}/manifests"
APART = f"{FOLDER}/capi-lifecycle-repair"
ETCD, API = "etcd.yaml", "kube-apiserver.yaml"
INTERVAL = 1.0  # seconds between looks at containers that end
KEPT = "-broken-"  # in the name of a folder with data that was moved aside


def ensure_rejoined(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """``apart``: neither runs, the data is aside. ``learning``: etcd starts as a new one. ``serving``: the API, too."""
    before = _side(session.host)
    STEPS[params["state"]](session, params)
    after = _side(session.host) if not session.dry_run else {**before, "state": params["state"]}
    return Outcome(before, after, {"data_folder": _data(session.host), "kept": _kept(session.host)})


def _apart(session: NodeSession, params: Mapping[str, Any]) -> None:
    host, data = session.host, _data(session.host)
    _manifest(host, ETCD)
    if session.dry_run:
        return
    for name in (API, ETCD):
        if host.exists(f"{MANIFESTS}/{name}"):
            _move(host, f"{MANIFESTS}/{name}", f"{APART}/{name}")
    _wait_ended(session, params["timeout"])
    if host.exists(f"{data}/member"):
        _put_aside(session, data)


def _learning(session: NodeSession, params: Mapping[str, Any]) -> None:
    host, data = session.host, _data(session.host)
    text = joining(_manifest(host, ETCD), params["initial_cluster"])
    if session.dry_run or host.exists(f"{MANIFESTS}/{ETCD}"):
        return
    if host.exists(f"{data}/member"):
        raise Failed(
            f"{data}/member on {host.hostname()} holds data, and etcd is to begin without any: state apart first."
        )
    _written(host, f"{APART}/{ETCD}", text)
    _move(host, f"{APART}/{ETCD}", f"{MANIFESTS}/{ETCD}")


def _serving(session: NodeSession, params: Mapping[str, Any]) -> None:
    host = session.host
    if session.dry_run:
        return
    for name in (ETCD, API):
        if host.exists(f"{APART}/{name}") and not host.exists(f"{MANIFESTS}/{name}"):
            _move(host, f"{APART}/{name}", f"{MANIFESTS}/{name}")


STEPS = {"apart": _apart, "learning": _learning, "serving": _serving}


def _put_aside(session: NodeSession, data: str) -> None:
    """Beside the data folder; inside of it where that is a file system of its own."""
    stamp = f"{session.clock.today():%Y%m%dT%H%M%SZ}"
    name = PurePosixPath(data).name
    try:
        session.host.move(f"{data}/member", f"{data}{KEPT}{stamp}/member")
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise Failed(
                f"{data}/member cannot be moved aside: {error.strerror}. Nothing of it was removed."
            ) from error
        session.host.remove(f"{data}{KEPT}{stamp}")
        _move(session.host, f"{data}/member", f"{data}/{name}{KEPT}{stamp}/member")


def _kept(host: Host) -> list[str]:
    """Folders with data that was moved aside by this and earlier runs, newest first."""
    data = PurePosixPath(_data(host))
    found = [f"{folder}/{name}" for folder in (data.parent, data) for name in host.names(str(folder))]
    return sorted((path for path in found if f"/{data.name}{KEPT}" in path), reverse=True)


def _wait_ended(session: NodeSession, timeout: int) -> None:
    began = session.clock.now()
    while True:
        done = session.host.run("crictl", "ps", "--state", "running", "--name", "^(etcd|kube-apiserver)$", "-o", "json")
        if done.rc:
            raise Failed(f"crictl on {session.host.hostname()} does not list containers: {done.why}")
        running = parsed(done.stdout, "crictl ps").get("containers") or []
        if not running:
            return
        waited = session.clock.now() - began
        if waited >= timeout:
            names = ", ".join(sorted(container["metadata"]["name"] for container in running))
            raise WaitTimeout(
                f"{session.host.hostname()}: {names} still runs {duration(waited)} after its manifest went to {APART}. "
                "Look whether the kubelet runs (systemctl status kubelet), then run the same command again."
            )
        session.clock.sleep(INTERVAL)


def _manifest(host: Host, name: str) -> str:
    for folder in (MANIFESTS, APART):
        text = host.read(f"{folder}/{name}")
        if text is not None:
            return text
    raise NotFound(
        f"{MANIFESTS}/{name} is not there: {host.hostname()} has no member of etcd by kubeadm. Nothing was changed."
    )


def _data(host: Host) -> str:
    return flags_of(host.read(f"{MANIFESTS}/{ETCD}") or host.read(f"{APART}/{ETCD}")).get("data-dir", DATA)


def _side(host: Host) -> dict[str, Any]:
    running = [name for name in (ETCD, API) if host.exists(f"{MANIFESTS}/{name}")]
    return {"manifests": running, "data": host.exists(f"{_data(host)}/member") and ETCD not in running}


def _move(host: Host, path: str, target: str) -> None:
    try:
        host.move(path, target)
    except OSError as error:
        raise Failed(f"{path} on {host.hostname()} cannot be moved to {target}: {error.strerror}.") from error


def _written(host: Host, path: str, text: str) -> None:
    try:
        host.write(path, text)
    except OSError as error:
        raise Failed(f"{path} on {host.hostname()} cannot be written: {error.strerror}.") from error
