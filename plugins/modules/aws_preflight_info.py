#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS would say to clusters that are described."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_preflight_info
short_description: Ask AWS whether clusters can be made there as they are described
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Judges short descriptions of clusters by what AWS says to them now. Looks at quotas with the machines of a rollout
    included, images, keys, instance profiles, instance types, zones, networks, subnets and their routes. Reads only.
  - All clusters of one account and region belong into one task. What they need together is summed up, and each
    question is asked once, however many clusters there are.
  - What a cluster has already, by the tags of Cluster API's provider, is not needed once more, so that clusters that
    exist can be judged, too.
  - Findings do not fail the task; see RV(verdict). What may not be read is C(unknown), and never taken for good.
options:
  clusters:
    description:
      - The clusters, each a map with C(name), C(namespace), C(kubernetes_version), C(flavor), C(aws), C(control_plane)
        and C(node_pools). The values are those of C(cluster_kubernetes_version), C(cluster_flavor), C(cluster_aws),
        C(cluster_control_plane) and C(cluster_node_pools) of the role P(capi.lifecycle.cluster#role).
      - C(versions) may name several versions in place of C(kubernetes_version), as an upgrade over several minor
        versions needs images of each.
      - Keys that are not known here are of no interest here; the role refuses misspelt ones.
    type: list
    elements: dict
    required: true
  skip_checks:
    description: Ids of checks whose findings shall not count. They are told as C(skipped).
    type: list
    elements: str
    default: []
  try_run_instances:
    description:
      - Ask by a dry run of C(RunInstances) whether these credentials may start machines. Of use where they are those of
        Cluster API's provider.
    type: bool
    default: false
  region:
    description: Region; by default that of the environment or the profile. The clusters must be described for it.
    type: str
    aliases: [aws_region]
  profile:
    description: A profile of the AWS configuration files.
    type: str
    aliases: [aws_profile]
  access_key:
    description: Access key; by default credentials are found as boto3 does.
    type: str
    aliases: [aws_access_key_id]
  secret_key:
    description: Secret key.
    type: str
    aliases: [aws_secret_access_key]
  session_token:
    description: Session token of temporary credentials.
    type: str
    aliases: [aws_session_token]
  endpoint_url:
    description: URL that is asked in place of AWS's own, for all services; E(AWS_ENDPOINT_URL) does the same.
    type: str
    aliases: [aws_endpoint_url]
  validate_certs:
    description: Whether the certificates of AWS are checked.
    type: bool
    default: true
  aws_ca_bundle:
    description: A file with certificates of authorities, in place of those of boto3.
    type: path
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
requirements:
  - boto3
seealso:
  - module: capi.lifecycle.cluster
"""

EXAMPLES = r"""
- name: Ask AWS about a cluster
  capi.lifecycle.aws_preflight_info:
    region: us-east-1
    clusters:
      - name: prod-east
        kubernetes_version: v1.36.3
        aws:
          region: us-east-1
          ssh_key_name: ops
          load_balancer: {type: nlb, scheme: internal}
          vpc_id: vpc-0a1b2c3d4e5f60718
          private_subnets: [subnet-0aaaaaaaaaaaaaaa1, subnet-0bbbbbbbbbbbbbbb2]
        control_plane: {replicas: 3, instance_type: m6i.xlarge, root_volume_gib: 80}
        node_pools:
          - {name: workers, replicas: 5, instance_type: m6i.xlarge, root_volume_gib: 80}
  register: preflight

- name: Stop here if it cannot work
  ansible.builtin.assert:
    that: preflight.verdict != 'fail'
    fail_msg: "{{ preflight.table | join('\n') }}"
"""

RETURN = r"""
verdict:
  description: The worst of the list, V(ok), V(warn) or V(fail). What is unknown counts as a warning.
  returned: success
  type: str
  sample: fail
counts:
  description: How many lines there are of each status.
  returned: success
  type: dict
  sample: {"fail": 1, "ok": 18}
checks:
  description: The list, in the order of telling; a check that finds several things has several lines.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name of the check.
      returned: always
      type: str
      sample: key-pair
    status:
      description: V(ok), V(warn), V(fail), V(unknown) or V(skipped).
      returned: always
      type: str
    message:
      description: What was found.
      returned: always
      type: str
      sample: There is no key pair 'ops' in us-east-1.
    remedy:
      description: What to do.
      returned: always
      type: str
    clusters:
      description: Names of the clusters that it concerns.
      returned: always
      type: list
      elements: str
    evidence:
      description: The figures and names that it was judged from.
      returned: always
      type: dict
table:
  description: The same as lines for people.
  returned: success
  type: list
  elements: str
provider:
  description: V(aws), for telling lists apart.
  returned: success
  type: str
account:
  description: The account that was asked.
  returned: success
  type: str
  sample: "123456789012"
region:
  description: The region that was asked.
  returned: success
  type: str
requests:
  description: How many requests AWS got.
  returned: success
  type: int
  sample: 21
"""

from ..module_utils._aws_preflight import read_aws_preflight
from ..module_utils._module import Operation, run

SPEC = {
    "clusters": {"type": "list", "elements": "dict", "required": True},
    "skip_checks": {"type": "list", "elements": "str", "default": []},
    "try_run_instances": {"type": "bool", "default": False},
    "region": {"type": "str", "aliases": ["aws_region"]},
    "profile": {"type": "str", "aliases": ["aws_profile"]},
    "access_key": {"type": "str", "no_log": True, "aliases": ["aws_access_key_id"]},
    "secret_key": {"type": "str", "no_log": True, "aliases": ["aws_secret_access_key"]},
    "session_token": {"type": "str", "no_log": True, "aliases": ["aws_session_token"]},
    "endpoint_url": {"type": "str", "aliases": ["aws_endpoint_url"]},
    "validate_certs": {"type": "bool", "default": True},
    "aws_ca_bundle": {"type": "path"},
}
RULES = {
    "required_together": [("access_key", "secret_key")],
    "mutually_exclusive": [("profile", "access_key")],
}
OPERATION = Operation(SPEC, read_aws_preflight, RULES, connects=False, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
