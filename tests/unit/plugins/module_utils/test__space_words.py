# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._space_words import (
    bytes_of,
    old_copies,
    percent_used,
    unused_images,
)


def image(name: str, **more: object) -> dict:
    return {"id": f"sha256:{name}", "repoTags": [f"registry.k8s.io/{name}:1"], "repoDigests": [], "size": "7", **more}


API, OLD, PAUSE = image("kube-apiserver"), image("old"), image("pause", pinned=True)


@pytest.mark.parametrize(
    ("images", "containers", "wanted", "names"),
    [
        ([API, OLD], [{"imageRef": "sha256:kube-apiserver", "image": {}}], [], ["registry.k8s.io/old:1"]),
        ([API], [{"imageRef": "", "image": {"image": "registry.k8s.io/kube-apiserver:1"}}], [], []),
        ([PAUSE], [], [], []),
        ([API, OLD], [], ["registry.k8s.io/kube-apiserver:1"], ["registry.k8s.io/old:1"]),
        ([image("x", repoTags=[])], [], [], ["sha256:x"]),
    ],
    ids=["by id", "by name", "pinned", "kubeadm asks for it", "without a name"],
)
def test_images_that_nobody_needs(images: list, containers: list, wanted: list, names: list) -> None:
    found = unused_images(images, containers, wanted)
    assert [entry["name"] for entry in found] == names
    assert all(entry["size"] == 7 for entry in found)


COPIES = [
    "kubeadm-backup-etcd-2026-11-20-10-00-00",
    "kubeadm-backup-etcd-2026-11-22-10-00-00",
    "kubeadm-backup-manifests-2026-11-20-10-00-00",
    "kubeadm-init-dryrun123",
    "notes-of-somebody",
]


@pytest.mark.parametrize(("keep", "gone"), [(0, COPIES[:3]), (1, COPIES[:1]), (2, [])])
def test_copies_of_kubeadm(keep: int, gone: list) -> None:
    assert old_copies(COPIES, keep) == gone


@pytest.mark.parametrize(("text", "size"), [("200M", 200 << 20), ("1G", 1 << 30), ("5", 5), ("much", None), ("", None)])
def test_sizes(text: str, size: int | None) -> None:
    assert bytes_of(text) == size


def test_percent_is_rounded_up() -> None:
    assert [percent_used(place) for place in ((1000, 1), (100, 100), (100, 0), (0, 0))] == [100, 0, 100, 0]
