# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. AWS: what preflight checks there, in the order of telling, and hints for its words. Pure data.

docs/preflight.md holds the table of checks. The words are those of cluster-api-provider-aws v2.13, and of AWS.
"""

from __future__ import annotations

from .._checks import FAIL, WARN, Check
from .aws_ground import AwsGround
from .aws_machines import (
    check_credentials,
    check_images,
    check_keys,
    check_permission,
    check_profiles,
    check_region,
    check_types,
    check_zones,
)
from .aws_network import check_dns, check_network, check_room, check_routes, check_scheme, check_spread, check_tags
from .aws_quotas import (
    check_addresses,
    check_balancers,
    check_cpus,
    check_gateways,
    check_nats,
    check_volumes,
    check_vpcs,
)
from .hints import RETRIED, TERMINAL, WAIT, Hint

CHECKS: tuple[Check[AwsGround], ...] = (
    Check(
        "credentials",
        FAIL,
        "Does AWS accept the credentials?",
        "give others by profile, or AWS_PROFILE, AWS_ACCESS_KEY_ID and the like in the environment.",
        check_credentials,
    ),
    Check(
        "region",
        FAIL,
        "Has the region zones that the account may use?",
        "enable the region for the account, or correct cluster_aws.region.",
        check_region,
    ),
    Check(
        "image",
        FAIL,
        "Is there an AMI of the version, for the architecture of the machines?",
        "build or copy one (image-builder), or set cluster_aws.ami (id, or lookup_org and lookup_format).",
        check_images,
    ),
    Check(
        "instance-types",
        FAIL,
        "Do the instance types exist, large enough for a control plane?",
        "correct instance_type.",
        check_types,
    ),
    Check(
        "zones",
        FAIL,
        "Are the types offered in the zones of the machines?",
        "take another type, or subnets in other zones.",
        check_zones,
    ),
    Check(
        "key-pair",
        FAIL,
        "Is the SSH key there?",
        "import it (aws ec2 import-key-pair), correct cluster_aws.ssh_key_name, or set it to '' for none.",
        check_keys,
    ),
    Check(
        "instance-profiles",
        FAIL,
        "Are the instance profiles of the machines there?",
        "run clusterawsadm bootstrap iam create-cloudformation-stack, or name those that you have.",
        check_profiles,
    ),
    Check("vcpus", FAIL, "Is the vCPU quota enough, with a rollout's machines?", "raise the quota.", check_cpus),
    Check("elastic-ips", FAIL, "Is there an elastic IP for each new NAT gateway?", "raise the quota.", check_addresses),
    Check("vpcs", FAIL, "May the account have one more VPC for each cluster?", "raise the quota.", check_vpcs),
    Check("internet-gateways", FAIL, "The same for internet gateways?", "raise the quota.", check_gateways),
    Check("nat-gateways", FAIL, "The same for NAT gateways of each zone?", "raise the quota.", check_nats),
    Check("load-balancers", WARN, "The same for load balancers?", "raise the quota.", check_balancers),
    Check("volumes", WARN, "Is the gp3 storage quota enough for root volumes?", "raise the quota.", check_volumes),
    Check(
        "network",
        FAIL,
        "Do the VPC and the subnets exist, and belong together?",
        "correct cluster_aws.vpc_id, private_subnets, public_subnets.",
        check_network,
    ),
    Check(
        "load-balancer-scheme",
        FAIL,
        "Has a load balancer that faces the internet a public subnet?",
        "set cluster_aws.load_balancer.scheme: internal, or name public_subnets.",
        check_scheme,
    ),
    Check(
        "subnet-addresses",
        FAIL,
        "Have the subnets enough free addresses?",
        "take larger subnets, or one more.",
        check_room,
    ),
    Check(
        "subnet-routes",
        FAIL,
        "Do machines in private subnets get out, by NAT or endpoints?",
        "route 0.0.0.0/0 to a NAT gateway, or add the VPC endpoints.",
        check_routes,
    ),
    Check(
        "zone-spread",
        WARN,
        "Does the control plane outlive the loss of a zone?",
        "name private subnets in three zones.",
        check_spread,
    ),
    Check(
        "subnet-tags",
        WARN,
        "Are the subnets tagged for load balancers of Services?",
        "tag them, or let the provider do it (ec2:CreateTags).",
        check_tags,
    ),
    Check(
        "vpc-dns",
        WARN,
        "Does the VPC give names?",
        "aws ec2 modify-vpc-attribute, for both attributes.",
        check_dns,
    ),
    Check(
        "permission",
        WARN,
        "May these credentials start machines? (only with try_run_instances)",
        "allow ec2:RunInstances, if they are those of the provider.",
        check_permission,
    ),
)

_MACHINE, _CLUSTER = "AWSMachine", "AWS"
HINTS: tuple[Hint, ...] = (
    Hint(
        _MACHINE,
        r"InstanceTerminated|InstanceUnexpectedTermination|is unexpected",
        TERMINAL,
        ("its instance is gone: delete the Machine, or let a MachineHealthCheck replace it"),
    ),
    Hint(
        _MACHINE,
        r"CreateError|ami\.id or version must be defined",
        TERMINAL,
        ("correct the machine template, then delete the Machine"),
    ),
    Hint(
        _MACHINE,
        r"found no AMIs",
        RETRIED,
        ("no AMI has this name: copy or build one, or set cluster_aws.ami; then it goes on by itself"),
    ),
    Hint(_MACHINE, r"InvalidAMIID", RETRIED, "the AMI is not in this region: correct cluster_aws.ami.id"),
    Hint(
        _MACHINE,
        r"InvalidKeyPair\.NotFound",
        RETRIED,
        ("import the key pair (aws ec2 import-key-pair), then it goes on by itself; or cluster_aws.ssh_key_name: ''"),
    ),
    Hint(
        _MACHINE,
        r"Invalid IAM Instance Profile|Instance Profile .*not found|NoSuchEntity",
        RETRIED,
        ("run clusterawsadm bootstrap iam create-cloudformation-stack, or name a profile that is there"),
    ),
    Hint(_MACHINE, r"VcpuLimitExceeded", RETRIED, "raise the vCPU quota (L-1216C47A for standard types)"),
    Hint(_MACHINE, r"InsufficientInstanceCapacity", RETRIED, "AWS has none left there: another zone or type"),
    Hint(_MACHINE, r"InvalidInstanceType|instance types do not exist", RETRIED, "there is no such type: correct it"),
    Hint(_MACHINE, r"Unsupported", RETRIED, "the type is not offered in this zone: another zone or type"),
    Hint(_MACHINE, r"no subnets available", RETRIED, "correct the failure domain, or the ids and tags of subnets"),
    Hint(_MACHINE, r"InsufficientFreeAddressesInSubnet", RETRIED, "the subnet is full: a larger one, or one more"),
    Hint(_CLUSTER, r"UnauthorizedOperation|AccessDenied", RETRIED, "the provider's policy lacks this right: add it"),
    Hint(
        _CLUSTER,
        r"PrincipalCredentialRetrievalFailed|PrincipalUsageUnauthorized",
        RETRIED,
        ("the credentials are wrong, or the namespace is not in allowedNamespaces of the identity"),
    ),
    Hint(_CLUSTER, r"InvalidVpcID\.NotFound|VPC resource is missing", RETRIED, "correct cluster_aws.vpc_id"),
    Hint(_CLUSTER, r"AddressLimitExceeded|FailedAllocateEIP", RETRIED, "free elastic IPs, or raise L-0263D0A3"),
    Hint(_CLUSTER, r"VpcLimitExceeded", RETRIED, "free VPCs, or raise L-F678F1CE"),
    Hint(_CLUSTER, r"NatGatewayLimitExceeded", RETRIED, "free NAT gateways, or raise L-FE5A380F"),
    Hint(
        _CLUSTER,
        r"VpcReconciliationFailed|NatGatewaysReconciliationFailed",
        RETRIED,
        ("free what nobody uses, or raise the quota; it goes on by itself"),
    ),
    Hint(
        _CLUSTER,
        r"SubnetsReconciliationFailed|FailedNoPublicSubnet|FailedMatchSubnet",
        RETRIED,
        ("a load balancer that faces the internet needs a public subnet: scheme internal, or correct ids and tags"),
    ),
    Hint(_CLUSTER, r"WaitForDNSName", WAIT, "the name of the load balancer takes minutes until it resolves"),
    Hint(
        _CLUSTER, r"TooManyLoadBalancers|LoadBalancerFailed", RETRIED, "see the quota and the subnets of load balancers"
    ),
    Hint(_CLUSTER, r"ASGProvisionFailed|InstanceRefreshFailed", RETRIED, "see the events of the AWSMachinePool"),
    Hint(
        _CLUSTER,
        r"EKS\w*ReconciliationFailed|IAM\w*RolesReconciliationFailed",
        RETRIED,
        ("see the IAM roles, and whether EKS has this version"),
    ),
    Hint(_CLUSTER, r"ReconciliationStarted|CreationStarted|InstanceProvisionStarted", WAIT),
)
