# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What stands against a change of size now, and what Cluster API will hold back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._objects import (
    Object,
    annotations_of,
    close_matches,
    condition,
    dig,
    is_deleting,
    is_paused,
    listed,
    name_of,
    ref_of,
)
from ._ownership import gitops_owner
from ._parts import Parts
from ._preflight import Finding
from ._progress import reason_of
from ._scale_pools import Pool, machine_sets
from ._scale_wish import PLANE, PoolWish
from ._versions import is_version, parse_version

DELETE_ANNOTATION = "cluster.x-k8s.io/delete-machine"  # an annotation; the book calls it a label
_SKIP_CHECKS = "machineset.cluster.x-k8s.io/skip-preflight-checks"


def check_owner(owner: Object, *, force: bool) -> Iterator[Finding]:
    """Objects that nobody should write to now."""
    where = str(ref_of(owner))
    if is_deleting(owner):
        yield Finding(where, "it is being deleted; wait until it is gone")
    if is_paused(owner):
        yield Finding(where, "it is paused, nothing would happen; unpause it first (we never do that)")
    tool = None if force else gitops_owner([owner])
    if tool:
        yield Finding(
            where,
            f"{tool['tool']} writes it ({tool['sign']}) and would undo this: change it there, or set force_conflicts",
        )


def check_plane_number(plane: Object, wanted: int) -> Iterator[Finding]:
    """etcd on the control plane's machines needs an odd number of them."""
    where = str(ref_of(plane))
    external = dig(plane, "spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external")
    if wanted < 1:
        yield Finding(where, f"replicas is {wanted}; a control plane has at least 1 machine")
    elif wanted % 2 == 0 and not external and plane["kind"] == "KubeadmControlPlane":
        yield Finding(where, f"replicas is {wanted}; etcd needs an odd number: use {wanted - 1} or {wanted + 1}")


def check_plane_state(seen: Parts, plane: Object) -> Iterator[Finding]:
    """A control plane changes its size only while it is healthy and nothing else goes on in it."""
    where = str(ref_of(plane))
    if is_paused(plane):
        yield Finding(where, "it is paused, nothing would happen; unpause it first (we never do that)")
    upgrade = plane_upgrade(seen)
    if upgrade:
        yield Finding(where, f"{upgrade}; wait until that is over, then run again")
    for kind, words in (("RollingOut", "its machines are being replaced"), ("Remediating", "it is being repaired")):
        found = condition(plane, kind)
        if found.get("status") == "True" and not (upgrade and kind == "RollingOut"):
            yield Finding(where, f"{words}: {reason_of(found)}; wait until that is over, then run again")
    etcd = condition(plane, "EtcdClusterHealthy")
    if etcd and etcd.get("status") != "True":
        yield Finding(where, f"EtcdClusterHealthy is {etcd.get('status')}: {reason_of(etcd)}; repair etcd first")


def plane_upgrade(seen: Parts) -> str:
    """What is said of a control plane on its way to another version; empty when it is not."""
    plane = seen.control_plane
    wanted = dig(plane, "spec", "version")
    asked = dig(seen.cluster, "spec", "topology", "version")
    if not plane or not wanted:
        return ""
    if asked and asked != wanted:
        return f"its upgrade from {wanted} to {asked} is about to begin"
    held = {str(dig(m, "spec", "version")) for m in seen.machines_of(None) if dig(m, "spec", "version")}
    told = dig(plane, "status", "version")
    behind = sorted({*held, *([str(told)] if told else [])} - {str(wanted)})
    return f"it is being upgraded from {listed(behind)} to {wanted}" if behind and seen.machines_of(None) else ""


