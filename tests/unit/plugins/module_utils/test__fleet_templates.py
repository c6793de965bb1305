# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which templates nothing needs, and which are missing: references of both API versions, by namespace."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_templates import templates_by_cluster
from builders import CORE, INFRASTRUCTURE, cluster, control_plane, machine_deployment

KIND = "DevMachineTemplate"
KINDS = {(INFRASTRUCTURE, KIND)}


def template(name: str, namespace: str = "default", **meta: Any) -> dict[str, Any]:
    api = f"{INFRASTRUCTURE}/v1beta2"
    return {"apiVersion": api, "kind": KIND, "metadata": {"name": name, "namespace": namespace, **meta}, "spec": {}}


def machine_set(refers_to: str, replicas: int, there: int = 0) -> dict[str, Any]:
    ref = {"apiGroup": INFRASTRUCTURE, "kind": KIND, "name": refers_to}
    spec = {"clusterName": "prod", "replicas": replicas, "template": {"spec": {"infrastructureRef": ref}}}
    meta = {"name": f"set-{refers_to}", "namespace": "default"}
    return {
        "apiVersion": f"{CORE}/v1beta2",
        "kind": "MachineSet",
        "metadata": meta,
        "spec": spec,
        "status": {"replicas": there},
    }


LABEL = {"labels": {f"{CORE}/cluster-name": "prod"}}
OWNED = {"ownerReferences": [{"kind": "Cluster", "name": "prod"}]}


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_what_owners_refer_to_is_needed(v: str) -> None:
    owners = [cluster(v=v), control_plane(v=v), machine_deployment(v=v)]
    found = templates_by_cluster([template("prod-cp-1"), template("prod-md-0-1")], owners, [], KINDS)
    assert found == {}


@pytest.mark.parametrize(
    ("meta", "key"), [(LABEL, ("default", "prod")), (OWNED, ("default", "prod")), ({}, ("default", ""))]
)
def test_unreferenced_ones_are_told_of_their_cluster(meta: dict[str, Any], key: tuple[str, str]) -> None:
    found = templates_by_cluster([template("left", **meta)], [], [], KINDS)
    assert {k: t.unreferenced for k, t in found.items()} == {key: [f"{KIND}/left"]}


@pytest.mark.parametrize(("replicas", "there", "stale"), [(0, 0, [f"{KIND}/old"]), (1, 1, []), (0, 1, [])])
def test_machine_sets_without_machines_make_stale_ones(replicas: int, there: int, stale: list[str]) -> None:
    found = templates_by_cluster([template("old", **LABEL)], [], [machine_set("old", replicas, there)], KINDS)
    assert [t.stale for t in found.values()] == ([stale] if stale else [])
    assert [t.unreferenced for t in found.values()] == ([[]] if stale else [])


def test_a_template_of_the_same_name_in_another_namespace_is_another_one() -> None:
    found = templates_by_cluster([template("prod-cp-1", "other")], [control_plane()], [], KINDS)
    assert found["other", ""].unreferenced == [f"{KIND}/prod-cp-1"]
    assert found["default", "prod"].missing == [f"{KIND}/prod-cp-1"]


def test_kinds_that_were_not_listed_are_not_missing() -> None:
    assert templates_by_cluster([], [control_plane()], [], set()) == {}
