# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of AWS for quotas: what is in use, what these clusters add, what the account may have. Pure.

What a cluster has already, by the provider's tag, is in use and is not needed once more.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._checks import OK, UNKNOWN, WARN, Noted
from .answers import NoAnswer
from .aws_ground import AwsGround, machines
from .aws_needs import ADDRESSES, BALANCERS, GATEWAYS, NATS, STORAGE, VPCS, AwsWish, Quota, is_spot, quota_of
from .aws_questions import balancers_of

_GIB_A_TIB = 1024


@dataclass(frozen=True)
class Account:
    """What a quota counts: in use now, and what each cluster adds."""

    used: float
    adds: Mapping[str, float]  # by the cluster's name
    unit: str
    place: str = ""

    @property
    def more(self) -> float:
        return sum(self.adds.values())


def _judged(ground: AwsGround, quota: Quota, account: Account, severity: str = "") -> Iterator[Noted]:
    """One line for one limit; nothing where no cluster adds to it."""
    if not account.more:
        return
    found = ground.answers.get(f"quota {quota.code}")
    figures = {"quota_code": quota.code, "title": quota.title, "used": account.used, "needed": account.more}
    about = tuple(name for name, number in account.adds.items() if number)
    place = f" in {account.place}" if account.place else ""
    told = f"{_number(account.used)} {account.unit}{place} in use, {_number(account.more)} more needed"
    if found is None or isinstance(found, NoAnswer):
        why = f": {found}" if found else ""
        yield Noted(f"{told}; the quota {quota.code} ({quota.title}) could not be read{why}.", UNKNOWN, about, figures)
        return
    limit = float(found["Value"])
    figures = {**figures, "quota": limit}
    told += f", the quota {quota.code} is {_number(limit)}"
    if account.used + account.more <= limit:
        yield Noted(told, OK, about, figures)
        return
    wanted = _number(math.ceil(account.used + account.more))
    remedy = f"raise {quota.code} ({quota.title}) in {ground.region} to {wanted} or more, or {quota.instead}."
    yield Noted(f"{told}.", severity, about, figures, remedy)


def _number(value: float) -> str:
    return f"{value:g}"


def check_cpus(ground: AwsGround) -> Iterator[Noted]:
    """vCPUs for each quota, those of a rollout included. AWS counts a type's default, whatever CPU options say."""
    cpus = {kind: int(found["VCpuInfo"]["DefaultVCpus"]) for kind, found in ground.types.items()}
    running = ground.running()
    counted = [quota_of(kind, spot=is_spot(g)) for _w, g, kind in machines(ground.wishes) if kind in cpus]
    for quota in dict.fromkeys(q for q in counted if q):

        def count(items: Collection[Mapping[str, Any]], quota: Quota = quota) -> int:
            kinds = [(str(i["InstanceType"]), i.get("InstanceLifecycle") == "spot") for i in items]
            return sum(cpus.get(kind, 0) for kind, spot in kinds if quota_of(kind, spot=spot) == quota)

        adds = {}
        for wish in ground.wishes:
            of_quota = [(g, k) for _w, g, k in machines([wish]) if quota_of(k, spot=is_spot(g)) == quota]
            wanted = sum(g.most * cpus.get(k, 0) for g, k in of_quota)
            adds[wish.name] = max(0, wanted - count([i for i in running if wish.owns(i)]))
        yield from _judged(ground, quota, Account(count(running), adds, "vCPUs"))


def check_addresses(ground: AwsGround) -> Iterator[Noted]:
    """A NAT gateway in each zone takes an elastic IP."""
    if ground.own_network:
        yield from _judged(ground, ADDRESSES, _each_zone(ground, ground.read("addresses"), "elastic IPs"))


def _each_zone(ground: AwsGround, there: Sequence[Mapping[str, Any]], unit: str) -> Account:
    wanted = {w.name: len(ground.zones_of(w)) for w in ground.own_network}
    return Account(len(there), _missing(ground.own_network, wanted, there), unit)


