# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clusterctl and the operator find in a sandbox, a provider that is plugged in included."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox.layout import Layout, Settings, layout_of
from sandbox.publication import Publication
from sandbox.repository import rendered_folder
from sandbox.versions import load_versions

VERSIONS = load_versions()
RELEASES = ("v1.13.4", "v1.14.2")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A cache in which both releases are rendered, and the home of a new sandbox."""
    found = layout_of("a", tmp_path / "sandboxes", tmp_path / "cache")
    found.home.mkdir(parents=True)
    for version in RELEASES:
        folder = rendered_folder(found.cache, VERSIONS.release(version))
        write(folder / "cluster-api" / version / "core-components.yaml", "core")
        write(folder / "images.json", json.dumps({f"cluster-api-controller:{version}": "capi-core"}))
    return found


@pytest.fixture
def plugged_in(tmp_path: Path) -> Path:
    write(tmp_path / "capa" / "infrastructure-aws" / "v2.13.0" / "infrastructure-components.yaml", "aws")
    return tmp_path / "capa"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def publication(layout: Layout, *versions: str, folder: Path | None = None) -> Publication:
    images = {"cluster-api-aws-controller:v2.13.0": "/opt/aws"} if folder else {}
    settings = Settings(16384, versions, "/usr/bin/python3", images, (str(folder),) if folder else ())
    return Publication(layout, VERSIONS, settings)


def test_everything_is_written_once(layout: Layout) -> None:
    found = publication(layout, "v1.14.2")
    assert not found.is_complete()
    found.write()
    assert found.is_complete()
    assert sorted(path.name for path in layout.programs.iterdir()) == ["clusterctl", "clusterctl-v1.14.2", "kubectl"]


def test_a_further_release_lies_beside_the_first(layout: Layout) -> None:
    publication(layout, "v1.13.4").write()
    both = publication(layout, "v1.14.2", "v1.13.4")
    assert not both.is_complete()
    both.write()
    assert both.is_complete()
    assert sorted(path.name for path in (layout.repository / "cluster-api").iterdir()) == ["v1.13.4", "v1.14.2"]
    assert os.readlink(layout.programs / "clusterctl") == os.readlink(layout.programs / "clusterctl-v1.14.2")
    assert "capi-1.14" in os.readlink(layout.programs / "clusterctl")


def test_a_provider_is_plugged_in(layout: Layout, plugged_in: Path) -> None:
    publication(layout, "v1.14.2", folder=plugged_in).write()
    providers = json.loads(layout.clusterctl_config.read_text())["providers"]
    assert ("aws", "InfrastructureProvider") in {(entry["name"], entry["type"]) for entry in providers}
    assert json.loads(layout.images.read_text())["cluster-api-aws-controller:v2.13.0"] == ["/opt/aws"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda layout: layout.images.unlink(), id="no image store"),
        pytest.param(lambda layout: layout.clusterctl_config.write_text("{}"), id="another configuration"),
        pytest.param(lambda layout: (layout.programs / "clusterctl").unlink(), id="a program is missing"),
        pytest.param(
            lambda layout: (layout.repository / "cluster-api/v1.14.2/core-components.yaml").write_text(""),
            id="a provider was cut off",
        ),
    ],
)
def test_damage_is_seen_and_repaired(damage: Callable[[Layout], object], layout: Layout) -> None:
    found = publication(layout, "v1.14.2")
    found.write()
    damage(layout)
    assert not found.is_complete()
    found.write()
    assert found.is_complete()
