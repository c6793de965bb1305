# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A Machine, and the owner that makes a new one in its place; also of a Machine that is no more. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._objects import (
    DEPLOYMENT_LABEL,
    Object,
    annotations_of,
    close_matches,
    dig,
    labels_of,
    listed,
    name_of,
)
from ._parts import Parts

REMEDIATE = "cluster.x-k8s.io/remediate-machine"
SKIP_REMEDIATION = "cluster.x-k8s.io/skip-remediation"
NO_DRAIN = "machine.cluster.x-k8s.io/exclude-node-draining"
HOOKS = ("pre-drain.delete.hook.machine.cluster.x-k8s.io", "pre-terminate.delete.hook.machine.cluster.x-k8s.io")
# What the machines of a KubeadmControlPlane report; of other control planes, only those that they have.
HEALTH = (
    "EtcdMemberHealthy",
    "EtcdPodHealthy",
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "NodeHealthy",
)
SKIP_CHECKS = "machineset.cluster.x-k8s.io/skip-preflight-checks"
_RANDOM = "[a-z0-9]{5}"  # the end of a generated name


@dataclass(frozen=True)
class Place:
    """Where a Machine stands: its cluster, the control plane or MachineDeployment that owns it, the set between."""

    seen: Parts
    owner: Object
    machine: Object | None = None  # None: it is no more
    machine_set: Object | None = None

    @property
    def the_machine(self) -> Object:
        if self.machine is None:  # callers have looked; a defect of ours otherwise
            raise LookupError("the Machine is no more")
        return self.machine

    @property
    def is_control_plane(self) -> bool:
        return self.owner is self.seen.control_plane

    @property
    def machines(self) -> list[Object]:
        return self.seen.machines_of(None if self.is_control_plane else self.owner)

    @property
    def others(self) -> list[Object]:
        return [m for m in self.machines if not self.machine or uid_of(m) != uid_of(self.machine)]

    @property
    def version(self) -> str | None:
        path = ("spec", "version") if self.is_control_plane else ("spec", "template", "spec", "version")
        found: str | None = dig(self.owner, *path)
        return found

    @property
    def has_external_etcd(self) -> bool:
        return bool(dig(self.owner, "spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external"))

    @property
    def bootstrap_kind(self) -> str:
        return str(dig(self.owner, "spec", "template", "spec", "bootstrap", "configRef", "kind", default=""))

    @property
    def skipped_checks(self) -> str:
        of_set = annotations_of(self.machine_set).get(SKIP_CHECKS) if self.machine_set else ""
        return of_set or annotations_of(self.owner).get(SKIP_CHECKS, "")


def uid_of(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["uid"])


def controller_of(item: Object) -> Mapping[str, Any]:
    """The owner reference that controls an object; empty where nobody does."""
    refs = dig(item, "metadata", "ownerReferences", default=[])
    return next((ref for ref in refs if ref.get("controller")), {})


def owner_of(seen: Parts, machine: Object) -> Object | None:
    """The control plane or MachineDeployment that makes a new Machine in place of this one."""
    ref, plane = controller_of(machine), seen.control_plane
    if plane and (ref.get("kind"), ref.get("name")) == (plane["kind"], name_of(plane)):
        return plane
    if ref.get("kind") != "MachineSet":
        return None
    pools = (p for p in seen.pools if p["kind"] == "MachineDeployment")
    return next((p for p in pools if name_of(p) == labels_of(machine).get(DEPLOYMENT_LABEL)), None)


def owner_named(seen: Parts, name: str) -> Object | None:
    """The owner whose Machines have such names, by its own name or by those of its Machines."""
    plane = seen.control_plane
    if plane and re.fullmatch(rf"{re.escape(name_of(plane))}-{_RANDOM}", name):
        return plane
    for pool in (p for p in seen.pools if p["kind"] == "MachineDeployment"):
        if re.fullmatch(rf"{re.escape(name_of(pool))}-[a-z0-9]+-{_RANDOM}", name):
            return pool
    kin = [m for m in seen.machines if _stem(name_of(m)) == _stem(name) and len(name_of(m)) == len(name)]
    return owner_of(seen, kin[0]) if kin else None


def doubts(name: str, uid: str, cluster: str, machines: Iterable[Object], *, has_owner: bool) -> str:
    """Why a name that no Machine of the cluster has may be a mistake; empty where it can only be one that is gone.

    ``machines`` are those of the namespace, ``has_owner`` says whether somebody in the cluster gives such names. A UID
    is never given again: where no Machine has it, that one is gone, whatever its name was.
    """
    there = {name_of(m): m for m in machines}
    if name in there:
        return f"it is in the cluster {dig(there[name], 'spec', 'clusterName')}, this task names the cluster {cluster}."
    if uid:
        return next((f"the UID {uid} is that of {n}." for n, m in there.items() if uid_of(m) == uid), "")
    near = sorted(other for other in there if _is_one_slip(name, other))
    if near:
        return f"did you mean {listed(near)}? If not, name its uid, too."
    if not has_owner:
        return f"nothing in the cluster {cluster} gives such names{close_matches(name, there) or '.'}"
    return ""


def _is_one_slip(a: str, b: str) -> bool:
    """One character more, less, or another, or two exchanged: generated names differ in more."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return (len(a) <= 1 and len(b) <= 1) or (len(a) == 2 and a == b[::-1])


def hooks_of(machine: Object) -> list[str]:
    """The annotations that hold a deletion until somebody takes them off."""
    return sorted(a for a in annotations_of(machine) if a.startswith(HOOKS))


def drain_words(machine: Object) -> str:
    """What a deletion does to the Pods of the machine's Node."""
    if NO_DRAIN in annotations_of(machine):
        return f"its Node is not drained (annotation {NO_DRAIN})"
    if not dig(machine, "status", "nodeRef", "name"):
        return "it has no Node: nothing is drained"
    limit = dig(machine, "spec", "deletion", "nodeDrainTimeoutSeconds")
    words = f"{limit} s" if limit else str(dig(machine, "spec", "nodeDrainTimeout", default=""))
    if words in ("", "0s"):
        return "its Node is drained without a time limit: a Pod that may not be evicted holds it for ever"
    return f"its Node is drained for {words} at most, then it goes with the Pods that are left"


def _stem(name: str) -> str:
    return name.rpartition("-")[0]
