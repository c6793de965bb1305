#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a management cluster; the work is in module_utils/_management_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: management_cluster_info
short_description: Read a management cluster, its providers, API versions and health
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Reads which providers a management cluster has, in which versions, whether they are wholly installed and healthy,
    which API versions are served and stored, and whether its Kubernetes is supported.
  - A cluster without Cluster API is no error, RV(installed) is V(false) then.
  - Sends one LIST for each kind of object.
options: {}
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.management_cluster
"""

EXAMPLES = r"""
- name: Read the management cluster
  capi.lifecycle.management_cluster_info:
    kubeconfig: ~/.kube/management
  register: management

- name: Stop unless it is healthy and its Kubernetes is supported
  ansible.builtin.assert:
    that:
      - management.healthy
      - management.kubernetes.supported

- name: Name objects that an upgrade to Cluster API v1.16 would lose
  ansible.builtin.debug:
    var: management.leftovers_v1beta1
"""

RETURN = r"""
management_cluster_uid:
  description: UID of the C(kube-system) namespace, which names the cluster for ever.
  returned: success
  type: str
server:
  description: Address of the API server.
  returned: success
  type: str
installed:
  description: Whether the core provider is installed.
  returned: success
  type: bool
core_version:
  description: Version of the core provider, empty without it.
  returned: success
  type: str
contract:
  description: Contract of the core provider, V(v1beta1) or V(v1beta2).
  returned: success
  type: str
providers:
  description: The installed providers.
  returned: success
  type: list
  elements: dict
  contains:
    label:
      description: Name of the Provider object, such as C(infrastructure-aws).
      type: str
      returned: always
    name:
      description: Name of the provider, such as C(aws).
      type: str
      returned: always
    type:
      description: What it is for.
      type: str
      returned: always
    version:
      description: Its version.
      type: str
      returned: always
    namespace:
      description: Its namespace.
      type: str
      returned: always
    half_done:
      description: Why its installation or upgrade did not come to its end, empty where it did.
      type: str
      returned: always
half_installed:
  description: Labels of providers that have Deployments, but no Provider object.
  returned: success
  type: list
  elements: str
kubernetes:
  description: C(version), C(supported) (V(null) where it is not known), C(range), C(as_of) (date of the table).
  returned: success
  type: dict
crds:
  description: Kinds of Cluster API and its providers.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the CustomResourceDefinition.
      type: str
      returned: always
    kind:
      description: The kind.
      type: str
      returned: always
    group:
      description: Its group.
      type: str
      returned: always
    served:
      description: Served versions.
      type: list
      elements: str
      returned: always
    storage:
      description: Version in which objects are stored now.
      type: str
      returned: always
    stored:
      description: Versions in which objects may be stored.
      type: list
      elements: str
      returned: always
leftovers_v1beta1:
  description: Kinds of which objects may still be stored as V(v1beta1), although new ones are stored as V(v1beta2).
  returned: success
  type: list
  elements: str
healthy:
  description: Whether the core provider is installed and RV(not_healthy) is empty.
  returned: success
  type: bool
not_healthy:
  description: Deployments that are not Available and providers that are not wholly installed.
  returned: success
  type: list
  elements: dict
  contains:
    provider:
      description: Label of the provider, empty for cert-manager.
      type: str
      returned: always
    deployment:
      description: Namespace and name of the Deployment.
      type: str
      returned: always
    reason:
      description: What its conditions say.
      type: str
      returned: always
clusters:
  description: Number of workload clusters.
  returned: success
  type: int
"""

from ..module_utils._management_info import describe_management_cluster
from ..module_utils._module import Operation, run

SPEC: dict = {}
OPERATION = Operation(SPEC, describe_management_cluster, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
