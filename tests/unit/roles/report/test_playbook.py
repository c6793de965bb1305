# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook as users run it, against servers that answer as management clusters: what it writes, when it fails."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer, Reply, kubeconfig
from fakes import FakeKube
from fleet_world import answers, fleet, one, providers

CHECKOUT = Path(__file__).resolve().parents[4]
CANARY = "c4n4ry-1n-a-s3cr3t"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "prod-kubeconfig", "namespace": "clusters"}}
LOCAL = {"ansible_connection": "local"}


@dataclass(frozen=True)
class Run:
    code: int
    output: str
    folder: Path

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return found


def play(folder: Path, inventory: str, *arguments: str, **variables: Any) -> Run:
    """ansible-playbook from another folder, with the collection of this checkout."""
    extra = {"report_folder": str(folder / "out"), **variables}
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", inventory, str(CHECKOUT / "playbooks/report.yml"), "-e", json.dumps(extra), *arguments]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=CHECKOUT, env=environment
    )
    return Run(done.returncode, done.stdout + done.stderr, folder / "out")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FakeServer, FakeServer]]:
    """Two management clusters; what is secret in the first one must never be asked for."""
    secret = {**SECRET, "data": {"value": CANARY}, "stringData": {"value": CANARY}}
    first, second = FakeKube(*fleet(15), secret), FakeKube(*one("lone", env="prod"), *providers("v1.14.2"))
    second.items[("", "Namespace", "", "kube-system")]["metadata"]["uid"] = "uid-2"
    with FakeServer(answers(first)) as a, FakeServer({**answers(second), **_identity("uid-2")}) as b:
        yield a, b


def _identity(uid: str) -> dict[str, Any]:
    return {"GET /api/v1/namespaces/kube-system": Reply(body={"metadata": {"name": "kube-system", "uid": uid}})}


def write_kubeconfig(folder: Path, name: str, url: str) -> str:
    path = folder / f"{name}.kubeconfig"
    path.write_text(kubeconfig(url))
    return str(path)


def test_without_an_inventory_every_cluster_that_is_there(
    servers: tuple[FakeServer, FakeServer], tmp_path: Path
) -> None:
    server = servers[0]
    server.requests.clear()
    run = play(tmp_path, "localhost,", management_cluster_kubeconfig=write_kubeconfig(tmp_path, "mine", server.url))
    assert run.code == 0, run.output
    found = run.document
    assert found["summary"]["clusters"] == 15
    assert found["management_clusters"][0]["name"] == "mine"
    page = (run.folder / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>Fleet report" in page
    rows = list(csv.DictReader(io.StringIO((run.folder / "report.csv").read_text())))
    assert [row["name"] for row in rows] == [c["name"] for c in found["clusters"]]
    assert {(run.folder / name).stat().st_mode & 0o777 for name in os.listdir(run.folder)} == {0o640}
    lists = [line for line in server.seen if "kube-system" not in line]
    assert len(lists) == len(set(lists)), "each kind is listed once"
    assert not any("secrets" in line for line in server.seen)
    assert all(line.startswith("GET ") for line in server.seen)
    assert not any(CANARY in path.read_text() for path in run.folder.iterdir())


@pytest.fixture(scope="module")
def inventory(servers: tuple[FakeServer, FakeServer], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Hosts of two management clusters that run, and of one that does not; `gone` has no cluster."""
    folder = tmp_path_factory.mktemp("inventory")
    hosts = {
        "prod-000": {"management_cluster_kubeconfig": write_kubeconfig(folder, "first", servers[0].url)},
        "gone": {"management_cluster_kubeconfig": write_kubeconfig(folder, "first", servers[0].url)},
        "other": {
            "cluster_name": "lone",
            "report_management_cluster": "second site",
            "__cluster_compared": {"changed_objects": ["Cluster clusters/lone"], "diff": [{"before": {}, "after": {}}]},
            "management_cluster_kubeconfig": "{{ '" + write_kubeconfig(folder, "second", servers[1].url) + "' }}",
        },
        "lost": {"management_cluster_kubeconfig": write_kubeconfig(folder, "down", "http://127.0.0.1:9")},
    }
    group = {"hosts": hosts, "vars": {**LOCAL, "cluster_namespace": "clusters"}}
    (folder / "hosts.json").write_text(json.dumps({"all": {"children": {"clusters": group}}}))
    return str(folder / "hosts.json")


def test_several_management_clusters_one_of_them_down(inventory: str, tmp_path: Path) -> None:
    run = play(tmp_path, inventory, report_fail_on=["missing", "certificates"], report_drift=True)
    assert run.code == 2
    found = run.document
    read = {m["name"]: m["reachable"] for m in found["management_clusters"]}
    assert read == {"first": True, "second site": True, "down": False}
    assert {c["host"] for c in found["clusters"]} == {None, "prod-000", "other"}
    assert [m["host"] for m in found["missing"]] == ["gone"]
    for words in (
        "missing (1): first/clusters/gone",
        "first/clusters/prod-000",
        "management cluster down could not be read",
    ):
        assert words in run.output
    assert "down could not be read" in run.output
    assert "is not here" in (run.folder / "report.html").read_text() or "could not be read" in run.output


def test_a_limit_leaves_the_others_out(inventory: str, tmp_path: Path) -> None:
    run = play(tmp_path, inventory, "--limit", "other")
    assert run.code == 0, run.output
    assert [(c["name"], c["drift"]["objects"]) for c in run.document["clusters"]] == [
        ("lone", ["Cluster clusters/lone"])
    ]


def test_a_word_that_is_no_finding_is_refused(tmp_path: Path) -> None:
    run = play(tmp_path, "localhost,", report_fail_on=["unhelthy"])
    assert run.code == 2
    assert "value of report_fail_on must be one or more of" in run.output
    assert not run.folder.exists()
