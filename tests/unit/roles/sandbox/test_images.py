# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugging in a provider: an image that is a program, and a folder that is a repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import images
from sandbox.errors import SandboxError
from sandbox.layout import Settings, layout_of
from sandbox.versions import load_versions


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "manager"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("image", ["aws:v2", "registry/team/aws:v2", "localhost:5000/aws:v2"])
def test_an_image_is_known_by_name_and_tag(image: str, program: Path) -> None:
    assert images.parse_image(f"{image}={program}") == ("aws:v2", str(program))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("aws:v2", "wanted NAME:TAG=/path/to/program", id="no program"),
        pytest.param("aws=/bin/sh", "wanted NAME:TAG=/path/to/program", id="no tag"),
        pytest.param("", "wanted NAME:TAG=/path/to/program", id="nothing"),
        pytest.param("aws:v2=/nowhere/aws", "/nowhere/aws, is not an executable file: build it first", id="not there"),
        pytest.param("aws:v2=/etc", "/etc, is not an executable file", id="a folder"),
        pytest.param("aws:v2=/etc/passwd", "/etc/passwd, is not an executable file", id="no program but a text"),
    ],
)
def test_images_that_cannot_run_are_refused(text: str, message: str) -> None:
    with pytest.raises(SandboxError) as caught:
        images.parse_image(text)
    assert message in str(caught.value)


def test_given_images_add_to_those_remembered(program: Path) -> None:
    assert images.merged([f"aws:v2={program}"], {"aws:v2": "/old", "other:v1": "/other"}) == {
        "aws:v2": str(program),
        "other:v1": "/other",
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            ["infrastructure-aws/v2.13.0/infrastructure-components.yaml", "infrastructure-aws/v2.13.0/metadata.yaml"],
            "",
            id="complete",
        ),
        pytest.param([], "holds no provider: wanted LABEL/VERSION folders", id="empty"),
        pytest.param(["README.md"], "holds no provider", id="files only"),
        pytest.param(
            ["aws/v2.13.0/metadata.yaml"], "Provider repository folder 'aws' is not named like", id="a bad label"
        ),
        pytest.param(["ipam-in-cluster/v1.0.0/metadata.yaml"], "v1.0.0 is not complete", id="no components"),
        pytest.param(["ipam-in-cluster/v1.0.0/ipam-components.yaml"], "v1.0.0 is not complete", id="no metadata"),
    ],
)
def test_a_repository_to_plug_in(files: list[str], message: str, tmp_path: Path) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    if not message:
        return images.check_provider_repository(tmp_path)
    with pytest.raises(SandboxError) as caught:
        images.check_provider_repository(tmp_path)
    assert message in str(caught.value)
    return None


def test_every_image_has_a_command(tmp_path: Path) -> None:
    """Programs of a release by their images, the stand-in for cert-manager, and what is plugged in."""
    versions, layout = load_versions(), layout_of("a", tmp_path, tmp_path / "cache")
    release = versions.release("v1.14.2")
    rendered = images.rendered_folder(layout.cache, release)
    rendered.mkdir(parents=True)
    (rendered / "images.json").write_text('{"cluster-api-controller:v1.14.2": "capi-core"}')
    settings = Settings(16384, ("v1.14.2",), "/usr/bin/python3", {"aws:v2": "/opt/aws"})
    core = images.program_folder(layout.cache, release.tools) / "capi-core"
    assert images.commands(layout, versions, settings) == {
        f"cert-manager-controller:{versions.cert_manager}": [
            "/usr/bin/python3",
            "-m",
            "sandbox.certificate_standin",
        ],
        "cluster-api-controller:v1.14.2": [str(core)],
        "aws:v2": ["/opt/aws"],
    }
