# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether one Machine may be replaced now: pause, motion, quorum, who makes a new one or remediates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._machine_place import HEALTH, SKIP_CHECKS, SKIP_REMEDIATION, Place
from ._objects import Object, annotations_of, condition, dig, is_deleting, is_paused, is_true, listed, name_of, ref_of
from ._preflight import MAX_SKEW, Finding
from ._progress import is_same_version, machine_trouble, reason_of, wanted_replicas
from ._rollout import is_on_delete, is_stale
from ._versions import is_version, parse_version

REMEDIATION_RUNS = "controlplane.cluster.x-k8s.io/remediation-in-progress"
_LATER = "wait until that is over, then run again"


def check_replacement(place: Place, *, remediated: bool) -> Iterator[Finding]:
    """Everything that speaks against it, before anything is written."""
    yield from check_paused(place)
    yield from _going(place)
    yield from _in_motion(place)
    if place.is_control_plane:
        yield from _quorum(place, strict=not remediated)
    else:
        yield from _cannot_create(place)


def check_paused(place: Place) -> Iterator[Finding]:
    """Paused objects are left alone by their controllers: the Machine would stay for ever."""
    for item in filter(None, (place.seen.cluster, place.owner, place.machine_set, place.machine)):
        if is_paused(item):
            yield Finding(
                str(ref_of(item)),
                "it is paused, nothing would happen; unpause it first (we never do that), then run again",
            )


def check_remediation(place: Place, checks: Sequence[Object]) -> Iterator[Finding]:
    """A MachineHealthCheck acts on the annotation, and hands over to the owner: without one nothing would happen."""
    where, name = str(ref_of(place.the_machine)), name_of(place.the_machine)
    if SKIP_REMEDIATION in annotations_of(place.the_machine):
        yield Finding(where, f"it has the annotation {SKIP_REMEDIATION}: take it off, or use state: replaced")
        return
    covering = [c for c in checks if name in dig(c, "status", "targets", default=[])]
    if not covering:
        known = f"the cluster has {listed([name_of(c) for c in checks])}" if checks else "the cluster has none"
        yield Finding(
            where, f"no MachineHealthCheck covers it ({known}), so nobody would remediate it; use state: replaced"
        )
    for check in covering:
        yield from _cannot_remediate(check)


def _cannot_remediate(check: Object) -> Iterator[Finding]:
    where, allowed = str(ref_of(check)), condition(check, "RemediationAllowed")
    if is_paused(check):
        yield Finding(where, "it is paused, nothing would happen; unpause it first, or use state: replaced")
    if dig(check, "spec", "remediation", "templateRef") or dig(check, "spec", "remediationTemplate"):
        yield Finding(
            where, "it hands machines to a remediation template of its own, not to their owner; use state: replaced"
        )
    if allowed.get("status") == "False":
        yield Finding(
            where, f"it allows no remediation now: {reason_of(allowed)}; see to these machines, or use state: replaced"
        )


def _going(place: Place) -> Iterator[Finding]:
    for item in (place.seen.cluster, place.owner):
        if is_deleting(item):
            yield Finding(str(ref_of(item)), "it is being deleted with its machines; there is nothing to replace")
    for other in filter(is_deleting, place.others):
        yield Finding(
            str(ref_of(place.owner)),
            f"its Machine {name_of(other)} is being deleted ({machine_trouble(other)}); one at a time: {_LATER}",
        )


def _in_motion(place: Place) -> Iterator[Finding]:
    """A rollout, a scaling or a remediation of the owner: two things at once would take more machines than meant."""
    owner, where = place.owner, str(ref_of(place.owner))
    if is_stale(owner):
        yield Finding(where, f"a change of it is not taken up yet; {_LATER}")
    wanted, there = wanted_replicas(owner), len(place.machines)
    if wanted != there and not any(map(is_deleting, place.others)):
        yield Finding(where, f"it has {there} machines and wants {wanted}; {_LATER}")
    if not is_on_delete(owner):
        yield from _rolling(place)
    if REMEDIATION_RUNS in annotations_of(owner):
        yield Finding(where, f"it remediates a machine (annotation {REMEDIATION_RUNS}); {_LATER}")
    for other in place.others:
        found = condition(other, "OwnerRemediated")
        if found.get("status") == "False":
            yield Finding(where, f"it remediates Machine {name_of(other)}: {reason_of(found)}; {_LATER}")


def _rolling(place: Place) -> Iterator[Finding]:
    """Machines of an OnDelete pool are replaced by deleting them: for that one a pending rollout is the reason."""
    where, rolling = str(ref_of(place.owner)), condition(place.owner, "RollingOut")
    old = [name_of(m) for m in place.machines if condition(m, "UpToDate").get("status") == "False"]
    other_version = [name_of(m) for m in place.machines if place.version not in (dig(m, "spec", "version"), None)]
    if rolling.get("status") == "True":
        yield Finding(where, f"it is rolling out: {reason_of(rolling)}; {_LATER}")
    elif old or other_version:
        yield Finding(where, f"it is about to roll out ({listed(old or other_version, 3)}); {_LATER}")