def _missing(
    wishes: Sequence[AwsWish], wanted: Mapping[str, int], there: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    return {w.name: max(0, wanted[w.name] - sum(w.owns(t) for t in there)) for w in wishes}


def check_vpcs(ground: AwsGround) -> Iterator[Noted]:
    yield from _one_each(ground, VPCS, "vpcs", "VPCs")


def check_gateways(ground: AwsGround) -> Iterator[Noted]:
    yield from _one_each(ground, GATEWAYS, "gateways", "internet gateways")


def _one_each(ground: AwsGround, quota: Quota, question: str, unit: str) -> Iterator[Noted]:
    wishes = ground.own_network
    if wishes:
        there = ground.read(question)
        account = Account(len(there), _missing(wishes, {w.name: 1 for w in wishes}, there), unit)
        yield from _judged(ground, quota, account)


def check_nats(ground: AwsGround) -> Iterator[Noted]:
    """The quota is one of each zone; the fullest zone is told."""
    wishes = ground.own_network
    if not wishes:
        return
    there = [n for n in ground.read("nats") if n.get("State") in ("pending", "available", None)]
    zone_of = {name: str(subnet["AvailabilityZone"]) for name, subnet in ground.subnets.items()}
    accounts = []
    for zone in dict.fromkeys(z for w in wishes for z in ground.zones_of(w)):
        here = [n for n in there if zone_of.get(str(n.get("SubnetId"))) == zone]
        adds = _missing(wishes, {w.name: int(zone in ground.zones_of(w)) for w in wishes}, here)
        accounts.append(Account(len(here), adds, "NAT gateways", zone))
    fullest = max(accounts, key=lambda a: a.used + a.more, default=None)
    if fullest:
        yield from _judged(ground, NATS, fullest)


def check_balancers(ground: AwsGround) -> Iterator[Noted]:
    for kind in balancers_of(ground.wishes):
        wishes = [w for w in ground.wishes if not w.is_managed and w.balancer in _WORDS[kind]]
        there = _balancer_names(ground, kind)
        adds = {w.name: float(_balancer_of(w) not in there) for w in wishes}
        yield from _judged(ground, BALANCERS[kind], Account(len(there), adds, "load balancers"), WARN)


_WORDS = {"classic": ("classic", "elb"), "nlb": ("nlb",), "alb": ("alb",)}
_OF_AWS = {"nlb": "network", "alb": "application"}


def _balancer_names(ground: AwsGround, kind: str) -> set[str]:
    if kind == "classic":
        return {str(b["LoadBalancerName"]) for b in ground.read("classic_balancers")}
    return {str(b["LoadBalancerName"]) for b in ground.read("balancers") if b.get("Type") == _OF_AWS[kind]}


def _balancer_of(wish: AwsWish) -> str:
    """The name that the provider gives (capa-moto: `<namespace>-<cluster>-apiserver`, classic without namespace)."""
    classic = wish.balancer in _WORDS["classic"]
    return f"{wish.name}-apiserver" if classic else f"{wish.namespace}-{wish.name}-apiserver"


def check_volumes(ground: AwsGround) -> Iterator[Noted]:
    """Root volumes are gp3 unless a description says otherwise; those without a size are as large as their image."""
    told = [w for w in ground.wishes if any(_gib(g) for g in w.groups)]
    if not told:
        return
    there = ground.read("volumes")
    adds = {}
    for wish in told:
        wanted = sum(g.most * _gib(g) for g in wish.groups)
        adds[wish.name] = max(0, wanted - sum(int(v["Size"]) for v in there if wish.owns(v))) / _GIB_A_TIB
    used = sum(int(v["Size"]) for v in there) / _GIB_A_TIB
    yield from _judged(ground, STORAGE, Account(round(used, 2), {n: round(a, 3) for n, a in adds.items()}, "TiB"), WARN)


def _gib(group: Any) -> int:
    is_gp3 = group.options.get("root_volume_type") in (None, "gp3")
    return int(group.options.get("root_volume_gib") or 0) if is_gp3 else 0
