# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects in, rows out: what an inventory tells of machines and clusters, the same for both API versions."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._hosts import (
    cluster_row,
    is_outdated,
    machine_row,
    provider_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts, gather
from builders import cluster, control_plane, machine, machine_deployment

NOW = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
REFERENCE = {"kind": "AWSMachine", "name": "m-infra"}
INFO = {"kubeletVersion": "v1.34.3", "osImage": "Ubuntu 24.04.3 LTS"}


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_the_whole_row_of_a_machine(v: str) -> None:
    found = machine(
        "m",
        pool="prod-md-0",
        v=v,
        spec={"infrastructureRef": REFERENCE, "failureDomain": "eu-1a"},
        status={"nodeInfo": INFO},
        labels={"topology.cluster.x-k8s.io/deployment-name": "workers", "env": "x"},
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}", "example.com/rack": "7"},
    )
    row = machine_row(found, "mgmt", NOW, ["example.com/rack", "example.com/none"])
    assert row.pop("labels")["env"] == "x"
    assert row == {
        "name": "m",
        "namespace": "default",
        "cluster": "prod",
        "management_cluster": "mgmt",
        "role": "worker",
        "pool": "prod-md-0",
        "topology_pool": "workers",
        "version": "v1.34.3",
        "kubelet_version": "v1.34.3",
        "os_image": "Ubuntu 24.04.3 LTS",
        "provider": "aws",
        "provider_id": "dev:////m",
        "infrastructure": REFERENCE,
        "bare_metal_host": None,
        "failure_domain": "eu-1a",
        "phase": "Running",
        "ready": True,
        "up_to_date": True,
        "deleting": False,
        "node": "m",
        "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}],
        "created": "2026-11-01T10:00:00Z",
        "certificates_days": None,
        "annotations": {"example.com/rack": "7"},
    }


MACHINES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "control plane": ({}, {"role": "control_plane", "pool": None, "certificates_days": 365}),
    "odd date": ({"status": {"certificatesExpiryDate": "soon"}}, {"certificates_days": None}),
    "new, nothing known": (
        {"phase": "Pending", "conditions": {"Ready": "Unknown"}, "status": {"addresses": None, "nodeRef": None}},
        {"phase": "Pending", "ready": False, "addresses": [], "node": None},
    ),
    "being deleted": ({"deleting": True}, {"deleting": True, "phase": "Deleting"}),
    "bare metal": ({"spec": {"providerID": "metal3://metal/host-7/m-abc"}}, {"bare_metal_host": "host-7"}),
    "bare metal, old form": ({"spec": {"providerID": "metal3://e0a2-uuid"}}, {"bare_metal_host": None}),
    "no provider id": ({"spec": {"providerID": None}}, {"provider_id": None, "bare_metal_host": None}),
    "keys that are words of Ansible": ({"labels": {"__ansible_unsafe": "x", "{{ x }}": "y"}}, {}),
}


@pytest.mark.parametrize(("given", "told"), MACHINES.values(), ids=MACHINES)
def test_machines(given: dict[str, Any], told: dict[str, Any]) -> None:
    row = machine_row(machine("m", **given), "mgmt", NOW)
    assert {key: row[key] for key in told} == told
    assert all(key[0].isalnum() for key in row["labels"])
    assert json.loads(json.dumps(row)) == row, "fit for a cache"


PROVIDERS = {
    "AWSMachine": "aws",
    "AWSManagedCluster": "aws",
    "AWSManagedControlPlane": "aws",
    "AzureMachinePool": "azure",
    "Metal3Machine": "metal3",
    "OpenStackCluster": "openstack",
    "VSphereMachine": "vsphere",
    "DevMachine": "dev",
    "Machine": None,
    "": None,
}


@pytest.mark.parametrize(("kind", "provider"), PROVIDERS.items())
def test_the_kind_names_the_provider(kind: str, provider: str | None) -> None:
    assert provider_of({"kind": kind, "name": "x"}) == provider


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_a_cluster_is_told_as_by_cluster_info(v: str) -> None:
    row = cluster_row(whole(v=v), "mgmt", NOW, ["a"])
    assert (row["management_cluster"], row["provider"]) == ("mgmt", "dev")
    assert (row["machines"], row["machines_ready"]) == (2, 1)
    assert row["kubernetes_version"] == "v1.34.3"
    assert row["annotations"] == {"a": "1"}
    assert row["node_pools"][0]["name"] == "prod-md-0"
    assert "tree" not in row
    assert json.loads(json.dumps(row)) == row, "fit for a cache"


OUTDATED = {
    "v1.34.3": False,
    "v1.34.4": True,
    "v1.35.0": True,
    "v1.33.9": False,
}


@pytest.mark.parametrize(("target", "outdated"), OUTDATED.items())
def test_outdated(target: str, outdated: bool) -> None:
    assert is_outdated(cluster_row(whole(), "mgmt", NOW), target) is outdated


def test_one_old_machine_is_enough() -> None:
    parts = whole()
    row = cluster_row(
        Parts(parts.cluster, parts.control_plane, parts.pools, [machine("m", version="v1.33.1")]), "", NOW
    )
    assert is_outdated(row, "v1.34.3") is True


def test_no_version_is_no_judgement() -> None:
    bare = cluster(spec={"controlPlaneRef": None})
    assert is_outdated(cluster_row(Parts(bare), "mgmt", NOW), "v1.34.3") is None


def whole(v: str = "v1beta2") -> Parts:
    machines = [machine("a", v=v), machine("b", pool="prod-md-0", v=v, conditions={"Ready": "False"})]
    named = cluster(v=v, annotations={"a": "1", "b": "2"})
    return gather([named], [control_plane(v=v)], [machine_deployment(v=v)], machines)[0]
