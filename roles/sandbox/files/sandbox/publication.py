# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator's tools find in a sandbox: provider repository, image store, clusterctl.yaml, programs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import images, recipe, repository
from .clusterctl_config import config_text
from .files import read_json, to_json, write_if_changed
from .layout import Layout, Settings
from .versions import Versions


@dataclass(frozen=True)
class Publication:
    """The files that follow from the settings of a sandbox."""

    layout: Layout
    versions: Versions
    settings: Settings

    def is_complete(self) -> bool:
        """Whether every file is there and as it should be."""
        layout = self.layout
        return (
            all(folder.is_dir() and repository.is_published(folder, layout.repository) for folder in self._sources())
            and read_json(layout.images) == self._images()
            and layout.clusterctl_config.is_file()
            and layout.clusterctl_config.read_text(encoding="utf-8") == self._config()
            and all(path.is_symlink() and Path(os.readlink(path)) == to for path, to in self._links().items())
        )

    def write(self) -> None:
        """Write what is missing; provider versions that are there already stay."""
        for folder in self._sources():
            repository.publish(folder, self.layout.repository)
        write_if_changed(self.layout.images, to_json(self._images()))
        write_if_changed(self.layout.clusterctl_config, self._config())
        self.layout.programs.mkdir(exist_ok=True, mode=0o700)
        for path, target in self._links().items():
            path.unlink(missing_ok=True)
            path.symlink_to(target)

    def _sources(self) -> list[Path]:
        releases = [self.versions.release(version) for version in self.settings.capi_versions]
        rendered = [repository.rendered_folder(self.layout.cache, release) for release in releases]
        return rendered + [Path(folder) for folder in self.settings.provider_repositories]

    def _images(self) -> dict[str, list[str]]:
        return images.commands(self.layout, self.versions, self.settings)

    def _config(self) -> str:
        return config_text(self.layout, self.versions, self.settings.capi_versions)

    def _links(self) -> dict[Path, Path]:
        folder, cache = self.layout.programs, self.layout.cache
        links = {}
        for version in self.settings.capi_versions:
            tools = self.versions.release(version).tools
            links[folder / f"clusterctl-{version}"] = recipe.program_folder(cache, tools) / "clusterctl"
        first = links[folder / f"clusterctl-{self.settings.capi_versions[0]}"]
        kubectl = recipe.program_folder(cache, self.versions.control_plane_tools) / "kubectl"
        return {**links, folder / "clusterctl": first, folder / "kubectl": kubectl}
