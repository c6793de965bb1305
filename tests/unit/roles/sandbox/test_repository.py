# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider components as they come from a module, made fit for the sandbox; and their copies in a repository."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sandbox.repository import images_in, is_published, publish, released_images, rendered_folder, throttled
from sandbox.versions import load_versions

COMPONENTS = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: manager
          image: gcr.io/k8s-staging-cluster-api/kubeadm-control-plane-controller:main
          args:
            - "--leader-elect"
            - --diagnostics-address=${CAPI_DIAGNOSTICS_ADDRESS:=:8443}
---
apiVersion: v1
kind: Service
spec: {}
---
"""


def arguments(text: str) -> list[str]:
    deployment = next(entry for entry in yaml.safe_load_all(text) if entry and entry["kind"] == "Deployment")
    return list(deployment["spec"]["template"]["spec"]["containers"][0]["args"])


@pytest.mark.parametrize("election", ['"--leader-elect"', "--leader-elect"])
def test_managers_are_throttled(election: str) -> None:
    """Unthrottled ones saturate the API server of a small machine."""
    text = throttled(COMPONENTS.replace('"--leader-elect"', election), ("--kube-api-qps=20", "--kube-api-burst=30"))
    assert arguments(text) == [
        "--leader-elect",
        "--kube-api-qps=20",
        "--kube-api-burst=30",
        "--diagnostics-address=${CAPI_DIAGNOSTICS_ADDRESS:=:8443}",
    ]


def test_what_elects_no_leader_stays_as_it_is() -> None:
    text = COMPONENTS.replace('"--leader-elect"', "--leader-elect-lease-duration=15s")
    assert throttled(text, ("--kube-api-qps=20",)) == text


def test_images_are_those_of_the_release() -> None:
    text = released_images(COMPONENTS, "v1.14.2")
    assert images_in(text) == ["registry.k8s.io/cluster-api/kubeadm-control-plane-controller:v1.14.2"]


def test_a_release_is_rendered_anew_when_its_module_differs() -> None:
    releases = load_versions().releases.values()
    folders = {rendered_folder(Path("/cache"), release) for release in releases}
    assert len(folders) == len(releases)
    assert all(folder.parent == Path("/cache/components") for folder in folders)


class TestPublish:
    """A repository gets what a source has, and keeps what it has."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        folder = tmp_path / "source" / "cluster-api" / "v1.14.2"
        folder.mkdir(parents=True)
        (folder / "core-components.yaml").write_text("new")
        (tmp_path / "source" / "images.json").write_text("{}")
        return tmp_path / "source"

    @pytest.mark.parametrize("before", [None, "", "old"], ids=["not there", "cut off", "older"])
    def test_files_are_copied(self, before: str | None, source: Path, tmp_path: Path) -> None:
        copy = tmp_path / "repository" / "cluster-api" / "v1.14.2" / "core-components.yaml"
        if before is not None:
            copy.parent.mkdir(parents=True)
            copy.write_text(before)
        assert not is_published(source, tmp_path / "repository")
        publish(source, tmp_path / "repository")
        assert copy.read_text() == "new"
        assert is_published(source, tmp_path / "repository")

    def test_other_versions_stay(self, source: Path, tmp_path: Path) -> None:
        other = tmp_path / "repository" / "cluster-api" / "v1.13.4"
        other.mkdir(parents=True)
        publish(source, tmp_path / "repository")
        assert sorted(path.name for path in other.parent.iterdir()) == ["v1.13.4", "v1.14.2"]
