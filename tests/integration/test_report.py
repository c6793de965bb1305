# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of clusters that live: as described, changed by hand, in the middle of a rollout, paused by somebody."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bed import SOAK, Bed, Run, eventually, own_namespace
from reading import RELEASES
from side_by_side import Case
from upgrading import SLOW

VERSION = {"v1.14.2": "v1.35.4", "v1.10.10": "v1.32.13"}
POOL = "shop-workers"


@dataclass(frozen=True)
class Site:
    """A cluster `shop` that an inventory describes, and where its reports go."""

    bed: Bed
    namespace: str
    folder: Path

    @property
    def inventory(self) -> str:
        return str(self.folder / "hosts.json")

    def write(self, **more_hosts: Any) -> None:
        """The inventory of one host, and others beside it."""
        described = {
            "cluster_provider": "development",
            "cluster_api_version": self.bed.api_version,
            "cluster_kubernetes_version": VERSION[self.bed.capi_version],
            "cluster_labels": {"env": "prod"},
            "cluster_control_plane": {"replicas": 1, "startup_seconds": 1},
            "cluster_node_pools": [{"name": "workers", "replicas": 2, "startup_seconds": 1}],
        }
        shared = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "cluster_namespace": self.namespace,
            "management_cluster_kubeconfig": str(self.bed.kubeconfig),
            "report_namespace": self.namespace,
        }
        group = {"hosts": {"shop": described, **more_hosts}, "vars": shared}
        (self.folder / "hosts.json").write_text(json.dumps({"all": {"children": {"clusters": group}}}))

    def play(self, playbook: str, **variables: Any) -> Run:
        return self.bed.play(playbook, "-i", self.inventory, report_folder=str(self.folder / "out"), **variables)

    def report(self, code: int = 0, **variables: Any) -> tuple[dict[str, Any], Run]:
        """The document, and the run, which writes to nothing but the folder."""
        with self.bed.requests(self.namespace) as requests:
            run = self.play("report", **variables)
        assert run.code == code, run.output
        assert requests.writes == []
        found: dict[str, Any] = json.loads((self.folder / "out/report.json").read_text())
        return found, run

    def merge(self, kind: str, name: str, body: Any, manager: str = "kubectl") -> None:
        patch = ("--type=merge", "-p", json.dumps(body), "--field-manager", manager)
        self.bed.kubectl("patch", kind, name, "-n", self.namespace, *patch)


@contextmanager
def site(bed: Bed) -> Iterator[Site]:
    with own_namespace(bed, "reported") as namespace, tempfile.TemporaryDirectory() as folder:
        found = Site(bed, namespace, Path(folder))
        found.write()
        made = found.play("create")
        assert made.code == 0, made.output
        yield found


def row_of(document: dict[str, Any]) -> dict[str, Any]:
    [row] = document["clusters"]
    return dict(row)


def ids(row: dict[str, Any]) -> set[str]:
    return {f["id"] for f in row["findings"] if f["severity"] != "unknown"}


def what_happens_to_a_cluster(bed: Bed) -> None:
    with site(bed) as shop:
        as_described(shop)
        changed_by_hand(shop)
        in_a_rollout(shop)
        paused(shop)
        beside_others(shop)


def as_described(shop: Site) -> None:
    document, _run = shop.report(report_drift=True, report_fail_on=["unhealthy", "drift", "missing", "stuck_rollout"])
    row = row_of(document)
    assert (row["host"], row["name"], row["environment"]) == ("shop", "shop", "prod")
    assert row["health"]["state"] == "healthy"
    assert row["drift"] == {"objects": [], "unknown": ""}
    assert (row["machines"]["total"], row["machines"]["ready"], row["machines"]["wanted"]) == (3, 3, 3)
    assert row["rollout"] is None
    assert document["management_clusters"][0]["reachable"]
    assert not ids(row) & {"unused_templates", "missing_templates", "unsupported"}


def changed_by_hand(shop: Site) -> None:
    shop.merge("machinedeployment", POOL, {"spec": {"replicas": 3}})
    eventually(lambda: row_of(shop.report()[0])["machines"]["ready"] == 3 + 1)
    document, run = shop.report(2, report_drift=True, report_fail_on=["drift"])
    assert row_of(document)["drift"]["objects"] == [f"MachineDeployment {shop.namespace}/{POOL}"]
    assert f"drift (1): sandbox/{shop.namespace}/shop" in run.output.replace("integration", "sandbox")
    again = shop.play("create", cluster_force_conflicts=True)
    assert again.code == 0, again.output
    assert row_of(shop.report(report_drift=True)[0])["drift"] == {"objects": [], "unknown": ""}


def in_a_rollout(shop: Site) -> None:
    """A machine that never starts: a rollout, which is stuck when it is older than what is allowed."""
    [template] = [t for t in shop.bed.objects("devmachinetemplates", shop.namespace) if POOL in t["metadata"]["name"]]
    slow = {k: template[k] for k in ("apiVersion", "kind")} | {"metadata": {"name": "slow"}}
    shop.bed.kubectl(
        "apply", "-n", shop.namespace, "-f", "-", text=json.dumps({**slow, "spec": {"template": {"spec": SLOW}}})
    )
    shop.merge("machinedeployment", POOL, {"spec": {"template": {"spec": {"infrastructureRef": {"name": "slow"}}}}})
    eventually(lambda: row_of(shop.report()[0])["rollout"])
    row = row_of(shop.report(report_stall_timeout=1)[0])
    assert "stuck_rollout" in ids(row)
    assert row["rollout"]["stuck"]
    assert f"MachineDeployment {POOL}" in json.dumps(row["rollout"])
    assert "stuck_rollout" not in ids(row_of(shop.report(report_stall_timeout=3600)[0]))


def paused(shop: Site) -> None:
    shop.merge("cluster", "shop", {"spec": {"paused": True}}, manager="night-shift")
    document, run = shop.report(2, report_fail_on=["paused"])
    row = row_of(document)
    assert row["health"]["state"] == "paused"
    assert "night-shift" in json.dumps(row["paused"])
    assert "paused (1)" in run.output
    shop.merge("cluster", "shop", {"spec": {"paused": False}})


def beside_others(shop: Site) -> None:
    """The same management cluster by another file is read as one; one that is down is told, and ends the run."""
    copy = shop.folder / "copy.kubeconfig"
    copy.write_bytes(shop.bed.kubeconfig.read_bytes())
    down = shop.folder / "down.kubeconfig"
    down.write_text(re.sub(r"https://[\d.]+:\d+", "https://127.0.0.1:9", copy.read_text()))
    shop.write(bakery={"management_cluster_kubeconfig": str(copy)}, lost={"management_cluster_kubeconfig": str(down)})
    document, run = shop.report(2)
    assert [m["reachable"] for m in document["management_clusters"]] == [True, False]
    assert [m["host"] for m in document["missing"]] == ["bakery"]
    assert "management cluster down could not be read" in run.output
    accepted, _run = shop.report(report_on_unreachable="warn")
    assert accepted["summary"]["not_read"] == 1


CASES = {"lives": what_happens_to_a_cluster}


def cases(release: str) -> dict[str, Case]:
    return dict(CASES)


@pytest.mark.parametrize("capi_version", RELEASES if SOAK else RELEASES[:1], indirect=True)
@pytest.mark.parametrize("name", CASES)
def test_report(beside: Callable[[str], Any], name: str) -> None:
    beside(name)
