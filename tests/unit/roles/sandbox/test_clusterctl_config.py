# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""clusterctl.yaml names what the repository holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sandbox.clusterctl_config import config_text, provider_of
from sandbox.errors import SandboxError
from sandbox.layout import Layout, layout_of
from sandbox.versions import load_versions

VERSIONS = load_versions()


@pytest.mark.parametrize(
    ("label", "provider"),
    [
        ("cluster-api", ("cluster-api", "CoreProvider")),
        ("bootstrap-kubeadm", ("kubeadm", "BootstrapProvider")),
        ("control-plane-kubeadm", ("kubeadm", "ControlPlaneProvider")),
        ("infrastructure-aws", ("aws", "InfrastructureProvider")),
        ("ipam-in-cluster", ("in-cluster", "IPAMProvider")),
        ("addon-helm", ("helm", "AddonProvider")),
        ("runtime-extension-nutanix", ("nutanix", "RuntimeExtensionProvider")),
    ],
)
def test_provider_of(label: str, provider: tuple[str, str]) -> None:
    assert provider_of(label) == provider


def test_other_folders_are_refused() -> None:
    with pytest.raises(SandboxError, match="folder 'aws' is not named like a provider: wanted cluster-api or"):
        provider_of("aws")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = layout_of("a", tmp_path, None)
    for folder in ("cluster-api/v1.13.4", "cluster-api/v1.14.2", "infrastructure-aws/v2.13.0", "cert-manager/v1"):
        (found.repository / folder).mkdir(parents=True)
        (found.repository / folder / "x-components.yaml").touch()
    return found


@pytest.mark.parametrize("first", ["v1.13.4", "v1.14.2"])
def test_a_provider_is_named_in_the_first_wanted_version(first: str, layout: Layout) -> None:
    """clusterctl init installs that one; it finds the others in the folder beside it."""
    others = [version for version in ("v1.13.4", "v1.14.2") if version != first]
    config = json.loads(config_text(layout, VERSIONS, [first, *others]))
    urls = {(entry["name"], entry["type"]): entry["url"] for entry in config["providers"]}
    assert urls == {
        ("cluster-api", "CoreProvider"): f"file://{layout.repository}/cluster-api/{first}/x-components.yaml",
        ("aws", "InfrastructureProvider"): f"file://{layout.repository}/infrastructure-aws/v2.13.0/x-components.yaml",
    }


def test_nothing_outside_the_sandbox_is_read(layout: Layout) -> None:
    config = json.loads(config_text(layout, VERSIONS, ["v1.14.2"]))
    assert config["overridesFolder"] == str(layout.home / "overrides")
    assert config["cert-manager"]["url"].startswith(f"file://{layout.repository}/cert-manager/")
