# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_manifest import initial_cluster, joining

ALONE = """\
spec:
  containers:
  - command:
    - etcd
    - --initial-cluster=cp1=https://192.0.2.11:2380
    - --listen-metrics-urls=http://127.0.0.1:2381
"""
WANTED = "cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380"


def test_it_joins_and_begins_no_cluster_of_its_own() -> None:
    text = joining(ALONE, WANTED)
    assert f"    - --initial-cluster={WANTED}\n    - --initial-cluster-state=existing\n    - --listen-metrics" in text


def test_again_changes_nothing() -> None:
    once = joining(ALONE, WANTED)
    assert joining(once, WANTED) == once


def test_a_state_that_is_there_is_not_there_twice() -> None:
    text = ALONE + "    - --initial-cluster-state=new\n"
    assert joining(text, WANTED).count("--initial-cluster-state") == 1


def test_a_manifest_that_kubeadm_did_not_write() -> None:
    with pytest.raises(Failed, match="names --initial-cluster 0 times"):
        joining("command: [etcd, --initial-cluster=a]", WANTED)


def test_all_members_with_the_name_of_the_one_that_has_not_started() -> None:
    members = [
        {"name": "cp2", "peer_urls": ["https://192.0.2.12:2380"]},
        {"name": "", "peer_urls": ["https://192.0.2.11:2380"]},
    ]
    assert initial_cluster(members, "cp1", "https://192.0.2.11:2380") == WANTED
