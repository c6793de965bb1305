# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of Cluster API that are real: Ansible reaches them by the addresses that the inventory plugin took."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bed import finish
from builders import machine
from driving import Metal
from metal.inventory import access
from metal.place import Machine
from metal.programs import RELEASES

VERSION = f"v{RELEASES[0].version}"
GROUP = "cluster.x-k8s.io"
MACHINES = {"cp1": "", "w1": "workers"}  # and the node pool of each
WRONG = {"type": "ExternalIP", "address": "192.0.2.7"}  # nobody answers there; it comes first in the object


@pytest.fixture(scope="module")
def management(metal: Metal) -> Metal:
    """A cluster of one control plane, with Machines for itself and for a second host that is no node of it."""
    metal.fresh(control_planes=1, workers=1)
    run = metal.play("playbooks/bare_metal/create.yml", "--limit", "cp1", bare_metal_kubernetes_version=VERSION)
    assert run.code == 0, run.output
    metal.kubectl(
        "cp1", "apply -f -", text="".join(f"---\n{json.dumps(kind)}\n" for kind in map(_kind, ("Cluster", "Machine")))
    )
    metal.kubectl("cp1", f"wait --for=condition=Established crd/machines.{GROUP} crd/clusters.{GROUP}")
    for name, pool in MACHINES.items():
        addresses = [WRONG, {"type": "InternalIP", "address": Machine(name).address}]
        item = machine(f"site-{name}", cluster="site", pool=pool, version=VERSION, status={"addresses": addresses})
        metal.kubectl("cp1", "apply -f -", text=json.dumps(item))
    return metal


@pytest.mark.long
def test_each_machine_is_reached_by_its_address(management: Metal, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "management.yaml"
    kubeconfig.write_text(json.dumps(management.administrator()))
    source = {"plugin": "capi.lifecycle.machines", "kubeconfig": str(kubeconfig), "address_types": ["InternalIP"]}
    (tmp_path / "site.machines.yml").write_text(json.dumps(source))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/machines.yml").write_text(json.dumps(access(management.place)))
    for group, name in (("control_plane", "cp1"), ("pool_workers", "w1")):
        asked = ("-m", "command", "-a", "hostname")
        run = finish(management.ansible("ansible", "-i", str(tmp_path / "site.machines.yml"), group, *asked))
        assert f"site-{name} | CHANGED | rc=0 >>\n{name}\n" in run.output


def _kind(kind: str) -> dict[str, object]:
    """As much of the kind as a reader needs: any fields."""
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1beta2", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{GROUP}",
            "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/cluster-api"},
        },
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
