# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs a sandbox needs, and when they have to be built again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox.recipe import CONTROL_PLANE_PACKAGES, build_key, module_of, needed_programs, programs_of, stamps
from sandbox.versions import load_versions

VERSIONS = load_versions()
PROVIDERS = ["capi-core", "capi-bootstrap-kubeadm", "capi-controlplane-kubeadm", "capi-infra-docker", "clusterctl"]
CACHE = Path("/cache")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module m\n")
    (tmp_path / "go.sum").write_text("a v1 h1:x=\n")
    return tmp_path


def test_the_same_module_has_the_same_key(module: Path) -> None:
    assert build_key("capi-1.14", module) == build_key("capi-1.14", module)
    assert build_key("capi-1.14", module).startswith("capi-1.14-")


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_a_changed_module_has_another_key(file: str, module: Path) -> None:
    before = build_key("capi-1.14", module)
    with (module / file).open("a") as stream:
        stream.write("b v2 h1:y=\n")
    assert build_key("capi-1.14", module) != before


def test_keys_of_releases_differ() -> None:
    keys = {build_key(release.tools, module_of(release.tools)) for release in VERSIONS.releases.values()}
    assert len(keys) == len(VERSIONS.releases)


@pytest.mark.parametrize("version", VERSIONS.releases)
def test_every_release_has_its_five_programs(version: str) -> None:
    programs = programs_of(CACHE, VERSIONS, VERSIONS.release(version))
    assert [program.name for program in programs if program.name not in CONTROL_PLANE_PACKAGES] == PROVIDERS
    assert len({program.target for program in programs}) == len(programs)


@pytest.mark.parametrize(
    ("version", "package"),
    [("v1.14.2", "sigs.k8s.io/cluster-api/core"), ("v1.13.4", "sigs.k8s.io/cluster-api")],
)
def test_the_core_manager_moved_in_1_14(version: str, package: str) -> None:
    programs = programs_of(CACHE, VERSIONS, VERSIONS.release(version))
    assert {program.name: program.package for program in programs}["capi-core"] == package


def test_the_control_plane_is_built_first_and_once() -> None:
    programs = needed_programs(CACHE, VERSIONS, ("v1.10.10", "v1.14.2"))
    names = [program.name for program in programs]
    assert names == [*CONTROL_PLANE_PACKAGES, *PROVIDERS, *PROVIDERS]
    assert [program.module.name for program in programs] == ["capi-1.14"] * 4 + ["capi-1.10"] * 5 + ["capi-1.14"] * 5
    assert len({program.target for program in programs}) == len(programs)


def test_programs_report_their_versions() -> None:
    flags = stamps(VERSIONS, VERSIONS.release("v1.10.10"))
    for stamp in (
        "sigs.k8s.io/cluster-api/version.gitVersion=v1.10.10",
        "sigs.k8s.io/cluster-api/version.gitMinor=10",
        f"k8s.io/component-base/version.gitVersion={VERSIONS.kubernetes}",
    ):
        assert f"-X {stamp}" in flags
