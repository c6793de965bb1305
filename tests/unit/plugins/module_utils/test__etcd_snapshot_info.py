# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import CapiError, Failed, NotFound, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_snapshot_info import read_snapshot
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import CONFIG, ETCD, FakeHost, session

CONTENT = b"page" * 128
SAVED = ("configmaps/kube-system/kubeadm-config", "namespaces/kube-system", "minions/cp1", "secrets/default/back")
LIVE = (*SAVED[:3], "configmaps/default/after", "leases/kube-node-lease/cp1")
MANIFEST = "    - --data-dir=/var/lib/etcd\n    image: registry.k8s.io/etcd:3.6.8-0\n"


def listed(keys: tuple[str, ...]) -> Ran:
    return Ran(0, "".join(f"/registry/{key}\n\n" for key in keys))


def valued(key: str, text: str) -> Ran:
    pair = {"key": base64.b64encode(key.encode()).decode(), "value": base64.b64encode(text.encode()).decode()}
    return Ran(0, json.dumps({"kvs": [pair]}))


class TrialHost(FakeHost):
    def __init__(self, **answers: Any) -> None:
        config = valued("/registry/configmaps/kube-system/kubeadm-config", CONFIG["data"]["ClusterConfiguration"])
        found = {
            **answers,
            "snapshot status": "snapshot-status-1.36.3",
            "snapshot restore|systemd-run|systemctl stop|ctr |mkdir|rmdir": Ran(0),
            "systemctl show": Ran(0, "4711\n"),
            "nsenter .* endpoint health": Ran(0),
            "nsenter .*kubeadm-config": config,
            "nsenter .*secrets/": valued("/registry/secrets/a", "k8s\0"),
            "nsenter .*minions/": listed(("minions/cp1",)),
            "nsenter .*--keys-only": listed(SAVED),
            "crictl exec .*--keys-only": listed(LIVE),
            **ETCD,
        }
        super().__init__(found, {"/etc/kubernetes/manifests/etcd.yaml": MANIFEST})

    def run(self, *argv: str, timeout: float = 0) -> Ran:
        if "mount" in argv:
            self.files.update({f"{argv[-1]}/usr/local/bin/{name}": name for name in ("etcd", "etcdctl", "etcdutl")})
        if "unmount" in argv:
            self.remove(argv[-1])
        return super().run(*argv, timeout=timeout)


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    path = tmp_path / "etcd-20261031T233000Z.db"
    path.write_bytes(CONTENT + hashlib.sha256(CONTENT).digest())
    return str(path)


def tried(host: FakeHost, path: str | None, **params: Any) -> dict[str, Any]:
    wish = {"path": path, "directory": "/none", "image": None, "known": [], **params}
    return dict(read_snapshot(session(host), wish).values)


def test_a_snapshot_is_restored_read_and_compared(snapshot: str) -> None:
    host = TrialHost()
    found = tried(host, snapshot)
    assert (found["snapshot"]["revision"], found["snapshot"]["age"], found["objects"]) == (3433, 1800, 4)
    assert (found["nodes"], found["missing"], found["encrypted"]) == (["cp1"], [], False)
    assert found["cluster"]["kubernetes_version"] == "v1.36.3"
    assert (found["live"]["gone"], found["live"]["back"]) == (["configmaps/default/after"], ["secrets/default/back"])
    assert found["live"]["revision"] == 3429


def test_nothing_is_left_and_nobody_else_can_reach_it(snapshot: str) -> None:
    host = TrialHost()
    before = dict(host.files)
    tried(host, snapshot)
    assert host.files == before
    [started] = [command for command in host.commands if command.startswith("systemd-run")]
    assert "--property=PrivateNetwork=yes" in started
    assert "--listen-client-urls http://127.0.0.1:52379" in started
    assert host.commands.index(started) < max(
        at for at, command in enumerate(host.commands) if command.startswith("systemctl stop")
    )


def test_the_newest_of_a_folder(snapshot: str) -> None:
    assert tried(TrialHost(), None, directory=str(Path(snapshot).parent))["snapshot"]["path"] == snapshot
    with pytest.raises(NotFound, match="has no snapshot of etcd"):
        tried(TrialHost(), None)


def test_what_has_to_be_there(snapshot: str) -> None:
    assert tried(TrialHost(), snapshot, known=["minions/cp1", "secrets/default/x"])["missing"] == ["secrets/default/x"]


def test_an_etcd_that_is_down_is_not_compared(snapshot: str) -> None:
    host = TrialHost()
    host.answers["crictl ps .*etcd"] = Ran(0, '{"containers": []}')
    assert tried(host, snapshot)["live"] is None


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        (
            {"snapshot status": "snapshot-status-truncated-1.36.3"},
            Failed,
            "damaged: etcdutl snapshot status says panic",
        ),
        ({"snapshot restore": Ran(1, stderr="Error: x")}, Failed, "cannot be restored: etcdutl snapshot restore says"),
        ({"systemd-run": Ran(1, stderr="no bus")}, Failed, "an etcd cannot be started on cp1: no bus"),
        ({"systemctl show": Ran(0, "0\n")}, WaitTimeout, "does not serve after 60 s"),
        ({"images mount": Ran(1, stderr="not found")}, Failed, "does not open the image registry.k8s.io/etcd:3.6.8-0"),
    ],
)
def test_what_can_go_wrong_leaves_nothing(
    snapshot: str, answers: dict[str, Any], error: type[CapiError], words: str
) -> None:
    host = TrialHost()
    host.answers = {**answers, **host.answers, **answers}
    before = dict(host.files)
    with pytest.raises(error, match=words):
        tried(host, snapshot)
    assert host.files == before
