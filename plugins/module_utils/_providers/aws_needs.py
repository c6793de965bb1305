# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What clusters on AWS need, by their descriptions: machines, images, networks, quotas. Pure.

Facts: cluster-api-provider-aws, pkg/cloud/services/{ec2,network}; the documentation of AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._objects import close_matches
from .description import Described, Group, Reader, read_descriptions, refuse_wrong

_PROFILE = "{}.cluster-api-provider-aws.sigs.k8s.io"
LOOKUP_FORMAT = "capa-ami-{{.BaseOS}}-?{{.K8sVersion}}-*"
_LOOKUP_ORG = "819546954734"
_LOOKUP_OS = "ubuntu-24.04"
MOST_ZONES = 3  # zones that a VPC made by the provider spans: availabilityZoneUsageLimit
LOAD_BALANCERS = ("nlb", "classic", "elb", "alb", "disabled")
SCHEMES = ("internet-facing", "internal")
OWNED = "sigs.k8s.io/cluster-api-provider-aws/cluster/{}"  # the tag of what belongs to a cluster


@dataclass(frozen=True)
class Quota:
    """A limit of an account in a region; the code is the same everywhere."""

    service: str
    code: str
    title: str
    instead: str = "take fewer or smaller machines"  # of raising it


# By the first letters of an instance type; what is not named here is a standard one.
_FAMILIES = {
    "inf": Quota("ec2", "L-1945791B", "Running On-Demand Inf instances"),
    "trn": Quota("ec2", "L-2C3B7624", "Running On-Demand Trn instances"),
    "dl": Quota("ec2", "L-6E869C2A", "Running On-Demand DL instances"),
    "hpc": Quota("ec2", "L-F7808C92", "Running On-Demand HPC instances"),
    "vt": Quota("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances"),
    "g": Quota("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances"),
    "p": Quota("ec2", "L-417A185B", "Running On-Demand P instances"),
    "x": Quota("ec2", "L-7295265B", "Running On-Demand X instances"),
    "f": Quota("ec2", "L-74FC7D96", "Running On-Demand F instances"),
    "u": Quota("ec2", "L-43DA4232", "Running On-Demand High Memory instances"),
}
_STANDARD = Quota("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances")
# Spot instances are counted by quotas of their own; other families have none that is told here.
_SPOT = {
    "L-1216C47A": Quota("ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
    "L-DB2E81BA": Quota("ec2", "L-3819A6DF", "All G and VT Spot Instance Requests"),
    "L-417A185B": Quota("ec2", "L-7212CCBC", "All P Spot Instance Requests"),
    "L-7295265B": Quota("ec2", "L-E3A00192", "All X Spot Instance Requests"),
    "L-74FC7D96": Quota("ec2", "L-88CF9481", "All F Spot Instance Requests"),
    "L-1945791B": Quota("ec2", "L-B5D1601B", "All Inf Spot Instance Requests"),
    "L-2C3B7624": Quota("ec2", "L-6B0D517C", "All Trn Spot Instance Requests"),
}
_THERE = "free what nobody uses, or describe a VPC that is there (cluster_aws.vpc_id)"
_UNUSED = "delete load balancers that nobody uses"
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", _THERE)
VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", _THERE)
GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", _THERE)
NATS = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", _THERE)
STORAGE = Quota("ebs", "L-7A658B76", "Storage for General Purpose SSD (gp3) volumes, in TiB", "take smaller volumes")
BALANCERS = {
    "nlb": Quota("elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", _UNUSED),
    "alb": Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", _UNUSED),
    "classic": Quota("elasticloadbalancing", "L-E9E9831D", "Classic Load Balancers per Region", _UNUSED),
}


@dataclass(frozen=True)
class Image:
    """By id, or as the provider looks it up: owner and name, in which ``*`` and ``?`` stand for something."""

    id: str = ""
    owner: str = ""
    name: str = ""
    any_version: str = ""  # the same name with ``*`` for the version

    def __str__(self) -> str:
        return self.id or f"{self.name!r} of {self.owner}"


@dataclass(frozen=True)
class AwsWish:
    """One cluster, as AWS will see it."""

    name: str
    namespace: str
    groups: tuple[Group, ...]
    images: tuple[Image, ...]
    key: str
    vpc: str
    private: tuple[str, ...]
    public: tuple[str, ...]
    zones: tuple[str, ...]  # of a VPC that is made
    balancer: str
    scheme: str
    is_managed: bool
    profiles: tuple[str, ...]

    @property
    def makes_network(self) -> bool:
        return not self.vpc

    @property
    def subnets(self) -> tuple[str, ...]:
        return self.private + self.public

    @property
    def types(self) -> list[str]:
        return sorted({type_of(g) for g in self.groups} - {""})

    def owns(self, thing: Mapping[str, Any]) -> bool:
        """Whether a resource belongs to this cluster already, by the provider's tag."""
        return OWNED.format(self.name) in tags_of(thing)


def type_of(group: Group) -> str:
    return str(group.options.get("instance_type") or "")


def is_spot(group: Group) -> bool:
    return bool(group.options.get("spot"))


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    return {str(tag.get("Key")): str(tag.get("Value")) for tag in thing.get("Tags") or ()}


def quota_of(instance_type: str, *, spot: bool = False) -> Quota | None:
    """The vCPU quota that counts an instance type; None for spot instances that none is known of."""
    family = instance_type.partition(".")[0]
    found = next((quota for letters, quota in _FAMILIES.items() if family.startswith(letters)), _STANDARD)
    return _SPOT.get(found.code) if spot else found


def wishes_of(clusters: Sequence[Mapping[str, Any]], region: str) -> list[AwsWish]:
    """The clusters of a task. Raises InvalidInput with everything that is missing or contradicts itself."""
    wrong: list[str] = []
    found = [_wish(one, region, wrong) for one in read_descriptions(clusters, "aws", wrong)]
    refuse_wrong(wrong)
    return found


def _wish(one: Described, region: str, wrong: list[str]) -> AwsWish:
    reader, aws = Reader(one.name, wrong), one.cloud
    balancer, profiles = reader.section(aws, "load_balancer"), _profiles(reader, one)
    vpc, public = reader.text(aws, "vpc_id"), reader.ids(aws, "public_subnets")
    managed = one.flavor == "eks"
    wish = AwsWish(
        name=one.name,
        namespace=one.namespace,
        groups=tuple(g for g in one.groups if not (managed and g.is_control_plane)),
        images=tuple(_images(reader, one)),
        key=reader.text(aws, "ssh_key_name"),
        vpc=vpc,
        private=reader.ids(aws, "private_subnets"),
        public=public,
        zones=reader.texts(aws, "zones"),
        balancer=reader.text(balancer, "type", "nlb"),
        scheme=reader.text(balancer, "scheme", "internal" if vpc and not public else "internet-facing"),
        is_managed=managed,
        profiles=profiles,
    )
    wrong += _contradictions(wish, reader.text(aws, "region"), region)
    return wish


def _contradictions(wish: AwsWish, its_region: str, region: str) -> Iterable[str]:
    if its_region != region:
        yield f"{wish.name}: aws.region is {its_region!r}, and the task asks in {region!r}; wanted is one task a region"
    for word, known, key in ((wish.balancer, LOAD_BALANCERS, "type"), (wish.scheme, SCHEMES, "scheme")):
        if word not in known:
            near = close_matches(word, known)
            yield f"{wish.name}: aws.load_balancer.{key} is {word!r}{near} (there are {', '.join(known)})"
    for group in wish.groups:
        if not type_of(group):
            yield f"{wish.name}: {group.title} has no instance_type"
    if wish.subnets and not wish.vpc:
        yield f"{wish.name}: aws has subnets, and no vpc_id that they are in"
    if wish.vpc and not wish.private:
        yield f"{wish.name}: aws has the vpc_id {wish.vpc}, and no private_subnets for its machines"


def _profiles(reader: Reader, one: Described) -> tuple[str, ...]:
    """The instance profiles that its machines run with."""
    named = {
        "control-plane": reader.text(one.cloud, "control_plane_instance_profile", _PROFILE.format("control-plane")),
        "nodes": reader.text(one.cloud, "node_instance_profile", _PROFILE.format("nodes")),
    }
    groups = [g for g in one.groups if not (g.is_control_plane and one.flavor == "eks")]
    used = {"control-plane" if group.is_control_plane else "nodes" for group in groups}
    return tuple(named[part] for part in sorted(used))


def _images(reader: Reader, one: Described) -> Iterable[Image]:
    ami = reader.section(one.cloud, "ami")
    fixed = reader.text(ami, "id")
    if fixed:
        yield Image(id=fixed)
        return
    if one.flavor == "eks":
        return  # Amazon's own image for EKS, by a parameter of AWS
    form = reader.text(ami, "lookup_format", LOOKUP_FORMAT)
    owner = reader.text(ami, "lookup_org", _LOOKUP_ORG)
    system = reader.text(ami, "lookup_base_os", _LOOKUP_OS)
    for version in one.versions:
        names = [_filled(form, system, text) for text in (version.removeprefix("v"), "*")]
        yield Image(owner=owner, name=names[0], any_version=names[1])


def _filled(form: str, system: str, version: str) -> str:
    return form.replace("{{.BaseOS}}", system).replace("{{.K8sVersion}}", version)
