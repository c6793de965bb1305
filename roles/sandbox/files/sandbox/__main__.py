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
from pathlib import Path
from typing import Any

LIBRARIES = {"requests": "requests", "yaml": "PyYAML", "cryptography": "cryptography"}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="default", help="name of the sandbox (default: default)")
    common.add_argument("--directory", type=Path, help="folder that holds sandboxes (default: in the user's cache)")
    common.add_argument("--cache", type=Path, help="folder of what was built (default: in the user's cache)")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", parents=[common], help="build what is missing, start what does not run")
    up.add_argument("--capi-version", action="append", default=[], metavar="VERSION[,VERSION]",
                    help="Cluster API release; the first one is installed when none is named")
    up.add_argument("--image", action="append", default=[], metavar="NAME:TAG=PROGRAM",
                    help="program that stands for the image of a further provider")
    up.add_argument("--provider-repository", action="append", default=[], metavar="DIRECTORY",
                    help="LABEL/VERSION folders of further providers, as clusterctl's local repositories have them")
    for command in (up, commands.add_parser("stop", parents=[common], help="stop every process, keep the files"),
                    commands.add_parser("remove", parents=[common], help="stop every process, remove every file")):
        command.add_argument("--dry-run", action="store_true", help="only list what would be done")
    commands.add_parser("status", parents=[common], help="describe the sandbox")
    commands.add_parser("run-pods", parents=[common], help="the pod runner itself; started by up")
    return parser.parse_args(given)


def missing_libraries() -> str:
    """Which Python packages are missing, in a message; empty where none is."""
    lacking = [package for module, package in LIBRARIES.items() if importlib.util.find_spec(module) is None]
    if not lacking:
        return ""
    return (f"Python packages missing for {sys.executable}: {', '.join(lacking)}. Install them: "
            f"{sys.executable} -m pip install {' '.join(lacking)}")


def say(line: str) -> None:
    """One step for the operator."""
    print(line, flush=True)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Carry out a command; the result is what the last line shows."""
    from . import lifecycle
    from .layout import layout_of
    layout = layout_of(options.name, options.directory, options.cache)
    if options.command == "status":
        return lifecycle.describe(layout)
    if options.command == "up":
        versions = [version for entry in options.capi_version for version in entry.split(",") if version]
        wish = lifecycle.Wish(tuple(versions), tuple(options.image), tuple(options.provider_repository))
        done = lifecycle.Up(layout, wish, say).run(options.dry_run)
    else:
        act = {"stop": lifecycle.stop, "remove": lifecycle.remove}[options.command]
        done = act(layout, say, options.dry_run)
    return {**lifecycle.describe(layout), "changed": bool(done.steps), "steps": done.steps}


def run_pods(options: argparse.Namespace) -> None:
    """Become the pod runner of a sandbox."""
    from . import pod_runner
    from .layout import layout_of, load_settings
    from .ports import Ports
    layout = layout_of(options.name, options.directory, options.cache)
    settings = load_settings(layout)
    if settings:
        pod_runner.main(layout, Ports(settings.port_base))


def main() -> int:
    """Exit status: 0 done, 1 failed with a message."""
    options = arguments()
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    problem = missing_libraries()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    from .errors import SandboxError
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        if options.command == "run-pods":
            run_pods(options)
        else:
            say(json.dumps(run(options)))
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or ''}. Check the permissions of, and the space on, that "
              "file system, then run this again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
