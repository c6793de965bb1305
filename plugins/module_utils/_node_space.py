# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the module node_space does: see what fills a node's disk, and remove what nobody needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import Failed, InvalidInput
from ._etcd_words import parsed
from ._host import Host, NodeSession
from ._kubeadm_words import images_of, version_of
from ._local_kube import FOLDER
from ._outcome import Outcome
from ._space_words import MIB, bytes_of, old_copies, percent_used, unused_images

COPIES = f"{FOLDER}/tmp"  # noqa: S108 - kubeadm's own
JOURNAL = "/var/log/journal"
PLACES = ("/", "/var", "/var/lib", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet", "/var/log")
IMAGES = "/var/lib/containerd"
SECONDS = 300.0  # for what removes gigabytes from a slow disk
LOWER = 0.75  # of the journal's limit: what is written while it shrinks shall not make the next run do it again


def ensure_space(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Nothing that nobody needs is left. ``found`` tells bytes by kind, ``places`` how full each file system is."""
    limit = bytes_of(params["journal"])
    if limit is None:
        raise InvalidInput(f"journal is {params['journal']!r}, wanted a size such as 200M. Nothing was changed.")
    host = session.host
    before = _places(host)
    full = before.get(IMAGES, {}).get("used_percent", 0) >= params["images_above"]
    images = _images(host) if full else []
    copies = [f"{COPIES}/{name}" for name in old_copies(host.names(COPIES), params["keep_copies"])]
    found = {
        "images": {image["name"]: image["size"] for image in images},
        "copies": {path: host.size(path) for path in copies},
        "journal": {JOURNAL: host.size(JOURNAL)} if host.size(JOURNAL) > limit else {},
    }
    if not session.dry_run:
        _free(host, images, copies, int(limit * LOWER) if found["journal"] else 0)
    values = {
        "found": found,
        "places": _places(host),
        "freed_mib": sum(map(sum, map(dict.values, found.values()))) // MIB,
    }
    return Outcome({kind: sorted(what) for kind, what in found.items() if what}, {}, values)


def _places(host: Host) -> dict[str, dict[str, int]]:
    """How full the file systems are in which a node writes; the same one may stand there several times."""
    seen = {place: host.free(place) for place in PLACES}
    return {
        place: {"total_mib": usage[0] // MIB, "free_mib": usage[1] // MIB, "used_percent": percent_used(usage)}
        for place, usage in seen.items()
        if usage
    }


def _images(host: Host) -> list[dict[str, Any]]:
    """Without an answer of containerd nothing is unused."""
    images, containers = host.run("crictl", "images", "-o", "json"), host.run("crictl", "ps", "-a", "-o", "json")
    if images.rc or containers.rc:
        return []
    version = version_of(host.run("kubeadm", "version", "-o", "short").stdout)
    wanted = host.run("kubeadm", "config", "images", "list", "--kubernetes-version", version, "-o", "json")
    return unused_images(
        parsed(images.stdout, "crictl images").get("images") or [],
        parsed(containers.stdout, "crictl ps").get("containers") or [],
        images_of(wanted.stdout) if wanted.rc == 0 else [],
    )


def _free(host: Host, images: list[dict[str, Any]], copies: list[str], journal: int) -> None:
    """What is surely of no use goes first: a disk may be too full for what follows."""
    for path in copies:
        try:
            host.remove(path)
        except OSError as error:
            raise Failed(f"{path} on {host.hostname()} cannot be removed: {error.strerror}") from error
    if journal:
        done = host.run("journalctl", "--rotate", f"--vacuum-size={journal}", timeout=SECONDS)
        if done.rc:
            raise Failed(f"the journal on {host.hostname()} cannot be made smaller: {done.why}")
    for image in images:
        done = host.run("crictl", "rmi", image["id"], timeout=SECONDS)
        if done.rc and "not found" not in done.stderr:
            raise Failed(f"image {image['name']} on {host.hostname()} cannot be removed: {done.why}")
