#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenStack would say to clusters that are described."""

from __future__ import annotations

DOCUMENTATION = r"""
module: openstack_preflight_info
short_description: Ask OpenStack whether clusters can be made there as they are described
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Judges short descriptions of clusters by what OpenStack says to them now. Looks at quotas with the machines of a
    rollout included, images, flavors, key pairs, the external network, zones and Octavia. Reads only.
  - All clusters of one project belong into one task. What they need together is summed up, and each question is asked
    once, however many clusters there are.
  - Findings do not fail the task; see RV(verdict). What may not be read is C(unknown), and never taken for good.
options:
  clusters:
    description:
      - The clusters, each a map with C(name), C(namespace), C(kubernetes_version), C(openstack), C(control_plane) and
        C(node_pools). The values are those of C(cluster_kubernetes_version), C(cluster_openstack),
        C(cluster_control_plane) and C(cluster_node_pools) of the role P(capi.lifecycle.cluster#role).
      - C(versions) may name several versions in place of C(kubernetes_version).
      - Keys that are not known here are of no interest here; the role refuses misspelt ones.
    type: list
    elements: dict
    required: true
  skip_checks:
    description: Ids of checks whose findings shall not count. They are told as C(skipped).
    type: list
    elements: str
    default: []
  cloud:
    description:
      - Name of a cloud in C(clouds.yaml); by default E(OS_CLOUD), or what other variables C(OS_*) say.
      - The file is found as openstacksdk does, by E(OS_CLIENT_CONFIG_FILE) and in the usual places. The clusters must
        be described for this cloud.
    type: str
  auth:
    description: Authentication options, such as C(auth_url), C(username) and C(password), in place of O(cloud).
    type: dict
  auth_type:
    description: Plugin that O(auth) is for, such as V(v3applicationcredential).
    type: str
  region_name:
    description: Region.
    type: str
  validate_certs:
    description: Whether certificates are checked.
    type: bool
    default: true
  ca_cert:
    description: A file with certificates of authorities.
    type: path
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
requirements:
  - openstacksdk
seealso:
  - module: capi.lifecycle.cluster
"""

EXAMPLES = r"""
- name: Ask OpenStack about a cluster
  capi.lifecycle.openstack_preflight_info:
    cloud: prod
    clusters:
      - name: team-a
        kubernetes_version: v1.36.3
        openstack:
          cloud: prod
          image: {name: ubuntu-2404-kube-v1.36.3}
          ssh_key_name: ops
          api_load_balancer: octavia
        control_plane: {replicas: 3, flavor: m1.large}
        node_pools:
          - {name: workers, replicas: 5, flavor: m1.large}
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
  description: As RV(capi.lifecycle.aws_preflight_info#module:checks).
  returned: success
  type: list
  elements: dict
table:
  description: The same as lines for people.
  returned: success
  type: list
  elements: str
provider:
  description: V(openstack), for telling lists apart.
  returned: success
  type: str
account:
  description: Id of the project that was asked.
  returned: success
  type: str
region:
  description: The region, or the name of the cloud.
  returned: success
  type: str
"""

from ..module_utils._module import Operation, run
from ..module_utils._openstack_preflight import read_openstack_preflight

SPEC = {
    "clusters": {"type": "list", "elements": "dict", "required": True},
    "skip_checks": {"type": "list", "elements": "str", "default": []},
    "cloud": {"type": "str"},
    "auth": {"type": "dict", "no_log": True},
    "auth_type": {"type": "str"},
    "region_name": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_cert": {"type": "path"},
}
OPERATION = Operation(
    SPEC, read_openstack_preflight, {"mutually_exclusive": [("cloud", "auth")]}, connects=False, writes=False
)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
