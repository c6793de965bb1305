# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Failed,
    InvalidInput,
    NotFound,
    Refused,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_restore import ensure_restored
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_restore_info import read_restore
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._restore_journal import (
    AWAY,
    COMPONENTS,
    LAST,
    MANIFESTS,
    OPEN,
)
from fake_host import FakeHost, session

CONTENT = b"page" * 128
TOKEN = "restore-20261101T000000Z"
DATA = "/var/lib/etcd"
IDLE = Ran(0, '{"containers": []}')
BUSY = Ran(
    0, json.dumps({"containers": [{"metadata": {"name": name}} for name in ("etcd", "kube-apiserver", "coredns")]})
)
ETCD = """
    - --name=cp1
    - --initial-advertise-peer-urls=https://10.77.0.11:2380
    image: registry.k8s.io/etcd:3.6.8-0
"""
PEERS = {"cp2": "https://10.77.0.12:2380", "cp1": "https://10.77.0.11:2380"}


class ControlPlane(FakeHost):
    """Its etcdutl makes the data where it is told to; its image is mounted where it is told to."""

    def __init__(self, running: Any = IDLE, files: dict[str, str] | None = None) -> None:
        manifests = {f"{MANIFESTS}/{name}.yaml": ETCD if name == "etcd" else name for name in COMPONENTS}
        old = {f"{DATA}/member/snap/db": "old"}
        super().__init__(
            {"crictl ps": running, "ctr |mkdir|rmdir|chmod": Ran(0)}, {**manifests, **old, **(files or {})}
        )
        self.restores = 0

    def run(self, *argv: str, timeout: float = 0) -> Ran:
        if "mount" in argv:
            self.files.update({f"{argv[-1]}/usr/local/bin/{name}": name for name in ("etcd", "etcdctl", "etcdutl")})
        if "unmount" in argv:
            self.remove(argv[-1])
        if "restore" in argv:
            self.commands.append(" ".join(argv))
            self.restores += 1
            self.files[f"{argv[argv.index('--data-dir') + 1]}/member/snap/db"] = f"new {self.restores}"
            return Ran(0)
        return super().run(*argv, timeout=timeout)

    def data(self, folder: str = DATA) -> str | None:
        return self.files.get(f"{folder}/member/snap/db")


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    path = tmp_path / "etcd-20261031T230000Z.db"
    path.write_bytes(CONTENT + hashlib.sha256(CONTENT).digest())
    return str(path)


def step(host: FakeHost, state: str, *, dry_run: bool = False, **params: Any) -> Outcome:
    empty = dict.fromkeys(("snapshot", "sha256", "name", "peer_url", "data_folder", "image"))
    wish = {"state": state, "token": TOKEN, "members": {}, "components": [], "timeout": 180, **empty, **params}
    return ensure_restored(session(host, dry_run=dry_run), wish)


def restored(host: ControlPlane, snapshot: str) -> ControlPlane:
    step(host, "stopped", snapshot=snapshot)
    step(host, "restored", members=PEERS)
    return host


def test_the_whole_way(snapshot: str) -> None:
    host = ControlPlane([BUSY, BUSY, IDLE])
    assert step(host, "stopped", snapshot=snapshot).values["stopped"] == sorted(COMPONENTS)
    assert host.names(MANIFESTS) == []
    kept = step(host, "restored", members=PEERS).values["kept"]
    assert (host.data(), host.data(kept)) == ("new 1", "old")
    [command] = [command for command in host.commands if " restore " in command]
    assert "--initial-cluster cp1=https://10.77.0.11:2380,cp2=https://10.77.0.12:2380" in command
    assert "--name cp1 --initial-advertise-peer-urls https://10.77.0.11:2380" in command
    assert f"--initial-cluster-token {TOKEN} --bump-revision 1000000000 --mark-compacted" in command
    assert step(host, "running", components=["etcd"]).values["started"] == ["etcd"]
    assert host.names(MANIFESTS) == ["etcd.yaml"]
    assert step(host, "running", components=list(COMPONENTS)).changed
    assert step(host, "finished").changed
    assert json.loads(host.files[LAST])["token"] == TOKEN
    assert not host.exists(OPEN)
    assert not [path for path in host.files if "programs" in path or path.startswith(AWAY)]


@pytest.mark.parametrize("state", ["stopped", "restored", "running", "finished"])
def test_no_step_is_taken_twice(snapshot: str, state: str) -> None:
    host = restored(ControlPlane(), snapshot)
    step(host, "running", components=list(COMPONENTS))
    if state == "finished":
        step(host, "finished")
    before = dict(host.files)
    assert not step(host, state, snapshot=snapshot, components=list(COMPONENTS)).changed
    assert (host.files, host.restores) == (before, 1)


