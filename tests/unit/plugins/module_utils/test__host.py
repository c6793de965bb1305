# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Host, Ran
from fake_host import ran


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (ran("member-remove-missing"), "Error: etcdserver: member not found"),
        (
            ran("snapshot-status-truncated-1.36.3"),
            "panic: assertion failed: Page expected to be: 1153, but self identifies as 0",
        ),
        (ran("validate-unknown-field"), 'unknown field "noSuchField"'),
        (ran("join-name-taken-ready"), 'a Node with name "w1" and status "Ready" already exists'),
        (Ran(3), "rc 3, no output"),
        (Ran(1, "first\nlast\n"), "last"),
    ],
)
def test_the_line_that_says_why(done: Ran, why: str) -> None:
    assert why in done.why


def test_programs() -> None:
    host = Host()
    assert host.run("sh", "-c", "echo out; echo err >&2; exit 3") == Ran(3, "out\n", "err\n")
    assert host.run("no-such-program-here") == Ran(127, "", "no-such-program-here is not installed on this host")
    assert host.run("sleep", "9", timeout=0.1).rc == 124


def test_files(tmp_path: Path) -> None:
    host = Host()
    (tmp_path / "a").write_text("text")
    assert (host.read(f"{tmp_path}/a"), host.read(f"{tmp_path}/b")) == ("text", None)
    assert (host.names(str(tmp_path)), host.names(f"{tmp_path}/none")) == (["a"], [])
    assert host.free(f"{tmp_path}/not/there/yet")


def test_files_are_moved_written_and_removed(tmp_path: Path) -> None:
    host = Host()
    host.write(f"{tmp_path}/new/a", "text" * 5000)
    assert (tmp_path / "new/a").stat().st_mode & 0o777 == 0o600
    host.move(f"{tmp_path}/new/a", f"{tmp_path}/other/b")
    assert (host.names(str(tmp_path / "new")), host.names(str(tmp_path / "other"))) == ([], ["b"])
    assert host.size(str(tmp_path / "other")) >= 20000
    for _time in range(2):
        host.remove(f"{tmp_path}/other")
    host.write(f"{tmp_path}/c", "")
    host.remove(f"{tmp_path}/c")
    assert (host.names(str(tmp_path)), host.size(f"{tmp_path}/other")) == (["new"], 0)


def test_what_is_begun_is_ended_when_the_connection_goes_away() -> None:
    """sshd sends SIGHUP to what a killed run has started."""
    before = signal.getsignal(signal.SIGHUP)
    with Host().undisturbed():
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGHUP) == before


def test_one_claims_a_file_at_a_time(tmp_path: Path) -> None:
    first = Host().claim(str(tmp_path / "claim"))
    assert first is not None
    assert Host().claim(str(tmp_path / "claim")) is None
    first.close()
    assert Host().claim(str(tmp_path / "claim")) is not None


def test_a_file_moves_into_a_folder_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert Host().written(str(tmp_path / "a")) > 0
    Host().move(str(tmp_path / "a"), str(tmp_path / "b/a"))
    assert (Host().read(str(tmp_path / "b/a")), Host().written(str(tmp_path / "a"))) == ("x", 0)
