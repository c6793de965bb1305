# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_restore import ago, choose, judge
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_restore_table import drill_lines, restore_lines
from bare_metal_world import hosts, joined
from restore_world import LATE, NEWEST, WISH, beside, looks, tried

ALL = hosts()


def plan(seen: dict, wish: dict | None = None, found: dict | None = None) -> dict[str, Any]:
    source = choose(ALL, seen, {**WISH, **(wish or {})})
    return {**source, **judge(ALL, seen, {**WISH, **(wish or {})}, source, found or {})}


def checks(found: dict[str, Any]) -> dict[str, str]:
    return {finding["check"]: f"{finding['host']}: {finding['message']}" for finding in found["findings"]}


def test_the_newest_backup_of_all_control_planes() -> None:
    seen = looks(cp2=beside(backups=[{"path": NEWEST, "taken": LATE}]))
    found = plan(seen, found=tried())
    assert (found["host"], found["path"], found["token"]) == ("cp2", NEWEST, WISH["token"])
    assert (found["findings"], found["has_work"], found["goes_on"]) == ([], True, False)


@pytest.mark.parametrize(("on", "host"), [("", ""), ("cp3", "cp3")], ids=["on the controller", "on a control plane"])
def test_the_one_that_is_named(on: str, host: str) -> None:
    found = plan(looks(), {"snapshot": "/srv/etcd.db", "on": on})
    assert (found["host"], found["path"]) == (host, "/srv/etcd.db")


OPEN = {"token": "restore-1", "snapshot": "/b/etcd-1.db", "sha256": "x", "begun": "then", "placed": False}


def test_a_restore_that_was_begun_goes_on() -> None:
    found = plan(looks(cp2=beside(open=OPEN)), {"max_age": 0})
    assert (found["host"], found["path"], found["token"]) == ("cp2", "/b/etcd-1.db", "restore-1")
    assert (found["goes_on"], found["has_work"], found["findings"]) == (True, True, [])


@pytest.mark.parametrize(
    ("seen", "wish", "check", "words"),
    [
        ({"cp3": {"unreachable": "timed out"}}, {}, "unreachable", "cp3: Ansible cannot reach it: timed out"),
        ({"cp1": beside(member={"name": ""})}, {}, "no-etcd", "cp1: it has no manifest of etcd"),
        ({"cp1": beside(joined("cp1", kubelet_active=False))}, {}, "kubelet", "cp1: its kubelet is not active"),
        (
            {"cp1": beside(open=OPEN)},
            {"snapshot": "/srv/other.db"},
            "restore-open",
            "was begun at then and has not ended",
        ),
        (
            {"cp1": beside(open=OPEN), "cp2": beside(open={**OPEN, "token": "b"})},
            {},
            "two-restores",
            "restore-1 (cp1), b",
        ),
        ({}, {"snapshot": "etcd.db"}, "snapshot-path", "etcd.db, wanted a path that begins with /"),
    ],
)
def test_refused_before_anything_is_tried(seen: dict, wish: dict, check: str, words: str) -> None:
    assert words in checks(plan(looks(**seen), wish))[check]


def test_a_control_plane_that_is_left_out() -> None:
    seen = looks()
    del seen["cp3"]
    assert checks(plan(seen))["limited"].startswith("cp3: it is left out by --limit")


def test_no_backup_at_all() -> None:
    none = {name: beside(backups=[]) for name in ("cp1", "cp2", "cp3")}
    assert "no backup is on cp1, cp2, cp3" in checks(plan(looks(**none)))["no-snapshot"]


@pytest.mark.parametrize(
    ("found", "check", "words"),
    [
        (tried(age=90000), "snapshot-old", "1 day ago: all that was written since is lost"),
        (tried(missing=["namespaces/kube-system"]), "snapshot-lacks", "lacks namespaces/kube-system"),
        (
            tried(name="other"),
            "other-cluster-name",
            "it holds a cluster with other, and bare_metal_cluster_name is site",
        ),
        (tried(endpoint="else:6443"), "other-endpoint", "bare_metal_endpoint is api.example.org:6443"),
        (tried(kubernetes_version="v1.36.0"), "other-version", "it is of Kubernetes v1.36.0"),
    ],
)
def test_refused_when_it_has_been_tried(found: dict, check: str, words: str) -> None:
    assert words in checks(plan(looks(), found=found))[check]


def test_a_day_old_one_is_let_pass_when_it_is_said() -> None:
    assert plan(looks(), {"max_age": 100000}, tried(age=90000))["findings"] == []


def test_the_same_snapshot_is_not_restored_twice() -> None:
    done = {name: beside(last={"sha256": "abc"}) for name in ("cp1", "cp2", "cp3")}
    assert not plan(looks(**done), found=tried())["has_work"]
    assert plan(looks(**done), {"again": True}, tried())["has_work"]
    assert plan(looks(**{**done, "cp3": beside()}), found=tried())["has_work"]


def test_what_is_lost_stands_in_the_table() -> None:
    live = {"revision": 500, "gone": ["configmaps/default/x"], "gone_count": 3, "back": [], "back_count": 0}
    lines = restore_lines(ALL, looks(), plan(looks(), found=tried()), tried(live=live))
    assert lines[0] == f"cluster site: etcd of cp1, cp2, cp3 goes back to cp1:{NEWEST}"
    assert "taken 2026-11-01T00:00:00Z, 5 minutes ago; revision 400, 90 objects" in lines[1]
    assert lines[3] == "now: revision 500. All that was written since 2026-11-01T00:00:00Z is lost: 100 revisions."
    assert lines[4] == "3 objects will be gone: configmaps/default/x, and 2 more"
    assert "etcd does not answer" in restore_lines(ALL, looks(), plan(looks(), found=tried()), tried())[3]


def test_a_drill_says_how_far_behind_it_is() -> None:
    live = {"revision": 500, "gone": [], "gone_count": 3, "back": [], "back_count": 1}
    lines = drill_lines(plan(looks()), tried(live=live))
    assert "the cluster is 100 revisions further; objects since: 3 more, 1 less" in lines
    assert drill_lines(plan(looks()), {}) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 seconds"), (60, "1 minute"), (7200, "2 hours"), (86400, "1 day")]
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert ago(seconds) == f"{words} ago"
