# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of AWS for networks that are there already; one function a check. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._checks import UNKNOWN, Noted
from .._objects import listed
from .answers import NoAnswer
from .aws_ground import AwsGround, missing, names, shares
from .aws_needs import AwsWish, tags_of

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ENDPOINTS = ("ec2", "elasticloadbalancing", "secretsmanager", "autoscaling")  # what machines without internet need
_OF_BALANCER = {"nlb": 1, "classic": 8, "elb": 8, "alb": 8}  # free addresses in each subnet of a load balancer
_ROLES = {"private": "kubernetes.io/role/internal-elb", "public": "kubernetes.io/role/elb"}


def check_network(ground: AwsGround) -> Iterator[Noted]:
    """VPC and subnets exist, and belong together."""
    vpcs = {str(v["VpcId"]) for v in ground.read("vpcs")}
    told: dict[str, list[AwsWish]] = {}
    for wish in ground.given_network:
        if wish.vpc not in vpcs:
            told.setdefault(missing(f"VPC {wish.vpc} in {ground.region}", wish.vpc, vpcs), []).append(wish)
        for subnet in wish.subnets:
            found = ground.subnets.get(subnet)
            if found is None:
                words = missing(f"subnet {subnet} in {ground.region}", subnet, ground.subnets)
                told.setdefault(words, []).append(wish)
            elif found["VpcId"] != wish.vpc and wish.vpc in vpcs:
                words = f"The subnet {subnet} is in {found['VpcId']}, and not in {wish.vpc}."
                told.setdefault(words, []).append(wish)
    yield from (Noted(words, about=names(wanted)) for words, wanted in told.items())


def check_scheme(ground: AwsGround) -> Iterator[Noted]:
    """A load balancer that faces the internet needs a public subnet."""
    for wish in ground.given_network:
        if wish.scheme == "internet-facing" and not wish.public and not wish.is_managed and wish.balancer != "disabled":
            yield Noted(
                f"The load balancer of {wish.name} faces the internet, and there is no public subnet for it.",
                about=(wish.name,),
            )


def check_spread(ground: AwsGround) -> Iterator[Noted]:
    """With one zone, or two, the loss of a zone takes etcd's quorum along."""
    for wish in ground.wishes:
        plane = next((g.count for g in wish.groups if g.is_control_plane), 0)
        zones = ground.zones_of(wish)
        if plane > 1 and zones and len(zones) < min(plane, 3):
            yield Noted(
                f"{wish.name} has {plane} control plane machines in {listed(zones)}: if the zone with most of them is "
                "lost, so is etcd's quorum.",
                about=(wish.name,),
                evidence={"zones": zones},
            )


def check_room(ground: AwsGround) -> Iterator[Noted]:
    """Free addresses of each subnet, for the machines of all clusters in it and their load balancers."""
    needs: dict[str, dict[str, int]] = {}
    for wish in ground.given_network:
        for subnet, number in _addresses(ground, wish).items():
            needs.setdefault(subnet, {})[wish.name] = number
    for subnet, of_clusters in needs.items():
        free, wanted = int(ground.subnets[subnet]["AvailableIpAddressCount"]), sum(of_clusters.values())
        if wanted > free:
            yield Noted(
                f"The subnet {subnet} has {free} free addresses, {wanted} are needed.",
                about=tuple(of_clusters),
                evidence={"subnet": subnet, "free": free, "needed": wanted},
            )


def _addresses(ground: AwsGround, wish: AwsWish) -> dict[str, int]:
    """What a cluster takes of each of its subnets; machines that it has there already hold theirs."""
    private = [s for s in wish.private if s in ground.subnets]
    public = [s for s in wish.public if s in ground.subnets]
    found = dict.fromkeys([*private, *public], 0)
    for group in wish.groups:
        for subnet, number in shares(group.most, private).items() if private else ():
            found[subnet] += number
    own = [str(i.get("SubnetId")) for i in ground.running() if wish.owns(i)]
    found = {subnet: max(0, number - own.count(subnet)) for subnet, number in found.items()}
    for subnet in public if wish.scheme == "internet-facing" else private:
        found[subnet] += 0 if wish.is_managed or own else _OF_BALANCER.get(wish.balancer, 0)
    return found


