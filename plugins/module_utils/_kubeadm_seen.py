# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One look at a node, and through its API server at the cluster. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ._certificate_hash import public_key_hash
from ._errors import CapiError, Failed
from ._etcd_words import parsed
from ._host import Host
from ._host_words import MIB, addresses_of, cgroup_of, kubeadm_commands, listening_of, memory_of, os_of, swap_of
from ._kubeadm_words import certificates_of, cluster_of, server_of, version_of
from ._local_etcd import data_folder, local_etcd
from ._local_kube import ADMIN, FOLDER, items_of, local_kube
from ._node_words import budgets_of, image_version, nodes_of, static_pods_of

STEPS_OF_INIT = ("configmap/kubeadm-config", "daemonset/kube-proxy", "deployment/coredns")
TIME_SERVICES = ("systemd-timesyncd", "chrony", "chronyd", "ntpsec", "ntpd", "ntp")
PLACES = ("/", "/var/lib", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet")


def look(host: Host, node_name: str | None, subsets: Sequence[str]) -> dict[str, Any]:
    """Facts by subset, and ``problems``: for each subset that could not be read, why. Such a subset is None."""
    name = node_name or host.hostname()
    facts: dict[str, Any] = {"problems": {}}
    for subset in subsets:
        try:
            facts[subset] = READERS[subset](host, name)
        except CapiError as error:
            facts[subset] = None
            facts["problems"][subset] = str(error)
    return facts


def _host(host: Host, _name: str) -> dict[str, Any]:
    files = {place: host.free(place) for place in PLACES}
    commands = {pid: host.read(f"/proc/{pid}/cmdline") or "" for pid in host.names("/proc") if pid.isdigit()}
    active = host.run("systemctl", "is-active", *TIME_SERVICES).stdout.split()
    return {
        "os": os_of(host.read("/etc/os-release")),
        "kernel": host.kernel(),
        "cpus": host.processors(),
        "memory_mib": memory_of(host.read("/proc/meminfo")),
        "cgroup": cgroup_of(host.read("/proc/mounts")),
        "swap": swap_of(host.read("/proc/swaps")),
        "machine_id": (host.read("/etc/machine-id") or "").strip(),
        "addresses": addresses_of(host.run("ip", "-json", "address").stdout),
        "ports": listening_of(host.read(f"/proc/net/{table}") for table in ("tcp", "tcp6")),
        "free_mib": {place: found[1] // MIB for place, found in files.items() if found},
        "kubeadm_running": kubeadm_commands(commands),
        "time_service": next((name for name, state in zip(TIME_SERVICES, active) if state == "active"), ""),
    }


def _node(host: Host, name: str) -> dict[str, Any]:
    manifests = _manifests(host)
    kubelet_conf = host.read(f"{FOLDER}/kubelet.conf")
    return {
        "name": name,
        "role": "control_plane" if "kube-apiserver" in manifests else "worker" if kubelet_conf else "none",
        "manifests": manifests,
        "traces": _traces(host),
        "etcd_data": bool(host.names(f"{data_folder(host)}/member")),
        "server": server_of(kubelet_conf),
        "ca_hash": public_key_hash(host.read(f"{FOLDER}/pki/ca.crt")),
        "kubeadm": version_of(host.run("kubeadm", "version", "-o", "short").stdout),
        "kubelet": version_of(host.run("kubelet", "--version").stdout),
        "kubelet_active": host.run("systemctl", "is-active", "kubelet").stdout.strip() == "active",
        "containerd": host.run("containerd", "--version").stdout.strip(),
        "api": _api(host, manifests),
    }


def _traces(host: Host) -> list[str]:
    """Files that an earlier kubeadm left: a host with none of them is new."""
    files = ("admin.conf", "bootstrap-kubelet.conf", "kubelet.conf", "pki/ca.crt", "pki/ca.key")
    found = [f"{FOLDER}/{file}" for file in files if host.exists(f"{FOLDER}/{file}")]
    return found + [f"{FOLDER}/manifests/{name}.yaml" for name in _manifests(host)]


def _manifests(host: Host) -> list[str]:
    return [file[: -len(".yaml")] for file in host.names(f"{FOLDER}/manifests") if file.endswith(".yaml")]


def _api(host: Host, manifests: Sequence[str]) -> dict[str, Any]:
    """The API server of this node: server, ready, version, message. Not ready where there is none."""
    if "kube-apiserver" not in manifests:
        return {"server": "", "ready": False, "version": "", "message": "there is none on this node"}
    try:
        kube = local_kube(host)
    except CapiError as error:
        return {"server": "", "ready": False, "version": "", "message": str(error)}
    try:
        kube.raw("/readyz")
        version = parsed(kube.raw("/version"), "kubectl get --raw /version").get("gitVersion", "")
    except CapiError as error:
        return {"server": kube.server, "ready": False, "version": "", "message": str(error)}
    return {"server": kube.server, "ready": True, "version": version, "message": ""}


def _cluster(host: Host, _name: str) -> dict[str, Any]:
    """What kubeadm keeps in the cluster; ``missing`` names the parts of ``kubeadm init`` that are not there."""
    kube = local_kube(host)
    found = items_of(kube.get("-n", "kube-system", *STEPS_OF_INIT, "--ignore-not-found"))
    there = {f"{item['kind'].lower()}/{item['metadata']['name']}": item for item in found if "metadata" in item}
    public = items_of(kube.get("-n", "kube-public", "configmap/cluster-info", "--ignore-not-found"))
    information = next((item for item in public if item.get("metadata")), None)
    missing = [part for part in STEPS_OF_INIT if part not in there] + (
        [] if information else ["configmap/cluster-info"]
    )
    return {
        **cluster_of(there.get(STEPS_OF_INIT[0], {})),
        "kube_proxy_version": image_version(_image(there.get(STEPS_OF_INIT[1]))),
        "uid": kube.get("namespace", "kube-system")["metadata"]["uid"],
        "public_server": server_of((information or {}).get("data", {}).get("kubeconfig")),
        "missing": missing,
    }


def _image(workload: Mapping[str, Any] | None) -> str:
    """The image of a workload's first container; ``''`` where it is not there."""
    containers = (workload or {}).get("spec", {}).get("template", {}).get("spec", {}).get("containers") or [{}]
    return str(containers[0].get("image", ""))


def _nodes(host: Host, _name: str) -> list[dict[str, Any]]:
    kube = local_kube(host)
    pods = items_of(kube.get("-n", "kube-system", "pods", "-l", "tier=control-plane"))
    return nodes_of(items_of(kube.get("nodes")), pods)


def _budgets(host: Host, _name: str) -> list[dict[str, Any]]:
    return budgets_of(items_of(local_kube(host).get("poddisruptionbudgets.policy", "-A")))


def _etcd(host: Host, _name: str) -> dict[str, Any]:
    return local_etcd(host).look()


def _etcd_hashes(host: Host, _name: str) -> list[dict[str, Any]]:
    return local_etcd(host).hashes()


def _certificates(host: Host, name: str) -> list[dict[str, Any]]:
    local_kube(host)  # on a worker kubeadm only says that a key is missing
    done = host.run("kubeadm", "certs", "check-expiration", "-o", "json", "--kubeconfig", ADMIN)
    if done.rc:
        raise Failed(f"kubeadm certs check-expiration on {name} failed: {done.why}")
    return certificates_of(done.stdout)


def _static_pods(host: Host, name: str) -> list[dict[str, Any]]:
    kube = local_kube(host)
    wanted = parsed(kube.raw(f"/api/v1/nodes/{name}/proxy/pods"), f"the kubelet of {name}").get("items") or []
    running = host.run("crictl", "ps", "--state", "running", "-o", "json")
    if running.rc:
        raise Failed(f"crictl on {name} does not list containers: {running.why}")
    mirrors = items_of(kube.get("-n", "kube-system", "pods", "--field-selector", f"spec.nodeName={name}"))
    return static_pods_of(wanted, parsed(running.stdout, "crictl ps").get("containers") or [], mirrors)


READERS: dict[str, Callable[[Host, str], Any]] = {
    "host": _host,
    "node": _node,
    "cluster": _cluster,
    "nodes": _nodes,
    "etcd": _etcd,
    "etcd_hashes": _etcd_hashes,
    "certificates": _certificates,
    "static_pods": _static_pods,
    "budgets": _budgets,
}
