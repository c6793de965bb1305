# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are whole or not there; one run at a time has a lock, also when the folder goes away below it."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest
from sandbox.errors import SandboxError
from sandbox.files import locked, read_json, write_atomically, write_if_changed


def test_files_are_readable_by_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    previous = os.umask(0)
    try:
        write_atomically(path, b"secret")
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"], "no draft is left"


def test_a_file_is_written_only_where_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    assert write_if_changed(path, "one")
    before = path.stat().st_ino
    assert not write_if_changed(path, "one")
    assert path.stat().st_ino == before
    assert write_if_changed(path, "two")
    assert path.read_text() == "two"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param('{"a": 1}', {"a": 1}, id="whole"),
        pytest.param('{"a": ', None, id="cut off"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="not there"),
    ],
)
def test_read_json(content: str | None, found: object, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    assert read_json(path) == found
    assert read_json(path / "below a file") is None


class TestLocked:
    """Two runs, here two threads: the second says once that it waits, and gets its turn."""

    def second(self, path: Path, told: list[str], seen: list[bool]) -> threading.Thread:
        def take() -> None:
            with locked(path, lambda: told.append("waiting")):
                seen.append(path.exists())

        thread = threading.Thread(target=take)
        thread.start()
        return thread

    def test_one_at_a_time(self, tmp_path: Path) -> None:
        told: list[str] = []
        seen: list[bool] = []
        with locked(tmp_path / "lock", lambda: told.append("the first never waits")):
            thread = self.second(tmp_path / "lock", told, seen)
            thread.join(0.7)
            assert told == ["waiting"]
            assert seen == []
        thread.join(5)
        assert seen == [True]
        assert told == ["waiting"]

    def test_the_wait_has_lines_and_an_end(self, tmp_path: Path) -> None:
        told: list[str] = []
        began = time.monotonic()
        with locked(tmp_path / "lock", lambda: None), pytest.raises(SandboxError) as caught:
            self.take(tmp_path / "lock", told)
        by = f"process {os.getpid()}, another run with this sandbox or its cache"
        assert str(caught.value) == (
            f"{tmp_path}/lock is locked by {by}, for 1s now. "
            "Let that run end, or end it, and run the same command again."
        )
        assert told == ["waiting"] * 2, "at once, and again while it lasts"
        assert time.monotonic() - began < 5

    def test_who_has_it_is_not_always_known(self, tmp_path: Path) -> None:
        with locked(tmp_path / "lock", lambda: None):
            (tmp_path / "lock").write_text("")
            with pytest.raises(SandboxError, match="is locked by another process"):
                self.take(tmp_path / "lock", [])

    def take(self, path: Path, told: list[str]) -> None:
        with locked(path, lambda: told.append("waiting"), patience=0.5, every=0.25):
            told.append("it was free")

    def test_the_last_run_leaves_no_name_behind(self, tmp_path: Path) -> None:
        (tmp_path / "lock").write_text("123456789\n")
        with locked(tmp_path / "lock", lambda: None):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"

    def test_the_folder_was_removed_by_the_other_run(self, tmp_path: Path) -> None:
        """A lock on a file that nobody finds any more locks nothing: it is taken anew."""
        folder = tmp_path / "sandbox"
        told: list[str] = []
        seen: list[bool] = []
        with locked(folder / "lock", lambda: None):
            thread = self.second(folder / "lock", told, seen)
            thread.join(0.5)
            shutil.rmtree(folder)
        thread.join(5)
        assert seen == [True]
