# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of AWS against moto's server: what is taken away turns exactly one line, with the right remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._aws_preflight import read_aws_preflight
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from aws_descriptions import described, given_network
from moto_world import PROFILES, REGION, MotoAccount

Change = Callable[[MotoAccount, dict[str, Any]], Any]  # of the account, or of the description


def ask(account: MotoAccount, *clusters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the module returns."""
    params = {
        "clusters": list(clusters),
        "skip_checks": [],
        "try_run_instances": False,
        "region": REGION,
        "endpoint_url": account.url,
        "validate_certs": True,
    }
    said: list[str] = []
    outcome = read_aws_preflight(Session(None, said.append, Clock()), {**params, **more})
    assert outcome.changed is False
    assert said[-len(outcome.values["table"]) :] == list(outcome.values["table"])
    return dict(outcome.values)


def loud(found: dict[str, Any]) -> list[tuple[str, str]]:
    """What an operator sees at once: everything that is not good."""
    return [(c["status"], c["id"]) for c in found["checks"] if c["status"] in ("fail", "warn", "unknown")]


def line(found: dict[str, Any], check: str) -> dict[str, Any]:
    return next(c for c in found["checks"] if c["id"] == check and c["status"] != "ok")


def test_a_good_description_is_good_in_every_line(account: MotoAccount) -> None:
    found = ask(account, described())
    assert loud(found) == []
    assert found["verdict"] == "ok"
    assert found["account"] == "123456789012"
    assert found["checks"][2]["evidence"] == {"ami": "ami-00000000000000003"}


def test_so_is_one_in_a_network_that_is_there(account: MotoAccount) -> None:
    assert loud(ask(account, described(**given_network(account)))) == []


def drop(account: MotoAccount, image: str) -> None:
    account.client("ec2").deregister_image(ImageId=image)


def drop_profile(account: MotoAccount, name: str) -> None:
    iam = account.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)


def start(account: MotoAccount, number: int, kind: str = "m6i.xlarge", **more: Any) -> None:
    image = "ami-00000000000000003"
    account.client("ec2").run_instances(ImageId=image, MinCount=number, MaxCount=number, InstanceType=kind, **more)


# How it is broken; the line that turns, its message and its remedy.
OWN: dict[str, tuple[Change, str, str, str, str]] = {
    "no key pair": (
        lambda a, d: a.client("ec2").delete_key_pair(KeyName="ops"),
        "fail",
        "key-pair",
        "There is no key pair 'ops' in us-east-1.",
        "aws ec2 import-key-pair",
    ),
    "a misspelt key pair": (
        lambda a, d: d["aws"].update(ssh_key_name="opps"),
        "fail",
        "key-pair",
        "There is no key pair 'opps' in us-east-1; did you mean 'ops'?",
        "''",
    ),
    "no AMI of the version": (
        lambda a, d: drop(a, "ami-00000000000000003"),
        "fail",
        "image",
        "for x86_64 in us-east-1; there are capa-ami-ubuntu-24.04-v1.35.0-1700000002",
        "cluster_aws.ami",
    ),
    "an AMI id that is not there": (
        lambda a, d: d["aws"].update(ami={"id": "ami-0bad0bad0bad0bad0"}),
        "fail",
        "image",
        "No AMI is ami-0bad0bad0bad0bad0 for x86_64 in us-east-1.",
        "cluster_aws.ami",
    ),
    "an AMI of another architecture": (
        lambda a, d: [g.update(instance_type="m6g.xlarge") for g in (d["control_plane"], *d["node_pools"])],
        "fail",
        "image",
        "for arm64 in us-east-1; ami-00000000000000003 is x86_64 and available",
        "image-builder",
    ),
    "no instance profile": (
        lambda a, d: drop_profile(a, PROFILES[1]),
        "fail",
        "instance-profiles",
        f"There is no instance profile {PROFILES[1]}.",
        "clusterawsadm",
    ),
    "an instance profile of one's own": (
        lambda a, d: d["aws"].update(control_plane_instance_profile="mine"),
        "fail",
        "instance-profiles",
        "There is no instance profile mine.",
        "name those that you have",
    ),
    "a type that does not exist": (
        lambda a, d: d["node_pools"][0].update(instance_type="m6i.nope"),
        "fail",
        "instance-types",
        "There is no instance type 'm6i.nope' in us-east-1.",
        "instance_type",
    ),
    "a control plane too small for kubeadm": (
        lambda a, d: d["control_plane"].update(instance_type="t3.micro"),
        "fail",
        "instance-types",
        "t3.micro has 2 vCPUs and 1024 MiB",
        "larger type",
    ),
    "a vCPU quota that is too low": (
        lambda a, d: a.quotas.update({"L-1216C47A": 39.0}),
        "fail",
        "vcpus",
        "0 vCPUs in use, 40 more needed, the quota L-1216C47A is 39.",
        "raise L-1216C47A (Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances) in us-east-1 to 40",
    ),
    "a vCPU quota that others use up": (
        lambda a, d: (a.quotas.update({"L-1216C47A": 47.0}), start(a, 2)),
        "fail",
        "vcpus",
        "8 vCPUs in use, 40 more needed, the quota L-1216C47A is 47.",
        "48 or more",
    ),
    "a vCPU quota of another family": (
        lambda a, d: (
            a.quotas.update({"L-DB2E81BA": 0.0}),
            d["node_pools"].append({"name": "gpu", "replicas": 1, "instance_type": "g4dn.xlarge"}),
        ),
        "fail",
        "vcpus",
        "0 vCPUs in use, 8 more needed, the quota L-DB2E81BA is 0.",
        "G and VT",
    ),
    "too few elastic IPs": (
        lambda a, d: (a.quotas.update({"L-0263D0A3": 5.0}), [_address(a) for _number in range(3)]),
        "fail",
        "elastic-ips",
        "3 elastic IPs in use, 3 more needed, the quota L-0263D0A3 is 5.",
        "vpc_id",
    ),
    "no VPC left": (
        lambda a, d: a.quotas.update({"L-F678F1CE": 1.0}),
        "fail",
        "vpcs",
        "1 VPCs in use, 1 more needed, the quota L-F678F1CE is 1.",
        "to 2 or more",
    ),
    "no internet gateway left": (
        lambda a, d: a.quotas.update({"L-A4707A72": 0.0}),
        "fail",
        "internet-gateways",
        "0 internet gateways in use, 1 more needed, the quota L-A4707A72 is 0.",
        "raise L-A4707A72",
    ),
    "no NAT gateway left": (
        lambda a, d: a.quotas.update({"L-FE5A380F": 0.0}),
        "fail",
        "nat-gateways",
        "0 NAT gateways in us-east-1a in use, 1 more needed, the quota L-FE5A380F is 0.",
        "raise L-FE5A380F",
    ),
    "no load balancer left": (
        lambda a, d: a.quotas.update({"L-69A177A2": 0.0}),
        "warn",
        "load-balancers",
        "0 load balancers in use, 1 more needed, the quota L-69A177A2 is 0.",
        "raise L-69A177A2",
    ),
    "no classic load balancer left": (
        lambda a, d: (a.quotas.update({"L-E9E9831D": 0.0}), d["aws"].update(load_balancer={"type": "classic"})),
        "warn",
        "load-balancers",
        "the quota L-E9E9831D is 0.",
        "Classic",
    ),
    "too little gp3 storage": (
        lambda a, d: a.quotas.update({"L-7A658B76": 0.5}),
        "warn",
        "volumes",
        "0 TiB in use, 0.781 more needed, the quota L-7A658B76 is 0.5.",
        "smaller volumes",
    ),
    "a quota that may not be read": (
        lambda a, d: a.quotas.pop("L-1216C47A"),
        "unknown",
        "vcpus",
        "0 vCPUs in use, 40 more needed; the quota L-1216C47A",
        "",
    ),
}


ZONES: dict[str, tuple[list[str], str]] = {
    "one that is not there": (["us-east-1a", "us-east-1x"], "There is no zone us-east-1x in us-east-1; did you mean"),
    "others than the provider takes": (
        ["us-east-1b", "us-east-1c"],
        "dev names the zone us-east-1c, and the VPC that is made has subnets in us-east-1a, us-east-1b: the first 2 by",
    ),
}


@pytest.mark.parametrize("case", ZONES)
def test_zones_that_are_named(account: MotoAccount, case: str) -> None:
    zones, message = ZONES[case]
    found = ask(account, described(zones=zones))
    assert set(loud(found)) == {("fail", "zones"), ("warn", "zone-spread")}
    assert message in line(found, "zones")["message"]


def test_spot_machines_have_a_quota_of_their_own(account: MotoAccount) -> None:
    cluster = described()
    cluster["node_pools"][0]["spot"] = True
    found = ask(account, cluster)
    assert loud(found) == [("fail", "vcpus")]
    assert line(found, "vcpus")["message"] == "0 vCPUs in use, 24 more needed, the quota L-34B43A08 is 5."


def _address(account: MotoAccount) -> None:
    account.client("ec2").allocate_address(Domain="vpc")


@pytest.mark.parametrize("case", OWN)
def test_what_is_broken_turns_one_line(account: MotoAccount, case: str) -> None:
    change, status, check, message, remedy = OWN[case]
    cluster = described()
    change(account, cluster)
    found = ask(account, cluster)
    assert loud(found) == [(status, check)]
    assert message in line(found, check)["message"]
    assert remedy in line(found, check)["remedy"]
    assert line(found, check)["clusters"] == ["dev"]
    assert found["verdict"] == {"unknown": "warn"}.get(status, status)


def other_vpc(account: MotoAccount) -> str:
    return str(account.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])


def without_route(account: MotoAccount, cluster: dict[str, Any], side: str) -> None:
    """The subnets of one side fall back to the main table of the VPC, which leads nowhere."""
    ec2 = account.client("ec2")
    for table in ec2.describe_route_tables()["RouteTables"]:
        for found in table["Associations"]:
            if found.get("SubnetId") in cluster["aws"][f"{side}_subnets"]:
                ec2.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])


def add_endpoints(account: MotoAccount, cluster: dict[str, Any]) -> None:
    for service in ("ec2", "elasticloadbalancing", "secretsmanager", "autoscaling"):
        account.client("ec2").create_vpc_endpoint(
            VpcId=cluster["aws"]["vpc_id"],
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType="Interface",
            SubnetIds=cluster["aws"]["private_subnets"][:1],
        )


def swap_routes(account: MotoAccount, cluster: dict[str, Any]) -> None:
    """A private subnet that is none."""
    cluster["aws"]["private_subnets"][0] = cluster["aws"]["public_subnets"].pop(0)
    tags = [{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}]
    account.client("ec2").create_tags(Resources=cluster["aws"]["private_subnets"][:1], Tags=tags)


def in_zone_e(account: MotoAccount, cluster: dict[str, Any]) -> None:
    ec2, aws = account.client("ec2"), cluster["aws"]
    made = ec2.create_subnet(VpcId=aws["vpc_id"], CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}e")["Subnet"]
    ec2.create_tags(Resources=[made["SubnetId"]], Tags=[{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}])
    table = next(
        t
        for t in ec2.describe_route_tables()["RouteTables"]
        if any(a.get("SubnetId") in aws["private_subnets"] for a in t["Associations"])
    )
    ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=made["SubnetId"])
    aws["private_subnets"].append(made["SubnetId"])


# How it is broken; the lines that turn, and the message of the first one.
GIVEN: dict[str, tuple[Change, list[tuple[str, str]], str]] = {
    "a VPC that is not there": (
        lambda a, d: d["aws"].update(vpc_id="vpc-0bad"),
        [("fail", "network")],
        "There is no VPC vpc-0bad in us-east-1.",
    ),
    "a subnet that is not there": (
        lambda a, d: d["aws"]["private_subnets"].append("subnet-0bad"),
        [("fail", "network")],
        "There is no subnet subnet-0bad in us-east-1.",
    ),
    "subnets of another VPC": (
        lambda a, d: d["aws"].update(vpc_id=other_vpc(a), public_subnets=[], load_balancer={"scheme": "internal"}),
        [("fail", "network"), ("warn", "vpc-dns")],
        ", and not in vpc-",
    ),
    "a public load balancer without public subnets": (
        lambda a, d: d["aws"].update(public_subnets=[], load_balancer={"scheme": "internet-facing"}),
        [("fail", "load-balancer-scheme")],
        "The load balancer of dev faces the internet, and there is no public subnet for it.",
    ),
    "private subnets without a way out": (
        lambda a, d: without_route(a, d, "private"),
        [("fail", "subnet-routes")],
        "has no endpoints for ec2, elasticloadbalancing, secretsmanager, autoscaling.",
    ),
    "private subnets with endpoints in place of a way out": (
        lambda a, d: (without_route(a, d, "private"), add_endpoints(a, d)),
        [],
        "",
    ),
    "public subnets without an internet gateway": (
        lambda a, d: without_route(a, d, "public"),
        [("fail", "subnet-routes")],
        "has no default route to an internet gateway.",
    ),
    "a private subnet that is public": (
        swap_routes,
        [("fail", "subnet-routes")],
        "machines without a public address get nowhere by it.",
    ),
    "too few addresses": (
        lambda a, d: (d["node_pools"][0].update(replicas=800), a.quotas.update({"L-1216C47A": 1e6, "L-7A658B76": 1e6})),
        [("fail", "subnet-addresses")],
        "free addresses, 270 are needed.",
    ),
    "one private subnet": (
        lambda a, d: d["aws"].update(private_subnets=d["aws"]["private_subnets"][:1]),
        [("warn", "zone-spread")],
        "dev has 3 control plane machines in us-east-1a",
    ),
    "no tags": (
        lambda a, d: a.client("ec2").delete_tags(
            Resources=d["aws"]["private_subnets"], Tags=[{"Key": "kubernetes.io/role/internal-elb"}]
        ),
        [("warn", "subnet-tags")],
        "(kubernetes.io/role/internal-elb)",
    ),
    "no DNS names": (
        lambda a, d: a.client("ec2").modify_vpc_attribute(
            VpcId=d["aws"]["vpc_id"], EnableDnsHostnames={"Value": False}
        ),
        [("warn", "vpc-dns")],
        "has enableDnsHostnames off",
    ),
    "a type that is not offered in a zone": (
        in_zone_e,
        [("fail", "zones")],
        "m6i.xlarge is not offered in us-east-1e; it is in us-east-1a, us-east-1b",
    ),
}


@pytest.mark.parametrize("case", GIVEN)
def test_what_is_wrong_with_a_given_network(account: MotoAccount, case: str) -> None:
    change, turned, message = GIVEN[case]
    cluster = described(**given_network(account))
    change(account, cluster)
    found = ask(account, cluster)
    assert sorted(set(loud(found))) == sorted(turned)
    if turned:
        assert any(message in c["message"] for c in found["checks"] if c["id"] == turned[0][1])


def test_what_a_cluster_has_is_not_needed_once_more(account: MotoAccount) -> None:
    """Eight machines, its VPC and its addresses are there: only the machines of a rollout are added."""
    account.quotas.update({"L-1216C47A": 40.0, "L-F678F1CE": 2.0, "L-0263D0A3": 3.0})
    tags = [{"Key": "sigs.k8s.io/cluster-api-provider-aws/cluster/dev", "Value": "owned"}]
    start(account, 8, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
    ec2 = account.client("ec2")
    ec2.create_tags(Resources=[ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]], Tags=tags)
    for _number in range(3):
        ec2.create_tags(Resources=[ec2.allocate_address(Domain="vpc")["AllocationId"]], Tags=tags)
    found = ask(account, described())
    assert loud(found) == []
    by_id = {c["id"]: c for c in found["checks"]}
    assert by_id["vcpus"]["message"] == "32 vCPUs in use, 8 more needed, the quota L-1216C47A is 40"
    assert by_id["elastic-ips"]["message"] == by_id["vpcs"]["message"] == ""


def test_clusters_are_summed_up(account: MotoAccount) -> None:
    """Each alone would fit."""
    account.quotas.update({"L-1216C47A": 79.0})
    assert loud(ask(account, described("a"))) == []
    found = ask(account, described("a"), described("b"))
    assert loud(found) == [("fail", "vcpus")]
    assert line(found, "vcpus")["evidence"] == {
        "quota_code": "L-1216C47A",
        "title": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "used": 0,
        "needed": 80,
        "quota": 79.0,
    }
    assert line(found, "vcpus")["clusters"] == ["a", "b"]


def test_images_of_several_versions(account: MotoAccount) -> None:
    cluster = {**described(), "versions": ["v1.34.1", "v1.35.9"]}
    found = ask(account, cluster)
    assert loud(found) == [("fail", "image")]
    assert "?1.35.9-*" in line(found, "image")["message"]


def test_skipped_checks_do_not_count(account: MotoAccount) -> None:
    account.client("ec2").delete_key_pair(KeyName="ops")
    found = ask(account, described(), skip_checks=["key-pair"])
    assert (found["verdict"], found["counts"]["skipped"]) == ("ok", 2)
    with pytest.raises(InvalidInput, match="did you mean 'key-pair'"):
        ask(account, described(), skip_checks=["keypair"])


def test_managed_control_planes_need_no_image_of_their_own(account: MotoAccount) -> None:
    cluster = {**described(), "flavor": "eks", "kubernetes_version": "v1.34", "control_plane": {}}
    drop(account, "ami-00000000000000003")
    found = ask(account, cluster)
    assert loud(found) == []
    assert [c["evidence"]["needed"] for c in found["checks"] if c["id"] == "vcpus"] == [24]


def test_a_trial_run_says_whether_machines_may_be_started(account: MotoAccount) -> None:
    assert loud(ask(account, described(), try_run_instances=True)) == []
    assert not account.client("ec2").describe_instances()["Reservations"]


def test_fifty_clusters_take_few_requests(account: MotoAccount) -> None:
    most = 50
    account.quotas.update(dict.fromkeys(account.quotas, 1e6))
    started = Clock().now()
    own = ask(account, *(described(f"own{n}") for n in range(most)))
    wall = Clock().now() - started
    aws = given_network(account)
    given = ask(account, *(described(f"given{n}", **aws) for n in range(most)))
    print(f"{most} clusters: {own['requests']} requests in {wall:.1f} s; in a VPC that is there: {given['requests']}")
    assert own["requests"] <= 25
    assert given["requests"] <= 25


def test_a_server_that_is_silent_is_no_answer(account: MotoAccount) -> None:
    with pytest.raises(Unreachable, match="sts:GetCallerIdentity in us-east-1 got no answer"):
        ask(account, described(), endpoint_url="http://127.0.0.1:9")


def test_credentials_that_nobody_has(account: MotoAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    found = ask(account, described())
    assert loud(found)[0] == ("fail", "credentials")
    assert {status for status, _id in loud(found)[1:]} == {"unknown"}
    assert line(found, "credentials")["message"].startswith(
        "AWS does not accept these credentials: sts:GetCallerIdentity"
    )


def test_descriptions_that_cannot_be_read_are_refused_at_once(account: MotoAccount) -> None:
    bad = described(region="eu-west-1", load_balancer={"type": "nlbb"})
    with pytest.raises(InvalidInput) as caught:
        ask(account, {**bad, "kubernetes_version": "1.36"})
    assert caught.value.details["findings"] == [
        "dev: '1.36' is no version such as v1.36.3",
        "dev: aws.region is 'eu-west-1', and the task asks in 'us-east-1'; wanted is one task a region",
        ("dev: aws.load_balancer.type is 'nlbb'; did you mean 'nlb'? (there are nlb, classic, elb, alb, disabled)"),
    ]
