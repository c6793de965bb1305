# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of playbooks ask a cluster on machines, and how they run a playbook against it."""

from __future__ import annotations

import json
import os
from typing import Any

from bed import Run, kill
from driving import Metal
from metal.programs import RELEASES

ALL = bool(os.environ.get("BARE_METAL_ALL"))  # `make bare-metal`; without it, what takes long is left out
OLD, NEW = (release.version for release in RELEASES)
ON_CONTROL_PLANES = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": {"matchLabels": {"app": "web"}},
}
DATA = "kept-since-before"
CONFIRM = {"bare_metal_confirm": "bed"}


def play(metal: Metal, playbook: str, *arguments: str, version: str = OLD, **more: Any) -> Run:
    return metal.play(
        f"playbooks/bare_metal/{playbook}.yml", *arguments, bare_metal_kubernetes_version=f"v{version}", **more
    )


def changed(run: Run) -> dict[str, int]:
    """How much was changed, by host; those where nothing was are left out."""
    assert run.code == 0, run.output
    return {host: counts["changed"] for host, counts in run.recap.items() if counts["changed"]}


def nodes(metal: Metal, through: str = "cp1") -> dict[str, tuple[str, str]]:
    """Version and Ready by name of the Node, as a control plane tells it."""
    found = json.loads(metal.kubectl(through, "get nodes -o json"))["items"]
    ready = {
        node["metadata"]["name"]: next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready")
        for node in found
    }
    versions = {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"] for node in found}
    return {name: (versions[name], ready[name]) for name in versions}


def voting(metal: Metal, through: str = "cp1") -> list[str]:
    """The members of etcd that vote, as one of them tells it."""
    keys = "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt"
    command = f"crictl exec $(crictl ps -q --name etcd) etcdctl {keys} --key /etc/kubernetes/pki/etcd/server.key"
    members = json.loads(metal.run(through, f"{command} member list -w json"))["members"]
    return sorted(member["name"] for member in members if not member.get("isLearner"))


def make_web(metal: Metal, replicas: int, *tolerations: dict[str, str]) -> None:
    """Pods that answer on 8080, spread over hosts, of which one has to stay; with a Service on 80."""
    probe = {"httpGet": {"port": 8080}, "periodSeconds": 1}
    pods = {
        "tolerations": tolerations,
        "topologySpreadConstraints": [SPREAD],
        "containers": [{"name": "web", "image": "registry.k8s.io/bed/web:1", "readinessProbe": probe}],
    }
    chosen = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pods}
    specs = {
        "apps/v1 Deployment": {"replicas": replicas, "selector": chosen, "template": template},
        "v1 Service": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        "policy/v1 PodDisruptionBudget": {"minAvailable": 1, "selector": chosen},
    }
    names = {"name": "web", "namespace": "default"}
    items = [
        {"apiVersion": kind.split()[0], "kind": kind.split()[1], "metadata": names, "spec": spec}
        for kind, spec in specs.items()
    ]
    metal.kubectl("cp1", "apply -f -", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    metal.kubectl("cp1", "rollout status deployment/web --timeout=120s")


def serve_web(metal: Metal) -> str:
    """Two pods on different hosts, of which one at a time may go, and where their Service answers."""
    make_web(metal, 2, ON_CONTROL_PLANES)
    return f"http://{metal.kubectl('cp1', 'get service web -o jsonpath={.spec.clusterIP}')}"


def killed_at(metal: Metal, playbook: str, task: str, *arguments: str) -> None:
    """Start a playbook, and kill -9 it when it begins with this task."""
    process = metal.start(
        f"playbooks/bare_metal/{playbook}.yml", *arguments, bare_metal_kubernetes_version=f"v{OLD}", **CONFIRM
    )
    assert process.stdout is not None
    assert any(task in line for line in process.stdout), f"the run ended before {task!r}"
    kill(process)
