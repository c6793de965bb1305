# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Up, stop, remove, status. ``up`` is a list of steps, each of which knows from what is there whether it is needed:
the same list serves the first start, a start that was cut off, a repair, a second start and a dry run."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from . import build, control_plane, images, pki, processes, recipe, repository
from .clusterctl_config import config_text
from .errors import SandboxError
from .files import locked, read_json, to_json, write_if_changed
from .layout import Layout, Settings, load_settings, save_settings
from .ports import Ports, choose_base, debug_port_note
from .versions import Release, Versions, load_versions, wanted_releases

HEARTBEAT_LIMIT = 30
Report = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What the operator asked for."""

    capi_versions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    provider_repositories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of ``up``: ``needed`` looks only, ``run`` acts."""

    title: str
    needed: Callable[[], bool]
    run: Callable[[], Any]


@dataclass
class Done:
    """What a command did, or in a dry run would do."""

    steps: list[str] = field(default_factory=list)


def settle(layout: Layout, versions: Versions, wish: Wish) -> Settings:
    """The settings that a sandbox has after ``up``: what it remembers, and what is asked for."""
    remembered = load_settings(layout)
    _refuse_foreign_folder(layout)
    folders = [str(Path(entry).expanduser().absolute()) for entry in wish.provider_repositories]
    for folder in folders:
        images.check_provider_repository(Path(folder))
    old = remembered or Settings(0, ())
    return Settings(old.port_base, wanted_releases(versions, wish.capi_versions, old.capi_versions),
                    images.merged(wish.images, old.images),
                    tuple(dict.fromkeys([*old.provider_repositories, *folders])))


def _refuse_foreign_folder(layout: Layout) -> None:
    if layout.home.exists() and not layout.settings.exists() and not _is_leftover(layout.home):
        raise SandboxError(f"{layout.home} holds files but no sandbox: give another --directory or --name.")


def _is_leftover(folder: Path) -> bool:
    """Whether a folder holds nothing but what a start leaves that was cut off at once."""
    return folder.is_dir() and all(path.name == "lock" or path.name.startswith(".sandbox.json") for path in
                                   folder.iterdir())


def _ports_taken(layout: Layout) -> set[int]:
    found = (read_json(path) for path in layout.home.parent.glob("*/sandbox.json"))
    return {entry["port_base"] for entry in found if entry}


def remember(layout: Layout, settings: Settings) -> Settings:
    """Save the settings, with a block of ports for a new sandbox."""
    base = settings.port_base
    if not base:
        with locked(layout.cache / "ports.lock", lambda: None):
            base = choose_base(_ports_taken(layout))
            settings = Settings(base, settings.capi_versions, settings.images, settings.provider_repositories)
            save_settings(layout, settings)
    save_settings(layout, settings)
    return settings


