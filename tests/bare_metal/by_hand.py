# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane by the commands that an administrator types, without a role: what a bed must stand on its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from driving import Metal
from metal.place import ENDPOINT, HUB_ADDRESS, PACKAGES, POD_NETWORK, REGISTRY, Machine
from metal.registry import PREFIX

CONTAINERD = f"""\
version = 3
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{PREFIX}/pause:3.10.1'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = true
"""
MIRROR = f"""\
server = "{REGISTRY}/v2/{PREFIX}"
[host."{REGISTRY}/v2/{PREFIX}"]
  capabilities = ["pull", "resolve"]
  override_path = true
"""
FILES = {
    "/etc/containerd/config.toml": CONTAINERD,
    f"/etc/containerd/certs.d/{PREFIX}/hosts.toml": MIRROR,
    "/etc/crictl.yaml": "runtime-endpoint: unix:///run/containerd/containerd.sock\n",
    "/etc/sysctl.d/90-kubernetes.conf": "net.ipv4.ip_forward = 1\n",
}


def write(metal: Metal, name: str, path: str, content: str) -> None:
    metal.run(name, f"mkdir -p $(dirname {path}) && cat >{path}", text=content)


def take_repository(metal: Metal, name: str, minor: str) -> None:
    """The packages of this minor, as the documentation of Kubernetes says."""
    place = f"{PACKAGES}/core:/stable:/v{minor}/deb"
    key = "/etc/apt/keyrings/kubernetes.asc"
    metal.run(name, f"mkdir -p /etc/apt/keyrings && curl -fsS {place}/Release.key -o {key}")
    write(metal, name, "/etc/apt/sources.list.d/kubernetes.list", f"deb [signed-by={key}] {place}/ /\n")
    metal.run(name, "apt-get -qq update")


def install(metal: Metal, name: str, *packages: str) -> None:
    words = "apt-get -qq install -y --allow-change-held-packages"
    metal.run(name, f"DEBIAN_FRONTEND=noninteractive {words} {' '.join(packages)}")


def prepare(metal: Metal, name: str, version: str) -> None:
    """containerd and the packages of Kubernetes, not started yet."""
    take_repository(metal, name, version.rpartition(".")[0])
    install(metal, name, "containerd", *(f"{program}={version}-1.1" for program in ("kubelet", "kubeadm", "kubectl")))
    for path, content in FILES.items():
        write(metal, name, path, content)
    metal.run(name, "systemctl restart containerd && sysctl -q --load=/etc/sysctl.d/90-kubernetes.conf")


def kubeadm_configuration(machine: Machine, version: str) -> str:
    """For kubeadm init, as YAML documents; with what the machines of a bed need and others do not."""
    shared = {"apiVersion": "kubeadm.k8s.io/v1beta4"}
    node = {"name": machine.name, "ignorePreflightErrors": ["SystemVerification"]}
    node["kubeletExtraArgs"] = [{"name": "node-ip", "value": machine.address}]
    kubelet = {"cgroupsPerQOS": False, "enforceNodeAllocatable": ["none"]}
    documents = [
        {
            **shared,
            "kind": "InitConfiguration",
            "localAPIEndpoint": {"advertiseAddress": machine.address},
            "nodeRegistration": node,
        },
        {
            **shared,
            "kind": "ClusterConfiguration",
            "kubernetesVersion": f"v{version}",
            "controlPlaneEndpoint": f"{ENDPOINT}:6443",
            "networking": {"podSubnet": POD_NETWORK},
            "apiServer": {"certSANs": [ENDPOINT, HUB_ADDRESS]},
        },
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **kubelet},
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "conntrack": {"maxPerCore": 0},
        },
    ]
    return "\n---\n".join(map(json.dumps, documents))


def init(metal: Metal, name: str, version: str) -> None:
    write(metal, name, "/root/init.yaml", kubeadm_configuration(Machine(name), version))
    metal.run(name, "kubeadm init --config /root/init.yaml")


def upgrade(metal: Metal, names: Sequence[str], version: str) -> None:
    """To the next minor, as the documentation of kubeadm says; control planes come first in ``names``.

    kubeadm and the images are brought to all at once; then the static pods and the kubelets, one node after the other.
    """
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda name: _stage(metal, name, version), names))
    for number, name in enumerate(names):
        command = "apply --yes" if number == 0 else "node"
        metal.run(name, f"kubeadm upgrade {command} --config /root/upgrade.yaml")
    for name in names:
        _kubelet(metal, name, version, through=names[1] if name == names[0] and len(names) > 1 else names[0])


def _stage(metal: Metal, name: str, version: str) -> None:
    take_repository(metal, name, version.rpartition(".")[0])
    install(metal, name, f"kubeadm={version}-1.1")
    metal.run(name, f"kubeadm config images pull --kubernetes-version v{version}")
    settings = {"ignorePreflightErrors": ["SystemVerification"]}
    wish = {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "UpgradeConfiguration",
        "apply": {**settings, "kubernetesVersion": f"v{version}"},
        "node": settings,
    }
    write(metal, name, "/root/upgrade.yaml", json.dumps(wish))


def _kubelet(metal: Metal, name: str, version: str, through: str) -> None:
    """Off the node with its pods, the new kubelet in, and back. The only node of a cluster is not drained."""
    if through != name:
        metal.kubectl(through, f"drain {name} --ignore-daemonsets --delete-emptydir-data --timeout=300s")
    install(metal, name, f"kubelet={version}-1.1", f"kubectl={version}-1.1")
    metal.run(name, "systemctl daemon-reload && systemctl restart kubelet")
    if through != name:
        at_version = f"--for=jsonpath='{{.status.nodeInfo.kubeletVersion}}'=v{version}"
        metal.kubectl(through, f"wait node/{name} {at_version} --timeout=300s")
        metal.kubectl(through, f"wait node/{name} --for=condition=Ready --timeout=300s")
        metal.kubectl(through, f"uncordon {name}")
