# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a control plane remembers of a restore, so that a second run goes on with the first one's.

While the manifests are away no API can be asked where a run stands; this is the one thing that is kept in a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._errors import Failed
from ._host import Host
from ._kubeadm_words import flags_of
from ._local_etcd import DATA

FOLDER = "/etc/kubernetes"
MANIFESTS = f"{FOLDER}/manifests"
RESTORE = f"{FOLDER}/restore"
AWAY = f"{RESTORE}/manifests"  # where the kubelet does not look
OPEN, LAST = f"{RESTORE}/open.json", f"{RESTORE}/last.json"
LOCK = "/run/capi-lifecycle-etcd.lock"
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def open_restore(host: Host) -> dict[str, Any] | None:
    """The restore that was begun here and has not ended: token, snapshot, sha256, begun, placed; None without one."""
    return _read(host, OPEN)


def last_restore(host: Host) -> dict[str, Any] | None:
    """The restore that ended last."""
    return _read(host, LAST)


def _read(host: Host, path: str) -> dict[str, Any] | None:
    text = host.read(path)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Failed(
            f"{path} on {host.hostname()} is no JSON: {error}. Move it away to begin a restore anew."
        ) from error
    return dict(found)


def begin(host: Host, entry: Mapping[str, Any]) -> None:
    host.write(OPEN, json.dumps(entry, indent=2))


def close(host: Host, entry: Mapping[str, Any]) -> None:
    """The last one first: killed between the two, the restore is still open and closes again."""
    host.write(LAST, json.dumps(entry, indent=2))
    host.remove(OPEN)
    host.remove(AWAY)


def manifest_path(host: Host, component: str) -> str | None:
    """Where a component's manifest is: in its place, or put away."""
    places = (f"{MANIFESTS}/{component}.yaml", f"{AWAY}/{component}.yaml")
    return next((place for place in places if host.exists(place)), None)


def member_of(host: Host) -> dict[str, str]:
    """Name, peer URL and data folder of this host's member, by its manifest; empty texts without one."""
    path = manifest_path(host, "etcd")
    flags = flags_of(host.read(path)) if path else {}
    return {
        "name": flags.get("name", ""),
        "peer_url": flags.get("initial-advertise-peer-urls", ""),
        "data_folder": flags.get("data-dir", DATA),
    }