class Up:
    """Brings a sandbox up."""

    def __init__(self, layout: Layout, wish: Wish, report: Report) -> None:
        self._layout, self._report = layout, report
        self._versions = load_versions()
        self._settings = settle(layout, self._versions, wish)
        self._programs = recipe.needed_programs(layout.cache, self._versions, self._settings.capi_versions)
        self._tools = recipe.program_folder(layout.cache, self._versions.control_plane_tools)

    def run(self, dry_run: bool) -> Done:
        """Take each step that is needed; a dry run only lists them."""
        done = Done()
        if build.missing(self._programs):
            build.go_environment()
        if dry_run:
            done.steps += [step.title for step in self._steps() if step.needed()]
            return done
        for step in self._build_steps():
            self._take(step, done)
        self._layout.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self._layout.home / "lock", lambda: self._report("another run has this sandbox; waiting for it")):
            for step in chain(self._file_steps(), self._process_steps()):  # lazily: the first gives the ports
                self._take(step, done)
        return done

    def _take(self, step: Step, done: Done) -> None:
        if step.needed():
            self._report(step.title)
            step.run()
            done.steps.append(step.title)

    def _steps(self) -> Iterator[Step]:
        yield from self._build_steps()
        yield from self._file_steps()
        yield from self._process_steps()

    def _build_steps(self) -> Iterator[Step]:
        lacking = build.missing(self._programs)
        names = ", ".join(program.name for program in lacking)
        yield Step(f"building {len(lacking)} of {len(self._programs)} programs: {names}", lambda: bool(lacking),
                   lambda: build.build(self._programs, self._layout.cache, self._report))
        for release in self._releases():
            yield Step(f"rendering the providers of Cluster API {release.version}",
                       lambda release=release: not repository.rendered_folder(self._layout.cache, release).is_dir(),
                       lambda release=release: repository.render(self._layout.cache, self._versions, release,
                                                                 self._tools / "kubectl"))

    def _releases(self) -> list[Release]:
        return [self._versions.release(version) for version in self._settings.capi_versions]

    def _file_steps(self) -> Iterator[Step]:
        layout = self._layout
        yield Step(f"remembering sandbox '{layout.name}' in {layout.home}",
                   lambda: load_settings(layout) != self._settings, self._remember)
        yield Step("making keys and certificates", lambda: not layout.pki.is_dir(), lambda: pki.create(layout.pki))
        yield Step("filling the provider repository and the image store", self._publication_needed, self._publish)

    def _remember(self) -> None:
        self._settings = remember(self._layout, self._settings)

    def _sources(self) -> list[Path]:
        rendered = [repository.rendered_folder(self._layout.cache, release) for release in self._releases()]
        return rendered + [Path(folder) for folder in self._settings.provider_repositories]

    def _publication_needed(self) -> bool:
        layout = self._layout
        return (not all(folder.is_dir() and repository.is_published(folder, layout.repository)
                        for folder in self._sources())
                or read_json(layout.images) != images.commands(layout, self._versions, self._settings)
                or not layout.clusterctl_config.is_file()
                or layout.clusterctl_config.read_text(encoding="utf-8") != self._clusterctl_config()
                or any(not (path.is_symlink() and Path(os.readlink(path)) == target)
                       for path, target in self._links().items()))

    def _clusterctl_config(self) -> str:
        return config_text(self._layout, self._versions, self._settings.capi_versions)

    def _links(self) -> dict[Path, Path]:
        folder = self._layout.programs
        links = {folder / f"clusterctl-{release.version}":
                 recipe.program_folder(self._layout.cache, release.tools) / "clusterctl" for release in self._releases()}
        first = links[folder / f"clusterctl-{self._settings.capi_versions[0]}"]
        return {**links, folder / "clusterctl": first, folder / "kubectl": self._tools / "kubectl"}

    def _publish(self) -> None:
        layout = self._layout
        for folder in self._sources():
            repository.publish(folder, layout.repository)
        write_if_changed(layout.images, to_json(images.commands(layout, self._versions, self._settings)))
        write_if_changed(layout.clusterctl_config, self._clusterctl_config())
        layout.programs.mkdir(exist_ok=True, mode=0o700)
        for path, target in self._links().items():
            path.unlink(missing_ok=True)
            path.symlink_to(target)

    def _process_steps(self) -> Iterator[Step]:
        ports, layout = Ports(self._settings.port_base), self._layout
        etcd = control_plane.etcd_command(self._tools / control_plane.ETCD, layout, ports)
        server = control_plane.api_server_command(self._tools / control_plane.API_SERVER, layout, ports)
        controllers = control_plane.controller_manager_command(self._tools / control_plane.CONTROLLER_MANAGER, layout)
        yield self._start_step(control_plane.ETCD, etcd, (ports.etcd, ports.etcd_peer), lambda: True)
        yield self._start_step(control_plane.API_SERVER, server, (ports.api_server,),
                               lambda: self._soon(lambda: control_plane.api_server_ready(layout)))
        yield self._start_step(control_plane.CONTROLLER_MANAGER, controllers, (), lambda: True)
        yield self._start_step(control_plane.POD_RUNNER, self._runner_command(), (), lambda: self._soon(self._beats))

    def _start_step(self, name: str, command: tuple[str, ...], listens_on: tuple[int, ...],
                    healthy: Callable[[], bool]) -> Step:
        def start() -> None:
            control_plane.write_access_files(self._layout, Ports(self._settings.port_base))
            control_plane.start(self._layout, name, command, listens_on)
            if name == control_plane.API_SERVER:
                control_plane.wait_for_api_server(self._layout)
        return Step(f"starting {name}",
                    lambda: not (control_plane.runs(self._layout, name, command) and healthy()), start)

    def _runner_command(self) -> tuple[str, ...]:
        layout = self._layout
        return (sys.executable, "-m", "sandbox", "run-pods", "--name", layout.name,
                "--directory", str(layout.home.parent), "--cache", str(layout.cache))

    def _beats(self) -> bool:
        beat = self._layout.heartbeat
        return beat.is_file() and time.time() - beat.stat().st_mtime < HEARTBEAT_LIMIT

    @staticmethod
    def _soon(look: Callable[[], bool], seconds: float = 10.0) -> bool:
        """A process that was started a moment ago, or is busy, gets a little time before it counts as wedged."""
        deadline = time.monotonic() + seconds
        while not look():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True


