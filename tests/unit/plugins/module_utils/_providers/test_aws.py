# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS without AWS: the page holds the table and the rights, questions are few, patterns are those of EC2.

What the checks say to real answers is in tests/clouds/aws.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._checks import run_checks
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.answers import NoAnswer
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.aws import CHECKS
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.aws_ground import AwsGround
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.aws_needs import AwsWish, quota_of, wishes_of
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.aws_questions import (
    first_questions,
    is_like,
    later_questions,
)

PAGE = (Path(__file__).resolve().parents[5] / "docs/preflight.md").read_text(encoding="utf-8")
MACHINE = {"instance_type": "m6i.xlarge", "root_volume_gib": 80}
_SERVICES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


def wishes(number: int = 1, **aws: Any) -> list[AwsWish]:
    described = {
        "kubernetes_version": "v1.36.3",
        "aws": {"region": "us-east-1", "ssh_key_name": "ops", **aws},
        "control_plane": {"replicas": 3, **MACHINE},
        "node_pools": [{"name": "workers", "replicas": 5, **MACHINE}],
    }
    return wishes_of([{**described, "name": f"c{n}"} for n in range(number)], "us-east-1")


GIVEN = {"vpc_id": "vpc-1", "private_subnets": ["subnet-1"], "load_balancer": {"type": "classic"}}


def test_ids_are_unique() -> None:
    assert len({c.id for c in CHECKS}) == len(CHECKS)


def test_the_documentation_has_this_table() -> None:
    section = PAGE.partition("## AWS")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c.id}` | {c.severity} | {c.what} | {c.remedy} |" for c in CHECKS]


def test_the_documented_rights_are_those_that_are_used() -> None:
    policy = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])  # type: ignore[index]
    many = [{"control_plane_instance_profile": f"p{n}"} for n in range(5)]
    all_wishes = [*wishes(), *wishes(**GIVEN), *(w for more in many for w in wishes(**more))]
    asked = [*first_questions(wishes()), *first_questions(all_wishes), *later_questions(wishes(), {}, tries=False)]
    used = {f"{_SERVICES.get(q.service, q.service)}:{str(q).partition(':')[2]}" for q in asked}
    used.add("servicequotas:GetAWSDefaultServiceQuota")  # of accounts that never asked for more
    assert set(policy["Statement"][0]["Action"]) == used


def test_questions_do_not_grow_with_clusters() -> None:
    assert [str(q) for q in first_questions(wishes(50))] == [str(q) for q in first_questions(wishes())]


def test_the_types_that_run_are_asked_for_with_those_that_are_wanted() -> None:
    running = [{"Instances": [{"InstanceType": "c5.large"}]}]
    asked = next(later_questions(wishes(), {"instances": running}, tries=False))
    assert asked.parameters["Filters"] == [{"Name": "instance-type", "Values": ["c5.large", "m6i.xlarge"]}]


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("capa-ami-ubuntu-24.04-v1.36.3-17", "capa-ami-ubuntu-24.04-?1.36.3-*", True),
        ("capa-ami-ubuntu-24.04-1.36.3-17", "capa-ami-ubuntu-24.04-?1.36.3-*", True),
        ("capa-ami-ubuntu-24.04-vv1.36.3-17", "capa-ami-ubuntu-24.04-?1.36.3-*", False),
        ("capa-ami-ubuntu-24.04-v1.36.30-17", "capa-ami-ubuntu-24.04-?1.36.3-*", False),
        ("capa-ami-ubuntu-24x04-v1.36.3-17", "capa-ami-ubuntu-24.04-?1.36.3-*", False),
    ],
)
def test_patterns_are_those_of_ec2(text: str, pattern: str, fits: bool) -> None:
    assert is_like(text, pattern) is fits


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("m6i.xlarge", "L-1216C47A"),
        ("im4gn.large", "L-1216C47A"),
        ("g5.xlarge", "L-DB2E81BA"),
        ("inf2.xlarge", "L-1945791B"),
        ("x2idn.16xlarge", "L-7295265B"),
        ("p5.48xlarge", "L-417A185B"),
        ("u-6tb1.metal", "L-43DA4232"),
    ],
)
def test_the_quota_that_counts_a_type(kind: str, code: str) -> None:
    found = quota_of(kind)
    assert found
    assert found.code == code


def test_spot_instances_are_counted_by_another_quota() -> None:
    found = quota_of("m6i.xlarge", spot=True)
    assert found
    assert found.code == "L-34B43A08"
    assert quota_of("u-6tb1.metal", spot=True) is None


@pytest.mark.parametrize(
    ("aws", "pool", "most"),
    [
        ({}, {"replicas": 5}, 6),
        ({"zones": ["us-east-1a", "us-east-1b"]}, {"replicas": 5}, 7),
        ({"zones": ["us-east-1a", "us-east-1b"]}, {"replicas": 5, "zones": ["us-east-1a"]}, 6),
        ({"vpc_id": "vpc-1", "private_subnets": [{"id": "subnet-1"}, "subnet-2", "subnet-3"]}, {"replicas": 5}, 8),
        ({"vpc_id": "vpc-1", "private_subnets": ["subnet-1", "subnet-2", "subnet-3"]}, {"replicas": 2}, 4),
        ({}, {"autoscale": {"min": 1, "max": 9}}, 10),
        ({}, {"replicas": 0}, 0),
    ],
)
def test_a_rollout_adds_a_machine_for_each_part_of_a_pool(aws: Any, pool: Any, most: int) -> None:
    described = {
        "name": "dev",
        "kubernetes_version": "v1.36.3",
        "aws": {"region": "us-east-1", **aws},
        "node_pools": [{"name": "w", "instance_type": "m6i.xlarge", **pool}],
    }
    assert [g.most for g in wishes_of([described], "us-east-1")[0].groups] == [most]


def test_a_right_that_is_missing_is_unknown_everywhere_and_good_nowhere() -> None:
    """403 to every question but the first: no line is green that depends on an answer."""
    all_wishes = [*wishes(), *wishes(**GIVEN)]
    questions = [*first_questions(all_wishes), *later_questions(all_wishes, {}, tries=True)]
    answers: dict[str, Any] = {q.name: NoAnswer(str(q), "UnauthorizedOperation", "no") for q in questions}
    answers |= {"who": {"Account": "1", "Arn": "a"}, "trial": NoAnswer("x", "UnauthorizedOperation", "no")}
    found = run_checks(CHECKS, AwsGround("us-east-1", all_wishes, answers), [])
    assert {r.status for r in found if r.id not in ("credentials", "load-balancer-scheme", "permission")} == {"unknown"}
    assert all("UnauthorizedOperation" in r.message for r in found if r.status == "unknown")
