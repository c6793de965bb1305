# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of bare metal on machines: a cluster made, made again, extended, saved, upgraded, a node taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bed import kill
from clusters import ALL, DATA, NEW, OLD, changed, nodes, play, voting
from driving import Metal

CONTROL_PLANES = ["cp1", "cp2", "cp3"] if ALL else ["cp1"]


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Metal:
    """Control planes and a worker; the first run is killed on the way, the same command then ends it."""
    metal.fresh(control_planes=len(CONTROL_PLANES), workers=1)
    process = metal.start("playbooks/bare_metal/create.yml", bare_metal_kubernetes_version=f"v{OLD}")
    assert process.stdout is not None
    assert any("kubeadm join" in line for line in process.stdout), "the run ended before a host joined"
    kill(process)
    assert changed(play(metal, "create"))
    return metal


def test_every_node_is_ready_and_every_member_votes(cluster: Metal) -> None:
    assert nodes(cluster) == dict.fromkeys((*CONTROL_PLANES, "w1"), (f"v{OLD}", "True"))
    assert voting(cluster) == CONTROL_PLANES


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["again", "check mode"])
def test_again_changes_nothing(cluster: Metal, arguments: tuple[str, ...]) -> None:
    assert changed(play(cluster, "create", *arguments)) == {}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"bare_metal_kubernetes_version": 1.36}, "no text. Write it whole and in quotes"),
        ({"bare_metal_endpoint": "api.bed.test"}, "wanted HOST:PORT"),
        ({"bare_metal_pod_subnet": "10.96.0.0/16"}, "overlap"),
        ({"bare_metal_kubernetes_version": f"v{NEW}"}, "Versions are changed by playbooks/bare_metal/upgrade.yml"),
    ],
    ids=["version as a number", "endpoint without a port", "overlapping networks", "another version"],
)
def test_refused_before_anything_changes(cluster: Metal, variables: dict[str, Any], words: str) -> None:
    wish = {"bare_metal_kubernetes_version": f"v{OLD}", **variables}
    run = cluster.play("playbooks/bare_metal/create.yml", **wish)
    assert run.code != 0
    assert words in " ".join(run.output.split())
    assert not any(counts["changed"] for counts in run.recap.values())


def test_a_worker_more_touches_no_other_host(cluster: Metal) -> None:
    cluster.add("w2")
    assert set(changed(play(cluster, "create", "--limit", "w2"))) == {"w2"}
    assert nodes(cluster)["w2"] == (f"v{OLD}", "True")


def test_a_worker_less_needs_the_name_of_the_cluster(cluster: Metal) -> None:
    refused = play(cluster, "reset", "--limit", "w2")
    assert refused.code != 0
    assert "bare_metal_confirm" in refused.output
    assert "w2" in nodes(cluster)
    assert "w2" in changed(play(cluster, "reset", "--limit", "w2", bare_metal_confirm="bed"))
    assert "w2" not in nodes(cluster)
    cluster.forget("w2")


def test_etcd_is_saved(cluster: Metal, tmp_path: Path) -> None:
    run = play(cluster, "backup", etcd_backup_fetch=str(tmp_path))
    assert run.code == 0, run.output
    [snapshot], [certificates] = tmp_path.glob("*.db"), tmp_path.glob("*-certificates.tar.gz")
    assert snapshot.stat().st_size > 100_000
    assert certificates.read_bytes()[:2] == b"\x1f\x8b", "an archive of gzip"


@pytest.mark.long
def test_one_minor_version_further(cluster: Metal) -> None:
    """Nothing begins without the name; then every node moves, members and data survive, and nothing is left to do."""
    cluster.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    refused = play(cluster, "upgrade", version=NEW)
    assert refused.code != 0
    assert "bare_metal_confirm" in refused.output
    assert {version for version, _ready in nodes(cluster).values()} == {f"v{OLD}"}
    assert changed(play(cluster, "upgrade", version=NEW, bare_metal_confirm="bed"))
    assert set(nodes(cluster).values()) == {(f"v{NEW}", "True")}
    assert voting(cluster) == CONTROL_PLANES
    assert DATA in cluster.kubectl("cp1", "get configmaps -o name")
    assert changed(play(cluster, "upgrade", version=NEW, bare_metal_confirm="bed")) == {}
    assert changed(play(cluster, "create", version=NEW)) == {}