def test_check_mode_moves_nothing(snapshot: str) -> None:
    host = ControlPlane(BUSY)
    before = dict(host.files)
    assert step(host, "stopped", dry_run=True, snapshot=snapshot).changed
    assert host.files == before


def test_killed_between_two_renames_the_old_data_is_still_the_old(snapshot: str) -> None:
    """The new data were in place, and the journal did not say so yet: they never served, and are made anew."""
    host = restored(ControlPlane(), snapshot)
    host.files[OPEN] = host.files[OPEN].replace('"placed": true', '"placed": false')
    kept = step(host, "restored", members=PEERS).values["kept"]
    assert (host.data(), host.data(kept)) == ("new 2", "old")


def test_a_host_that_has_lost_its_data_is_restored_too(snapshot: str) -> None:
    host = ControlPlane()
    host.remove(DATA)
    assert restored(host, snapshot).data() == "new 1"


def test_nothing_is_restored_under_a_running_member(snapshot: str) -> None:
    host = ControlPlane([IDLE, IDLE, BUSY])
    step(host, "stopped", snapshot=snapshot)
    with pytest.raises(Refused, match="etcd, kube-apiserver still run"):
        step(host, "restored")
    assert host.data() == "old"


def test_data_of_before_never_start_in_a_restore(snapshot: str) -> None:
    host = ControlPlane()
    step(host, "stopped", snapshot=snapshot)
    with pytest.raises(Refused, match="has not been restored, and etcd would serve the data of before"):
        step(host, "running", components=["etcd"])


def test_another_restore_is_not_begun_in_the_middle_of_one(snapshot: str) -> None:
    host = restored(ControlPlane(), snapshot)
    with pytest.raises(Refused, match=f"in the middle of another restore, {TOKEN}"):
        step(host, "stopped", token="restore-later", snapshot=snapshot)
    with pytest.raises(NotFound, match="no restore restore-later was begun on cp1"):
        step(host, "restored", token="restore-later")


def test_another_file_than_the_one_that_was_tried(snapshot: str) -> None:
    host = ControlPlane()
    with pytest.raises(Refused, match="is another file than the one that was tried"):
        step(host, "stopped", snapshot=snapshot, sha256="other")
    assert host.names(MANIFESTS) != []


def test_a_damaged_snapshot_stops_nothing(snapshot: str) -> None:
    Path(snapshot).write_bytes(b"X" + CONTENT[1:] + hashlib.sha256(CONTENT).digest())
    host = ControlPlane()
    with pytest.raises(Failed, match="damaged"):
        step(host, "stopped", snapshot=snapshot)
    assert len(host.names(MANIFESTS)) == len(COMPONENTS)


def test_what_does_not_stop_is_named(snapshot: str) -> None:
    with pytest.raises(WaitTimeout, match=r"still running: etcd, kube-apiserver\. The kubelet stops them"):
        step(ControlPlane(BUSY), "stopped", snapshot=snapshot, timeout=5)


def test_a_new_host_is_told_what_its_member_is(snapshot: str) -> None:
    host = ControlPlane(files={})
    host.remove("/etc/kubernetes/manifests")
    host.remove(DATA)
    host.answers["crictl images"] = Ran(0, '{"images": [{"repoTags": ["r/etcd:3.6.8-0", "r/etcd:3.6.10-0"]}]}')
    step(host, "stopped", snapshot=snapshot)
    with pytest.raises(InvalidInput, match="say name and peer_url"):
        step(host, "restored")
    step(host, "restored", name="cp1", peer_url="https://10.77.0.11:2380")
    assert host.data() == "new 1"
    assert any("images mount r/etcd:3.6.10-0" in command for command in host.commands)
    [command] = [command for command in host.commands if " restore " in command]
    assert "--initial-cluster cp1=https://10.77.0.11:2380 " in command


def test_what_the_playbook_has_to_know(snapshot: str) -> None:
    host = restored(ControlPlane(), snapshot)
    found = read_restore(session(host), {"directory": str(Path(snapshot).parent)}).values
    assert (found["open"]["token"], found["open"]["placed"], found["last"]) == (TOKEN, True, None)
    assert found["member"] == {"name": "cp1", "peer_url": "https://10.77.0.11:2380", "data_folder": DATA}
    assert (found["missing"], found["backups"]) == ([], [{"path": snapshot, "taken": "2026-10-31T23:00:00Z"}])


def test_a_journal_that_cannot_be_read_says_where_it_is() -> None:
    with pytest.raises(Failed, match=r"open\.json on cp1 is no JSON"):
        read_restore(session(ControlPlane(files={OPEN: "{"})), {"directory": "/none"})
