# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go is looked at before anything is built, and what was cut off is built again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox import build
from sandbox.errors import SandboxError
from sandbox.recipe import Program


@pytest.mark.parametrize(
    ("text", "version"),
    [("go1.26.8", (1, 26)), ("go1.21", (1, 21)), ("1.27.0", (1, 27)), ("devel +abc", (0, 0)), ("", (0, 0))],
)
def test_go_version(text: str, version: tuple[int, int]) -> None:
    assert build.go_version(text) == version


@pytest.mark.parametrize(
    ("version", "toolchain", "problem"),
    [
        pytest.param("go1.26.0", "local", "", id="new enough"),
        pytest.param("go1.27.1", "auto", "", id="newer"),
        pytest.param("go1.21.0", "auto", "", id="fetches a newer one"),
        pytest.param("go1.22.5", "local", "GOTOOLCHAIN is 'local'", id="may not fetch"),
        pytest.param(
            "go1.20.14", "auto", "Go is go1.20.14; wanted is Go 1.26 or newer, or at least 1.21", id="too old"
        ),
        pytest.param("", "", "Go is of an unknown version", id="says nothing"),
    ],
)
def test_toolchain_problem(version: str, toolchain: str, problem: str) -> None:
    found = build.toolchain_problem(version, toolchain)
    assert problem in found
    assert bool(found) == bool(problem)


def test_no_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"Go is not installed .* Install Go 1\.26 or newer \(https://go\.dev/dl/\)"):
        build.go_environment()


# What is needed of `go env` and `go build` here; the real ones take minutes, and serve the integration tests.
GO = """#!/bin/sh
if [ "$1" = env ]; then printf 'go1.26.8\\nauto\\n'; exit; fi
while [ "$1" != -o ]; do shift; done
echo "go: building $3"
[ "$3" = broken ] && { echo "go: dial tcp: no route to host"; exit 1; }
echo "$3" > "$2"
"""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Program]:
    """Programs by the name of their package, for a toolchain that writes that name into its result."""
    go = tmp_path / "toolchain" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}{os.pathsep}{os.environ['PATH']}")
    return lambda name: Program(name, name, tmp_path, tmp_path / "bin" / "key" / name, "-s -w")


def test_only_what_is_missing_is_built(program: Callable[[str], Program], tmp_path: Path) -> None:
    programs = [program(name) for name in ("etcd", "kubectl")]
    programs[0].target.parent.mkdir(parents=True)
    programs[0].target.write_text("from before")
    (programs[0].target.parent / ".draft-kubectl").write_text("cut off")
    assert build.missing(programs) == [programs[1]]
    lines: list[str] = []
    build.build(programs, tmp_path, lines.append)
    assert lines == ["building kubectl (2 of 2) ..."]
    assert [entry.target.read_text().strip() for entry in programs] == ["from before", "kubectl"]
    assert sorted(path.name for path in programs[0].target.parent.iterdir()) == ["etcd", "kubectl"]
    assert build.missing(programs) == []


def test_a_failed_build_names_the_cause_and_the_log(program: Callable[[str], Program], tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        build.build([program("broken")], tmp_path, lambda line: None)
    assert "Building broken failed: go: dial tcp: no route to host." in str(caught.value)
    assert f"{tmp_path}/build.log" in str(caught.value)
    assert "run the same command again: what was built stays" in str(caught.value)


def test_another_run_that_builds_is_waited_for(program: Callable[[str], Program], tmp_path: Path) -> None:
    lines: list[str] = []
    with build.locked(tmp_path / "bin" / ".lock", lambda: None):
        thread = threading.Thread(target=build.build, args=([program("etcd")], tmp_path, lines.append))
        thread.start()
        thread.join(0.6)
        program("etcd").target.parent.mkdir(parents=True)
        program("etcd").target.write_text("by the other run")
    thread.join(5)
    assert lines == ["another run is building the programs; waiting for it"]
    assert program("etcd").target.read_text() == "by the other run"


def test_long_commands_have_a_heartbeat(tmp_path: Path) -> None:
    beats: list[int] = []
    command = [sys.executable, "-c", "import time; print('done', flush=True); time.sleep(0.7)"]
    assert build.run_logged(command, tmp_path, os.environ, tmp_path / "log", beats.append, 0.2) == 0
    assert len(beats) >= 2
    assert (tmp_path / "log").read_text().splitlines()[-1] == "done"
