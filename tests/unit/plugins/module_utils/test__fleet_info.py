# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a fleet: which requests are sent, what less rights lead to, and that no secret gets out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Unreachable,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_info import read_fleet
from builders import cluster, control_plane, machine, machine_deployment
from fakes import KINDS, FakeKube, session
from fleet_world import OPTIONS, fleet, one, providers

CANARY = "c4n4ry-1n-a-s3cr3t"


def told(kube: FakeKube, **options: Any) -> dict[str, Any]:
    outcome = read_fleet(session(kube), {**OPTIONS, **options})
    assert outcome.changed is False
    assert kube.writes == []
    return dict(outcome.values)


@pytest.mark.parametrize("number", [1, 60])
def test_one_list_a_kind_however_many_clusters(number: int) -> None:
    kube = FakeKube(*fleet(number))
    assert len(told(kube)["clusters"]) == number
    lists = [what for verb, what in kube.reads if verb == "list"]
    assert len(lists) == len(set(lists))
    assert [r for r in kube.reads if r[0] != "list"] == [("read", "/version")]
    assert not any(what.startswith("Secret") for what in lists)


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_both_api_versions_tell_the_same(v: str) -> None:
    spec = {"machineTemplate": {"infrastructureRef": {"kind": "X", "name": "x"}, "nodeDrainTimeout": "5m"}}
    old = {"status": {"updatedReplicas": 1}} if v == "v1beta1" else {}
    plane = control_plane(v=v, replicas=1, **({"spec": spec, **old} if old else {}))
    pool = machine_deployment(v=v, replicas=1, **old)
    items = [cluster(v=v), plane, pool, machine("a", v=v), machine("b", pool="prod-md-0", v=v)]
    kube = FakeKube(*items, kinds=tuple(k for k in KINDS if v == "v1beta2" or not k.api_version.endswith("v1beta2")))
    row = told(kube)["clusters"][0]
    assert row["api_version"].endswith(v)
    assert row["health"]["state"] == "healthy"
    assert (row["machines"]["ready"], row["machines"]["wanted"]) == (2, 2)
    assert row["certificates"]["days"] == 365
    assert "MachineDeployment prod-md-0" in row["no_drain_timeout"]
    assert ("KubeadmControlPlane prod-cp" in row["no_drain_timeout"]) == (v == "v1beta2")


@pytest.mark.parametrize(
    ("kind", "part", "word"),
    [
        ("MachineHealthCheck", "no_health_check", "health_check"),
        ("DevMachineTemplate", "templates", "missing_templates"),
        ("MachineSet", "templates", "unused_templates"),
    ],
)
def test_less_rights_make_parts_unknown(kind: str, part: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kube = FakeKube(*one("c"))
    forbid(kube, monkeypatch, kind)
    row = told(kube)["clusters"][0]
    assert row[part] is None
    finding = next(f for f in row["findings"] if f["id"] == word)
    assert (finding["severity"], finding["message"]) == ("unknown", f"{kind} is forbidden")


def test_providers_that_may_not_be_read_are_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    kube = FakeKube(*one("c"), *providers("v1.13.2"))
    forbid(kube, monkeypatch, "Deployment")
    management = told(kube)["management_cluster"]
    assert management["providers"] is None
    assert ("unhealthy", "unknown") in {(f["id"], f["severity"]) for f in management["findings"]}


def test_clusters_that_may_not_be_read_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    kube = FakeKube(*one("c"))
    forbid(kube, monkeypatch, "Machine")
    with pytest.raises(Forbidden, match="Machine is forbidden"):
        told(kube)


def test_lost_contact_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    kube = FakeKube(*one("c"))
    forbid(kube, monkeypatch, "MachineSet", Unreachable)
    with pytest.raises(Unreachable):
        told(kube)


def forbid(kube: FakeKube, monkeypatch: pytest.MonkeyPatch, kind: str, error: type[Exception] = Forbidden) -> None:
    real = kube.list

    def listing(api_version: str, asked: str, *arguments: str, **how: str) -> Any:
        if asked == kind:
            raise error(f"{kind} is forbidden")
        return real(api_version, asked, *arguments, **how)

    monkeypatch.setattr(kube, "list", listing)


def test_without_cluster_api() -> None:
    with pytest.raises(NotFound, match="has no Cluster API"):
        told(FakeKube(kinds=tuple(k for k in KINDS if "x-k8s" not in k.api_version)))


def test_bad_support_data_is_refused_before_anything_is_read() -> None:
    kube = FakeKube(*one("c"))
    with pytest.raises(InvalidInput, match="as_of"):
        told(kube, support={"kubernetes": {}})
    assert kube.reads == []


def test_no_secret_gets_out() -> None:
    """Planted where secrets are, and where people put them: annotations, labels, files of machines."""
    items = one("c", trouble="unavailable")
    for item in items:
        notes = {"kubectl.kubernetes.io/last-applied-configuration": CANARY, "cluster.x-k8s.io/paused": CANARY}
        item["metadata"]["annotations"] = {**item["metadata"].get("annotations", {}), **notes}
        item["metadata"].setdefault("labels", {})["token"] = CANARY
        item.setdefault("spec", {})["files"] = [{"path": "/x", "content": CANARY}]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c-kubeconfig", "namespace": "clusters"}}
    assert CANARY not in json.dumps(told(FakeKube(*items, {**secret, "data": {"value": CANARY}})))


def test_a_selection_says_nothing_of_what_it_did_not_see() -> None:
    kube = FakeKube(*one("a", env="prod"), *one("b", env="dev"))
    found = told(kube, label_selector="env=prod")
    assert [c["name"] for c in found["clusters"]] == ["a"]
    assert found["management_cluster"]["templates"] == {"unreferenced": [], "stale": [], "missing": []}
