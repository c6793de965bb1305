#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a kubeadm node; the work is in module_utils/_kubeadm_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_info
short_description: Read a kubeadm node and its cluster, or wait until it is ready for the next step
version_added: 0.1.0
description:
  - Runs on the node, and needs nothing there but Python and what kubeadm nodes have, C(kubeadm), C(kubelet),
    C(kubectl), C(crictl). On a host that is not a node yet it tells so.
  - Asks the API server and the etcd member of this very node, not the endpoint of the cluster, so that it works while a
    load balancer is down.
  - A part that cannot be read is V(null), and RV(problems) says why. Nothing is guessed.
  - With O(until) and O(timeout) it is the gate between two steps on a cluster. All conditions must be seen twice in a
    row.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  subset:
    description:
      - What to read. V(host) and V(node) speak of this host; all others are asked from a control plane node.
      - V(etcd_hashes) lets each member of etcd read all of its keys.
    type: list
    elements: str
    choices: [host, node, cluster, nodes, etcd, etcd_hashes, certificates, static_pods, budgets]
    default: [host, node, cluster, nodes, etcd, certificates, static_pods, budgets]
  node_name:
    description:
      - Name of this host's Node, where it is not the hostname.
    type: str
  until:
    description:
      - Conditions to judge, and with O(timeout) to wait for. What they need is read besides O(subset).
      - V(api_ready), the API server of this node says that it is ready.
      - V(etcd_healthy), every member has started, votes and is healthy, and there is no alarm.
      - V(etcd_same), all members hold the same data at the same revision.
      - V(static_pods_settled), the static pods of this node run with the hash that the kubelet wants, and are Ready. A
        kubelet of a new minor version restarts all of them some 25 seconds after its Node is Ready.
      - V(node_ready), the Node of this host is Ready, with kubelet O(version) if that is given. V(nodes_ready), all
        are, or those of O(nodes).
      - V(kubeadm_idle), no kubeadm of an earlier run is still at work on this host.
    type: list
    elements: str
    choices: [api_ready, etcd_healthy, etcd_same, kubeadm_idle, node_ready, nodes_ready, static_pods_settled]
    default: []
  nodes:
    description:
      - Names of the Nodes of which V(nodes_ready) speaks; all by default.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - Seconds to wait for O(until); then the task fails and says what is missing. With 0 it looks once, and
        RV(unmet) tells.
    type: int
    default: 0
  version:
    description:
      - Version that kubelets shall have, such as V(v1.36.3), for V(node_ready) and V(nodes_ready).
    type: str
extends_documentation_fragment:
  - capi.lifecycle.attributes.info
seealso:
  - module: capi.lifecycle.etcd_member_info
  - module: capi.lifecycle.etcd_snapshot
"""

EXAMPLES = r"""
- name: Look at everything
  capi.lifecycle.kubeadm_info:
  register: seen

- name: Name the nodes that are not Ready, and why
  ansible.builtin.debug:
    msg: "{{ seen.nodes | rejectattr('ready') | items2dict(key_name='name', value_name='message') }}"

- name: Wait until this control plane has taken up its new kubelet, and etcd could lose a member
  capi.lifecycle.kubeadm_info:
    subset: []
    until: [api_ready, node_ready, static_pods_settled, etcd_healthy]
    version: v1.36.3
    timeout: 300
"""

RETURN = r"""
problems:
  description: Why a subset could not be read, by subset.
  returned: success
  type: dict
unmet:
  description: What keeps the conditions of O(until) from being true, in sentences.
  returned: success
  type: list
  elements: str
waited:
  description: Seconds that it took.
  returned: success
  type: float
host:
  description:
    - The host. C(os) with C(id), C(version), C(name), C(family); C(kernel), C(cpus), C(memory_mib), C(cgroup) (V(v1),
      V(v2)), C(swap) (C(device), C(mib)), C(machine_id), C(addresses) (C(interface), C(address), C(prefix)), C(ports)
      that are listened on, C(free_mib) by folder, C(time_service), C(kubeadm_running).
  returned: with V(host) in O(subset)
  type: dict
