# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. etcd's own programs where no etcd runs: taken out of its image, which containerd has.

Nodes have neither etcdctl nor etcdutl, and the image has no shell; it brings both, in the version of the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ._errors import Failed, NotFound
from ._etcd_words import parsed
from ._host import Host
from ._local_etcd import MANIFEST

PROGRAMS = ("etcd", "etcdctl", "etcdutl")
INSIDE = ("usr/local/bin", "usr/bin", "bin")  # where images have them
ROOM = 200 << 20  # bytes for the three
SECONDS = 120.0
_IMAGE = re.compile(r"^ *image: *['\"]?([^\s'\"]+)", re.MULTILINE)


def image_of(host: Host, *manifests: str) -> str:
    """The image of etcd that the first manifest names that is there; else the newest one that this host has."""
    for manifest in manifests or (MANIFEST,):
        found = _IMAGE.search(host.read(manifest) or "")
        if found:
            return found[1]
    done = host.run("crictl", "images", "-o", "json")
    if done.rc:
        raise Failed(f"crictl on {host.hostname()} does not list images: {done.why}")
    names = [name for image in parsed(done.stdout, "crictl images").get("images") or [] for name in image["repoTags"]]
    tagged = [name for name in names if re.search(r"(^|/)etcd:", name)]
    if not tagged:
        raise NotFound(
            f"{host.hostname()} has no image of etcd, whose programs read a snapshot. Run this on a control plane, or "
            "pull the images first: kubeadm config images pull"
        )
    return str(max(tagged, key=_numbers))


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name.rpartition(":")[2])]


@contextmanager
def programs_in(host: Host, image: str, folder: str) -> Iterator[dict[str, str]]:
    """Paths of etcd, etcdctl and etcdutl below ``folder``, which is emptied first and is gone afterwards."""
    host.remove(folder)
    try:
        yield _taken_out(host, image, folder)
    except OSError as error:
        raise Failed(f"{folder} on {host.hostname()} cannot be written: {error.strerror}") from error
    finally:
        host.remove(folder)


def _taken_out(host: Host, image: str, folder: str) -> dict[str, str]:
    mounted = f"{folder}-image"  # beside it: a mount that a killed run left must not be emptied
    host.run("mkdir", "-p", "-m", "700", folder, mounted)
    unmount = ("ctr", "-n", "k8s.io", "images", "unmount", "--rm", mounted)
    host.run(*unmount, timeout=SECONDS)
    done = host.run("ctr", "-n", "k8s.io", "images", "mount", image, mounted, timeout=SECONDS)
    try:
        if done.rc:
            raise Failed(
                f"containerd on {host.hostname()} does not open the image {image}: {done.why}. Is it there? "
                f"crictl images"
            )
        return {name: _copied(host, mounted, name, folder) for name in PROGRAMS}
    finally:
        host.run(*unmount, timeout=SECONDS)
        host.run("rmdir", mounted)


def _copied(host: Host, mounted: str, name: str, folder: str) -> str:
    for inside in INSIDE:
        if host.exists(f"{mounted}/{inside}/{name}"):
            host.copy(f"{mounted}/{inside}/{name}", f"{folder}/bin/{name}")
            return f"{folder}/bin/{name}"
    raise NotFound(f"the image of etcd on {host.hostname()} has no {name}")
