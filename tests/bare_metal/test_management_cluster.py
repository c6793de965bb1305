# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From bare metal to Cluster API: a cluster that our roles made becomes a management cluster, and makes one itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from bed import CHECKOUT, Run, finish
from driving import Metal
from metal import bed, cluster_api
from metal.programs import RELEASES

VERSION = f"v{RELEASES[0].version}"
EXAMPLE = CHECKOUT / "inventories/sandbox/group_vars/clusters.yml"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@pytest.mark.long
def test_a_cluster_on_machines_makes_clusters(metal: Metal, tmp_path: Path) -> None:
    metal.fresh(control_planes=3, workers=1)
    _well(metal.play("playbooks/bare_metal/create.yml", bare_metal_kubernetes_version=VERSION))
    administrator = metal.administrator()
    (tmp_path / "kubeconfig").write_text(json.dumps(administrator))
    offered = cluster_api.publish(metal.place, bed.supplies(metal.place.cache, print).images, print)
    cluster_api.start_certificates(metal.place, administrator)
    groups = {
        "management_clusters": {"hosts": {"management": offered}},
        "clusters": {"hosts": {"dev": yaml.safe_load(EXAMPLE.read_text())}},
    }
    variables = {**LOCAL, "management_cluster_kubeconfig": str(tmp_path / "kubeconfig")}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"vars": variables, "children": groups}}))

    def play(name: str) -> Run:
        return finish(metal.ansible("ansible-playbook", "-i", str(inventory), f"playbooks/{name}.yml"))

    _well(play("init"))
    assert _ready_pods(metal) == {"capi-controller-manager", "capi-kubeadm-bootstrap-controller-manager"} | {
        "capi-kubeadm-control-plane-controller-manager",
        "capd-controller-manager",
    }
    again = _well(play("init"))
    assert not any(counts["changed"] for counts in again.recap.values())
    _well(play("create"))
    wait = "wait --for=condition=Available --timeout=0 cluster/dev"
    assert "condition met" in metal.kubectl("cp2", wait)


def _well(run: Run) -> Run:
    assert run.code == 0, run.output
    return run


def _ready_pods(metal: Metal) -> set[str]:
    """The controllers of Cluster API that run as pods, all of whose replicas are ready."""
    found = json.loads(metal.kubectl("cp1", "get deployments -A -l cluster.x-k8s.io/provider -o json"))["items"]
    return {
        item["metadata"]["name"] for item in found if item["status"].get("readyReplicas") == item["spec"]["replicas"]
    }