def _quorum(place: Place, *, strict: bool) -> Iterator[Finding]:
    """etcd keeps its quorum without the machine, by what the machines report; a successor can join only a healthy rest.

    Not ``strict``: a remediation goes on beside another bad machine, as long as the rest has quorum (canSafelyRemove
    in kubeadmcontrolplane/remediation.go of Cluster API).
    """
    where, total = str(ref_of(place.owner)), len(place.machines)
    bad = {name_of(m): why for m in place.others if (why := unhealthy(place, m))}
    if total < 2:
        yield Finding(
            where,
            "it has 1 machine: the API server and all that etcd holds would be lost; scale it to 3, then run again",
        )
        return
    if bad and strict:
        said = listed([f"{name}: {why}" for name, why in bad.items()], 3)
        yield Finding(
            where,
            f"another of its {total} machines is not healthy ({said}), so no new one could join; replace that first",
        )
    yield from _votes(place, total, len(place.others) - len(bad))
    etcd = condition(place.owner, "EtcdClusterHealthy")
    explained = bad or unhealthy(place, place.the_machine)  # by a machine that is said, or that goes
    if strict and not explained and etcd.get("status") in ("False", "Unknown"):
        yield Finding(where, f"EtcdClusterHealthy: {reason_of(etcd)}; put that right first")


def _votes(place: Place, total: int, healthy: int) -> Iterator[Finding]:
    """Members that can vote: now, with this machine, and afterwards, without it."""
    if place.has_external_etcd:
        return
    now = healthy + (0 if unhealthy(place, place.the_machine) else 1)
    if now < total // 2 + 1:
        yield Finding(
            str(ref_of(place.owner)),
            f"{now} of its {total} etcd members are healthy, {total // 2 + 1} are needed to remove one: restore etcd",
        )
    elif healthy < (total - 1) // 2 + 1:
        yield Finding(
            str(ref_of(place.owner)),
            f"without {name_of(place.the_machine)} {healthy} of {total - 1} etcd members would be healthy, "
            f"{(total - 1) // 2 + 1} are needed; replace the unhealthy one first",
        )


def unhealthy(place: Place, machine: Object) -> str:
    """What a control plane machine lacks to count as a healthy member; empty for a healthy one."""
    kubeadm = place.owner["kind"] == "KubeadmControlPlane"  # of others only what they report
    for kind in HEALTH:
        found = condition(machine, kind)
        expected = kind == "NodeHealthy" or (kubeadm and not (place.has_external_etcd and kind.startswith("Etcd")))
        if (expected or found) and not is_true(machine, kind):
            return f"{kind}: {reason_of(found)}"
    return ""


def _cannot_create(place: Place) -> Iterator[Finding]:
    """What a MachineSet checks before it makes a Machine (machineset_preflight.go): it would wait without end."""
    plane, skipped = place.seen.control_plane, {s.strip() for s in place.skipped_checks.split(",")}
    if plane is None or not dig(plane, "spec", "version") or "All" in skipped:
        return
    where, held = str(ref_of(plane)), str(dig(plane, "spec", "version"))
    if "ControlPlaneIsStable" not in skipped:
        asked = str(dig(place.seen.cluster, "spec", "topology", "version", default=held))
        running = str(dig(plane, "status", "version", default=held))  # managed ones say less, or more, than was asked
        moves = not is_same_version(held, asked)
        if moves or not is_same_version(running, held):
            yield Finding(
                where,
                f"it is at {running}, on its way to {asked if moves else held}: no worker is made; {_LATER}",
            )
    yield from _skew(place, held, skipped)


def _skew(place: Place, held: str, skipped: set[str]) -> Iterator[Finding]:
    version = place.version or ""
    if not is_version(version) or not is_version(held) or version == held:
        return
    pool, plane = parse_version(version), parse_version(held)
    kubeadm = place.bootstrap_kind == "KubeadmConfigTemplate" and "KubeadmVersionSkew" not in skipped
    classy = dig(place.seen.cluster, "spec", "topology") and "ControlPlaneVersionSkew" not in skipped
    far = pool.minor > plane.minor or plane.minor - pool.minor > MAX_SKEW
    wrong = (far and "KubernetesVersionSkew" not in skipped) or (kubeadm and pool.minor != plane.minor) or classy
    if wrong:
        yield Finding(
            str(ref_of(place.owner)),
            f"its version is {version}, the control plane's {held}: no new machine would be made (preflight checks of "
            f"its MachineSet); upgrade the pool first, or see the annotation {SKIP_CHECKS}",
        )
