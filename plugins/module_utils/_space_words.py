# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What on a node's disk nobody needs: images without a container, kubeadm's old copies. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MIB = 1 << 20
_COPY = re.compile(r"kubeadm-backup-(?P<kind>etcd|manifests)-\d{4}-[\d-]+")
_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>[KMG]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def unused_images(
    images: Iterable[Mapping[str, Any]], containers: Iterable[Mapping[str, Any]], wanted: Iterable[str]
) -> list[dict[str, Any]]:
    """Images of ``crictl images`` that no container has, that are not pinned, and that kubeadm will not ask for.

    ``wanted`` are references of kubeadm's version: on a site without internet they might not come back.
    """
    used = {mark for container in containers for mark in _marks_in(container)} | set(wanted)
    found = []
    for image in images:
        marks = {image["id"], *(image.get("repoTags") or []), *(image.get("repoDigests") or [])}
        if not image.get("pinned") and not marks & used:
            name = next(iter([*(image.get("repoTags") or []), *(image.get("repoDigests") or []), image["id"]]))
            found.append({"id": image["id"], "name": name, "size": int(image.get("size") or 0)})
    return sorted(found, key=lambda image: str(image["name"]))


def _marks_in(container: Mapping[str, Any]) -> set[str]:
    return {
        mark for mark in (container.get("imageRef"), container.get("imageId"), container["image"].get("image")) if mark
    }


def old_copies(names: Iterable[str], keep: int) -> list[str]:
    """Folders in /etc/kubernetes/tmp that kubeadm leaves at each upgrade, but for the newest ``keep`` of each kind."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(names, reverse=True):  # the time is a part of the name
        found = _COPY.fullmatch(name)
        if found:
            kinds.setdefault(found["kind"], []).append(name)
    return sorted(name for named in kinds.values() for name in named[keep:])


def bytes_of(text: str) -> int | None:
    """``200M`` in bytes; None for what is no size."""
    found = _SIZE.fullmatch(text)
    return int(found["number"]) * _UNITS[found["unit"]] if found else None


def percent_used(place: Sequence[int]) -> int:
    """Of (size, free) in bytes, rounded up as df does."""
    total, free = place
    return -(-100 * (total - free) // total) if total else 0