def check_routes(ground: AwsGround) -> Iterator[Noted]:
    """Machines reach images and AWS by a NAT gateway or another way out, or by endpoints of the VPC."""
    told: dict[str, list[AwsWish]] = {}
    for wish in ground.given_network:
        inside = {name for name, subnet in ground.subnets.items() if subnet["VpcId"] == wish.vpc}  # others: `network`
        for subnet in wish.private:
            words = _no_way_out(ground, wish.vpc, subnet) if subnet in inside else ""
            if words:
                told.setdefault(words, []).append(wish)
        for subnet in wish.public:
            if subnet in inside and not _way_out(ground, wish.vpc, subnet).startswith("igw-"):
                words = f"The public subnet {subnet} has no default route to an internet gateway."
                told.setdefault(words, []).append(wish)
    yield from (Noted(words, about=names(wanted)) for words, wanted in told.items())


def _no_way_out(ground: AwsGround, vpc: str, subnet: str) -> str:
    target = _way_out(ground, vpc, subnet)
    if target.startswith("igw-"):
        return (
            f"The private subnet {subnet} has its default route to the internet gateway {target}; machines without a "
            "public address get nowhere by it."
        )
    if target:
        return ""
    there = [str(e["ServiceName"]) for e in ground.read("endpoints") if e.get("VpcId") == vpc]
    lacking = [part for part in _ENDPOINTS if not any(name.endswith(f".{part}") for name in there)]
    words = f"The private subnet {subnet} has no default route, and {vpc} has no endpoints for {listed(lacking)}."
    return words if lacking else ""


def _way_out(ground: AwsGround, vpc: str, subnet: str) -> str:
    """The target of the default route; the main table of the VPC counts for subnets without one of their own."""
    tables = [t for t in ground.read("routes") if t.get("VpcId") == vpc]
    own = [t for t in tables if any(a.get("SubnetId") == subnet for a in t.get("Associations") or ())]
    main = [t for t in tables if any(a.get("Main") for a in t.get("Associations") or ())]
    for route in (route for table in (own or main)[:1] for route in table.get("Routes") or ()):
        there = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        if there in _EVERYWHERE and route.get("State", "active") == "active":
            return _target(route)
    return ""


def _target(route: Mapping[str, Any]) -> str:
    return next((str(value) for key, value in sorted(route.items()) if key.endswith("Id") and value), "?")


def check_tags(ground: AwsGround) -> Iterator[Noted]:
    """What Services of type LoadBalancer go by; the provider sets the tags if it may."""
    for wish in ground.given_network:
        lacking = [
            f"{subnet} ({_ROLES[side]})"
            for side, subnets in (("private", wish.private), ("public", wish.public))
            for subnet in subnets
            if subnet in ground.subnets and tags_of(ground.subnets[subnet]).get(_ROLES[side]) not in ("1", "")
        ]
        if lacking:
            yield Noted(f"Subnets lack a tag with the value 1: {listed(lacking, 3)}.", about=(wish.name,))


def check_dns(ground: AwsGround) -> Iterator[Noted]:
    by_vpc: dict[str, list[AwsWish]] = {}
    for wish in ground.given_network:
        by_vpc.setdefault(wish.vpc, []).append(wish)
    for vpc, wanted in by_vpc.items():
        for part in ("EnableDnsSupport", "EnableDnsHostnames"):
            yield from _dns(ground.answers.get(f"{part} {vpc}"), vpc, part, wanted)


def _dns(found: Any, vpc: str, part: str, wanted: Sequence[AwsWish]) -> Iterator[Noted]:
    word = part[0].lower() + part[1:]
    if isinstance(found, NoAnswer) and not found.is_absence:  # a VPC that is not there is for `network`
        yield Noted(f"{word} of {vpc} is not known: {found}.", UNKNOWN, names(wanted))
    elif isinstance(found, Mapping) and not found.get("Value"):
        yield Noted(f"{vpc} has {word} off: nodes and load balancers get no names.", about=names(wanted))
