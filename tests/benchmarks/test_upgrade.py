# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One upgrade beside a script that waits ideally, and a whole inventory of clusters that have arrived."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, is_true
from bed import CACHE, Bed, eventually
from builders import cluster, control_plane, machine, machine_deployment
from figures import inventory, left_by_controllers, manifests, measured, show

OLD, NEW = "v1.35.4", "v1.36.6"
ARRIVED = 100
PLANE = {"kubeadmConfigSpec": {"format": "cloud-config"}}  # what the server demands besides
POOL = {"selector": {"matchLabels": {}}}
KINDS = "clusters,kubeadmcontrolplanes,machinedeployments,machinepools,machines"


def test_one_upgrade(bed: Bed, namespace: str) -> None:
    """3 control plane machines and 3 workers, one minor version, once by us and once by hand."""
    names = {"ours": "ours", "hand": "hand"}
    for name in names:
        bed.kubectl("apply", "-f", "-", text=manifests(name, namespace, machines="3"))
    for name in names:  # a Cluster is Available with the first of its control plane machines already
        eventually(lambda name=name: ready_machines(bed, namespace, name) == 6, seconds=400)

    def ours() -> None:
        done = bed.task("cluster_upgrade", name="ours", namespace=namespace, kubernetes_version=NEW)
        assert not done["failed"], done["msg"]

    show(
        "One minor version, 3 control planes and 3 workers",
        measured("cluster_upgrade, plan and checks and both gates included", ours, bed),
        measured("kubectl patch, and a loop that asks twice a second", lambda: _by_hand(bed, namespace), bed),
    )
    with bed.requests(namespace) as requests:
        ours()
    assert requests.writes == []


def test_inventory_that_has_arrived(bed: Bed, namespace: str, tmp_path: Path) -> None:
    """100 clusters at the version: objects on a real API server, as controllers would leave them."""
    hosts: dict[str, dict[str, Any]] = {f"c{number}": {"cluster_namespace": namespace} for number in range(ARRIVED)}
    path = inventory(tmp_path, hosts)

    def play() -> None:
        kubeconfig = {"management_cluster_kubeconfig": str(bed.kubeconfig)}
        run = bed.play("upgrade", "-i", path, kubernetes_version=NEW, **kubeconfig)
        assert run.code == 0, run.output
        assert f"{ARRIVED} of {ARRIVED} clusters are as wanted" in run.output

    def task() -> None:
        wishes = [{"name": name, "namespace": namespace, "kubernetes_version": NEW} for name in hosts]
        done = bed.task("cluster_upgrade_info", clusters=wishes)
        assert not any(plan["has_work"] for plan in done["plans"])

    with left_by_controllers(bed, (_arrived(f"c{number}", namespace) for number in range(ARRIVED))):
        with bed.requests(namespace) as requests:
            play()
        assert requests.writes == []
        lists = [read for read in requests.reads if read.startswith("list ")]
        assert len(lists) == len(set(lists)), lists
        show(
            f"An upgrade of {ARRIVED} clusters that have arrived",
            measured("upgrade.yml, one host a cluster", play, bed),
            measured("cluster_upgrade_info, the gathering alone", task, bed),
            measured(
                "kubectl get of the same kinds", lambda: bed.kubectl("get", KINDS, "-n", namespace, "-o", "json"), bed
            ),
        )


def ready_machines(bed: Bed, namespace: str, name: str) -> int:
    mine = [m for m in bed.objects("machines", namespace) if m["spec"]["clusterName"] == name]
    return sum(is_true(m, "Ready") for m in mine)


def _by_hand(bed: Bed, namespace: str) -> None:
    kubectl = next(CACHE.glob("bin/*/kubectl"))
    script = f"""
    k() {{ {kubectl} --kubeconfig={bed.kubeconfig} -n {namespace} "$@"; }}
    arrived() {{ # label: every machine is at the version and Ready, three of them
      while :; do
        states=$(k get machines -l "cluster.x-k8s.io/cluster-name=hand,$1" -o \\
          'jsonpath={{range .items[*]}}{{.spec.version}}/{{.status.conditions[?(@.type=="Ready")].status}} {{end}}')
        [ "$states" = "{NEW}/True {NEW}/True {NEW}/True " ] && return
        sleep 0.5
      done
    }}
    k patch kubeadmcontrolplane hand-cp --type=merge -p '{{"spec":{{"version":"{NEW}"}}}}'
    arrived cluster.x-k8s.io/control-plane
    k patch machinedeployment hand-md-0 --type=merge -p '{{"spec":{{"template":{{"spec":{{"version":"{NEW}"}}}}}}}}'
    arrived cluster.x-k8s.io/deployment-name
    """
    done = subprocess.run(["bash", "-euc", script], check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr


def _arrived(name: str, namespace: str) -> list[Object]:
    """A cluster of one control plane machine and one worker, paused, so that controllers leave it as it is."""
    place = {"namespace": namespace}
    return [
        cluster(name, spec={"paused": True}, **place),
        control_plane(f"{name}-cp", cluster=name, replicas=1, version=NEW, spec=PLANE, **place),
        machine_deployment(f"{name}-md", cluster=name, replicas=1, version=NEW, spec=POOL, **place),
        machine(f"{name}-cp-a", cluster=name, version=NEW, **place),
        machine(f"{name}-md-a", cluster=name, pool=f"{name}-md", version=NEW, **place),
    ]
