# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line: ``PYTHONPATH=<role files> python -m sandbox up``. Steps go to standard output line by line, the last
line is JSON; an error is one message on standard error."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIBRARIES = {"requests": "requests", "yaml": "PyYAML", "cryptography": "cryptography"}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--name", default="default", help="name of the sandbox (default: default)")
    place.add_argument("--directory", type=Path, help="folder that holds sandboxes (default: in the user's cache)")
    place.add_argument("--cache", type=Path, help="folder of what was built (default: in the user's cache)")
    change = argparse.ArgumentParser(add_help=False, parents=[place])
    change.add_argument("--dry-run", action="store_true", help="only list what would be done")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_wishes(commands.add_parser("up", parents=[change], help="build what is missing, start what does not run"))
    commands.add_parser("stop", parents=[change], help="stop every process, keep the files")
    commands.add_parser("remove", parents=[change], help="stop every process, remove every file")
    commands.add_parser("status", parents=[place], help="describe the sandbox")
    runner = commands.add_parser("run-pods", parents=[place], help="the pod runner itself; started by up")
    runner.add_argument("--code", help="marks the code that it was started from")
    return parser.parse_args(given)


def _add_wishes(parser: argparse.ArgumentParser) -> None:
    for option, metavar, meaning in (
        ("--capi-version", "VERSION[,VERSION]", "Cluster API release; the first one is the default of clusterctl init"),
        ("--image", "NAME:TAG=PROGRAM", "program that stands for the image of a further provider"),
        ("--provider-repository", "DIRECTORY", "LABEL/VERSION folders of further providers, as clusterctl has them"),
    ):
        parser.add_argument(option, metavar=metavar, help=meaning, action="append", default=[])


def missing_libraries(libraries: Mapping[str, str]) -> str:
    """Which Python packages are missing, in a message; empty where none is."""
    lacking = [package for module, package in libraries.items() if importlib.util.find_spec(module) is None]
    if not lacking:
        return ""
    return (
        f"Python packages missing for {sys.executable}: {', '.join(lacking)}. Install them: "
        f"{sys.executable} -m pip install {' '.join(lacking)}"
    )


def say(line: str) -> None:
    """One step for the operator."""
    print(line, flush=True)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Carry out a command; the result is what the last line shows."""
    from . import lifecycle, up
    from .layout import layout_of

    layout = layout_of(options.name, options.directory, options.cache)
    if options.command == "status":
        return lifecycle.describe(layout)
    if options.command == "up":
        versions = [version for entry in options.capi_version for version in entry.split(",") if version]
        wish = up.Wish(tuple(versions), tuple(options.image), tuple(options.provider_repository))
        steps = up.Up(layout, wish, say).run(options.dry_run)
    else:
        act = lifecycle.stop if options.command == "stop" else lifecycle.remove
        steps = act(layout, say, options.dry_run)
    result = {**lifecycle.describe(layout), "changed": bool(steps), "steps": steps}
    for note in result.get("notes", []) if options.command == "up" else []:
        say(f"note: {note}")
    return result


def run_pods(options: argparse.Namespace) -> None:
    """Become the pod runner of a sandbox."""
    from . import pod_runner
    from .layout import layout_of, load_settings
    from .ports import Ports

    layout = layout_of(options.name, options.directory, options.cache)
    settings = load_settings(layout)
    if settings:
        pod_runner.main(layout, Ports(settings.port_base))


def offer_own_code() -> None:
    """Let the processes that are started from here import this package."""
    inherited = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    own = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([own, *(entry for entry in inherited if entry != own)])


def obey(options: argparse.Namespace) -> str:
    """Carry out the command line; the trouble in one message, empty where there was none."""
    import requests

    from .errors import SandboxError
    from .rest import RestError

    try:
        if options.command == "run-pods":
            run_pods(options)
        else:
            say(json.dumps(run(options)))
    except SandboxError as error:
        return str(error)
    except (RestError, requests.RequestException) as error:  # before OSError, which RequestException is
        return f"The API server of sandbox '{options.name}' does not answer as it should: {error}. Run this again."
    except OSError as error:
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return f"{what}. Check the permissions of that file system and the space on it, then run this again."
    return ""


def main() -> int:
    """Exit status: 0 done, 1 failed with a message, 130 interrupted."""
    options = arguments()
    offer_own_code()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        problem = missing_libraries(LIBRARIES) or obey(options)
    except KeyboardInterrupt:
        print("Interrupted: run the same command again to go on.", file=sys.stderr)
        return 130
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
