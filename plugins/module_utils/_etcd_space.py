# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether the database of etcd is to be made smaller, of which members, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import Failed, Refused
from ._etcd_judge import NOTHING, words

Member = Mapping[str, Any]
FULL, DAMAGED = "NOSPACE", "CORRUPT"
MIB = 1 << 20
LEAST = 16 * MIB  # what is not worth a pause of a member


def is_full(etcd: Mapping[str, Any]) -> bool:
    return any(alarm["alarm"] == FULL for alarm in etcd["alarms"] or [])


def check(etcd: Mapping[str, Any]) -> None:
    """Raise Refused while a member cannot be spared: one that is defragmented answers nobody meanwhile."""
    if etcd["alarms"] is None:
        raise Refused(f"etcd does not tell its alarms: it has no quorum. {NOTHING} Bring members back first.")
    damaged = [alarm["member"] for alarm in etcd["alarms"] if alarm["alarm"] == DAMAGED]
    if damaged:
        raise Refused(
            f"etcd member {', '.join(damaged)} has the alarm {DAMAGED}: its data differs from that of the others. "
            f"{NOTHING} Repair that member first."
        )
    ill = [f"{words(member)}: {member['error']}" for member in etcd["members"] if not member["healthy"]]
    if ill:
        raise Refused(
            f"etcd member {'; '.join(ill)}. {NOTHING} Each member pauses for this, so bring that one back first."
        )


def due(etcd: Mapping[str, Any], percent: int) -> list[Member]:
    """Members whose database is to be made smaller, the leader last; all of them when etcd takes no more writes."""
    found = [member for member in etcd["members"] if is_full(etcd) or slack(member) >= percent]
    return sorted(found, key=lambda member: bool(member["leader"]))


def slack(member: Member) -> int:
    """Percent of a member's database that holds nothing; 0 for a small one."""
    size, used = member["db_size"] or 0, member["db_size_in_use"] or 0
    return 100 * (size - used) // size if size >= LEAST else 0


def check_room(etcd: Mapping[str, Any]) -> None:
    """Raise Failed when there is no less in the database than its quota allows: the alarm would come back at once."""
    over = [member for member in etcd["members"] if (member["db_size"] or 0) >= (member["quota"] or 1 << 62)]
    if over:
        said = "; ".join(f"{member['name']} {sizes(member)}" for member in over)
        raise Failed(
            f"etcd is compacted and defragmented, and still as large as its quota: {said}. Until then it takes no "
            "writes. Delete objects that nobody wants (apiserver_resource_objects of kubectl get --raw /metrics counts "
            "them), or raise quota-backend-bytes in ClusterConfiguration etcd.local.extraArgs and in each "
            "/etc/kubernetes/manifests/etcd.yaml; then run the same command again."
        )


def sizes(member: Member) -> str:
    """``20 MiB of 2048 MiB, 12 MiB in use``."""
    size, used, quota = (round((member[key] or 0) / MIB) for key in ("db_size", "db_size_in_use", "quota"))
    return f"{size} MiB of {quota} MiB, {used} MiB in use"
