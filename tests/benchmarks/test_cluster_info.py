# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cluster_info over all clusters against clusterctl describe of each."""

from __future__ import annotations

import subprocess

from bed import Bed
from figures import manifests, measured, show

CLUSTERS = 20


def test_many_clusters(bed: Bed, namespace: str) -> None:
    """Paused ones: the same objects to read, without an hour of controllers' work to make and delete them."""
    names = [f"c{number}" for number in range(CLUSTERS)]
    bed.kubectl("apply", "-f", "-", text="\n---\n".join(manifests(name, namespace, paused=True) for name in names))

    def read() -> None:
        found = bed.task("cluster_info", namespace=namespace, with_tree=True, with_machines=True)
        assert len(found["clusters"]) == CLUSTERS

    def describe() -> None:
        command = [str(bed.folder / "bin/clusterctl"), "describe", "cluster", f"--kubeconfig={bed.kubeconfig}"]
        for name in names:
            subprocess.run([*command, "-n", namespace, name], capture_output=True, check=True)

    show(
        f"The trees of {CLUSTERS} clusters",
        measured("cluster_info", read, bed),
        measured("clusterctl describe cluster, each", describe, bed),
    )
    bed.kubectl("delete", "cluster", "--all", "-n", namespace, "--wait=false")
    patch = ("--type=merge", '--patch={"spec":{"paused":false}}')
    for name in names:
        bed.kubectl("patch", "cluster", name, "-n", namespace, *patch)
