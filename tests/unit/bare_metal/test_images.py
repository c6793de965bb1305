# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and packages that are made of programs."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

from metal.hub import balancer
from metal.images import Image, digest
from metal.packages import Package, packages_of
from metal.programs import KUBERNETES, RELEASES, stamps


def test_an_image_is_a_layer_a_configuration_and_a_manifest_that_names_them() -> None:
    blobs, text = Image("kube-proxy:v1", {"/usr/local/bin/x": b"program"}, ["/x"], {"/usr/sbin/y": "z"}).blobs()
    manifest = json.loads(text)
    assert {manifest["config"]["digest"], manifest["layers"][0]["digest"]} == set(blobs)
    raw = gzip.decompress(blobs[manifest["layers"][0]["digest"]])
    assert json.loads(blobs[manifest["config"]["digest"]])["rootfs"]["diff_ids"] == [digest(raw)]
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        entries = {entry.name: entry for entry in archive}
    assert entries["usr/local/bin/x"].mode == 0o755
    assert entries["usr/sbin/y"].linkname == "z"
    assert list(entries).index("usr/local") < list(entries).index("usr/local/bin/x")


def test_the_same_image_has_the_same_digest() -> None:
    image = Image("pause:1", {"/pause": b"program"}, ["/pause"])
    assert image.blobs() == image.blobs()


def test_packages_of_a_minor(tmp_path: Path) -> None:
    programs = {f"{name}-{RELEASES[0].version}": tmp_path / name for name in KUBERNETES}
    found = packages_of(RELEASES[0], {**programs, "crictl-1.36.0": tmp_path / "crictl"}, tmp_path)
    assert {package.name: package.version for package in found} == {
        "kubeadm": "1.35.4-1.1",
        "kubelet": "1.35.4-1.1",
        "kubectl": "1.35.4-1.1",
        "cri-tools": "1.36.0-1.1",
        "kubernetes-cni": "1.9.1-1.1",
    }


def test_a_package_without_needs_says_none() -> None:
    assert "Depends" not in Package("kubectl", "1-1", {}).control()


def test_programs_report_the_version_that_they_are() -> None:
    assert "version.gitVersion=v1.36.3 " in stamps("1.36.3") + " "
    assert "version.gitMinor=36 " in stamps("1.36.3")


def test_the_endpoint_knows_every_control_plane_beforehand() -> None:
    assert balancer().count("  server cp") == 9
    assert "server cp9 10.77.0.19:6443" in balancer()
