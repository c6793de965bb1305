# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: steps line by line, JSON at the end, or one message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.__main__ import LIBRARIES, arguments, missing_libraries
from sandbox.layout import FILES


def launcher(*given: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(FILES), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "sandbox", *given]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_arguments() -> None:
    given = ["up", "--name=x", "--capi-version=v1.13.4,v1.14.2", "--image=a:1=/a", "--image=b:1=/b", "--dry-run"]
    found = arguments(given)
    assert (found.command, found.name, found.dry_run) == ("up", "x", True)
    assert (found.capi_version, found.image) == (["v1.13.4,v1.14.2"], ["a:1=/a", "b:1=/b"])
    assert arguments(["status"]).name == "default"


@pytest.mark.parametrize("given", [[], ["explode"], ["status", "--dry-run"], ["stop", "--image=a:1=/a"]])
def test_other_command_lines_are_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        arguments(given)
    assert caught.value.code == 2


def test_a_status_is_one_line_of_json(tmp_path: Path) -> None:
    done = launcher("status", "--name=x", cache=tmp_path)
    folder = tmp_path / "capi.lifecycle" / "sandboxes" / "x"
    assert json.loads(done.stdout) == {"name": "x", "state": "absent", "directory": str(folder)}
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["status", "--name=Bad"], "Sandbox name 'Bad' is not usable: wanted"),
        (
            ["up", "--capi-version=v1.14.2,v9", "--dry-run"],
            "Cluster API v9 cannot be run in the sandbox: supported are",
        ),
    ],
)
def test_trouble_is_one_message(given: list[str], message: str, tmp_path: Path) -> None:
    done = launcher(*given, cache=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_what_python_lacks_is_named_with_the_remedy() -> None:
    assert missing_libraries(LIBRARIES) == ""
    assert missing_libraries({"json": "JSON", "no_such_module": "NoSuchPackage"}) == (
        f"Python packages missing for {sys.executable}: NoSuchPackage. Install them: "
        f"{sys.executable} -m pip install NoSuchPackage"
    )
