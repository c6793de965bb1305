# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_recover import KEY_FILES, plan_recover
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_restore_table import recover_lines
from bare_metal_world import hosts, joined, look
from restore_world import beside, tried

ALL = hosts()
NAMES = ("cp1", "cp2", "cp3")
NEW = {name: beside(look(name), member={"name": ""}, backups=[]) for name in NAMES}
SERVES = {"ready": True, "message": ""}
KEYS = [f"etc/kubernetes/pki/{name}.key" for name in KEY_FILES]
WISH = {
    "snapshot": "/srv/etcd-20261101T000000Z.db",
    "sha256": "abc",
    "facts": {"taken": "20261101T000000Z", "age": 300},
    "max_age": 86400,
    "archive": "/srv/etcd-20261101T000000Z-certificates.tar.gz",
    "archive_there": True,
    "archive_names": KEYS,
    "token": "recover-now",
}
OPEN = {"token": "recover-1", "snapshot": "/b/etcd-1.db", "sha256": "abc", "begun": "then", "placed": True}


def plan(seen: dict, wish: dict | None = None, found: dict | None = None) -> dict[str, Any]:
    return plan_recover(ALL, seen, {**WISH, **(wish or {})}, found or {})


def checks(found: dict[str, Any]) -> dict[str, str]:
    return {finding["check"]: f"{finding['host']}: {finding['message']}" for finding in found["findings"]}


def test_empty_hosts_begin_anew() -> None:
    found = plan(NEW, found=tried())
    assert (found["begins"], found["token"], found["has_work"], found["findings"]) == ("cp1", "recover-now", True, [])


def test_the_host_that_has_begun_goes_on_whatever_the_order() -> None:
    found = plan({**NEW, "cp2": beside(joined("cp2"), open=OPEN)}, found=tried(age=90000))
    assert (found["begins"], found["token"], found["goes_on"]) == ("cp2", "recover-1", True)


def test_what_was_recovered_only_needs_the_others() -> None:
    done = beside(joined("cp3", api=SERVES), last={"sha256": "abc"})
    found = plan({**NEW, "cp3": done})
    assert (found["begins"], found["has_work"], found["findings"]) == ("cp3", False, [])


@pytest.mark.parametrize(
    ("seen", "wish", "check", "words"),
    [
        ({"cp2": beside(joined("cp2", api=SERVES))}, {}, "serves", "cp2: its API server serves"),
        ({"cp2": beside(joined("cp2", api=SERVES), last={"sha256": "b"})}, {}, "serves", "cp2: its API server serves"),
        ({"cp2": beside(joined("cp2"))}, {}, "holds-data", "cp2: it holds data of etcd"),
        (
            {"cp2": beside(look("cp2", traces=["/etc/kubernetes/pki/ca.crt"]))},
            {},
            "leftover",
            "cp2: it was a node before",
        ),
        ({"cp2": {"unreachable": "timed out"}}, {}, "unreachable", "keep it switched off"),
        ({}, {"snapshot": ""}, "no-snapshot", "say which backup"),
        ({}, {"snapshot": "etcd.db"}, "snapshot-path", "begins with /"),
        ({}, {"facts": {"taken": "then", "age": 90000}}, "snapshot-old", "1 day ago"),
        ({}, {"archive_there": False}, "no-certificates", "the controller has no file"),
        ({}, {"archive_names": KEYS[:-1]}, "certificates-lack", "lacks keys: etcd/ca"),
        ({"cp1": beside(open={**OPEN, "token": "restore-1"})}, {}, "restore-open", "a restore was begun on cp1"),
        (
            {"cp1": beside(look("cp1"), open=OPEN), "cp2": beside(joined("cp2", api=SERVES))},
            {},
            "serves",
            "cp2: it serves, beside cp1 that is being recovered",
        ),
    ],
)
def test_refused_before_anything_changes(seen: dict, wish: dict, check: str, words: str) -> None:
    assert words in checks(plan({**NEW, **seen}, wish))[check]


@pytest.mark.parametrize(
    ("found", "check"),
    [(tried(kubernetes_version="v1.35.3"), "other-version"), (tried(encrypted=True), "encrypted")],
)
def test_refused_when_it_has_been_tried(found: dict, check: str) -> None:
    assert check in checks(plan(NEW, found=found))


def test_the_key_is_in_the_archive() -> None:
    names = [*KEYS, "etc/kubernetes/encryption.yaml"]
    assert plan(NEW, {"archive_names": names}, tried(encrypted=True))["findings"] == []


def test_the_table() -> None:
    assert recover_lines(ALL, NEW, plan(NEW), "/srv/x.db") == [
        "cluster site at api.example.org:6443: recovered from /srv/x.db",
        "cp1  empty  gets the data, kubeadm init",
        "cp2  empty  joins where it is missing",
        "cp3  empty  joins where it is missing",
    ]