node:
  description:
    - This host as a node. C(name), C(role) (V(control_plane), V(worker), V(none)), C(manifests) of static pods,
      C(traces) of kubeadm, C(etcd_data), C(server) of its kubelet, C(ca_hash), installed C(kubeadm), C(kubelet) and
      C(containerd), C(kubelet_active), and C(api), its own API server, with C(server), C(ready), C(version),
      C(message).
  returned: with V(node) in O(subset)
  type: dict
cluster:
  description:
    - What kubeadm keeps of the cluster. C(name), C(kubernetes_version), C(endpoint), C(pod_subnet), C(service_subnet),
      C(image_repository), C(kube_proxy_version), C(configuration) as YAML text, C(uid) of kube-system,
      C(public_server), to which new hosts are sent, and C(missing), the parts of C(kubeadm init) that are not there.
  returned: with V(cluster) in O(subset)
  type: dict
nodes:
  description:
    - Nodes with C(name), C(uid), C(control_plane), C(control_plane_version) (two with a slash while its static pods
      differ), C(kubelet_version), C(ready), C(ready_status), C(message), C(cordoned), C(cordoned_by_us), C(taints),
      C(addresses), C(container_runtime), C(os_image), C(kernel).
  returned: with V(nodes) in O(subset)
  type: list
  elements: dict
etcd:
  description:
    - C(members) with C(name), C(id) (hexadecimal), C(peer_urls), C(client_urls), C(started), C(learner), C(healthy),
      C(error), C(version), C(leader), C(db_size), C(db_size_in_use) and C(quota) in bytes, C(raft_index),
      C(revision).
    - C(alarms) with C(member) and C(alarm). C(quorum) with C(voters), C(healthy), C(needed), and C(spare), how many
      more may be lost.
  returned: with V(etcd) in O(subset)
  type: dict
etcd_hashes:
  description:
    - Members of etcd with C(member), and C(hash) of the keys between C(compact_revision) and C(revision), which is the
      same for all.
  returned: with V(etcd_hashes) in O(subset)
  type: list
  elements: dict
certificates:
  description: Certificates with C(name), C(expires), C(days), C(ca), C(authority), C(missing).
  returned: with V(certificates) in O(subset)
  type: list
  elements: dict
static_pods:
  description:
    - Static pods of this node with C(name), C(component), C(version), C(hash) that the kubelet wants, C(running),
      C(mirror), C(ready), C(settled).
  returned: with V(static_pods) in O(subset)
  type: list
  elements: dict
budgets:
  description:
    - PodDisruptionBudgets that let no Pod go now, with C(namespace), C(name), C(healthy), C(wanted), C(pods).
  returned: with V(budgets) in O(subset)
  type: list
  elements: dict
"""

from ..module_utils._kubeadm_info import read_kubeadm
from ..module_utils._node_module import NodeOperation, run

SUBSETS = ["host", "node", "cluster", "nodes", "etcd", "certificates", "static_pods", "budgets"]
CHOICES = ["host", "node", "cluster", "nodes", "etcd", "etcd_hashes", "certificates", "static_pods", "budgets"]
CONDITIONS = [
    "api_ready",
    "etcd_healthy",
    "etcd_same",
    "kubeadm_idle",
    "node_ready",
    "nodes_ready",
    "static_pods_settled",
]
SPEC = {
    "subset": {"type": "list", "elements": "str", "choices": CHOICES, "default": SUBSETS},
    "node_name": {"type": "str"},
    "until": {"type": "list", "elements": "str", "choices": CONDITIONS, "default": []},
    "nodes": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 0},
    "version": {"type": "str"},
}
OPERATION = NodeOperation(SPEC, read_kubeadm, writes=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
