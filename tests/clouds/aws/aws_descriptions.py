# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as an inventory describes them, and a network of the user's own for them."""

from __future__ import annotations

from typing import Any

from moto_world import REGION, MotoAccount

MACHINE = {"instance_type": "m6i.xlarge", "root_volume_gib": 80}


def described(name: str = "dev", **aws: Any) -> dict[str, Any]:
    """Three control plane machines and five workers, in a VPC that the provider makes."""
    return {
        "name": name,
        "kubernetes_version": "v1.36.3",
        "aws": {"region": REGION, "ssh_key_name": "ops", **aws},
        "control_plane": {"replicas": 3, **MACHINE},
        "node_pools": [{"name": "workers", "replicas": 5, **MACHINE}],
    }


def given_network(account: MotoAccount) -> dict[str, Any]:
    """A VPC with three private and three public subnets, a NAT gateway and the tags: `cluster_aws` for it."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for part in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{part: {"Value": True}})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public = [_subnet(ec2, vpc, number, "elb") for number in range(3)]
    private = [_subnet(ec2, vpc, number + 3, "internal-elb") for number in range(3)]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    _route(ec2, vpc, public, GatewayId=gateway)
    _route(ec2, vpc, private, NatGatewayId=nat)
    return {"vpc_id": vpc, "private_subnets": private, "public_subnets": public}


def _subnet(ec2: Any, vpc: str, number: int, role: str) -> str:
    zone = f"{REGION}{'abc'[number % 3]}"
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": f"kubernetes.io/role/{role}", "Value": "1"}])
    return str(made)


def _route(ec2: Any, vpc: str, subnets: list[str], **target: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
