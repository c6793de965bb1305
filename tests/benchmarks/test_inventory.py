# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""10 000 Machines of 500 clusters on a real API server: reading them, and listing them as hosts.

The peers are kubectl, which reads without understanding (--raw), and ansible-inventory on a static file with the same
hosts and groups. FLEET=clusters x machines in the environment makes it smaller or larger.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bed import BIN, CACHE, CHECKOUT, Bed, namespace_manifest
from builders import cluster, machine
from figures import left_by_controllers

CLUSTERS, EACH = (int(number) for number in os.environ.get("FLEET", "500x20").split("x"))
CORE_VERSION = "cluster.x-k8s.io/v1beta2"
NAMESPACE = f"inv-{os.getpid()}"
ROUNDS = 3
PATHS = ("pool", "failure_domain", "os_image", "kubelet_version", "infrastructure.kind")
NODE_INFO = {
    "architecture": "amd64", "bootID": "4f4b6c1e-0000-4000-8000-000000000000",
    "containerRuntimeVersion": "containerd://2.1.4", "kernelVersion": "6.8.0-71-generic", "kubeProxyVersion": "",
    "kubeletVersion": "v1.34.3", "operatingSystem": "linux", "machineID": "ec2f5a2d00000000000000000000000a",
    "osImage": "Ubuntu 24.04.3 LTS",
    "systemUUID": "ec2f5a2d-0000-4000-8000-00000000000a",
}  # fmt: skip
READ = """
import sys
from ansible_collections.capi.lifecycle.plugins.module_utils._connection import connect
from ansible_collections.capi.lifecycle.plugins.module_utils._inventory import Asked, read_machine_rows
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
with connect({"kubeconfig": sys.argv[1]}, dry_run=True, writes=False) as kube:
    assert len(read_machine_rows(kube, Asked("m", [sys.argv[2]]), Clock().today())) == int(sys.argv[3])
"""


@pytest.fixture(scope="module")
def fleet(bed: Bed) -> Iterator[Bed]:
    """Paused clusters and their Machines, as controllers leave them."""
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(NAMESPACE))
    with left_by_controllers(bed, map(_cluster, range(CLUSTERS))):
        yield bed
    bed.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_reading(fleet: Bed) -> None:
    kubectl, kubeconfig = next(CACHE.glob("bin/*/kubectl")), f"--kubeconfig={fleet.kubeconfig}"
    raw = f"/apis/cluster.x-k8s.io/{fleet.api_version}/namespaces/{NAMESPACE}/machines?resourceVersion=0"
    show(
        f"{CLUSTERS * EACH} Machines read",
        measured("rows of the inventory", sys.executable, "-c", READ, fleet.kubeconfig, NAMESPACE, CLUSTERS * EACH),
        measured(
            "kubectl get machines -o json",
            kubectl,
            kubeconfig,
            "get",
            "machines",
            "-n",
            NAMESPACE,
            "-o",
            "json",
            rounds=1,
        ),
        measured("kubectl get --raw", kubectl, kubeconfig, "get", "--raw", raw),
    )


def test_requests(fleet: Bed, tmp_path: Path) -> None:
    """One LIST a kind."""
    for kind, lists in (
        ("machines", ["machines"]),
        ("clusters", ["clusters", "machinedeployments", "machinepools", "machines"]),
    ):
        with fleet.requests(NAMESPACE) as requests:
            inventory(source(fleet, tmp_path, kind), tmp_path / "out")
        found = [read for read in requests.reads if read.startswith("list ")]
        print(f"\n{kind}: {found}")
        assert {f"list {name} {NAMESPACE}/" for name in lists} <= set(found)
        assert len(found) == len(set(found))


