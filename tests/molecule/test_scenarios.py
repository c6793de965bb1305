# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All Molecule scenarios in one run, since they share a sandbox; one test for each says how it went."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bed import CACHE, CHECKOUT, Bed, only_sandbox

NAMES = {path.parent.name for path in (CHECKOUT / "extensions/molecule").glob("*/molecule.yml")}
# init first: it is to find an empty management cluster. `default` runs around them by itself.
SCENARIOS = sorted(NAMES - {"default"}, key=lambda name: (name != "init", name))
SANDBOX = "molecule"  # its name, as extensions/molecule/config.yml says it
# "init       : actions=3  successful=3  disabled=0  skipped=0  missing=0  failed=0"
RECAP = re.compile(r"^(?P<scenario>\w+) +: actions=\d+ +successful=(?P<successful>\d+) .*missing=0 +failed=0 *$", re.M)
TAIL = 60


@pytest.fixture(scope="module")
def nothing_left() -> Iterator[None]:
    """Molecule does not destroy what it failed to create, and nothing at all when it is stopped."""
    with only_sandbox(SANDBOX):
        yield
        gone = Bed(SANDBOX, "", CACHE / "sandboxes" / SANDBOX).play("sandbox", sandbox_state="absent")
    assert gone.code == 0, gone.output


@pytest.fixture(scope="module")
def output(nothing_left: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What molecule printed; shown as it goes with pytest --capture=no."""
    tools = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".venv/collections"),
        # What molecule remembers would survive a killed run, and make the next one believe that all is there already.
        "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path_factory.mktemp("molecule")),
        "NO_COLOR": "1",
    }
    chosen = [f"--scenario-name={name}" for name in SCENARIOS]
    command = [str(tools / "molecule"), "test", *chosen, "--report", "--no-command-borders"]
    lines = []
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines)


@pytest.mark.parametrize("scenario", ["default", *SCENARIOS])
def test_scenario(scenario: str, output: str) -> None:
    passed = {found["scenario"] for found in RECAP.finditer(output) if int(found["successful"])}
    last = "\n".join(output.splitlines()[-TAIL:])
    assert scenario in passed, f"scenario {scenario} failed or was not reached; molecule's last lines:\n{last}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_runs_twice_and_looks(scenario: str) -> None:
    """A step that the sequence leaves out is not missed by molecule."""
    settings = yaml.safe_load((CHECKOUT / f"extensions/molecule/{scenario}/molecule.yml").read_text())
    assert settings["scenario"]["test_sequence"][-3:] == ["converge", "idempotence", "verify"]


def test_every_play_found_its_hosts(output: str) -> None:
    """With a wrong inventory each playbook finds no host, and molecule calls that a success."""
    assert "no hosts matched" not in output
