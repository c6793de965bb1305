# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's side of the sandbox: what it asks the launcher for, and what it makes of the answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._sandbox import (
    ensure_sandbox,
    launcher_arguments,
    outcome_of,
    run_launcher,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from fakes import FakeClock

PARAMS: dict[str, Any] = {
    "name": "a",
    "state": "present",
    "directory": None,
    "capi_versions": [],
    "images": {},
    "provider_repositories": [],
}


@pytest.mark.parametrize(
    ("given", "dry_run", "arguments"),
    [
        pytest.param({}, False, ["up", "--name=a"], id="present"),
        pytest.param({}, True, ["up", "--name=a", "--dry-run"], id="check mode"),
        pytest.param({"directory": "/d"}, False, ["up", "--name=a", "--directory=/d"], id="a folder"),
        pytest.param(
            {
                "capi_versions": ["v1.13.4", "v1.14.2"],
                "images": {"aws:v2": "/opt/aws"},
                "provider_repositories": ["/opt/repository"],
            },
            False,
            [
                *("up", "--name=a", "--capi-version=v1.13.4", "--capi-version=v1.14.2"),
                *("--image=aws:v2=/opt/aws", "--provider-repository=/opt/repository"),
            ],
            id="wishes",
        ),
        pytest.param({"state": "stopped", "capi_versions": ["v1.13.4"]}, False, ["stop", "--name=a"], id="stopped"),
        pytest.param({"state": "absent"}, True, ["remove", "--name=a", "--dry-run"], id="absent in check mode"),
    ],
)
def test_launcher_arguments(given: dict[str, Any], dry_run: bool, arguments: list[str]) -> None:
    assert launcher_arguments({**PARAMS, **given}, dry_run=dry_run) == arguments


def answer(state: str, steps: list[str]) -> dict[str, Any]:
    return {"name": "a", "state": state, "changed": bool(steps), "steps": steps, "images": {}, "kubeconfig": "/k"}


@pytest.mark.parametrize(
    ("before", "found", "wanted", "dry_run", "changed", "state"),
    [
        pytest.param("absent", answer("present", ["x"]), "present", False, True, "present", id="started"),
        pytest.param("present", answer("present", []), "present", False, False, "present", id="again"),
        pytest.param("present", answer("present", ["x"]), "present", False, True, "present", id="repaired"),
        pytest.param("absent", answer("absent", ["x"]), "present", True, True, "present", id="check mode: would be"),
        pytest.param("stopped", answer("stopped", []), "stopped", True, False, "stopped", id="check mode: is"),
        pytest.param("present", answer("absent", ["x"]), "absent", False, True, "absent", id="removed"),
    ],
)
def test_outcome(before: str, found: dict[str, Any], wanted: str, dry_run: bool, changed: bool, state: str) -> None:
    outcome = outcome_of({"state": before}, found, wanted, dry_run=dry_run)
    assert outcome.changed is changed
    assert outcome.values == {"name": "a", "state": state, "steps": found["steps"], "kubeconfig": "/k"}


class Launcher:
    """A launcher that says what it is told to say; the real one is tested where it is."""

    def __init__(self, folder: Path, code: str) -> None:
        self.programs, self.lines = folder, []
        (folder / "sandbox").mkdir()
        (folder / "sandbox" / "__init__.py").touch()
        (folder / "sandbox" / "__main__.py").write_text(f"import json, os, sys\n{code}\n")

    def run(self, *arguments: str) -> dict[str, Any]:
        return run_launcher(sys.executable, self.programs, list(arguments), self.lines.append)


def test_lines_are_relayed_and_the_last_one_is_the_answer(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, "print('building etcd'); print(json.dumps({'given': sys.argv[1:]}))")
    assert launcher.run("up", "--name=a") == {"given": ["up", "--name=a"]}
    assert launcher.lines == ["building etcd"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("sys.exit('Go is not installed. Install it.')", "Go is not installed. Install it.", id="its own"),
        pytest.param(
            "1 / 0",
            "The launcher of the sandbox ended with 1: ZeroDivisionError: division by zero. Run it: ",
            id="a crash",
        ),
        pytest.param("sys.exit(3)", "The launcher of the sandbox ended with 3: no message. Run it: ", id="silence"),
        pytest.param("os.kill(os.getpid(), 9)", "The launcher of the sandbox ended with -9: no message.", id="killed"),
        pytest.param(
            "print('hello')", "The launcher of the sandbox gave no answer, but 'hello'. Run it: ", id="no JSON"
        ),
        pytest.param("pass", "The launcher of the sandbox gave no answer, but ''. Run it: ", id="no line"),
    ],
)
def test_trouble(code: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        Launcher(tmp_path, code).run("up")
    assert str(caught.value).startswith(message)


def test_a_long_complaint_does_not_block(tmp_path: Path) -> None:
    """A pipe holds 64 KiB: who writes more waits for a reader."""
    launcher = Launcher(tmp_path, "print('x' * 10**6, file=sys.stderr); print('on'); print(json.dumps({}))")
    assert launcher.run("up") == {}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({"programs": "/nowhere"}, "programs: /nowhere holds no sandbox/__main__.py", id="programs"),
        pytest.param({"python": "/nowhere/python"}, "python: /nowhere/python cannot be run: No such file", id="python"),
    ],
)
def test_bad_options(params: dict[str, Any], message: str, tmp_path: Path) -> None:
    Launcher(tmp_path, "")
    session = Session(kube=None, clock=FakeClock(), report=print)
    with pytest.raises(InvalidInput) as caught:
        ensure_sandbox(session, {**PARAMS, "programs": str(tmp_path), **params})
    assert message in str(caught.value)


def test_the_whole_way(tmp_path: Path) -> None:
    status, done = answer("absent", []), answer("present", ["starting etcd"])
    Launcher(tmp_path, f"print(json.dumps({status!r} if sys.argv[1] == 'status' else {done!r}))")
    session = Session(kube=None, clock=FakeClock(), report=print)
    outcome = ensure_sandbox(session, {**PARAMS, "programs": str(tmp_path), "python": None})
    assert (outcome.changed, outcome.values["state"], outcome.values["steps"]) == (True, "present", ["starting etcd"])


def test_the_answer_of_the_real_launcher_is_understood(tmp_path: Path) -> None:
    programs = Path(__file__).resolve().parents[4] / "roles/sandbox/files"
    found = run_launcher(sys.executable, programs, ["status", f"--directory={tmp_path}"], print)
    assert json.loads(json.dumps(found))["state"] == "absent"
