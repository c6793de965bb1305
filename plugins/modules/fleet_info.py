#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge all clusters of a management cluster and itself; the work is in module_utils/_fleet_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_info
short_description: Judge all workload clusters of a management cluster, and itself
version_added: 0.1.0
description:
  - Reads a management cluster once and tells of each workload cluster what a person on call asks; health, versions and
    their end of life, certificates, machines, rollouts, what is paused or held and by whom, safeguards that are
    missing, templates that are left over.
  - Sends one LIST for each kind of object, however many clusters there are. Reads no Secret.
  - Where rights are missing for other things than clusters and their machines, these parts are unknown, and say why.
  - The role P(capi.lifecycle.report#role) makes pages and tables of it.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  namespace:
    description:
      - Namespace to read. All namespaces when it is left out or empty.
    type: str
    default: ""
  label_selector:
    description:
      - Only clusters whose labels match, in the syntax of C(kubectl --selector), for example V(env=prod,tier!=web).
    type: str
  environment_label:
    description:
      - Label of a cluster that names its environment.
    type: str
    default: env
  labels:
    description:
      - Labels that are returned with the clusters. Others are not.
    type: list
    elements: str
    default: []
  certificates_days:
    description:
      - A certificate with fewer days left is a finding V(certificates), with fewer than twice as many
        V(certificates_soon).
    type: int
    default: 30
  end_of_life_days:
    description:
      - A release that is maintained for fewer days is a finding V(end_of_life_soon).
    type: int
    default: 60
  stall_timeout:
    description:
      - Seconds after which a rollout in which nothing moves is a finding V(stuck_rollout).
    type: int
    default: 900
  support:
    description:
      - Until when releases are maintained, in the place of the built-in data. RV(support) has its shape.
      - Of C(kubernetes), C(cluster_api), C(providers) and C(sources) those that are left out stay as they are;
        C(as_of), the day of the data, must be given.
    type: dict
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
  - capi.lifecycle.management
  - capi.lifecycle.releases
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.cluster_info
  - module: capi.lifecycle.management_cluster_info
"""

EXAMPLES = r"""
- name: Judge all clusters
  capi.lifecycle.fleet_info:
  register: fleet

- name: Name the clusters that are not available
  ansible.builtin.debug:
    msg: "{{ fleet.clusters | selectattr('health.state', 'equalto', 'unhealthy') | map(attribute='name') }}"

- name: Judge the production clusters by rules of one's own
  capi.lifecycle.fleet_info:
    label_selector: env=prod
    certificates_days: 90
    support:
      as_of: "2026-11-27"
      kubernetes:
        v1.33: "2027-06-30" # with extended support of the vendor
        v1.34: "2027-10-30"
"""

RETURN = r"""
read_at:
  description: When the management cluster was read, in UTC.
  returned: success
  type: str
  sample: "2026-11-27T08:00:00Z"
management_cluster:
  description: The management cluster itself.
  returned: success
  type: dict
  contains:
    server:
      description: URL of its API server.
      type: str
      returned: always
    uid:
      description: UID of its C(kube-system) namespace. V(null) where it may not be read.
      type: str
      returned: always
    reachable:
      description: Always V(true); reports have V(false) for one that could not be read.
      type: bool
      returned: always
    error:
      description: Always V(null); reports say here why one could not be read.
      type: str
      returned: always
    clusters:
      description: How many workload clusters were read.
      type: int
      returned: always
    cluster_api:
      description: C(version) and C(contract) of Cluster API, and C(end_of_life), C(days) until then, C(state).
      type: dict
      returned: always
    kubernetes:
      description: The same of its own Kubernetes, and whether this Cluster API supports it (C(supported), C(range)).
      type: dict
      returned: always
    providers:
      description: C(label), C(type), C(version), C(namespace), C(end_of_life), C(days) and C(state) of each provider.
      type: list
      elements: dict
      returned: always
    mismatches:
      description: Providers that do not go together.
      type: list
      elements: str
      returned: always
    not_healthy:
      description: What is wrong with the Deployments of providers.
      type: list
      elements: str
      returned: always
    templates:
      description: Templates of no cluster that is there, as RV(clusters[].templates).
      type: dict
      returned: always
    unread:
      description: What could not be read, and why.
      type: dict
      returned: always
    findings:
      description: As RV(clusters[].findings).
      type: list
      elements: dict
      returned: always
clusters:
  description: The clusters, by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the cluster.
      type: str
      returned: always
    namespace:
      description: Its namespace.
      type: str
      returned: always
    uid:
      description: UID of the Cluster object.
      type: str
      returned: always
    api_version:
      description: API version that it was read in.
      type: str
      returned: always
    created:
      description: When it was created.
      type: str
      returned: always
    age:
      description: Seconds since then.
      type: int
      returned: always
    class:
      description: Name of the ClusterClass, V(null) for a cluster of plain objects.
      type: str
      returned: always
    gitops:
      description: The GitOps C(tool) that owns the cluster, and the C(sign) of it, or V(null).
      type: dict
      returned: always
    protected:
      description: Whether the label C(capi.lifecycle/protected) is set, other than to V(false).
      type: bool
      returned: always
    environment:
      description: Value of O(environment_label).
      type: str
      returned: always
    labels:
      description: Those of O(labels) that it has.
      type: dict
      returned: always
    infrastructure:
      description: Kind of its infrastructure object.
      type: str
      returned: always
    control_plane:
      description: Kind of its control plane.
      type: str
      returned: always
    health:
      description:
        - C(state) is V(healthy), V(rolling), V(provisioning), V(degraded) (available, but not as wanted),
          V(unhealthy), V(paused) or V(deleting).
        - C(available), C(ready) and C(waits_for) as P(capi.lifecycle.cluster_info#module) has them; C(reachable) is
          whether Cluster API reaches its API server, V(null) while it is not said.
      type: dict
      returned: always
    kubernetes:
      description:
        - C(version) is wanted; C(lowest) is the lowest version of a machine, C(control_plane) and C(workers) have all.
        - C(end_of_life), C(days) until then and C(state) (V(maintained), V(ended), V(unknown)) are those of C(lowest).
        - C(newest_patch) is a newer patch release, C(unsupported) says why Cluster API does not go with a version.
      type: dict
      returned: always
    machines:
      description:
        - C(total), C(ready), C(wanted), C(outdated), C(deleting), C(versions) with their numbers.
        - C(oldest) has C(name), C(created) and C(days).
      type: dict
      returned: always
    certificates:
      description: C(days) until the first certificate of the control plane ends, and C(end); V(null) where not known.
      type: dict
      returned: always
    rollout:
      description:
        - V(null) where nothing moves. C(what) moves, C(since), for how many C(seconds); C(still) is the seconds since
          anything moved, C(stuck) whether that is O(stall_timeout) or more, C(why) what may hold it.
      type: dict
      returned: always
    deletion:
      description: C(since), C(seconds) and C(reason) of a cluster that is being deleted, else V(null).
      type: dict
      returned: always
    paused:
      description: What is paused, by C(kind) and C(name), and the field managers that said so (C(by)).
      type: list
      elements: dict
      returned: always
    held:
      description: What an annotation holds back from an upgrade, by C(kind), C(name), C(annotation), and C(by).
      type: list
      elements: dict
      returned: always
    autoscaled:
      description: Node pools that an autoscaler sizes.
      type: list
      elements: str
      returned: always
    templates:
      description:
        - Its templates that nothing refers to (C(unreferenced)), that only MachineSets without machines refer to
          (C(stale)), and that it refers to but are not there (C(missing)). V(null) where they may not be read.
      type: dict
      returned: always
    no_drain_timeout:
      description: Control plane and node pools whose nodes may drain for ever.
      type: list
      elements: str
      returned: always
    no_health_check:
      description: Control plane and node pools that no MachineHealthCheck looks at. V(null) where they may not be read.
      type: list
      elements: str
      returned: always
    findings:
      description:
        - What is not as it should be; C(id), C(severity) (V(block), V(warn), or V(unknown) for what could not be
          judged) and C(message).
      type: list
      elements: dict
      returned: always
support:
  description:
    - The support data that was used. C(as_of) is its day, C(sources) where it was read; C(kubernetes), C(cluster_api)
      and C(providers) (by label) have the end of life of minor releases, or V(maintained) where none is set.
  returned: success
  type: dict
"""

from ..module_utils._argspec import RELEASES
from ..module_utils._fleet_info import read_fleet
from ..module_utils._module import Operation, run

SPEC = {
    "namespace": {"type": "str", "default": ""},
    "label_selector": {"type": "str"},
    "environment_label": {"type": "str", "default": "env"},
    "labels": {"type": "list", "elements": "str", "default": []},
    "certificates_days": {"type": "int", "default": 30},
    "end_of_life_days": {"type": "int", "default": 60},
    "stall_timeout": {"type": "int", "default": 900},
    "support": {"type": "dict"},
    **RELEASES,
}
OPERATION = Operation(SPEC, read_fleet, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
