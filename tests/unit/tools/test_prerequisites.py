# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for a Python and the list of what a machine lacks, on machines made of small scripts."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
# What the scripts themselves need; nothing else of this machine is on the PATH of a test.
PROGRAMS = ("sh", "sed", "tail", "sort", "mktemp", "rm", "dirname", "uname")


@dataclass(frozen=True)
class Machine:
    """A machine with an empty home folder and only the programs that a test puts on it."""

    root: Path

    @property
    def programs(self) -> Path:
        return self.root / "bin"

    def add(self, name: str, script: str) -> str:
        """Put a shell script on the machine; a relative name goes on the PATH. Returns its path."""
        path = self.root / name if "/" in name else self.programs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def add_python(self, name: str, version: str) -> str:
        """A Python that answers the probe as that version does."""
        answer = (
            f'for wanted; do [ "$wanted" = {version} ] && echo "$0" && exit 0; done; echo "is Python {version}"; exit 1'
        )
        return self.add(name, answer)

    def add_go(self, version: str, switching: str) -> str:
        return self.add("go", f'case $2 in GOVERSION) echo "{version}";; GOTOOLCHAIN) echo "{switching}";; esac')

    def run(self, tool: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.programs), "HOME": str(self.root), "SYSTEM_ROOT": str(self.root), **variables}
        command = ["/bin/sh", str(TOOLS / tool), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.programs.mkdir()
    for program in PROGRAMS:
        found = next(Path(f) / program for f in os.defpath.split(":") if f and (Path(f) / program).exists())
        (made.programs / program).symlink_to(found)
    return made


def test_the_preferred_version_wins_wherever_it_is(machine: Machine) -> None:
    machine.add_python("python3.13", "3.13")
    machine.add_python("python3.11", "3.11")
    wanted = machine.add_python(".pyenv/versions/3.12.1/bin/python3.12", "3.12")
    assert machine.run("find_python.sh").stdout.strip() == wanted


def test_a_shim_that_fails_is_passed_over(machine: Machine) -> None:
    machine.add("python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    wanted = machine.add_python(".local/share/uv/python/cpython-3.12.7-linux/bin/python3.12", "3.12")
    found = machine.run("find_python.sh")
    assert (found.stdout.strip(), found.stderr) == (wanted, "")


def test_a_home_with_a_blank_in_its_name(tmp_path: Path, machine: Machine) -> None:
    home = tmp_path / "a home"
    wanted = machine.add_python("a home/.pyenv/versions/3.12.1/bin/python3.12", "3.12")
    assert machine.run("find_python.sh", HOME=str(home)).stdout.strip() == wanted


def test_plain_python3_is_taken_if_nothing_else_is_there(machine: Machine) -> None:
    wanted = machine.add_python("python3", "3.11")
    assert machine.run("find_python.sh").stdout.strip() == wanted


def test_a_named_python_is_taken_or_refused_by_name(machine: Machine) -> None:
    machine.add_python("python3.12", "3.12")
    named = machine.add_python("elsewhere/python", "3.13")
    old = machine.add_python("old/python", "3.9")
    assert machine.run("find_python.sh", PYTHON=named).stdout.strip() == named
    refused = machine.run("find_python.sh", PYTHON=old)
    assert refused.returncode == 1
    assert f"PYTHON={old} is not usable" in refused.stderr


def test_everything_there_says_nothing(machine: Machine) -> None:
    machine.add("uname", "echo Linux")
    machine.add_python("python3.12", "3.12")
    machine.add_go("go1.26.8", "auto")
    done = machine.run("prerequisites.sh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_that_is_missing_is_named_at_once(machine: Machine) -> None:
    machine.add("uname", "echo MINGW64_NT")
    machine.add("python3", "echo no module named venv; exit 1")
    done = machine.run("prerequisites.sh")
    assert done.returncode == 1
    assert "Linux or macOS (this is MINGW64_NT)" in done.stderr
    assert "a usable Python 3.11" in done.stderr
    assert "no module named venv" in done.stderr
    assert "Go 1.21 or newer" in done.stderr
    assert "3 prerequisite(s) missing; nothing was started." in done.stderr


@pytest.mark.parametrize(
    ("version", "switching", "said"),
    [
        ("go1.26.8", "local", ""),
        ("go1.27rc1", "local", ""),
        ("go1.21.0", "auto", ""),
        ("go1.21.0", "go1.26.8+auto", "toolchain switching"),
        ("go1.22.1", "local", "toolchain switching (found go1.22.1 with GOTOOLCHAIN=local)"),
        ("go1.19.8", "auto", "Go 1.21 or newer (found go1.19.8)"),
        ("", "", "a Go that runs"),
    ],
)
def test_go_is_new_enough_or_can_become_so(machine: Machine, version: str, switching: str, said: str) -> None:
    machine.add_go(version, switching)
    done = machine.run("prerequisites.sh", "go")
    assert done.returncode == (1 if said else 0)
    assert said in done.stderr


def test_a_go_beside_the_path_is_pointed_at(machine: Machine) -> None:
    machine.add("usr/local/go/bin/go", "exit 0")
    folder = machine.root / "usr/local/go/bin"
    assert f'export PATH="$PATH:{folder}"' in machine.run("prerequisites.sh", "go").stderr
