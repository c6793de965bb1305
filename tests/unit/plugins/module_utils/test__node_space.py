# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._node_space import ensure_space
from fake_host import FakeHost, session

IMAGES = [
    {"id": "sha256:a", "repoTags": ["registry.k8s.io/kube-apiserver:v1.36.3"], "size": str(5 << 20)},
    {"id": "sha256:b", "repoTags": ["example.org/old:1"], "size": str(9 << 20)},
]
ANSWERS = {
    "crictl images": Ran(0, json.dumps({"images": IMAGES})),
    "crictl ps -a": Ran(0, '{"containers": []}'),
    "crictl rmi": Ran(0),
    "kubeadm version": Ran(0, "v1.36.3\n"),
    "kubeadm config images list": Ran(0, '{"images": ["registry.k8s.io/kube-apiserver:v1.36.3"]}'),
    "journalctl": Ran(0),
}
COPY = "/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-11-2{}-10-00-00/member/snap/db"
FILES = {COPY.format(0): "x" * 100, COPY.format(1): "x", "/var/log/journal/m/system.journal": "x" * 5000}
DEFAULTS = {"images_above": 50, "keep_copies": 1, "journal": "1K"}


def ensure(host: FakeHost, *, dry_run: bool = False, **params: Any) -> Any:
    return ensure_space(session(host, dry_run=dry_run), {**DEFAULTS, **params})


def test_what_nobody_needs_goes() -> None:
    host = FakeHost(ANSWERS, FILES)
    outcome = ensure(host)
    assert outcome.changed
    assert outcome.values["found"] == {
        "images": {"example.org/old:1": 9 << 20},
        "copies": {"/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-11-20-10-00-00": 100},
        "journal": {"/var/log/journal": 5000},
    }
    assert [command for command in host.commands if "rmi" in command] == ["crictl rmi sha256:b"]
    assert "journalctl --rotate --vacuum-size=768" in host.commands
    assert COPY.format(0) not in host.files
    assert COPY.format(1) in host.files


def test_etcd_is_never_touched() -> None:
    data = {"/var/lib/etcd/member/wal/0.wal": "x", "/var/lib/etcd/member/snap/db": "x"}
    host = FakeHost(ANSWERS, {**FILES, **data})
    ensure(host)
    assert data.items() <= host.files.items()


def test_again_changes_nothing() -> None:
    host = FakeHost({**ANSWERS, "crictl images": Ran(0, json.dumps({"images": IMAGES[:1]}))}, {COPY.format(1): "x"})
    assert not ensure(host).changed


def test_check_mode_removes_nothing() -> None:
    host = FakeHost(ANSWERS, FILES)
    assert ensure(host, dry_run=True).changed
    assert host.files == FILES
    assert not [command for command in host.commands if "rmi" in command or "journalctl" in command]


def test_images_stay_while_there_is_room() -> None:
    assert ensure(FakeHost(ANSWERS, FILES), images_above=51).values["found"]["images"] == {}


@pytest.mark.parametrize("silent", ["crictl images", "crictl ps -a"])
def test_without_an_answer_of_containerd_no_image_is_unused(silent: str) -> None:
    host = FakeHost({**ANSWERS, silent: Ran(1, stderr="no space left on device")}, FILES)
    assert ensure(host).values["found"]["images"] == {}


def test_how_full_it_is() -> None:
    assert ensure(FakeHost(ANSWERS, FILES)).values["places"]["/var/lib/etcd"] == {
        "total_mib": 102400,
        "free_mib": 51200,
        "used_percent": 50,
    }


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            {"crictl rmi": Ran(1, stderr="image is in use")},
            "image example.org/old:1 on cp1 cannot be removed: image is in use",
        ),
        ({"journalctl": Ran(1, stderr="denied")}, "the journal on cp1 cannot be made smaller: denied"),
    ],
)
def test_what_does_not_go_is_named(answers: dict, words: str) -> None:
    with pytest.raises(Failed, match=words):
        ensure(FakeHost({**ANSWERS, **answers}, FILES))


def test_an_image_that_somebody_else_removed() -> None:
    ensure(FakeHost({**ANSWERS, "crictl rmi": Ran(1, stderr="image not found")}, FILES))


def test_a_size_that_is_none() -> None:
    with pytest.raises(InvalidInput, match="journal is 'much', wanted a size such as 200M"):
        ensure(FakeHost(ANSWERS, FILES), journal="much")
