# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cluster_info and the playbook show on a real cluster, in both worlds of the API."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from bed import Bed
from reading import RELEASES, VERSION, Living, living

__all__ = ["living"]
pytestmark = pytest.mark.parametrize("capi_version", RELEASES, indirect=True)
PATIENCE = 90  # seconds for conditions to follow


def settled(bed: Bed, cluster: Living) -> dict[str, Any]:
    """The cluster as cluster_info tells it, once it is ready."""
    end = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = bed.task("cluster_info", **cluster.place, with_machines=True, with_tree=True)
        told: dict[str, Any] = found["clusters"][0]
        if told["ready"] or time.monotonic() > end:
            return told
        time.sleep(2)


def test_a_cluster_in_full(bed: Bed, living: Living) -> None:
    told = settled(bed, living)
    assert (told["available"], told["ready"], told["rolling"], told["deleting"]) == (True, True, False, False)
    assert told["api_version"].endswith(bed.api_version) or "v1beta2" in told["api_version"]
    assert told["kubernetes_version"] == VERSION
    assert told["versions"] == {"control_plane": [VERSION], "workers": [VERSION]}
    for owner in (told["control_plane"], *told["node_pools"]):
        assert [owner[k] for k in ("replicas", "ready", "available", "up_to_date")] == [1, 1, 1, 1]
    assert told["endpoint"]["host"] == "127.0.0.1"
    assert told["certificates_days"] in range(360, 367)
    assert (told["paused"], told["held"], told["gitops"]) == ([], [], None)


def test_the_machines_are_those_of_the_server(bed: Bed, living: Living) -> None:
    told = settled(bed, living)["machines"]
    real = {m["metadata"]["name"]: m for m in bed.objects("machines", living.namespace)}
    assert sorted(m["name"] for m in told) == sorted(real)
    assert sorted(m["role"] for m in told) == ["control_plane", "worker"]
    for machine in told:
        assert machine["ready"]
        assert machine["node"] == real[machine["name"]]["status"]["nodeRef"]["name"]
        assert machine["provider_id"] == real[machine["name"]]["spec"]["providerID"]


def test_the_tree_has_what_clusterctl_describes(bed: Bed, living: Living) -> None:
    clusterctl = [str(bed.folder / "bin" / "clusterctl"), "describe", "cluster", living.name, "-n", living.namespace]
    flags = ["--grouping=false", "--kubeconfig", str(bed.kubeconfig)]
    tree = settled(bed, living)["tree"]
    theirs = subprocess.run([*clusterctl, *flags], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"(\w+)[ /](?:reading/)?(reading[\w-]*)", theirs)) - {("Cluster", "reading")}
    named = {(kind, name) for kind, name in named if kind[0].isupper()}
    ours = set(re.findall(r"(\w+) (reading[\w-]*)", tree))
    assert len(named) >= 4
    assert named - ours == set()
    assert tree.isascii()
    assert max(len(line) for line in tree.splitlines()) <= 120


def test_it_sends_one_list_a_kind_and_no_write(bed: Bed, living: Living, alone: None) -> None:
    with bed.requests() as requests:
        found = bed.task("cluster_info", with_machines=True, with_tree=True)
    assert living.name in [c["name"] for c in found["clusters"]]
    assert requests.writes == []
    lists = [r.split()[1] for r in requests.reads if r.startswith("list ")]
    assert sorted(lists) == ["clusters", "kubeadmcontrolplanes", "machinedeployments", "machinepools", "machines"]


def test_selectors_and_namespaces(bed: Bed, living: Living) -> None:
    by_label = {"label_selector": "team=readers", "namespace": living.namespace}
    assert bed.task("cluster_info", **by_label)["clusters"] == []
    bed.kubectl("label", "cluster", living.name, "-n", living.namespace, "team=readers", "--overwrite")
    assert [c["name"] for c in bed.task("cluster_info", **by_label)["clusters"]] == [living.name]
    bed.kubectl("label", "cluster", living.name, "-n", living.namespace, "team-")


def test_a_wrong_namespace_gives_a_hint(bed: Bed, living: Living) -> None:
    found = bed.task("cluster_info", name=living.name, namespace="default")
    assert found["clusters"] == []
    assert living.namespace in found["hint"]


def test_what_is_paused_is_told(bed: Bed, living: Living) -> None:
    paused = "cluster.x-k8s.io/paused"
    bed.kubectl("annotate", "cluster", living.name, "-n", living.namespace, f"{paused}=", "--overwrite")
    told = bed.task("cluster_info", **living.place)["clusters"][0]
    bed.kubectl("annotate", "cluster", living.name, "-n", living.namespace, f"{paused}-")
    assert told["paused"] == [{"kind": "Cluster", "name": living.name}]


def test_the_playbook_shows_the_tree(bed: Bed, living: Living, tmp_path: Path) -> None:
    run = bed.play("show", "-i", living.inventory(tmp_path, bed.kubeconfig))
    assert run.code == 0, run.output
    assert f"Cluster {living.namespace}/{living.name}" in run.output
    assert "`-Machine reading" in run.output
    assert run.recap[living.name]["changed"] == 0
