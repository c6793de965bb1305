# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a cluster with three control plane machines: our playbooks, beside kubectl doing the first step."""

from __future__ import annotations

from bed import Bed
from figures import Figure, manifests, measured, show


def test_life(bed: Bed, namespace: str) -> None:
    def step(way: str, playbook: str, version: str = "v1.35.4", planes: int = 3, workers: int = 3) -> Figure:
        variables = {
            "cluster_name": "life",
            "cluster_namespace": namespace,
            "cluster_kubernetes_version": version,
            "cluster_control_plane": {"replicas": planes},
            "cluster_node_pools": [{"name": "workers", "replicas": workers}],
        }

        def act() -> None:
            run = bed.play(playbook, "--limit", "dev", **variables)
            assert run.code == 0, run.output

        return measured(way, act, bed)

    figures = [
        step("create.yml: 3 control planes, 3 workers", "create"),
        step("create.yml: the same again", "create"),
        step("create.yml: 3 to 5 workers", "create", workers=5),
        step("create.yml: one minor version, all 8 machines", "create", version="v1.36.2", workers=5),
        step("delete.yml", "delete"),
    ]
    show(
        "The life of a cluster",
        *figures,
        measured("kubectl apply and wait: 3 and 3", lambda: by_hand(bed, namespace), bed),
    )


def by_hand(bed: Bed, namespace: str) -> None:
    bed.kubectl("apply", "-f", "-", text=manifests("hand", namespace, machines="3"))
    bed.kubectl("wait", "cluster/hand", "-n", namespace, "--for=condition=Available", "--timeout=300s")
