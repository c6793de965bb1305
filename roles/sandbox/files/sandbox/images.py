# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image store: which command stands for an image, and provider repositories that are plugged in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .clusterctl_config import provider_of
from .errors import SandboxError
from .files import read_json
from .layout import Layout, Settings
from .recipe import program_folder
from .repository import rendered_folder
from .versions import Versions


def parse_image(text: str) -> tuple[str, str]:
    """('name:tag', '/program') of 'registry/name:tag=/program'; the program must be there."""
    image, separator, program = text.partition("=")
    name = image.rsplit("/", 1)[-1]
    if not separator or ":" not in name:
        raise SandboxError(f"Image '{text}' is not usable: wanted NAME:TAG=/path/to/program.")
    path = Path(program).expanduser().absolute()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise SandboxError(f"The program of image {name}, {path}, is not an executable file: build it first.")
    return name, str(path)


def check_provider_repository(folder: Path) -> None:
    """A folder to plug in must look like a part of clusterctl's local repository."""
    labels = [path for path in sorted(folder.glob("*")) if path.is_dir()]
    for label in labels:
        provider_of(label.name)
        for version in label.iterdir():
            if not (list(version.glob("*-components.yaml")) and (version / "metadata.yaml").is_file()):
                raise SandboxError(
                    f"Provider repository {version} is not complete: wanted a *-components.yaml and a "
                    "metadata.yaml in each LABEL/VERSION folder."
                )
    if not labels:
        raise SandboxError(
            f"Provider repository {folder} holds no provider: wanted LABEL/VERSION folders, for example "
            "infrastructure-aws/v2.13.0."
        )


def commands(layout: Layout, versions: Versions, settings: Settings) -> dict[str, list[str]]:
    """Every image of this sandbox with its command."""
    found: dict[str, list[str]] = {
        f"cert-manager-controller:{versions.cert_manager}": [settings.python, "-m", "sandbox.certificate_standin"]
    }
    for version in settings.capi_versions:
        release = versions.release(version)
        programs = program_folder(layout.cache, release.tools)
        rendered: Mapping[str, str] = read_json(rendered_folder(layout.cache, release) / "images.json") or {}
        found.update({image: [str(programs / program)] for image, program in rendered.items()})
    found.update({image: [program] for image, program in settings.images.items()})
    return found


def merged(given: Sequence[str], remembered: Mapping[str, str]) -> dict[str, str]:
    """The images plugged into a sandbox: those remembered, those given."""
    return {**remembered, **dict(parse_image(text) for text in given)}
