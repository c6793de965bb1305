# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets and addons of a cluster: made with it, changed, never shown, gone with it; names that follow templates."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Ref, labels_of
from cluster_world import CLUSTER, World, ensure, manifests

CNI = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: cni}\n"
PASSWORD = "canary-7d1f"
SET = Ref("addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet", "default", "prod-addons")


def ref(kind: str, name: str) -> Ref:
    return Ref("v1", kind, "default", name)


@pytest.fixture
def cni(tmp_path: Path) -> Path:
    file = tmp_path / "cni.yaml"
    file.write_text(CNI)
    return file


def test_a_secret_is_made_before_what_needs_it_and_never_shown() -> None:
    kube = World()
    outcome = ensure(kube, manifests=manifests(), secrets={"prod-cloud": {"password": PASSWORD}})
    found = kube.get(ref("Secret", "prod-cloud"))
    assert found
    assert base64.b64decode(found["data"]["password"]).decode() == PASSWORD
    assert "clusterctl.cluster.x-k8s.io/move" in labels_of(found)
    assert next(w for w in kube.writes if "Lease" not in str(w)) == ("apply", "Secret default/prod-cloud")
    told = str(outcome.to_result(diff=True))
    assert PASSWORD not in told
    assert found["data"]["password"] not in told


def test_addons_go_by_a_resource_set_that_finds_the_cluster(cni: Path) -> None:
    kube = World()
    ensure(kube, manifests=manifests(), addons=[{"name": "cni", "path": str(cni)}])
    carrier, found, cluster = kube.get(ref("ConfigMap", "prod-cni")), kube.get(SET), kube.get(CLUSTER)
    assert carrier and found and cluster  # noqa: PT018
    assert carrier["data"] == {"addon.yaml": CNI}
    assert found["spec"]["resources"] == [{"kind": "ConfigMap", "name": "prod-cni"}]
    wanted = found["spec"]["clusterSelector"]["matchLabels"]
    assert wanted.items() <= labels_of(cluster).items()


def test_manifests_with_a_secret_are_in_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "csi.yaml"
    file.write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n")
    kube = World()
    ensure(kube, manifests=manifests(), addons=[{"name": "csi", "path": str(file)}])
    found = kube.get(ref("Secret", "prod-csi"))
    assert found
    assert found["type"] == "addons.cluster.x-k8s.io/resource-set"


def test_again_nothing_is_written_and_a_change_is(cni: Path) -> None:
    kube = World()
    wish: dict[str, Any] = {"manifests": manifests(), "addons": [{"name": "cni", "path": str(cni)}]}
    secrets = {"prod-cloud": {"password": PASSWORD}}
    ensure(kube, **wish, secrets=secrets)
    assert not ensure(kube, **wish, secrets=secrets).changed
    cni.write_text(CNI + "data: {a: b}\n")
    assert ensure(kube, **wish, secrets={"prod-cloud": {"password": "another-one"}}).values["changed_objects"] == [
        "ConfigMap default/prod-cni",
        "Secret default/prod-cloud",
    ]


def test_they_go_with_the_cluster_and_those_of_others_stay(cni: Path) -> None:
    ca = {"name": "prod-ca", "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}}
    kube = World({"apiVersion": "v1", "kind": "Secret", "metadata": ca})
    ensure(kube, manifests=manifests(), addons=[{"name": "cni", "path": str(cni)}], secrets={"prod-cloud": {"a": "b"}})
    ensure(kube, manifests=None, state="absent")
    gone = [ref("Secret", "prod-cloud"), ref("ConfigMap", "prod-cni"), SET]
    assert [kube.get(r) for r in gone] == [None, None, None]
    assert kube.get(ref("Secret", "prod-ca"))


BAD: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "no file": ([{"name": "cni", "path": "/nowhere/cni.yaml"}], ["addons[cni]: /nowhere/cni.yaml cannot be read"]),
    "no checksum": (
        [{"name": "cni", "url": "{url}"}],
        ["addons[cni].sha256: missing beside url; what is there now has {sum}"],
    ),
    "another checksum": (
        [{"name": "cni", "path": "{path}", "sha256": "00"}],
        ["what was read has {sum}; wanted is 00"],
    ),
    "a name": ([{"name": "C N I", "path": "{path}"}], ["'C N I' is no name"]),
    "twins": ([{"name": "a", "path": "{path}"}] * 2, ["two addons have this name"]),
    "all at once": (
        [{"name": "a", "path": "/nowhere"}, {"name": "B", "path": "/nowhere"}],
        ["addons[a]: /nowhere", "'B' is no name", "addons[B]: /nowhere"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_addons_are_refused_before_anything_is_written(name: str, cni: Path) -> None:
    words = {"url": cni.as_uri(), "path": str(cni), "sum": hashlib.sha256(CNI.encode()).hexdigest()}
    addons, said = BAD[name]
    kube = World()
    with pytest.raises(InvalidInput) as refused:
        ensure(kube, manifests=manifests(), addons=[{k: v.format(**words) for k, v in a.items()} for a in addons])
    assert [text for text in said if text.format(**words) not in str(refused.value)] == []
    assert kube.writes == []


def test_a_secret_that_is_named_after_a_template_follows_it_and_rolls_what_reads_it() -> None:
    kube = World()

    def items(size: int) -> list[Any]:
        found = manifests(size)
        found[5]["metadata"]["annotations"] = {"capi.lifecycle/secret-suffixes": "azure-json"}
        found[6]["spec"] = {
            "template": {"spec": {"files": [{"contentFrom": {"secret": {"name": "prod-md-0-1-azure-json"}}}]}}
        }
        return found

    seen = []
    for size in (1, 2):
        ensure(kube, manifests=items(size))
        pool = kube.get(Ref("cluster.x-k8s.io/v1beta2", "MachineDeployment", "default", "prod-md-0"))
        assert pool
        machine, bootstrap = (
            pool["spec"]["template"]["spec"]["infrastructureRef"]["name"],
            pool["spec"]["template"]["spec"]["bootstrap"]["configRef"]["name"],
        )
        config = kube.get(Ref("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate", "default", bootstrap))
        assert config
        secret = config["spec"]["template"]["spec"]["files"][0]["contentFrom"]["secret"]["name"]
        assert secret == f"{machine}-azure-json"
        seen += [machine, bootstrap]
    assert len(set(seen)) == 4
    assert not ensure(kube, manifests=items(2)).changed
