# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _snapshot_file
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, NotFound, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_snapshot import ensure_snapshot
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from fake_host import ETCD, FakeHost, session

CONTENT = b"page" * 128 * 3
GOOD = CONTENT + hashlib.sha256(CONTENT).digest()


class EtcdHost(FakeHost):
    """Its etcdctl writes a snapshot of our making where it is told to."""

    def __init__(self, data: Path, content: bytes = GOOD, **answers: object) -> None:
        data.mkdir(exist_ok=True)
        found = {"snapshot status": "snapshot-status-1.36.3", **answers, **ETCD}
        super().__init__(found, {"/etc/kubernetes/manifests/etcd.yaml": f"    - --data-dir={data}\n"})
        self.content, self.room = content, 50 << 30

    def run(self, *argv: str, timeout: float = 0) -> Ran:
        if "save" in argv:
            self.commands.append(" ".join(argv))
            Path(argv[-1]).write_bytes(self.content)
            return Ran(0)
        return super().run(*argv, timeout=timeout)

    def free(self, path: str) -> tuple[int, int]:
        return 100 << 30, self.room


def take(host: FakeHost, folder: Path, *, dry_run: bool = False, **params: object) -> object:
    wish = {"directory": str(folder), "max_age": 0, "keep": 0, "path": None, **params}
    return ensure_snapshot(session(host, dry_run=dry_run), wish)


def saves(host: FakeHost) -> int:
    return sum(" save " in command for command in host.commands)


def test_a_snapshot_is_taken_verified_and_private(tmp_path: Path) -> None:
    outcome = take(EtcdHost(tmp_path / "etcd"), tmp_path / "backups")
    snapshot = outcome.values["snapshot"]
    assert outcome.changed
    assert (snapshot["revision"], snapshot["total_keys"], snapshot["size"]) == (3433, 945, len(GOOD))
    assert snapshot["sha256"] == hashlib.sha256(GOOD).hexdigest()
    assert Path(snapshot["path"]).name == "etcd-20261101T000000Z.db"
    assert oct(Path(snapshot["path"]).stat().st_mode & 0o777) == "0o600"
    assert oct((tmp_path / "backups").stat().st_mode & 0o777) == "0o700"
    assert list((tmp_path / "etcd").iterdir()) == []


def test_a_fresh_one_is_good_enough(tmp_path: Path) -> None:
    host = EtcdHost(tmp_path / "etcd")
    take(host, tmp_path)
    again = take(host, tmp_path, max_age=600)
    assert not again.changed
    assert (saves(host), again.values["snapshot"]["age"]) == (1, 0)


def test_a_fresh_one_that_is_damaged_is_not(tmp_path: Path) -> None:
    (tmp_path / "etcd-20261031T235959Z.db").write_bytes(GOOD[:-1])
    host = EtcdHost(tmp_path / "etcd")
    assert take(host, tmp_path, max_age=600).changed


def test_check_mode_takes_none(tmp_path: Path) -> None:
    host = EtcdHost(tmp_path / "etcd")
    outcome = take(host, tmp_path / "backups", dry_run=True)
    assert outcome.changed
    assert saves(host) == 0
    assert not (tmp_path / "backups").exists()


def test_the_oldest_go_and_only_ours(tmp_path: Path) -> None:
    for name in ("etcd-20261030T000000Z.db", "etcd-20261031T000000Z.db", "etcd-mine.db"):
        (tmp_path / name).write_bytes(GOOD)
    outcome = take(EtcdHost(tmp_path / "etcd"), tmp_path, keep=2)
    assert outcome.values["removed"] == [f"{tmp_path}/etcd-20261030T000000Z.db"]
    assert sorted(path.name for path in tmp_path.glob("*.db")) == [
        "etcd-20261031T000000Z.db",
        "etcd-20261101T000000Z.db",
        "etcd-mine.db",
    ]


def test_a_bad_one_gets_no_good_name_and_old_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "etcd-20261030T000000Z.db").write_bytes(GOOD)
    with pytest.raises(Failed, match="no whole snapshot"):
        take(EtcdHost(tmp_path / "etcd", GOOD[:700]), tmp_path, keep=1)
    assert [path.name for path in tmp_path.glob("etcd-*")] == ["etcd-20261030T000000Z.db"]


def test_etcdutl_has_the_last_word(tmp_path: Path) -> None:
    host = EtcdHost(tmp_path / "etcd")
    host.answers["snapshot status"] = "snapshot-status-truncated-1.36.3"
    with pytest.raises(Failed, match="etcdutl snapshot status says panic: assertion failed"):
        take(host, tmp_path)


def test_no_room_is_refused_before_the_disk_is_full(tmp_path: Path) -> None:
    host = EtcdHost(tmp_path / "etcd")
    (tmp_path / "etcd/member/snap").mkdir(parents=True)
    (tmp_path / "etcd/member/snap/db").write_bytes(CONTENT)
    host.room = 100
    with pytest.raises(Refused, match="MiB free"):
        take(host, tmp_path)
    assert saves(host) == 0


def test_a_file_is_verified_where_no_etcd_runs(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    file.write_bytes(GOOD)
    outcome = take(FakeHost(), tmp_path, path=str(file))
    assert not outcome.changed
    assert (outcome.values["snapshot"]["revision"], outcome.values["snapshot"]["age"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD[:-40], "no whole snapshot"),
        (b"", "no whole snapshot"),
        (b"X" + GOOD[1:], "damaged: its content does not fit"),
    ],
)
def test_what_is_no_snapshot(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.db").write_bytes(content)
    with pytest.raises(Failed, match=message):
        _snapshot_file.check(str(tmp_path / "a.db"))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no snapshot"):
        take(FakeHost(), tmp_path, path=str(tmp_path / "none.db"))
