# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of recordings: what the real tools of a real cluster printed, and files as texts."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._host import Host, NodeSession, Ran
from fakes import FakeClock

RECORDINGS = Path(__file__).parent / "plugins/module_utils/fixtures/kubeadm"


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def stdout(name: str) -> str:
    """What the tool printed; long JSON is kept parsed only."""
    found = recording(name)
    return json.dumps(found["stdout_json"]) if "stdout_json" in found else found["stdout"]


def ran(name: str) -> Ran:
    return Ran(recording(name)["rc"], stdout(name), recording(name).get("stderr", ""))


class FakeHost(Host):
    """Answers a command by the first pattern that it matches: one answer for ever, or one after the other of a list."""

    def __init__(self, answers: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None) -> None:
        self.answers = {
            pattern: list(answer) if isinstance(answer, list) else answer for pattern, answer in (answers or {}).items()
        }
        self.files = dict(files or {})
        self.times: dict[str, float] = {}  # when files were written last
        self.claimed: set[str] = set()  # by others
        self.moves: list[tuple[str, str]] = []
        self.commands: list[str] = []

    def run(self, *argv: str, timeout: float = 0) -> Ran:
        command = " ".join(argv)
        self.commands.append(command)
        for pattern, answer in self.answers.items():
            if re.search(pattern, command):
                if isinstance(answer, list):
                    answer = answer.pop(0) if len(answer) > 1 else answer[0]  # noqa: PLW2901
                return ran(answer) if isinstance(answer, str) else answer
        return Ran(127, stderr=f"{argv[0]} is not installed on this host")

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def names(self, folder: str) -> list[str]:
        inside = [path[len(folder) + 1 :] for path in self.files if path.startswith(f"{folder}/")]
        return sorted({name.partition("/")[0] for name in inside})

    def exists(self, path: str) -> bool:
        return path in self.files or bool(self.names(path))

    def move(self, path: str, target: str) -> None:
        self.moves.append((path, target))
        inside = [name for name in self.files if name == path or name.startswith(f"{path}/")]
        if not inside:
            raise FileNotFoundError(path)
        for name in inside:
            self.files[target + name[len(path) :]] = self.files.pop(name)

    def write(self, path: str, text: str) -> None:
        self.files[path] = text

    def remove(self, path: str) -> None:
        self.files = {name: text for name, text in self.files.items() if not f"{name}/".startswith(f"{path}/")}

    def size(self, path: str) -> int:
        return sum(len(text) for name, text in self.files.items() if name.startswith(f"{path}/"))

    def written(self, path: str) -> float:
        return self.times.get(path, 0.0)

    def claim(self, path: str) -> Any:
        return None if path in self.claimed else io.StringIO()

    def copy(self, source: str, target: str) -> None:
        self.files[target] = self.files.get(source, "")

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        self.commands.append(f"lock {path}")
        yield

    def is_mount(self, path: str) -> bool:
        return False

    def free(self, path: str) -> tuple[int, int]:
        return 100 << 30, 50 << 30

    def hostname(self) -> str:
        return "cp1"


def session(host: Host, *, dry_run: bool = False) -> NodeSession:
    return NodeSession(host, FakeClock(), dry_run=dry_run)


ETCD = {
    "crictl ps .*etcd": "crictl-ps-1.36.3",
    "member list": "member-list-1.36.3",
    "endpoint health": "endpoint-health-1.36.3",
    "endpoint status": "endpoint-status-1.36.3",
    "endpoint hashkv --cluster --rev": "hashkv-1.36.3",
    "alarm list": "alarm-list-1.36.3",
}
ETCD_MANIFEST = "    - --data-dir=/var/lib/etcd\n    - --name=cp1\n"
API_MANIFEST = "    - --advertise-address=10.77.0.11\n    - --secure-port=6443\n"
FOLDER = "/etc/kubernetes"
CONTROL_PLANE_FILES = {
    f"{FOLDER}/admin.conf": "kubeconfig",
    f"{FOLDER}/kubelet.conf": "    server: https://10.77.0.11:6443\n",
    f"{FOLDER}/manifests/kube-apiserver.yaml": API_MANIFEST,
    f"{FOLDER}/manifests/etcd.yaml": ETCD_MANIFEST,
    "/var/lib/etcd/member/snap/db": "",
    "/proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
    "/proc/42/cmdline": "kubeadm\0join",
}
CONFIG = recording("kubeadm-config-1.36.3")["stdout_json"]
ADDONS = [
    {"kind": "DaemonSet", "metadata": {"name": "kube-proxy"}},
    {"kind": "Deployment", "metadata": {"name": "coredns"}},
]
CONTROL_PLANE = {
    "--raw /readyz": Ran(0, "ok"),
    "--raw /version": Ran(0, '{"gitVersion": "v1.36.3"}'),
    "get nodes ": "nodes-1.36.3",
    "tier=control-plane": Ran(0, '{"kind": "List", "items": []}'),
    "configmap/kubeadm-config": Ran(0, json.dumps({"kind": "List", "items": [CONFIG, *ADDONS]})),
    "configmap/cluster-info": "cluster-info-server-1.36.3",
    "namespace kube-system": Ran(0, '{"kind": "Namespace", "metadata": {"uid": "u"}}'),
    "poddisruptionbudgets": "pdb-list",
    "check-expiration": "certs-1.36.3",
    "kubeadm version": "version-short-1.36.3",
    "kubelet --version": "kubelet-version-1.36.3",
    **ETCD,
}
