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
WEB = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {
                        "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}],
                        "topologySpreadConstraints": [
                            {
                                "maxSkew": 1,
                                "topologyKey": "kubernetes.io/hostname",
                                "whenUnsatisfiable": "ScheduleAnyway",
                                "labelSelector": {"matchLabels": {"app": "web"}},
                            }
                        ],
                        "containers": [
                            {
                                "name": "web",
                                "image": "registry.k8s.io/bed/web:1",
                                "readinessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 1},
                            }
                        ],
                    },
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
        },
    ],
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


def serve_web(metal: Metal) -> str:
    """Two pods on different hosts, of which one at a time may go, and where their Service answers."""
    metal.kubectl("cp1", "apply -f -", text=json.dumps(WEB))
    metal.kubectl("cp1", "rollout status deployment/web --timeout=120s")
    return f"http://{metal.kubectl('cp1', 'get service web -o jsonpath={.spec.clusterIP}')}"


def killed_at(metal: Metal, playbook: str, task: str, *arguments: str) -> None:
    """Start a playbook, and kill -9 it when it begins with this task."""
    process = metal.start(
        f"playbooks/bare_metal/{playbook}.yml", *arguments, bare_metal_kubernetes_version=f"v{OLD}", **CONFIRM
    )
    assert process.stdout is not None
    assert any(task in line for line in process.stdout), f"the run ended before {task!r}"
    kill(process)
