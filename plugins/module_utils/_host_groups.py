# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The groups that hosts are in without any template: by what a machine or a cluster is. Pure.

Groups of clusters begin with ``clusters_``, so that ``hosts: ready`` of an inventory with both never means a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ._host_names import group_name
from ._hosts import Row, is_outdated

MACHINE_GROUPS = ("cluster", "role", "pool", "version", "provider", "ready")
CLUSTER_GROUPS = ("version", "provider", "class", "health", "paused", "outdated")
_PLANE, _KUBESPRAY = "control_plane", {"control_plane": "kube_control_plane", "worker": "kube_node"}


def machine_groups(row: Row, by: Sequence[str], of_cluster: str, *, kubespray: bool) -> list[str]:
    """Names of groups for a machine; ``of_cluster`` is that of its cluster's machines."""
    found = {
        "cluster": of_cluster,
        "role": _PLANE if row["role"] == _PLANE else "workers",
        "pool": _prefixed("pool", row["topology_pool"] or row["pool"]),
        "version": _prefixed("version", row["version"]),
        "provider": _prefixed("provider", row["provider"]),
        "ready": "ready" if row["ready"] else "not_ready",
    }
    chosen = [found[kind] for kind in by if found[kind]]
    return [*chosen, _KUBESPRAY[row["role"]]] if kubespray else chosen


def cluster_state_groups(row: Row, by: Sequence[str], target: str) -> list[str]:
    """Names of groups for a cluster; without a target version none is outdated."""
    return [name for kind in by for name in _CLUSTER[kind](row, target)]


def label_groups(labels: Mapping[str, str], keys: Iterable[str]) -> list[str]:
    """``env=prod`` -> ``env_prod`` for labels that are named; of ``example.com/env`` the part ``env`` counts."""
    return [group_name(key.rpartition("/")[2], labels[key]) for key in keys if labels.get(key)]


def _prefixed(prefix: str, word: object) -> str:
    return group_name(prefix, word) if word else ""


def _of(kind: str) -> Callable[[Row, str], list[str]]:
    """A group by a value of the row, none where there is no value."""
    key = "kubernetes_version" if kind == "version" else kind
    return lambda row, target: [group_name("clusters", kind, row[key])] if row[key] else []


def _health(row: Row, target: str) -> list[str]:
    states = ["clusters_ready" if row["ready"] else "clusters_not_ready"]
    states += [] if row["available"] else ["clusters_not_available"]
    return states + [f"clusters_{state}" for state in ("rolling", "deleting") if row[state]]


def _outdated(row: Row, target: str) -> list[str]:
    return ["clusters_outdated"] if target and is_outdated(row, target) else []


_CLUSTER: Mapping[str, Callable[[Row, str], list[str]]] = {
    "version": _of("version"),
    "provider": _of("provider"),
    "class": _of("class"),
    "health": _health,
    "paused": lambda row, target: ["clusters_paused"] if row["paused"] else [],
    "outdated": _outdated,
}
