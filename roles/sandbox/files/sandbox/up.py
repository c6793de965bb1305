# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a sandbox up: a list of steps, each of which knows from what is there whether it is needed. The same list
serves the first start, a start that was cut off, a repair, a second start and a dry run."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from . import build, control_plane, images, pki, recipe, repository
from .files import locked, read_json
from .layout import Layout, Settings, load_settings, refuse_foreign_folder, save_settings
from .ports import Ports, choose_base
from .publication import Publication
from .readiness import beats, soon, wait_for_pods
from .versions import Versions, load_versions, wanted_releases

Report = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What the operator asked for."""

    capi_versions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    provider_repositories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step: ``needed`` looks only, ``run`` acts."""

    title: str
    needed: Callable[[], bool]
    run: Callable[[], Any]


def settle(layout: Layout, versions: Versions, wish: Wish) -> Settings:
    """The settings that a sandbox has after ``up``: what it remembers, and what is asked for."""
    refuse_foreign_folder(layout)
    folders = [str(Path(entry).expanduser().absolute()) for entry in wish.provider_repositories]
    for folder in folders:
        images.check_provider_repository(Path(folder))
    old = load_settings(layout) or Settings(0, (), "")
    return Settings(
        port_base=old.port_base,
        capi_versions=wanted_releases(versions, wish.capi_versions, old.capi_versions),
        # The first Python stays as long as it is there: another one must not restart what runs.
        python=old.python if Path(old.python).is_file() else sys.executable,
        images=images.merged(wish.images, old.images),
        provider_repositories=tuple(dict.fromkeys([*old.provider_repositories, *folders])),
    )


def remember(layout: Layout, settings: Settings) -> Settings:
    """Save the settings, with a block of ports for a new sandbox."""
    if not settings.port_base:
        with locked(layout.cache / "ports.lock", lambda: None, patience=60):
            known = (read_json(path) for path in layout.home.parent.glob("*/sandbox.json"))
            base = choose_base(entry["port_base"] for entry in known if entry)
            settings = dataclasses.replace(settings, port_base=base)
            save_settings(layout, settings)
    save_settings(layout, settings)
    return settings


def own_code() -> str:
    """Changes with the code of this package, so that a newer pod runner replaces an older one."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


class Up:
    """Brings a sandbox up."""

    def __init__(self, layout: Layout, wish: Wish, report: Report) -> None:
        self._layout, self._report = layout, report
        self._versions = load_versions()
        self._settings = settle(layout, self._versions, wish)
        self._programs = recipe.needed_programs(layout.cache, self._versions, self._settings.capi_versions)
        self._tools = recipe.program_folder(layout.cache, self._versions.control_plane_tools)

    def run(self, dry_run: bool) -> list[str]:
        """Take each step that is needed, return their titles; a dry run only lists them."""
        if build.missing(self._programs):
            build.go_environment()
        steps = chain(self._build_steps(), self._file_steps(), self._process_steps())
        if dry_run:
            return [step.title for step in steps if step.needed()]
        done = [step.title for step in self._build_steps() if self._take(step)]
        self._layout.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self._layout.lock, lambda: self._report("another run has this sandbox; waiting for it")):
            # One after the other: the ports of the processes are known once the settings are remembered.
            done += [step.title for step in self._file_steps() if self._take(step)]
            done += [step.title for step in self._process_steps() if self._take(step)]
            soon(lambda: beats(self._layout))
            wait_for_pods(self._layout, self._report)
        return done

    def _take(self, step: Step) -> bool:
        if not step.needed():
            return False
        self._report(step.title)
        step.run()
        return True

    def _build_steps(self) -> Iterator[Step]:
        cache, versions, programs = self._layout.cache, self._versions, self._programs
        lacking = build.missing(programs)
        title = f"building {len(lacking)} of {len(programs)} programs: {', '.join(entry.name for entry in lacking)}"
        yield Step(title, lambda: bool(lacking), partial(build.build, programs, cache, self._report))
        for version in self._settings.capi_versions:
            release = versions.release(version)
            yield Step(
                f"rendering the providers of Cluster API {version}",
                partial(repository.needs_rendering, cache, release),
                partial(repository.render, cache, versions, release, self._tools / "kubectl"),
            )

    def _file_steps(self) -> Iterator[Step]:
        layout = self._layout
        yield Step(
            f"remembering sandbox '{layout.name}' in {layout.home}",
            lambda: load_settings(layout) != self._settings,
            self._remember,
        )
        yield Step("making keys and certificates", lambda: not layout.pki.is_dir(), partial(pki.create, layout.pki))
        publication = Publication(layout, self._versions, self._settings)
        yield Step(
            "filling the provider repository and the image store",
            lambda: not publication.is_complete(),
            publication.write,
        )

    def _remember(self) -> None:
        self._settings = remember(self._layout, self._settings)

    def _process_steps(self) -> Iterator[Step]:
        layout, ports = self._layout, Ports(self._settings.port_base)
        commands = control_plane.commands(self._tools, layout, ports)
        commands[control_plane.POD_RUNNER] = (
            *(self._settings.python, "-m", "sandbox", "run-pods", f"--name={layout.name}"),
            *(f"--directory={layout.home.parent}", f"--cache={layout.cache}", f"--code={own_code()}"),
        )
        healthy = {
            control_plane.API_SERVER: lambda: soon(
                lambda: control_plane.api_server_ready(layout), control_plane.RECOVERY_SECONDS
            ),
            control_plane.POD_RUNNER: lambda: soon(lambda: beats(layout)),
        }
        for name in control_plane.START_ORDER:
            yield self._start_step(name, commands[name], ports, healthy.get(name, lambda: True))

    def _start_step(self, name: str, command: tuple[str, ...], ports: Ports, healthy: Callable[[], bool]) -> Step:
        def start() -> None:
            control_plane.write_access_files(self._layout, ports)
            control_plane.start(self._layout, name, command, ports)

        def needed() -> bool:
            return not (control_plane.runs(self._layout, name, command) and healthy())

        return Step(f"starting {name}", needed, start)
