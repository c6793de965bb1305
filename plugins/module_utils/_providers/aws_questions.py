# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What is asked of AWS: each question once, however many clusters want to know. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .answers import NoAnswer
from .aws_needs import (
    ADDRESSES,
    BALANCERS,
    GATEWAYS,
    NATS,
    STORAGE,
    VPCS,
    AwsWish,
    Quota,
    is_spot,
    quota_of,
    type_of,
)

_MOST_PROFILES = 3  # asked one by one, which takes no right to list; more are listed
_WILD = {"*": ".*", "?": ".?"}


@dataclass(frozen=True)
class Question:
    """One operation of a service; ``key`` is the part of its answer that is wanted, and joined over its pages."""

    name: str
    service: str
    operation: str
    key: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.service}:{''.join(part.title() for part in self.operation.split('_'))}"


WHO = Question("who", "sts", "get_caller_identity", "")


def first_questions(wishes: Sequence[AwsWish]) -> list[Question]:
    """What can be asked at once."""
    return [
        _ec2("zones", "describe_availability_zones", "AvailabilityZones"),
        *_machines(wishes),
        *_profiles(sorted({p for w in wishes for p in w.profiles})),
        *_networks(wishes),
        *_balancers(wishes),
        *(_quota(q) for q in quotas_of(wishes)),
    ]


def later_questions(wishes: Sequence[AwsWish], answers: Mapping[str, Any], *, tries: bool) -> Iterator[Question]:
    """What follows from the first answers: the types that run, the nearest images, a trial."""
    running = _list(answers.get("instances"))
    types = {t for w in wishes for t in w.types} | {str(i["InstanceType"]) for i in instances_in(running)}
    yield _ec2("types", "describe_instance_types", "InstanceTypes", _filter("instance-type", types))
    images, wanted = _list(answers.get("images")), {i for w in wishes for i in w.images if i.name}
    if wanted and not isinstance(answers.get("images"), NoAnswer):
        names = {i.any_version for i in wanted if not any(is_like(str(f.get("Name")), i.name) for f in images)}
        if names:
            owners = _filter("owner-id", {i.owner for i in wanted})
            yield _ec2("near_images", "describe_images", "Images", owners + _filter("name", names))
    first = next((w.types[0] for w in wishes if w.types), "")
    if tries and images and first:
        trial = {"ImageId": images[0]["ImageId"], "InstanceType": first, "MinCount": 1, "MaxCount": 1, "DryRun": True}
        yield Question("trial", "ec2", "run_instances", "", trial)


def instances_in(reservations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [instance for one in reservations for instance in one.get("Instances") or ()]


def quotas_of(wishes: Sequence[AwsWish]) -> list[Quota]:
    """The limits that these clusters come near to."""
    counted = [quota_of(type_of(g), spot=is_spot(g)) for w in wishes for g in w.groups]
    found = [quota for quota in counted if quota]
    if any(w.makes_network for w in wishes):
        found += [ADDRESSES, VPCS, GATEWAYS, NATS]
    if any(g.options.get("root_volume_gib") for w in wishes for g in w.groups):
        found.append(STORAGE)
    found += [BALANCERS[kind] for kind in balancers_of(wishes)]
    return list(dict.fromkeys(found))


def balancers_of(wishes: Sequence[AwsWish]) -> list[str]:
    """The kinds of load balancers that API servers get; ``elb`` is another word for the classic one."""
    kinds = {"classic" if w.balancer == "elb" else w.balancer for w in wishes if not w.is_managed}
    return sorted(kinds & set(BALANCERS))


def is_like(text: str, pattern: str) -> bool:
    """As filters of EC2 compare: ``*`` is any text, ``?`` one character or none."""
    parts = (_WILD.get(letter) or re.escape(letter) for letter in pattern)
    return re.fullmatch("".join(parts), text) is not None


def _machines(wishes: Sequence[AwsWish]) -> Iterator[Question]:
    types = {t for w in wishes for t in w.types}
    if any(w.key for w in wishes):
        yield _ec2("keys", "describe_key_pairs", "KeyPairs")
    offered = {**_filtered(_filter("instance-type", types)), "LocationType": "availability-zone"}
    yield Question("offerings", "ec2", "describe_instance_type_offerings", "InstanceTypeOfferings", offered)
    states = _filter("instance-state-name", {"pending", "running"})
    yield _ec2("instances", "describe_instances", "Reservations", states)
    names, ids = {i for w in wishes for i in w.images if i.name}, {i.id for w in wishes for i in w.images if i.id}
    if names:
        filters = _filter("owner-id", {i.owner for i in names}) + _filter("name", {i.name for i in names})
        yield _ec2("images", "describe_images", "Images", filters)
    if ids:
        yield _ec2("images_by_id", "describe_images", "Images", _filter("image-id", ids))
    if STORAGE in quotas_of(wishes):
        yield _ec2("volumes", "describe_volumes", "Volumes", _filter("volume-type", {"gp3"}))


def _networks(wishes: Sequence[AwsWish]) -> Iterator[Question]:
    yield _ec2("vpcs", "describe_vpcs", "Vpcs")
    yield _ec2("subnets", "describe_subnets", "Subnets")
    if any(w.makes_network for w in wishes):
        yield _ec2("addresses", "describe_addresses", "Addresses")
        yield _ec2("gateways", "describe_internet_gateways", "InternetGateways")
        yield _ec2("nats", "describe_nat_gateways", "NatGateways")
    vpcs = {w.vpc for w in wishes if w.vpc}
    if vpcs:
        yield _ec2("routes", "describe_route_tables", "RouteTables", _filter("vpc-id", vpcs))
        yield _ec2("endpoints", "describe_vpc_endpoints", "VpcEndpoints", _filter("vpc-id", vpcs))
    for vpc in sorted(vpcs):
        for part in ("EnableDnsSupport", "EnableDnsHostnames"):
            asked = {"VpcId": vpc, "Attribute": part[0].lower() + part[1:]}
            yield Question(f"{part} {vpc}", "ec2", "describe_vpc_attribute", part, asked)


def _profiles(names: Collection[str]) -> Iterator[Question]:
    if len(names) > _MOST_PROFILES:
        yield Question("profiles", "iam", "list_instance_profiles", "InstanceProfiles")
        return
    for name in names:
        asked = {"InstanceProfileName": name}
        yield Question(f"profile {name}", "iam", "get_instance_profile", "InstanceProfile", asked)


def _balancers(wishes: Sequence[AwsWish]) -> Iterator[Question]:
    kinds = balancers_of(wishes)
    if {"nlb", "alb"} & set(kinds):
        yield Question("balancers", "elbv2", "describe_load_balancers", "LoadBalancers")
    if "classic" in kinds:
        yield Question("classic_balancers", "elb", "describe_load_balancers", "LoadBalancerDescriptions")


def _quota(quota: Quota) -> Question:
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    return Question(f"quota {quota.code}", "service-quotas", "get_service_quota", "Quota", asked)


def _ec2(name: str, operation: str, key: str, filters: Sequence[Mapping[str, Any]] = ()) -> Question:
    return Question(name, "ec2", operation, key, _filtered(filters))


def _filter(name: str, values: Collection[str]) -> list[Mapping[str, Any]]:
    return [{"Name": name, "Values": sorted(values)}]


def _filtered(filters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Filters": list(filters)} if filters else {}


def _list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else []
