# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the Secret to the file: modes, links, refusals, check mode, many at once."""

from __future__ import annotations

import base64
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeconfig import ensure_kubeconfig, lock_holder
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from builders import cluster
from fakes import FakeClock, FakeKube, session

CANARY = "canary-of-a-secret"
NOBODY = 65534


def content(name: str = "prod", token: str = CANARY, **more: str) -> str:
    """Of a cluster; ``more`` are fields of its entry, such as server."""
    entries = {"clusters": {"server": f"https://{name}:6443", **more}, "users": {"token": token}}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": entries["clusters"]}],
        "users": [{"name": f"{name}-admin", "user": entries["users"]}],
        "contexts": [{"name": f"{name}-admin@{name}", "context": {"cluster": name, "user": f"{name}-admin"}}],
        "current-context": f"{name}-admin@{name}",
    }
    return yaml.safe_dump(document)


def secret(name: str = "prod", text: str | None = None) -> dict[str, Any]:
    value = base64.b64encode((content(name) if text is None else text).encode()).decode()
    meta = {"name": f"{name}-kubeconfig", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"value": value}}


def ensure(
    path: Path,
    kube: FakeKube | None = None,
    clock: Clock | None = None,
    report: Callable[[str], None] = lambda line: None,
    **params: Any,
) -> Outcome:
    kube = FakeKube(cluster(), secret()) if kube is None else kube
    wish = {"name": "prod", "namespace": "default", "state": "present", "path": str(path), **params}
    outcome = ensure_kubeconfig(replace(session(kube, clock), report=report), wish)
    assert kube.writes == []
    assert CANARY not in str(outcome.before) + str(outcome.after)
    return outcome


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def as_nobody() -> Iterator[None]:
    """File rights mean nothing to root; as root the test takes them off."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "prod"
    first = ensure(path)
    assert first.changed
    assert path.read_text() == content()
    assert mode(path) == 0o600
    assert first.before == {"state": "absent"}
    assert first.values["context_name"] == "prod-admin@prod"
    assert first.values["server"] == "https://prod:6443"
    assert first.values["expires_days"] is None
    assert "token" in first.values["expiry_unknown"]
    assert CANARY not in str(first.values)
    assert not ensure(path).changed
    assert os.listdir(tmp_path) == ["prod"]


def test_renewed_credentials_are_a_change(tmp_path: Path) -> None:
    ensure(tmp_path / "prod")
    renewed = FakeKube(cluster(), secret(text=content(token="new")))
    assert ensure(tmp_path / "prod", renewed).changed
    assert "new" in (tmp_path / "prod").read_text()


def test_check_mode_writes_nothing_and_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "prod"
    planned = ensure(path, FakeKube(cluster(), secret(), dry_run=True), context_name="prod")
    assert not path.exists()
    done = ensure(path, context_name="prod")
    assert (planned.before, planned.after) == (done.before, done.after)
    going = ensure(path, FakeKube(dry_run=True), context_name="prod", state="absent")
    assert going.changed
    assert path.exists()


@pytest.mark.parametrize("context", [None, "prod"])
def test_a_wrong_mode_is_a_change_and_corrected(tmp_path: Path, context: str | None) -> None:
    path = tmp_path / "prod"
    ensure(path, context_name=context)
    path.chmod(0o644)
    planned = ensure(path, FakeKube(cluster(), secret(), dry_run=True), context_name=context)
    assert planned.changed
    assert mode(path) == 0o644
    corrected = ensure(path, context_name=context)
    assert (corrected.before["mode"], corrected.after["mode"]) == ("0644", "0600")
    assert mode(path) == 0o600
    assert not ensure(path, context_name=context).changed


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert ensure(tmp_path / "link", context_name="prod").values["path"] == str(tmp_path / "real")
    assert (tmp_path / "link").is_symlink()
    assert "prod" in (tmp_path / "real").read_text()


def test_absent_asks_nobody_and_needs_no_cluster(tmp_path: Path) -> None:
    ensure(tmp_path / "prod")
    kube = FakeKube()
    assert ensure(tmp_path / "prod", kube, state="absent").changed
    assert kube.reads == []
    assert os.listdir(tmp_path) == []
    assert not ensure(tmp_path / "prod", kube, state="absent").changed


def test_absent_takes_one_context_out(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    ensure(path, context_name="prod")
    ensure(path, FakeKube(secret("test")), name="test", context_name="test")
    assert ensure(path, FakeKube(), state="absent", context_name="prod").changed
    assert [c["name"] for c in yaml.safe_load(path.read_text())["contexts"]] == ["test"]
    assert ensure(path, FakeKube(), name="test", state="absent", context_name="test").changed
    assert not path.exists()


@pytest.mark.parametrize("state", ["present", "absent"])
def test_without_a_context_a_shared_file_is_not_touched(tmp_path: Path, state: str) -> None:
    path = tmp_path / "config"
    path.write_text(content("other"))
    with pytest.raises(Refused, match="holds another cluster: other"):
        ensure(path, state=state)
    assert path.read_text() == content("other")


@pytest.mark.parametrize(("context", "instead"), [(None, "name another path"), ("prod", "choose another context_name")])
def test_another_cluster_of_the_same_name_is_not_overwritten(tmp_path: Path, context: str | None, instead: str) -> None:
    """prod of team-a and prod of team-b; or prod made again, which the user says by state=absent."""
    path = tmp_path / "config"
    ca, other_ca = {"certificate-authority-data": "Q0E="}, {"certificate-authority-data": "TkVX"}
    ensure(path, FakeKube(secret(text=content(**ca))), context_name=context)
    before = path.read_text()
    other = FakeKube(secret(text=content(server="https://10.0.0.9:6443", **other_ca)))
    with pytest.raises(Refused, match="another cluster of the same name") as caught:
        ensure(path, other, context_name=context)
    assert instead in str(caught.value)
    assert "https://prod:6443; wanted is https://10.0.0.9:6443" in str(caught.value)
    assert path.read_text() == before
    ensure(path, FakeKube(), context_name=context, state="absent")
    assert ensure(path, other, context_name=context).changed
    assert "https://10.0.0.9:6443" in path.read_text()


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("context", [None, "prod"])
@pytest.mark.parametrize("text", [b"a: [", b"hello", b"kind: Pod\n", b"\xff\xfe"])
def test_a_file_that_is_no_kubeconfig_is_not_touched(
    tmp_path: Path, text: bytes, context: str | None, state: str
) -> None:
    path = tmp_path / "notes"
    path.write_bytes(text)
    with pytest.raises(InvalidInput, match="is not"):
        ensure(path, context_name=context, state=state)
    assert path.read_bytes() == text


def test_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no Cluster default/prod on "):
        ensure(tmp_path / "prod", FakeKube())


def test_no_secret_yet(tmp_path: Path) -> None:
    waits = {"ControlPlaneInitialized": {"status": "False", "reason": "NotInitialized", "message": "not yet"}}
    with pytest.raises(NotFound, match=r"is not there yet.*\(NotInitialized: not yet\)"):
        ensure(tmp_path / "prod", FakeKube(cluster(conditions=waits)))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({**secret(), "data": {"other": "eA=="}}, "has no key 'value'"),
        ({**secret(), "data": None}, "has no key 'value'"),
        ({**secret(), "data": {"value": "%%%"}}, "is not text in base64"),
        ({**secret(), "data": {"value": "//79"}}, "is not text in base64"),
        (secret(text="a: ["), "is not valid YAML"),
        (secret(text=f"token: {CANARY}\n"), "is not a kubeconfig"),
        (secret(text="kind: Config\nclusters: []\n"), "is not complete"),
    ],
)
def test_a_malformed_secret(tmp_path: Path, found: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as raised:
        ensure(tmp_path / "prod", FakeKube(cluster(), found))
    assert CANARY not in str(raised.value)
    assert "Secret default/prod-kubeconfig" in str(raised.value)
    assert os.listdir(tmp_path) == []


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a directory"):
        ensure(tmp_path)
    with pytest.raises(NotFound, match=f"The directory {tmp_path}/none of path does not exist"):
        ensure(tmp_path / "none" / "prod")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="not a regular file"):
        ensure(tmp_path / "pipe")


@pytest.mark.parametrize("dry_run", [True, False])
def test_no_right_to_write(tmp_path: Path, dry_run: bool) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    for folder in (locked, *tmp_path.parents[:3], tmp_path):
        folder.chmod(0o555 if folder == locked else 0o755)
    with as_nobody(), pytest.raises(Forbidden, match=r"Could not write .*: Permission denied"):
        ensure(locked / "prod", FakeKube(cluster(), secret(), dry_run=dry_run))
    assert os.listdir(locked) == []


def test_no_right_to_read(tmp_path: Path) -> None:
    path = tmp_path / "prod"
    ensure(path)
    path.chmod(0)
    for folder in (*tmp_path.parents[:3], tmp_path):
        folder.chmod(0o755)
    with as_nobody(), pytest.raises(Forbidden, match=r"Could not read .*: Permission denied"):
        ensure(path)


def test_the_content_is_returned_only_when_asked_for(tmp_path: Path) -> None:
    assert "content" not in ensure(tmp_path / "prod").values
    asked = ensure(tmp_path / "prod", return_content=True)
    assert asked.values["content"] == content()
    assert asked.values["_ansible_no_log"] is True
    assert not asked.changed


def test_another_server_is_written_and_told(tmp_path: Path) -> None:
    told = ensure(tmp_path / "prod", server="https://127.0.0.1:7443")
    assert told.values["server"] == "https://127.0.0.1:7443"
    assert "server: https://127.0.0.1:7443" in (tmp_path / "prod").read_text()
    assert not ensure(tmp_path / "prod", server="https://127.0.0.1:7443").changed
    assert ensure(tmp_path / "prod").changed


def test_many_hosts_merge_into_one_file(tmp_path: Path) -> None:
    names = [f"c{n:02}" for n in range(12)]
    failed: list[CapiError] = []

    def merge(name: str) -> None:
        try:
            ensure(tmp_path / "shared", FakeKube(secret(name)), Clock(), name=name, context_name=name)
        except CapiError as error:
            failed.append(error)

    threads = [threading.Thread(target=merge, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    held = yaml.safe_load((tmp_path / "shared").read_text())
    assert sorted(c["name"] for c in held["contexts"]) == names
    assert os.listdir(tmp_path) == ["shared"]


class TestTheLock:
    """Another run has the directory locked: a wait with lines and an end, and then nothing was changed."""

    @contextmanager
    def held(self, directory: Path) -> Iterator[int]:
        handle = os.open(directory, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield handle
        finally:
            os.close(handle)

    def test_is_waited_for_with_an_end(self, tmp_path: Path) -> None:
        clock, lines = FakeClock(), []
        with self.held(tmp_path), pytest.raises(Refused) as caught:
            ensure(tmp_path / "prod", None, clock, lambda line: lines.append((clock.seconds, line)))
        assert str(caught.value).startswith(f"The directory {tmp_path} is locked by ")
        assert "process" in str(caught.value)
        assert "for 120s now. Nothing was changed; let that end, or end it, and run this again." in str(caught.value)
        assert [round(seconds) for seconds, _line in lines] == [30, 60, 90]
        assert lines[0][1].endswith("; waiting, 30s of at most 120s")
        assert os.listdir(tmp_path) == []

    def test_is_taken_when_it_is_free_again(self, tmp_path: Path) -> None:
        with self.held(tmp_path) as handle:
            clock = FakeClock(lambda seconds: fcntl.flock(handle, fcntl.LOCK_UN) if seconds > 7 else None)
            assert ensure(tmp_path / "prod", None, clock).changed
        assert 7 < clock.seconds < 8


LOCKS = """\
1: OFDLCK ADVISORY  WRITE -1 fe:00:42 0 EOF
2: POSIX  ADVISORY  WRITE 11 fe:00:42 0 EOF
3: FLOCK  ADVISORY  WRITE 12 fe:01:42 0 EOF
4: FLOCK  ADVISORY  WRITE 13 fe:00:142 0 EOF
5: FLOCK  ADVISORY  WRITE 4711 fe:00:42 0 EOF
5: -> FLOCK  ADVISORY  WRITE 14 fe:00:42 0 EOF
6: FLOCK  ADVISORY  WRITE 0 fe:00:77 0 EOF
odd
"""


@pytest.mark.parametrize(
    ("inode", "found"),
    [
        pytest.param(42, "process 4711", id="the one that holds it"),
        pytest.param(77, "another process", id="one of another namespace"),
        pytest.param(1, "another process", id="nobody"),
    ],
)
def test_who_has_a_lock(inode: int, found: str) -> None:
    assert lock_holder(LOCKS, 0xFE, 0, inode) == found
