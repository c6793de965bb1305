# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pinned versions: read from versions.json, the one place that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import SandboxError
from .files import read_json
from .layout import FILES


@dataclass(frozen=True)
class Release:
    """A supported Cluster API release: its Go module below tools/, and the contract that its clusterctl serves."""

    version: str
    tools: str
    contract: str


@dataclass(frozen=True)
class Versions:
    """Everything that a sandbox pins."""

    kubernetes: str
    etcd: str
    cert_manager: str
    control_plane_tools: str
    default: str
    releases: Mapping[str, Release]

    def release(self, version: str) -> Release:
        """A supported release, or an error that lists them."""
        if version not in self.releases:
            raise SandboxError(
                f"Cluster API {version} cannot be run in the sandbox: supported are {', '.join(self.releases)}."
            )
        return self.releases[version]


def load_versions(path: Path = FILES / "versions.json") -> Versions:
    """Read versions.json."""
    found = read_json(path)
    if not found:
        raise SandboxError(f"{path} is missing or broken: reinstall the collection.")
    releases = {
        version: Release(version, entry["tools"], entry["contract"])
        for version, entry in found["capi"]["supported"].items()
    }
    return Versions(
        found["kubernetes"],
        found["etcd"],
        found["cert_manager"],
        found["control_plane_tools"],
        found["capi"]["default"],
        releases,
    )


def major_minor(version: str) -> tuple[str, str]:
    """('1', '14') of v1.14.2."""
    major, minor = version.removeprefix("v").split(".")[:2]
    return major, minor


def wanted_releases(versions: Versions, given: Sequence[str], remembered: Sequence[str]) -> tuple[str, ...]:
    """The versions of a sandbox: those asked for come first, those it already has stay; the default where neither."""
    wanted = list(dict.fromkeys([*given, *remembered])) or [versions.default]
    for version in wanted:
        versions.release(version)
    return tuple(wanted)
