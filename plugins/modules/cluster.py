#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workload cluster: present as described, or absent."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster
short_description: Create, change and delete workload clusters through Cluster API
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Makes sure that a workload cluster is as described, or gone, and waits until that is true.
  - A cluster is described by a ClusterClass and its variables (O(topology)), by a clusterctl template (O(template)),
    or by your own objects (O(manifests), O(manifest_files)) in the API version that you wrote them in.
  - Everything is checked before the first write, and all findings are told at once. This includes what Cluster API
    accepts and then waits for without end, such as a reference to an object that nobody wrote.
  - Templates of machines get names made from their content, and references follow, so that a changed template rolls its
    machines and an unchanged one never does.
options:
  state:
    description:
      - V(present) creates or changes the cluster, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  topology:
    description:
      - A cluster made from an existing ClusterClass.
    type: dict
    suboptions:
      class:
        description: Name of the ClusterClass.
        type: str
        required: true
      class_namespace:
        description: Namespace of the ClusterClass, where it is not the one of the cluster.
        type: str
      kubernetes_version:
        description: Version of Kubernetes, such as C(v1.35.4).
        type: str
        required: true
      control_plane_replicas:
        description: Number of control plane machines; odd.
        type: int
      node_pools:
        description: The node pools.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the node pool.
            type: str
            required: true
          class:
            description: Worker class of the ClusterClass.
            type: str
            required: true
          replicas:
            description: Number of machines. Leave it out where an autoscaler decides.
            type: int
          failure_domain:
            description: Failure domain of the machines.
            type: str
          labels:
            description: Labels of the node pool.
            type: dict
          annotations:
            description: Annotations of the node pool.
            type: dict
          variables:
            description: Variables that override those of the cluster.
            type: dict
      variables:
        description: Variables of the ClusterClass.
        type: dict
      pod_cidrs:
        description: Networks of the pods.
        type: list
        elements: str
      service_cidrs:
        description: Networks of the services.
        type: list
        elements: str
      service_domain:
        description: DNS domain of the services.
        type: str
      labels:
        description: Labels of the Cluster object.
        type: dict
      annotations:
        description: Annotations of the Cluster object.
        type: dict
  template:
    description:
      - A clusterctl cluster template. C(CLUSTER_NAME) and C(NAMESPACE) are set from O(name) and O(namespace).
      - The C(${VARIABLE}) forms of clusterctl are understood, with defaults; clusterctl itself is not needed.
    type: dict
    suboptions:
      path:
        description: File with the template.
        type: path
      url:
        description: Address of the template (https, http or file).
        type: str
      config_map:
        description: ConfigMap with the template, in the management cluster.
        type: dict
        suboptions:
          name:
            description: Name of the ConfigMap.
            type: str
            required: true
          namespace:
            description: Namespace of the ConfigMap; the cluster's by default.
            type: str
          key:
            description: Key of the template.
            type: str
            default: template
      variables:
        description: Values of the variables. Variables without a value and without a default are an error.
        type: dict
      keep_unknown:
        description: Leave variables without a value as they are, such as C(${COREOS_...}) in Ignition units.
        type: bool
        default: false
  manifests:
    description:
      - The objects of the cluster; a YAML text with one or more objects, an object, or a list of these.
    type: raw
  manifest_files:
    description:
      - Files with the objects of the cluster.
    type: list
    elements: path
  secrets:
    description:
      - Secrets beside the cluster, such as the credentials of its provider; keys and values by the name of the
        Secret. Their contents are never shown, and they are deleted with the cluster.
    type: dict
  addons:
    description:
      - Manifests that a ClusterResourceSet applies to the new cluster as soon as it answers, and again when they
        change, such as its network plugin and cloud controller manager.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the addon.
        type: str
        required: true
      path:
        description: File with the manifests.
        type: path
      url:
        description: Address of the manifests (https, http or file); O(addons[].sha256) is needed with it.
        type: str
      sha256:
        description: Checksum that the manifests must have.
        type: str
  force_conflicts:
    description:
      - Take over fields that another manager owns. By default the conflict is told, with the manager's name.
    type: bool
    default: false
  protected:
    description:
      - Refuse to delete the cluster without O(confirm).
      - A label C(capi.lifecycle/protected=true) on the Cluster does the same.
    type: bool
    default: false
  confirm:
    description:
      - Name of the cluster, to delete one that is protected.
    type: str
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - capi.lifecycle.management
  - capi.lifecycle.cluster_name
  - capi.lifecycle.wait
  - capi.lifecycle.attributes
seealso:
  - module: capi.lifecycle.cluster_info
  - module: capi.lifecycle.kubeconfig
"""

EXAMPLES = r"""
- name: Create a cluster from a ClusterClass
  capi.lifecycle.cluster:
    kubeconfig: ~/.kube/management
    name: team-a
    namespace: clusters
    topology:
      class: standard
      kubernetes_version: v1.35.4
      control_plane_replicas: 3
      node_pools:
        - name: workers
          class: default-worker
          replicas: 3

- name: Create a cluster from a clusterctl template
  capi.lifecycle.cluster:
    kubeconfig: ~/.kube/management
    name: team-b
    namespace: clusters
    template:
      path: cluster-template.yaml
      variables:
        KUBERNETES_VERSION: v1.35.4
        CONTROL_PLANE_MACHINE_COUNT: 3
        WORKER_MACHINE_COUNT: 3

