# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of OpenStack for quotas: in use, needed, allowed. Pure.

A server that Nova refuses for its quota is never tried again by the provider: to know it before matters most here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._checks import OK, WARN, Noted
from .openstack_checks import OpenStackGround
from .openstack_needs import OpenStackWish, flavor_of, volume_gib

_UNLIMITED = -1
# What the provider makes for each cluster that has no network yet, in the words of Neutron.
_OF_A_CLUSTER = {"networks": 1, "subnets": 1, "routers": 1, "security_groups": 2, "floating_ips": 1}
_OF_A_NETWORK = ("networks", "subnets", "routers")  # not where a network is given
_RULES = 30  # about; more with rules of one's own


def _judged(what: str, limit: float, used: float, adds: Mapping[str, float], severity: str = "") -> Iterator[Noted]:
    more = sum(adds.values())
    if not more:
        return
    about, figures = tuple(n for n, a in adds.items() if a), {"resource": what, "used": used, "needed": more}
    told = f"{used:g} {what} in use, {more:g} more needed, the quota is {limit:g}"
    if limit == _UNLIMITED:
        yield Noted(f"{used:g} {what} in use, {more:g} more needed, without a quota", OK, about, figures)
    elif used + more <= limit:
        yield Noted(told, OK, about, {**figures, "quota": limit})
    else:
        remedy = f"raise the quota of {what} to {used + more:g} or more, or free what nobody uses."
        yield Noted(f"{told}.", severity, about, {**figures, "quota": limit}, remedy)


def check_compute(ground: OpenStackGround) -> Iterator[Noted]:
    """Instances, cores and memory, those of a rollout included."""
    limits = ground.read("limits")
    for what, key, used, of_flavor in (
        ("instances", "instances", "instances_used", ""),
        ("cores", "total_cores", "total_cores_used", "vcpus"),
        ("MiB of memory", "total_ram", "total_ram_used", "ram"),
    ):
        adds = {w.name: max(0.0, _wanted(ground, w, of_flavor) - _own(ground, w, of_flavor)) for w in ground.wishes}
        yield from _judged(what, float(limits[key]), float(limits[used]), adds)


def _wanted(ground: OpenStackGround, wish: OpenStackWish, key: str) -> float:
    return sum(g.most * _size(ground.flavor(flavor_of(g)), key) for g in wish.groups)


def _own(ground: OpenStackGround, wish: OpenStackWish, key: str) -> float:
    """What its servers have: their flavor is told whole, or by its id."""
    return sum(_size(_flavor_of_server(ground, s), key) for s in ground.read("servers") if wish.owns(s))


def _flavor_of_server(ground: OpenStackGround, server: Mapping[str, Any]) -> Mapping[str, Any] | None:
    told = server.get("flavor") or {}
    return told if told.get("vcpus") else ground.flavor(str(told.get("id")))


def _size(flavor: Mapping[str, Any] | None, key: str) -> float:
    """Of a flavor that is not there nothing is needed: that is another line."""
    return 0.0 if flavor is None else float(flavor[key]) if key else 1.0


def check_network_quota(ground: OpenStackGround) -> Iterator[Noted]:
    told = ground.read("network_quota")
    there = {str(n["name"]) for n in ground.read("networks")}
    new = [w for w in ground.wishes if w.network not in there]
    for what, number in _OF_A_CLUSTER.items():
        made = [w for w in new if not (w.given_network and what in _OF_A_NETWORK)]
        yield from _one(told, what, {w.name: float(number) for w in made})
    ports = {w.name: max(0.0, _wanted(ground, w, "") - _own(ground, w, "")) + (w in new) for w in ground.wishes}
    yield from _one(told, "ports", ports)
    yield from _one(told, "security_group_rules", {w.name: float(_RULES) for w in new}, WARN)


def _one(told: Mapping[str, Any], what: str, adds: Mapping[str, float], severity: str = "") -> Iterator[Noted]:
    """A quota of Neutron with details: limit, used and reserved."""
    found = told.get(what)
    if isinstance(found, Mapping):
        used = float(found.get("used") or 0) + float(found.get("reserved") or 0)
        yield from _judged(what.replace("_", " "), float(found["limit"]), used, adds, severity)


def check_octavia(ground: OpenStackGround) -> Iterator[Noted]:
    wishes = [w for w in ground.wishes if w.octavia]
    if not wishes:
        return
    there = [str(b["name"]) for b in ground.read("balancers")]
    limit = ground.read("balancer_quota").get("load_balancers")
    adds = {w.name: float(not any(name.startswith(w.network) for name in there)) for w in wishes}
    yield from _judged("load balancers", float(_UNLIMITED if limit is None else limit), len(there), adds)


def check_volumes(ground: OpenStackGround) -> Iterator[Noted]:
    wishes = [w for w in ground.wishes if any(volume_gib(g) for g in w.groups)]
    if not wishes:
        return
    told = ground.read("volume_limits")
    for what, key, used, sized in (
        ("volumes", "max_total_volumes", "total_volumes_used", False),
        ("GiB of volumes", "max_total_volume_gigabytes", "total_gigabytes_used", True),
    ):
        adds = {w.name: _volumes_of(ground, w, sized=sized) for w in wishes}
        yield from _judged(what, float(told[key]), float(told[used]), adds)


def _volumes_of(ground: OpenStackGround, wish: OpenStackWish, *, sized: bool) -> float:
    """Of machines that are not there yet; those of a cluster that is there count as its largest."""
    with_volume = [g for g in wish.groups if volume_gib(g)]
    missing = max(0.0, sum(g.most for g in with_volume) - _own(ground, wish, ""))
    return missing * (max(volume_gib(g) for g in with_volume) if sized else 1)
