# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Where an object has a field that moved between v1beta1 and v1beta2, or that differs between kinds. Pure.

Source: CAPI book, migrations v1.10 to v1.11. A control plane of any provider is known by its shape: contract v1beta1
has ``spec.machineTemplate.infrastructureRef``, contract v1beta2 ``spec.machineTemplate.spec.infrastructureRef``.
"""

from __future__ import annotations

from typing import Any

from ._objects import Object, dig
from ._parts import POOL_KINDS

Path = tuple[Any, ...]  # a step ("name", x) is the list item with that name


def is_old(owner: Object) -> bool:
    """Whether the object has the fields of v1beta1."""
    if owner["kind"] in (*POOL_KINDS, "Cluster"):
        return str(owner["apiVersion"]).endswith("/v1beta1")
    return dig(owner, "spec", "machineTemplate", "infrastructureRef") is not None


def version_at(owner: Object) -> Path:
    """The Kubernetes version of a control plane or node pool, or of the topology of a Cluster."""
    if owner["kind"] == "Cluster":
        return ("spec", "topology", "version")
    return ("spec", "template", "spec", "version") if owner["kind"] in POOL_KINDS else ("spec", "version")


def has_machine_template(owner: Object) -> bool:
    """Whether an owner has machines that it makes from a template; a managed control plane has not."""
    return owner["kind"] in POOL_KINDS or dig(owner, "spec", "machineTemplate") is not None


def machine_template_at(owner: Object) -> Path:
    """The reference to the infrastructure template of its machines."""
    if owner["kind"] in POOL_KINDS:
        return ("spec", "template", "spec", "infrastructureRef")
    inner = () if is_old(owner) else ("spec",)
    return ("spec", "machineTemplate", *inner, "infrastructureRef")


def rollout_after_at(owner: Object) -> Path:
    """The time before which machines must have been made, or they are replaced."""
    return ("spec", "rolloutAfter") if is_old(owner) else ("spec", "rollout", "after")


def drain_timeout_at(owner: Object) -> Path:
    """How long a node may take to drain."""
    base = ("spec", "template", "spec") if owner["kind"] in POOL_KINDS else ("spec", "machineTemplate")
    if is_old(owner):
        return (*base, "nodeDrainTimeout")
    inner = () if owner["kind"] in POOL_KINDS else ("spec",)
    return (*base, *inner, "deletion", "nodeDrainTimeoutSeconds")


def topology_drain_timeouts_at(cluster: Object) -> list[Path]:
    """The same, of the control plane and each node pool of a topology."""
    last = ("nodeDrainTimeout",) if is_old(cluster) else ("deletion", "nodeDrainTimeoutSeconds")
    base: Path = ("spec", "topology")
    pools: list[Path] = [
        (*base, "workers", key, ("name", pool["name"]))
        for key in ("machineDeployments", "machinePools")
        for pool in dig(cluster, *base, "workers", key, default=[])
    ]
    return [(*path, *last) for path in ((*base, "controlPlane"), *pools)]


def seconds_as(owner: Object, seconds: int) -> int | str:
    """Seconds as the object writes a duration."""
    return f"{seconds}s" if is_old(owner) else seconds


def value_at(item: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for step in path:
        if isinstance(step, tuple):
            items = item if isinstance(item, list) else []
            item = next((i for i in items if i.get(step[0]) == step[1]), None)
        else:
            item = item.get(step) if isinstance(item, dict) else None
    return item
