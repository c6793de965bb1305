# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of a Kube on a real API server, and what only a real one does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._connection import connect
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden, InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import HttpKube
from kube_contract import CASES, Case, Ground


@pytest.fixture
def ground(kubeconfig: Path, namespace: str) -> Iterator[Ground]:
    with opened(kubeconfig) as kube, opened(kubeconfig, dry_run=True) as dry:
        yield Ground(kube, dry, namespace)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_api_server(case: Case, ground: Ground) -> None:
    case(ground)


TEMPLATE = {
    "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2",
    "kind": "DevMachineTemplate",
    "metadata": {"name": "t"},
    "spec": {"template": {"spec": {"backend": {"inMemory": {}}}}},
}
PLANE = {
    "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2",
    "kind": "KubeadmControlPlane",
    "metadata": {"name": "t", "labels": {"cluster.x-k8s.io/cluster-name": "t"}},
    "spec": {
        "replicas": 1,
        "version": "v1.35.4",
        "machineTemplate": {
            "spec": {
                "infrastructureRef": {
                    "apiGroup": "infrastructure.cluster.x-k8s.io",
                    "kind": "DevMachineTemplate",
                    "name": "t",
                }
            }
        },
    },
}
REFUSED = [
    pytest.param(PLANE, ("replica", 3), r"\.spec\.replica", id="unknown field"),
    pytest.param(PLANE, ("replicas", "three"), "replicas", id="wrong type"),
    pytest.param(PLANE, ("replicas", -1), "replicas", id="value out of range"),
    pytest.param(PLANE, ("version", None), "version", id="required field left out"),
]


@pytest.mark.parametrize(("item", "edit", "words"), REFUSED)
def test_invalid_objects_are_refused_by_field(ground: Ground, item: Any, edit: tuple[str, Any], words: str) -> None:
    """Schema and strict validation speak, also in check mode, and their answers are no retries."""
    spec = {k: v for k, v in {**item["spec"], edit[0]: edit[1]}.items() if v is not None}
    for kube in (ground.kube, ground.dry):
        with pytest.raises(InvalidInput, match=words):
            kube.apply({**placed(item, ground), "spec": spec})
    assert ground.kube.list(item["apiVersion"], item["kind"], ground.namespace) == []


def test_immutable_fields_are_refused_by_the_webhook(ground: Ground) -> None:
    ground.kube.apply(placed(TEMPLATE, ground))
    changed = {**placed(TEMPLATE, ground), "spec": {"template": {"spec": {"backend": {"docker": {}}}}}}
    with pytest.raises((InvalidInput, Forbidden), match=r"(?i)immutable"):
        ground.dry.apply(changed, force=True)


def test_the_user_agent_is_ours(ground: Ground, bed: Any) -> None:
    with bed.requests(ground.namespace) as requests:
        ground.kube.list("v1", "ConfigMap", ground.namespace)
    assert requests.reads == [f"list configmaps {ground.namespace}/"]


def opened(kubeconfig: Path, dry_run: bool = False) -> HttpKube:
    return connect({"kubeconfig": str(kubeconfig)}, dry_run=dry_run, writes=True)


def placed(item: Any, ground: Ground) -> dict[str, Any]:
    return {**item, "metadata": {**item["metadata"], "namespace": ground.namespace}}
