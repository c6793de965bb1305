# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sandbox keeps its files, and what is remembered about it between runs."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import SandboxError
from .files import read_json, to_json, write_if_changed

FILES = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


def default_cache() -> Path:
    """The collection's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capi.lifecycle"


@dataclass(frozen=True)
class Layout:
    """The paths of one sandbox: ``home`` holds everything that is its own, ``cache`` what sandboxes share."""

    name: str
    home: Path
    cache: Path

    @property
    def settings(self) -> Path:
        """What is remembered: ports, versions, images. Its presence marks a folder as a sandbox."""
        return self.home / "sandbox.json"

    @property
    def lock(self) -> Path:
        """Held by the run that changes this sandbox."""
        return self.home / "lock"

    @property
    def pki(self) -> Path:
        """Keys and certificates of the control plane."""
        return self.home / "pki"

    @property
    def kubeconfig(self) -> Path:
        """For the operator, user sandbox-admin: the one whose requests are audited."""
        return self.home / "kubeconfig"

    @property
    def runner_kubeconfig(self) -> Path:
        """For the launcher and the pod runner."""
        return self.home / "pod-runner.kubeconfig"

    @property
    def controller_kubeconfig(self) -> Path:
        """For kube-controller-manager."""
        return self.home / "kube-controller-manager.kubeconfig"

    @property
    def processes(self) -> Path:
        """One record per control plane process."""
        return self.home / "processes"

    @property
    def pods(self) -> Path:
        """One folder per Deployment: log, record, token, mounted secrets."""
        return self.home / "pods"

    @property
    def logs(self) -> Path:
        """Logs of the control plane."""
        return self.home / "logs"

    @property
    def audit_log(self) -> Path:
        """Requests of sandbox-admin, one JSON line each."""
        return self.home / "audit.log"

    @property
    def repository(self) -> Path:
        """clusterctl's local provider repository."""
        return self.home / "repository"

    @property
    def clusterctl_config(self) -> Path:
        """What ``clusterctl --config`` takes."""
        return self.home / "clusterctl.yaml"

    @property
    def images(self) -> Path:
        """The image store: image name and tag to a command."""
        return self.home / "images.json"

    @property
    def webhook_socket(self) -> Path:
        """Where the pod runner takes kube-apiserver's connections to webhooks."""
        return self.home / "webhooks.sock"

    @property
    def heartbeat(self) -> Path:
        """Touched by the pod runner on each round."""
        return self.home / "pod-runner.heartbeat"

    @property
    def programs(self) -> Path:
        """clusterctl and kubectl for the operator."""
        return self.home / "bin"


def layout_of(name: str, directory: Path | None, cache: Path | None) -> Layout:
    """The layout of a sandbox by name; ``directory`` is the folder that holds sandboxes."""
    if not NAME.fullmatch(name):
        raise SandboxError(
            f"Sandbox name '{name}' is not usable: wanted up to 40 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit."
        )
    cache = (cache or default_cache()).expanduser().absolute()
    return Layout(name, (directory or cache / "sandboxes").expanduser().absolute() / name, cache)


@dataclass(frozen=True)
class Settings:
    """What a sandbox remembers. Versions: the first one is what clusterctl installs when none is named."""

    port_base: int
    capi_versions: tuple[str, ...]
    python: str
    images: dict[str, str] = field(default_factory=dict)
    provider_repositories: tuple[str, ...] = ()


def load_settings(layout: Layout) -> Settings | None:
    """The remembered settings, None where there is no sandbox."""
    found = read_json(layout.settings)
    if not isinstance(found, dict):
        return None
    return Settings(
        found["port_base"],
        tuple(found["capi_versions"]),
        found.get("python", ""),
        dict(found["images"]),
        tuple(found["provider_repositories"]),
    )


def save_settings(layout: Layout, settings: Settings) -> bool:
    """Remember the settings; tell whether anything is new."""
    return write_if_changed(layout.settings, to_json(asdict(settings)))


def refuse_foreign_folder(layout: Layout) -> None:
    """Never take, and never remove, a folder that is not a sandbox (or what a start left that was cut off at once)."""
    if not layout.home.exists() or layout.settings.exists():
        return
    own = ("lock", f".{layout.settings.name}.")
    if not layout.home.is_dir() or any(not path.name.startswith(own) for path in layout.home.iterdir()):
        raise SandboxError(f"{layout.home} holds files but no sandbox: give another --directory or --name.")
