# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_upgrade_plan import read_plan
from fake_host import API_MANIFEST, CONTROL_PLANE, CONTROL_PLANE_FILES, ETCD_MANIFEST, FakeHost, session

WISH = {"kubernetes_version": "v1.36.3", "node_name": "cp1", "skip_checks": []}


def plan(host: FakeHost, **params: object) -> dict:
    return dict(read_plan(session(host), {**WISH, **params}).values)


def test_a_cluster_whose_static_pods_tell_no_version_is_planned_from_its_api_server() -> None:
    found = plan(FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES))
    assert [finding["check"] for finding in found["findings"]] == ["budgets"]
    assert found["has_work"]


def test_a_check_that_is_skipped_is_told() -> None:
    found = plan(FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES), skip_checks=["budgets"])
    assert (found["findings"], found["let_pass"][0]["check"]) == ([], "budgets")


def test_two_minor_versions_at_once() -> None:
    assert (
        plan(FakeHost(CONTROL_PLANE, CONTROL_PLANE_FILES), kubernetes_version="v1.38.0")["findings"][0]["check"]
        == "version-skip"
    )


@pytest.mark.parametrize("files", [{}, {"/etc/kubernetes/manifests/kube-apiserver.yaml": API_MANIFEST + ETCD_MANIFEST}])
def test_a_cluster_that_cannot_be_seen_is_not_planned(files: dict) -> None:
    with pytest.raises(Unreachable, match="The cluster cannot be seen whole"):
        plan(FakeHost(files=files))


def test_a_version_that_is_none() -> None:
    with pytest.raises(InvalidInput, match="must start with 'v'"):
        plan(FakeHost(), kubernetes_version="1.3")