def test_ansible_inventory(fleet: Bed, tmp_path: Path) -> None:
    kubectl, kubeconfig = next(CACHE.glob("bin/*/kubectl")), f"--kubeconfig={fleet.kubeconfig}"
    raw = f"/apis/cluster.x-k8s.io/{fleet.api_version}/namespaces/{NAMESPACE}/machines?resourceVersion=0"
    plain, keyed = (source(fleet, tmp_path, "machines", name, more) for name, more in (("plain", {}), ("keyed", KEYED)))
    inventory(plain, tmp_path / "listed.json")
    bare, whole = (
        static(tmp_path, json.loads((tmp_path / "listed.json").read_text()), all_variables=a) for a in (False, True)
    )
    list_it = (BIN / "ansible-inventory", "--list", "-i")
    figures = [
        measured("ansible-inventory --list, default options", *list_it, plain),
        measured("the same, five keyed groups of paths", *list_it, keyed),
        measured("clusters of these machines", *list_it, source(fleet, tmp_path, "clusters"), rounds=1),
        measured("a static file with all variables", *list_it, whole, rounds=1),
        measured("a static file: hosts, groups, ansible_host", *list_it, bare),
        measured("kubectl get --raw", kubectl, kubeconfig, "get", "--raw", raw),
    ]
    both = ("kubectl get --raw and the static file", figures[4][1] + figures[5][1], max(figures[4][2], figures[5][2]))
    show(f"{CLUSTERS * EACH} hosts", *figures, both)


KEYED = {"keyed_groups": [{"key": f"capi_machine.{path}", "prefix": f"k{n}"} for n, path in enumerate(PATHS)]}


def measured(way: str, *command: Any, rounds: int = ROUNDS) -> tuple[str, float, float]:
    """The best of some rounds in seconds of wall time, and the peak memory in MiB."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "PYTHONPATH": str(CHECKOUT / ".venv/collections"),
    }
    found = []
    for _round in range(rounds):
        start = time.monotonic()
        words, peak = [str(word) for word in command], 0.0
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=CHECKOUT, env=environment)
        while process.poll() is None:
            peak = peak_of(process.pid) or peak
            time.sleep(0.01)
        assert process.returncode == 0, way
        found.append((time.monotonic() - start, peak))
    return way, min(seconds for seconds, _mib in found), max(mib for _seconds, mib in found)


def peak_of(pid: int) -> float:
    """The highest memory of a program until now; what its parent had before it became this program does not count."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def show(title: str, *figures: tuple[str, float, float]) -> None:
    """Ratios are those to the last row, which is the peer."""
    print(f"\n\n{title}")
    for way, seconds, mib in figures:
        print(f"  {way:<50} {seconds:7.2f} s {seconds / figures[-1][1]:6.2f} {mib:7.0f} MiB")


def inventory(file: Path, output: Path) -> None:
    with output.open("w") as out:
        subprocess.run(
            [str(BIN / "ansible-inventory"), "--list", "-i", str(file)], cwd=CHECKOUT, stdout=out, check=True
        )


def source(bed: Bed, folder: Path, kind: str, name: str = "x", more: Any = None) -> Path:
    path = folder / f"{name}.{kind}.yml"
    said = {"plugin": f"capi.lifecycle.{kind}", "kubeconfig": str(bed.kubeconfig), "namespaces": [NAMESPACE]}
    path.write_text(json.dumps({**said, **(more or {})}))
    return path


def static(folder: Path, listed: dict[str, Any], *, all_variables: bool) -> Path:
    """The same hosts and groups in a file of the YAML plugin, written as JSON, which is the fastest for it to read."""
    hosts = listed.pop("_meta")["hostvars"] if "_meta" in listed else {}
    known = {name: held if all_variables else {"ansible_host": held["ansible_host"]} for name, held in hosts.items()}
    groups = {name: {"hosts": dict.fromkeys(found["hosts"])} for name, found in listed.items() if found.get("hosts")}
    path = folder / f"static-{all_variables}.yml"
    path.write_text(json.dumps({"all": {"hosts": known, "children": groups}}))
    listed["_meta"] = {"hostvars": hosts}
    return path


def _cluster(number: int) -> list[Object]:
    name, place = f"c{number}", {"namespace": NAMESPACE}
    machines = [_machine(name, index) for index in range(EACH)]
    return [cluster(name, spec={"paused": True}, **place), *machines]


def _machine(name: str, index: int) -> Object:
    pool = "" if index < 3 else f"{name}-md-{index % 3}"
    address = f"10.{index}.{abs(hash(name)) % 250}.7"
    return machine(
        f"{name}-{'md' if pool else 'cp'}-{index}",
        cluster=name,
        pool=pool,
        namespace=NAMESPACE,
        annotations={"cluster.x-k8s.io/paused": "", "example.com/note": "x" * 300},
        spec={"failureDomain": f"eu-1{'abc'[index % 3]}", "readinessGates": [{"conditionType": "APIServerPodHealthy"}]},
        status={
            "nodeInfo": NODE_INFO,
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        },
    )
