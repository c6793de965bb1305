# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place pins versions; the Go modules follow it, and a sandbox keeps the releases that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sandbox.errors import SandboxError
from sandbox.layout import FILES
from sandbox.versions import Release, load_versions, major_minor, wanted_releases

VERSIONS = load_versions()


def required(tools: str) -> dict[str, str]:
    """Module and version of every requirement in a go.mod."""
    text = (FILES / "tools" / tools / "go.mod").read_text()
    return dict(re.findall(r"^(?:require|\t)\s*([\w./-]+) (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("release", VERSIONS.releases.values(), ids=lambda release: release.version)
def test_go_modules_pin_the_releases(release: Release) -> None:
    modules = required(release.tools)
    assert modules["sigs.k8s.io/cluster-api"] == release.version
    assert modules["sigs.k8s.io/cluster-api/test"] == release.version


def test_go_modules_pin_the_control_plane() -> None:
    modules = required(VERSIONS.control_plane_tools)
    assert modules["k8s.io/kubernetes"] == VERSIONS.kubernetes
    assert modules["go.etcd.io/etcd/server/v3"] == VERSIONS.etcd
    assert required("cert-manager")["github.com/cert-manager/cert-manager"] == VERSIONS.cert_manager


def test_the_default_is_the_newest_release() -> None:
    def number(version: str) -> list[int]:
        return [int(part) for part in version.removeprefix("v").split(".")]

    assert VERSIONS.default == max(VERSIONS.releases, key=number)


@pytest.mark.parametrize(
    ("given", "remembered", "wanted"),
    [
        pytest.param([], [], (VERSIONS.default,), id="a new sandbox has the default"),
        pytest.param(["v1.10.10"], [], ("v1.10.10",), id="or what was asked for, alone"),
        pytest.param([], ["v1.13.4"], ("v1.13.4",), id="nothing asked: what it has, not the default"),
        pytest.param(["v1.14.2"], ["v1.13.4"], ("v1.14.2", "v1.13.4"), id="the one asked for comes first"),
        pytest.param(["v1.13.4", "v1.14.2"], ["v1.14.2"], ("v1.13.4", "v1.14.2"), id="in the order asked for"),
        pytest.param(["v1.14.2", "v1.14.2"], ["v1.14.2"], ("v1.14.2",), id="each one once"),
    ],
)
def test_wanted_releases(given: list[str], remembered: list[str], wanted: tuple[str, ...]) -> None:
    assert wanted_releases(VERSIONS, given, remembered) == wanted


@pytest.mark.parametrize("version", ["v1.14.1", "1.14.2", "latest", "v2.0.0", ""])
def test_other_releases_are_refused_with_those_that_work(version: str) -> None:
    with pytest.raises(SandboxError) as caught:
        wanted_releases(VERSIONS, [version], [])
    assert str(caught.value) == (
        f"Cluster API {version} cannot be run in the sandbox: supported are v1.14.2, v1.13.4, v1.10.10."
    )


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "versions.json").write_text('{"kubernetes": ')
    with pytest.raises(SandboxError, match=r"versions\.json is missing or broken: reinstall the collection"):
        load_versions(tmp_path / "versions.json")


@pytest.mark.parametrize(("version", "parts"), [("v1.14.2", ("1", "14")), ("v1.36.3-rc.1", ("1", "36"))])
def test_major_minor(version: str, parts: tuple[str, str]) -> None:
    assert major_minor(version) == parts
