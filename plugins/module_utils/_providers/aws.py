# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. AWS: what preflight checks there, in the order of telling. Pure data; docs/preflight.md is this table."""

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
