# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a large fleet beside kubectl, with objects on a real API server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bed import Bed
from builders import cluster, control_plane, machine, machine_deployment
from figures import left_by_controllers, measured, show

CLUSTERS, MACHINES = (int(n) for n in os.environ.get("REPORT_FLEET", "500x20").split("x"))
PLANE = {"kubeadmConfigSpec": {"format": "cloud-config"}}  # what the server demands besides
POOL = {"selector": {"matchLabels": {}}}
KINDS = "clusters,kubeadmcontrolplanes,machinedeployments,machinepools,machines,machinesets,machinehealthchecks"


def test_report(bed: Bed, namespace: str, tmp_path: Path) -> None:
    """Paused clusters: the same objects to read, without controllers' work to make and delete them."""
    variables: dict[str, Any] = {"management_cluster_kubeconfig": str(bed.kubeconfig), "report_namespace": namespace}

    def play() -> None:
        run = bed.play("report", "-i", "localhost,", report_folder=str(tmp_path), **variables)
        assert run.code == 0, run.output
        found = json.loads((tmp_path / "report.json").read_text())["summary"]
        assert (found["clusters"], found["machines"]["total"]) == (CLUSTERS, CLUSTERS * MACHINES)

    def task() -> None:
        assert len(bed.task("fleet_info", namespace=namespace)["clusters"]) == CLUSTERS

    with left_by_controllers(bed, (_arrived(f"c{number}", namespace) for number in range(CLUSTERS))):
        with bed.requests(namespace) as requests:
            play()
        assert requests.writes == []
        lists = [read for read in requests.reads if read.startswith("list ")]
        assert len(lists) == len(set(lists)), lists
        show(
            f"The report of {CLUSTERS} clusters with {CLUSTERS * MACHINES} machines, {len(lists)} lists",
            measured("report.yml: HTML, JSON and CSV", play, bed),
            measured("fleet_info, the gathering alone", task, bed),
            measured(
                "kubectl get of the same kinds", lambda: bed.kubectl("get", KINDS, "-n", namespace, "-o", "json"), bed
            ),
        )


def _arrived(name: str, namespace: str) -> list[Object]:
    """A cluster of three control plane machines and workers, paused, so that controllers leave it as it is."""
    place = {"namespace": namespace}
    workers = MACHINES - 3
    return [
        cluster(name, spec={"paused": True}, labels={"env": "prod"}, **place),
        control_plane(f"{name}-cp", cluster=name, spec=PLANE, **place),
        machine_deployment(f"{name}-md", cluster=name, replicas=workers, spec=POOL, **place),
        *(machine(f"{name}-cp-{n}", cluster=name, **place) for n in range(3)),
        *(machine(f"{name}-md-{n}", cluster=name, pool=f"{name}-md", **place) for n in range(workers)),
    ]
