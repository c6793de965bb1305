# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The manifest of etcd's static pod, as kubeadm writes it: one flag a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import Failed

_CLUSTER = re.compile(r"^(?P<indent> *)- --initial-cluster=.*$", re.MULTILINE)
_STATE = re.compile(r"^ *- --initial-cluster-state=.*\n", re.MULTILINE)


def joining(manifest: str, initial_cluster: str) -> str:
    """The manifest of a member with an empty folder that shall join this cluster, and never begin one of its own."""
    text, count = _CLUSTER.subn(
        rf"\g<indent>- --initial-cluster={initial_cluster}\n\g<indent>- --initial-cluster-state=existing",
        _STATE.sub("", manifest),
    )
    if count != 1:
        raise Failed(
            f"the manifest of etcd names --initial-cluster {count} times, wanted: once, in a line of its own, as "
            "kubeadm writes it. It was not changed."
        )
    return text


def initial_cluster(members: Sequence[Mapping[str, Any]], name: str, peer_url: str) -> str:
    """``cp1=https://…:2380,…`` of all members, with the name of one that has not started yet and so has none."""
    found = [(member["name"] or name, url) for member in members for url in member["peer_urls"]]
    return ",".join(f"{owner}={url}" for owner, url in sorted({*found, (name, peer_url)}))