- name: Create a cluster from your own objects
  capi.lifecycle.cluster:
    kubeconfig: ~/.kube/management
    name: team-c
    namespace: clusters
    manifest_files:
      - team-c.yaml

- name: Delete a protected cluster
  capi.lifecycle.cluster:
    kubeconfig: ~/.kube/management
    name: team-c
    namespace: clusters
    state: absent
    confirm: team-c
"""

RETURN = r"""
outcome:
  description: How the task ended, one of done, waiting, stalled, refused (nothing was changed), failed or unknown.
  returned: always
  type: str
  sample: done
server:
  description: API server of the management cluster.
  returned: success
  type: str
  sample: https://management.example:6443
name:
  description: Name of the cluster.
  returned: success
  type: str
namespace:
  description: Namespace of the cluster.
  returned: success
  type: str
objects:
  description: The objects of the cluster, with the names of the templates as they were chosen.
  returned: when O(state=present)
  type: list
  elements: str
  sample: ["Cluster clusters/team-a"]
changed_objects:
  description: Those of them that were changed, or in check mode would be.
  returned: when O(state=present)
  type: list
  elements: str
  sample: ["MachineDeployment clusters/team-a-workers"]
message:
  description: The state of the cluster in one line.
  returned: when O(state=present) and O(wait=true)
  type: str
  sample: "clusters/team-a: control plane 3/3, workers 3/3"
findings:
  description: What must be put right first.
  returned: when the description was refused
  type: list
  elements: dict
  contains:
    where:
      description: Object and field.
      returned: always
      type: str
    message:
      description: What was found, and what is wanted.
      returned: always
      type: str
missing:
  description: Everything that is not as wanted yet, the first cause first.
  returned: when O(state=present) and the outcome is waiting or stalled
  type: list
  elements: str
blocked_by:
  description: What holds the deletion up, with the reasons that the machines give.
  returned: when O(state=absent) and the outcome is waiting or stalled
  type: list
  elements: str
machines:
  description: Machines that are left.
  returned: when O(state=absent) and the outcome is waiting or stalled
  type: list
  elements: str
finalizers:
  description: Finalizers of the Cluster. They are never stripped.
  returned: when O(state=absent) and the outcome is waiting or stalled
  type: list
  elements: str
"""

from ..module_utils._argspec import CLUSTER_NAME, WAIT
from ..module_utils._cluster import ensure_cluster
from ..module_utils._module import Operation, run

_POOL = {
    "name": {"type": "str", "required": True},
    "class": {"type": "str", "required": True},
    "replicas": {"type": "int"},
    "failure_domain": {"type": "str"},
    "labels": {"type": "dict"},
    "annotations": {"type": "dict"},
    "variables": {"type": "dict"},
}
_TOPOLOGY = {
    "class": {"type": "str", "required": True},
    "class_namespace": {"type": "str"},
    "kubernetes_version": {"type": "str", "required": True},
    "control_plane_replicas": {"type": "int"},
    "node_pools": {"type": "list", "elements": "dict", "options": _POOL},
    "variables": {"type": "dict"},
    "pod_cidrs": {"type": "list", "elements": "str"},
    "service_cidrs": {"type": "list", "elements": "str"},
    "service_domain": {"type": "str"},
    "labels": {"type": "dict"},
    "annotations": {"type": "dict"},
}
_CONFIG_MAP = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "key": {"type": "str", "default": "template", "no_log": False},
}
_TEMPLATE = {
    "path": {"type": "path"},
    "url": {"type": "str"},
    "config_map": {"type": "dict", "options": _CONFIG_MAP},
    "variables": {"type": "dict"},
    "keep_unknown": {"type": "bool", "default": False},
}
_SOURCES = ["path", "url", "config_map"]
_ADDON = {
    "name": {"type": "str", "required": True},
    "path": {"type": "path"},
    "url": {"type": "str"},
    "sha256": {"type": "str"},
}
_ADDON_SOURCES = ["path", "url"]
SPEC = {
    **CLUSTER_NAME,
    **WAIT,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "topology": {"type": "dict", "options": _TOPOLOGY},
    "template": {
        "type": "dict",
        "options": _TEMPLATE,
        "mutually_exclusive": [_SOURCES],
        "required_one_of": [_SOURCES],
    },
    "manifests": {"type": "raw"},  # a list would be split at the commas of a YAML text
    "manifest_files": {"type": "list", "elements": "path"},
    "secrets": {"type": "dict", "no_log": True},
    "addons": {
        "type": "list",
        "elements": "dict",
        "options": _ADDON,
        "mutually_exclusive": [_ADDON_SOURCES],
        "required_one_of": [_ADDON_SOURCES],
    },
    "force_conflicts": {"type": "bool", "default": False},
    "protected": {"type": "bool", "default": False},
    "confirm": {"type": "str"},
}
_WAYS = ("topology", "template", "manifests", "manifest_files")
OPERATION = Operation(
    SPEC,
    ensure_cluster,
    rules={
        "mutually_exclusive": [["topology", "template", "manifests"], ["topology", "template", "manifest_files"]],
        "required_if": [["state", "present", _WAYS, True]],
    },
)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
