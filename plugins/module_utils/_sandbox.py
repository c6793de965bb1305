# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The sandbox: runs its launcher, relays its lines, turns its last line into an outcome."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from ._errors import Failed, InvalidInput
from ._outcome import Outcome
from ._session import Session

VERBS = {"present": "up", "stopped": "stop", "absent": "remove"}
# Keys of the launcher's answer that stand elsewhere in the result.
OWN_KEYS = ("changed", "steps", "state", "images", "provider_repositories", "ports")


def ensure_sandbox(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Bring a sandbox into its state. Raises Failed with the launcher's message when it cannot."""
    programs = Path(params["programs"])
    if not (programs / "sandbox" / "__main__.py").is_file():
        raise InvalidInput(
            f"programs: {programs} holds no sandbox/__main__.py. Wanted is the folder roles/sandbox/files of this "
            "collection; the role capi.lifecycle.sandbox passes it."
        )
    python = params.get("python") or sys.executable
    before = run_launcher(python, programs, ["status", *_place(params)], lambda line: None)
    command = launcher_arguments(params, dry_run=session.dry_run)
    answer = run_launcher(python, programs, command, session.report)
    return outcome_of(before, answer, params["state"], dry_run=session.dry_run)


def launcher_arguments(params: Mapping[str, Any], *, dry_run: bool) -> list[str]:
    """The launcher's command line for the options of the module."""
    arguments = [VERBS[params["state"]], *_place(params)]
    if dry_run:
        arguments.append("--dry-run")
    if params["state"] == "present":
        arguments += [f"--capi-version={version}" for version in params["capi_versions"]]
        arguments += [f"--image={image}={program}" for image, program in params["images"].items()]
        arguments += [f"--provider-repository={folder}" for folder in params["provider_repositories"]]
    return arguments


def _place(params: Mapping[str, Any]) -> list[str]:
    directory = params.get("directory")
    return [f"--name={params['name']}", *([f"--directory={directory}"] if directory else [])]


def run_launcher(python: str, programs: Path, arguments: list[str], report: Callable[[str], None]) -> dict[str, Any]:
    """Run the launcher, relay its lines as they come, return the JSON of its last line."""
    path = os.pathsep.join(filter(None, [str(programs), os.environ.get("PYTHONPATH")]))
    command = [python, "-m", "sandbox", *arguments]
    again = f"Run it: PYTHONPATH={programs} {' '.join(command)}"
    last = ""
    with tempfile.TemporaryFile("w+") as errors:  # no pipe: nobody reads it before the end, and a full one blocks
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # run_command shows no line before the end
                command,
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        except OSError as error:
            raise InvalidInput(f"python: {python} cannot be run: {error.strerror or error}.") from error
        with process:
            for line in process.stdout or ():
                last = line.rstrip("\n")
                if not last.startswith("{"):
                    report(last)
        errors.seek(0)
        if process.returncode != 0:
            raise Failed(_message(errors.read(), process.returncode, again), returncode=process.returncode)
    return _answer(last, again)


def _answer(line: str, again: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise Failed(f"The launcher of the sandbox gave no answer, but '{line}'. {again}") from error
    return answer


def _message(trouble: str, code: int, again: str) -> str:
    """The launcher's own message; of anything else the last line, with the command that shows the rest."""
    lines = [line for line in trouble.splitlines() if line.strip()]
    if lines and not trouble.startswith("Traceback"):
        return "\n".join(lines)
    return f"The launcher of the sandbox ended with {code}: {lines[-1] if lines else 'no message'}. {again}"


def outcome_of(before: Mapping[str, Any], answer: Mapping[str, Any], wanted: str, *, dry_run: bool) -> Outcome:
    """Whatever step was taken is a change, also where the state has the same name before and after."""
    after = wanted if dry_run and answer["steps"] else answer["state"]
    values = {key: value for key, value in answer.items() if key not in OWN_KEYS}
    return Outcome(
        before={"state": before["state"], "steps": []},
        after={"state": after, "steps": answer["steps"]},
        values={**values, "state": after, "steps": answer["steps"]},
    )