def held_back(seen: Parts, pool: Pool, *, growing: bool) -> str:
    """Why Cluster API lets a change of this pool wait; empty when it does not."""
    version, asked = _version(pool.live), dig(seen.cluster, "spec", "topology", "version")
    if pool.in_topology and version and asked and version != asked:
        return f"it waits for its own upgrade from {version} to {asked}; its new number is taken up after that"
    skipped = annotations_of(pool.live).get(_SKIP_CHECKS, "") if pool.live else ""
    if not growing or pool.kind != "MachineDeployment" or skipped:
        return ""
    upgrade = plane_upgrade(seen)
    if upgrade:
        return f"new machines wait for the control plane: {upgrade}"
    plane = str(dig(seen.control_plane, "spec", "version", default=""))
    if _minor(version) and _minor(version) != _minor(plane):
        return (
            f"its machines would have {version}, the control plane has {plane}, and kubeadm joins no machines of "
            "another minor version: upgrade the pool first, or its new machines wait without end"
        )
    return ""


def check_chosen(pool: Pool, wish: PoolWish, machines: Sequence[Object]) -> Iterator[str]:
    """Whether exactly the machines of ``delete_machines`` will go when the number is lowered."""
    if pool.kind != "MachineDeployment":
        yield f"delete_machines: a {pool.kind} chooses by itself which machines go"
        return
    here, names = {name_of(m): m for m in machines}, wish.delete_machines
    if already_gone(pool, wish, machines):
        return
    for name in names:
        if name not in here:
            yield f"delete_machines: it has no Machine {name}{close_matches(name, here)}"
    count = (pool.replicas or 0) - (wish.replicas or 0)
    if count != len(names):
        yield (
            f"delete_machines names {len(names)} machines, but from {pool.replicas} to {wish.replicas} "
            f"{max(count, 0)} go: both must be the same number"
        )
    yield from _competition(pool, names, machines)


def already_gone(pool: Pool, wish: PoolWish, machines: Sequence[Object]) -> bool:
    """Whether the number is there, and the chosen machines are gone, going, or marked: nothing is left to be done."""
    chosen = [m for m in machines if name_of(m) in wish.delete_machines]
    going = [m for m in chosen if is_deleting(m) or DELETE_ANNOTATION in annotations_of(m)]
    return pool.replicas == wish.replicas and len(going) == len(chosen)


def _competition(pool: Pool, names: Sequence[str], machines: Sequence[Object]) -> Iterator[str]:
    """What would make others go in place of the chosen ones."""
    sets = machine_sets(machines)
    rolling = condition(pool.live or {}, "RollingOut")
    if len(sets) > 1 or rolling.get("status") == "True":
        yield (
            f"delete_machines: its machines are being replaced ({listed(sets)}), and which of them go cannot be chosen "
            "now; wait until that is over, then run again"
        )
    others = [m for m in machines if name_of(m) not in names]
    going = [name_of(m) for m in others if is_deleting(m)]
    if going:
        words = "is being deleted already; wait until it is gone, then run again"
        yield f"delete_machines: Machine {listed(going)} {words}"
    marked = [name_of(m) for m in others if DELETE_ANNOTATION in annotations_of(m) and not is_deleting(m)]
    if marked:
        yield (
            f"delete_machines: Machine {listed(marked)} has the annotation {DELETE_ANNOTATION}, too, and would go in "
            "place of another; name it as well, or take the annotation off"
        )


def check_confirm(where: str, becomes: str, confirm: str, cluster: str) -> Iterator[Finding]:
    """What takes every machine of a pool away needs the cluster's name."""
    if confirm != cluster:
        yield Finding(where, f"{becomes}; confirm is {confirm!r}. To do that, set confirm: {cluster}")


def plane_finding(seen: Parts) -> Finding | None:
    """Why the control plane has no number that could be changed; None when it has one."""
    plane = seen.control_plane
    if plane is None:
        return Finding(PLANE, "the cluster has none that is known yet; wait until it is there, then run again")
    if dig(plane, "spec", "replicas") is None:
        return Finding(str(ref_of(plane)), "it is a managed control plane, which has no number of machines to set")
    return None


def _version(pool: Object | None) -> str:
    return str(dig(pool, "spec", "template", "spec", "version", default=""))


def _minor(text: str) -> tuple[int, int] | None:
    if not is_version(text):
        return None
    found = parse_version(text)
    return (found.major, found.minor)
