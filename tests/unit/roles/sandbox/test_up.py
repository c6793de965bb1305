# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a start decides before it starts anything: settings, ports, and the list of steps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sandbox import up
from sandbox.errors import SandboxError
from sandbox.layout import Layout, Settings, layout_of, load_settings, save_settings
from sandbox.ports import BASES
from sandbox.versions import load_versions

VERSIONS = load_versions()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return layout_of("a", tmp_path / "sandboxes", tmp_path / "cache")


def settled(layout: Layout, *versions: str) -> Settings:
    return up.settle(layout, VERSIONS, up.Wish(capi_versions=versions))


def test_a_new_sandbox(layout: Layout) -> None:
    assert settled(layout) == Settings(0, ("v1.14.2",), sys.executable)
    assert not layout.home.exists(), "deciding writes nothing"


def test_a_wish_adds_to_what_is_remembered(layout: Layout) -> None:
    save_settings(layout, Settings(16640, ("v1.13.4",), sys.executable, {"aws:v2": "/opt/aws"}))
    assert settled(layout, "v1.14.2") == Settings(16640, ("v1.14.2", "v1.13.4"), sys.executable, {"aws:v2": "/opt/aws"})


@pytest.mark.parametrize(
    ("remembered", "python"),
    [
        pytest.param("/bin/sh", "/bin/sh", id="the first one stays: another must not restart what runs"),
        pytest.param("/nowhere/python", sys.executable, id="unless it is gone"),
        pytest.param("", sys.executable, id="or was never known"),
    ],
)
def test_python(remembered: str, python: str, layout: Layout) -> None:
    save_settings(layout, Settings(16640, ("v1.14.2",), remembered))
    assert settled(layout).python == python


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        pytest.param(up.Wish(capi_versions=("v1.9.0",)), "v1.9.0 cannot be run in the sandbox", id="version"),
        pytest.param(up.Wish(images=("aws",)), "Image 'aws' is not usable", id="image"),
        pytest.param(up.Wish(provider_repositories=("/nowhere",)), "/nowhere holds no provider", id="repository"),
    ],
)
def test_bad_wishes_are_refused_before_anything_is_written(wish: up.Wish, message: str, layout: Layout) -> None:
    with pytest.raises(SandboxError) as caught:
        up.Up(layout, wish, print).run(dry_run=False)
    assert message in str(caught.value)
    assert not layout.home.parent.exists()


def test_sandboxes_in_one_folder_have_different_ports(layout: Layout) -> None:
    bases = set()
    for name in ("a", "b", "c"):
        place = layout_of(name, layout.home.parent, layout.cache)
        remembered = up.remember(place, settled(place))
        assert load_settings(place) == remembered
        assert up.remember(place, settled(place)).port_base == remembered.port_base, "they stay"
        bases.add(remembered.port_base)
    assert len(bases) == 3
    assert bases <= set(BASES)


def test_steps_of_the_first_start(layout: Layout) -> None:
    """A dry run lists them all, and leaves no trace."""
    lines: list[str] = []
    steps = up.Up(layout, up.Wish(), lines.append).run(dry_run=True)
    assert [step.split(":")[0] for step in steps] == [
        "building 9 of 9 programs",
        "rendering the providers of Cluster API v1.14.2",
        f"remembering sandbox 'a' in {layout.home}",
        "making keys and certificates",
        "filling the provider repository and the image store",
        "starting etcd",
        "starting kube-apiserver",
        "starting kube-controller-manager",
        "starting pod-runner",
    ]
    assert lines == []
    assert not layout.home.parent.exists()
    assert not layout.cache.exists()


def test_the_code_of_the_pod_runner_is_known(layout: Layout) -> None:
    assert len(up.own_code()) == 12
    assert up.own_code() == up.own_code()