def stop(layout: Layout, report: Report, dry_run: bool = False) -> Done:
    """Stop every process; files stay, and ``up`` goes on from there."""
    steps = [f"stopping {name}" for name in control_plane.running(layout)]
    if steps and not dry_run:
        with locked(layout.home / "lock", lambda: report("another run has this sandbox; waiting for it")):
            control_plane.stop_all(layout, report)
    return Done(steps)


def remove(layout: Layout, report: Report, dry_run: bool = False) -> Done:
    """Stop every process and remove every file of the sandbox; what was built stays in the cache."""
    if not layout.home.exists():
        return Done()
    _refuse_foreign_folder(layout)
    done = stop(layout, report, dry_run=True)
    done.steps.append(f"removing {layout.home}")
    if not dry_run:
        with locked(layout.home / "lock", lambda: report("another run has this sandbox; waiting for it")):
            control_plane.stop_all(layout, report)
            report(f"removing {layout.home}")
            _remove_folder(layout)
    return done


def _remove_folder(layout: Layout) -> None:
    """The marker goes last, so that a removal that was cut off can be repeated."""
    for path in layout.home.iterdir():
        if path not in (layout.settings, layout.home / "lock"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.rmtree(layout.home)


def state_of(layout: Layout) -> str:
    """present (all control plane processes run), stopped (none runs), partial, or absent."""
    if load_settings(layout) is None:
        return "absent"
    alive = [processes.is_alive(processes.read_record(control_plane.record_path(layout, name)))
             for name in control_plane.START_ORDER]
    if all(alive):
        return "present"
    return "partial" if any(alive) else "stopped"


def describe(layout: Layout) -> dict[str, Any]:
    """Everything that an operator or a module wants to know about a sandbox."""
    settings, versions = load_settings(layout), load_versions()
    common: dict[str, Any] = {"name": layout.name, "state": state_of(layout), "directory": str(layout.home)}
    if settings is None:
        return common
    ports = Ports(settings.port_base)
    clusterctls = {version: str(layout.programs / f"clusterctl-{version}") for version in settings.capi_versions}
    return {
        **common, "kubeconfig": str(layout.kubeconfig), "server": control_plane.server_url(ports),
        "ports": {"etcd": ports.etcd, "etcd_peer": ports.etcd_peer, "api_server": ports.api_server},
        "clusterctl": str(layout.programs / "clusterctl"), "clusterctls": clusterctls,
        "kubectl": str(layout.programs / "kubectl"), "repository": str(layout.repository),
        "clusterctl_config": str(layout.clusterctl_config), "logs": str(layout.logs), "pods": str(layout.pods),
        "audit_log": str(layout.audit_log), "images": settings.images,
        "provider_repositories": list(settings.provider_repositories), "running": control_plane.running(layout),
        "versions": {"kubernetes": versions.kubernetes, "etcd": versions.etcd, "cert_manager": versions.cert_manager,
                     "capi": list(settings.capi_versions)},
        "notes": [note for note in [debug_port_note(layout.home)] if note]}
