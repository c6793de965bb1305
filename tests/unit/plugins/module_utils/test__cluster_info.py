# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading clusters: which requests are sent, and what is said when nothing is found."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._cluster_info import read_clusters
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden, NotFound
from builders import cluster, control_plane, machine, machine_deployment
from fakes import KINDS, FakeKube, session


def fleet(*names: str, v: str = "v1beta2") -> list[dict[str, Any]]:
    found = []
    for name in names:
        found += [
            cluster(name, v=v),
            control_plane(f"{name}-cp", cluster=name, v=v),
            machine_deployment(f"{name}-md-0", cluster=name, v=v),
            machine(f"{name}-a", cluster=name, v=v),
        ]
    return found


def read(kube: FakeKube, **params: Any) -> dict[str, Any]:
    outcome = read_clusters(session(kube), {"namespace": "", **params})
    assert outcome.changed is False
    assert kube.writes == []
    return dict(outcome.values)


@pytest.mark.parametrize("number", [1, 20])
def test_the_number_of_requests_does_not_grow(number: int) -> None:
    kube = FakeKube(*fleet(*(f"c{n:02}" for n in range(number))))
    assert len(read(kube)["clusters"]) == number
    assert sorted(kube.reads) == [
        ("list", f"{kind} *")
        for kind in ("Cluster", "KubeadmControlPlane", "Machine", "MachineDeployment", "MachinePool")
    ]


def test_a_server_with_v1beta1_only() -> None:
    old = [k for k in KINDS if not k.api_version.endswith("/v1beta2")]
    kube = FakeKube(*fleet("prod", v="v1beta1"), kinds=old)
    found = read(kube, with_tree=True)["clusters"][0]
    assert found["api_version"] == "cluster.x-k8s.io/v1beta1"
    assert found["control_plane"]["up_to_date"] == 3
    assert "KubeadmControlPlane prod-cp" in found["tree"]


def test_a_server_without_machine_pools() -> None:
    kube = FakeKube(*fleet("prod"), kinds=[k for k in KINDS if k.kind != "MachinePool"])
    assert read(kube)["clusters"][0]["name"] == "prod"


def test_one_by_name_leaves_the_others_alone() -> None:
    kube = FakeKube(*fleet("prod", "test"))
    found = read(kube, name="prod", namespace="default", with_machines=True)["clusters"]
    assert [c["name"] for c in found] == ["prod"]
    assert [m["name"] for m in found[0]["machines"]] == ["prod-a"]
    assert ("get", "Cluster default/prod") in kube.reads


def test_a_name_in_every_namespace() -> None:
    kube = FakeKube(cluster("prod"), cluster("prod", namespace="other"), cluster("test"))
    assert [c["namespace"] for c in read(kube, name="prod")["clusters"]] == ["default", "other"]


def test_labels_select_clusters() -> None:
    kube = FakeKube(cluster("a", labels={"env": "prod"}), cluster("b"))
    assert [c["name"] for c in read(kube, label_selector="env=prod")["clusters"]] == ["a"]


def test_a_name_that_is_elsewhere_gives_a_hint() -> None:
    kube = FakeKube(*fleet("prod"))
    found = read(kube, name="prod", namespace="other")
    assert found["clusters"] == []
    assert found["hint"] == "No Cluster other/prod, but there is one of that name in default."


def test_a_name_that_is_nowhere_is_an_empty_list() -> None:
    assert read(FakeKube(), name="prod", namespace="other") == {"clusters": []}


def test_no_hint_where_the_rights_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_arguments: str) -> NoReturn:
        raise Forbidden("no")

    kube = FakeKube()
    monkeypatch.setattr(kube, "list", forbidden)
    assert read(kube, name="prod", namespace="other") == {"clusters": []}


def test_a_server_without_cluster_api() -> None:
    kube = FakeKube(kinds=[k for k in KINDS if "x-k8s" not in k.api_version])
    with pytest.raises(NotFound, match="has no Cluster API"):
        read(kube)
