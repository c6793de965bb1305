# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What machine_info tells of a Machine: plain values from the object of either API version. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ._describe import certificates_days, machine_facts, moment
from ._machine_place import REMEDIATE, SKIP_REMEDIATION, controller_of, drain_words, hooks_of
from ._objects import Object, annotations_of, condition, dig, is_paused, labels_of, namespace_of
from ._progress import machine_trouble, reason_of


def describe_machine(machine: Object, now: datetime) -> dict[str, Any]:
    """One entry of ``machines``; age and days are counted from ``now``."""
    meta, owner = machine["metadata"], controller_of(machine)
    up_to_date = condition(machine, "UpToDate")
    return {
        **machine_facts(machine),
        "namespace": namespace_of(machine),
        "cluster": dig(machine, "spec", "clusterName"),
        "uid": meta.get("uid"),
        "api_version": machine["apiVersion"],
        "labels": dict(labels_of(machine)),
        "owner": {"kind": owner["kind"], "name": owner["name"]} if owner else None,
        "infrastructure": _reference(dig(machine, "spec", "infrastructureRef")),
        "age": int((now - moment(meta["creationTimestamp"])).total_seconds()),
        "not_ready_reason": machine_trouble(machine) or None,
        "not_up_to_date_reason": reason_of(up_to_date) if up_to_date.get("status") == "False" else None,
        "certificates_days": certificates_days([machine], now),
        "paused": is_paused(machine),
        "deleting_since": meta.get("deletionTimestamp"),
        "drain": _drain(machine),
        "hooks": hooks_of(machine),
        "remediation": _remediation(machine),
    }


def _reference(ref: Any) -> dict[str, str] | None:
    return {"kind": str(ref.get("kind", "")), "name": str(ref.get("name", ""))} if isinstance(ref, Mapping) else None


def _drain(machine: Object) -> dict[str, Any]:
    """What a deletion does to the Pods of the Node, and what of them it waits for now."""
    found = condition(machine, "Deleting")
    lines = str(found.get("message") or "").splitlines() if found.get("reason") == "DrainingNode" else []
    return {
        "policy": drain_words(machine),
        "since": dig(machine, "status", "deletion", "nodeDrainStartTime"),
        "messages": [line.strip().removeprefix("* ") for line in lines if line.strip()],
    }


def _remediation(machine: Object) -> dict[str, Any]:
    """The machine's health by its MachineHealthChecks, and what its owner does about it."""
    health, owner = condition(machine, "HealthCheckSucceeded"), condition(machine, "OwnerRemediated")
    return {
        "healthy": health.get("status") == "True" if health else None,
        "unhealthy_reason": reason_of(health) if health.get("status") == "False" else None,
        "owner_reason": reason_of(owner) if owner.get("status") == "False" else None,
        "asked_for": REMEDIATE in annotations_of(machine),
        "skipped": SKIP_REMEDIATION in annotations_of(machine),
    }
