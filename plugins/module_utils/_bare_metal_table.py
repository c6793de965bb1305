# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The table that a person reads before anything is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_plan import WORDS, Cluster
from ._bare_metal_wish import Finding, Host

HEADS = ("host", "role", "address", "system", "kubelet", "what will be done")


def lines_of(hosts: Sequence[Host], looks: Looks, plan: Mapping[str, Any], cluster: Cluster) -> list[str]:
    """One line of the cluster, one a host that was asked; findings follow, each with what to do."""
    rows = [HEADS, *(_row(host, looks[host["name"]], plan) for host in hosts if host["name"] in looks)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return [_head(hosts[0], plan, cluster), *table, *map(line_of, plan["findings"])]


def line_of(found: Finding) -> str:
    return f"{found['check']}: {found['host'] + ': ' if found['host'] else ''}{found['message']}"


def _head(host: Host, plan: Mapping[str, Any], cluster: Cluster) -> str:
    wish = f"cluster {host['cluster_name']} at {host['endpoint']}, Kubernetes {host['kubernetes_version']}"
    if not cluster:
        return f"{wish}: there is none yet"
    spare = cluster["etcd"]["quorum"]["spare"]
    return f"{wish}: served by {plan['through']}, {len(cluster['nodes'])} nodes, etcd can lose {max(spare, 0)} members"


def _row(host: Host, look: Mapping[str, Any], plan: Mapping[str, Any]) -> tuple[str, ...]:
    seen, node = look.get("host") or {}, look.get("node") or {}
    system = f"{seen['os']['name']}, {seen['cpus']} CPUs, {seen['memory_mib'] // 1024} GiB" if seen else "(not reached)"
    step = plan["steps"].get(host["name"], "")
    return (
        host["name"],
        host["role"].replace("_", " "),
        host["address"],
        system,
        node.get("kubelet") or "-",
        WORDS[step],
    )
