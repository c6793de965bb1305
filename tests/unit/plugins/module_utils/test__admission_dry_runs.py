# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server says to a dry run of the wish, turned into findings."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._admission import dry_runs
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden, InvalidInput, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, ref_of
from builders import CONTROL_PLANE, CORE, control_plane, machine_deployment
from fakes import FakeKube

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}


def config(name: str = "a", namespace: str = "team", **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


class TestDryRuns:
    def test_what_would_be_stored(self) -> None:
        kube = FakeKube(NAMESPACE, config(x="1"))
        stored, findings = dry_runs(kube, [config(y="2")], force=False)
        assert ([s["data"] for s in stored.values()], findings) == ([{"x": "1", "y": "2"}], [])
        assert kube.writes == []

    def test_refusals_become_findings_all_at_once(self) -> None:
        kube = FakeKube(NAMESPACE)
        kube.refuse = lambda item: InvalidInput(f"Could not apply {ref_of(item)}: {item['data']['why']}")
        stored, findings = dry_runs(
            kube, [config("a", why="spec is immutable"), config("b", why="no: never")], force=False
        )
        assert stored == {}
        assert [str(f) for f in findings] == ["ConfigMap team/a: spec is immutable", "ConfigMap team/b: no: never"]

    def test_a_value_of_a_wrong_type_is_told_as_it_was_written(self) -> None:
        kube = FakeKube(NAMESPACE)
        said = ".spec.version: expected string, got &value.valueUnstructured{Value:1.36}"
        kube.refuse = lambda item: InvalidInput(f"Could not apply {ref_of(item)}: {said}")
        assert dry_runs(kube, [config()], force=False)[1][0].message == ".spec.version: expected string, got 1.36"

    def test_but_not_that_of_a_secret(self) -> None:
        kube = FakeKube(NAMESPACE)
        said = ".stringData.password: expected string, got &value.valueUnstructured{Value:12345678}"
        kube.refuse = lambda item: InvalidInput(f"Could not apply {ref_of(item)}: {said}")
        (finding,) = dry_runs(kube, [{**config(), "kind": "Secret"}], force=False)[1]
        assert finding.message == ".stringData.password: expected string, got another type"

    @pytest.mark.parametrize("error", [Forbidden("no right"), Unreachable("gone")])
    def test_what_is_no_answer_about_the_wish_ends_it(self, error: Exception) -> None:
        kube = FakeKube(NAMESPACE)
        kube.refuse = lambda item: error
        with pytest.raises(type(error)):
            dry_runs(kube, [config()], force=False)

    def test_objects_in_a_namespace_of_the_set(self) -> None:
        """The server knows the namespace only after the first write."""
        stored, findings = dry_runs(FakeKube(), [NAMESPACE, config(x="1")], force=False)
        assert ([s["kind"] for s in stored.values()], findings) == (["Namespace", "ConfigMap"], [])

    def test_but_not_when_the_namespace_is_there(self) -> None:
        kube = FakeKube(NAMESPACE)
        kube.refuse = lambda item: InvalidInput("x: no") if item["kind"] == "ConfigMap" else None
        assert [str(f) for f in dry_runs(kube, [NAMESPACE, config()], force=False)[1]] == ["ConfigMap team/a: no"]

    def test_a_conflict_names_the_other_manager(self) -> None:
        kube = FakeKube(machine_deployment(replicas=3, annotations={"fake/owner": "argocd-controller"}))
        stored, (finding,) = dry_runs(kube, [small(replicas=5)], force=False)
        assert stored == {}
        assert (
            'another manager owns fields that this would set: .spec.replicas (conflict with "argocd-controller")'
            in (finding.message)
        )

    def test_force_takes_over(self) -> None:
        kube = FakeKube(machine_deployment(replicas=3, annotations={"fake/owner": "argocd-controller"}))
        stored, findings = dry_runs(kube, [small(replicas=5)], force=True)
        assert ([s["spec"]["replicas"] for s in stored.values()], findings) == ([5], [])

    def test_a_conflict_over_what_would_not_change_is_none(self) -> None:
        """Adopted objects: the server compares as text what is the same as value, such as 1Gi and 1024Mi."""
        kube = Picky(machine_deployment(replicas=3, annotations={"fake/owner": "kubectl"}))
        stored, findings = dry_runs(kube, [small(replicas="3")], force=False)
        assert ([s["spec"]["replicas"] for s in stored.values()], findings) == ([3], [])


FIELDS = {
    "replicas": {},
    "machineTemplate": {"properties": {"spec": {}}},
    "pools": {"items": {"properties": {"name": {}}}},
}
PLANE = f"{CONTROL_PLANE}/v1beta2"
SCHEMA = {
    "properties": {"spec": {"properties": FIELDS}},
    "x-kubernetes-group-version-kind": [{"kind": "KubeadmControlPlane", "group": CONTROL_PLANE, "version": "v1beta2"}],
}
OPENAPI = {"components": {"schemas": {"io.other": {}, "io.x.KubeadmControlPlane": SCHEMA}}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param(
            ".spec.replica: field not declared in schema",
            "unknown field spec.replica; did you mean 'replicas'?",
            id="near",
        ),
        pytest.param(
            ".spec.machineTemplate.spce: field not declared in schema",
            "unknown field spec.machineTemplate.spce; did you mean 'spec'?",
            id="deeper",
        ),
        pytest.param(
            ".spec.pools[0].nmae: field not declared in schema",
            "unknown field spec.pools[0].nmae; did you mean 'name'?",
            id="in a list",
        ),
        pytest.param(".spec.zebra: field not declared in schema", "unknown field spec.zebra", id="nothing near"),
        pytest.param(
            ".spec.replica: field not declared in schema, .spec.x.y: field not declared in schema",
            "unknown field spec.replica; did you mean 'replicas'?; unknown field spec.x.y",
            id="two",
        ),
        pytest.param("spec.version: must be higher", "spec.version: must be higher", id="other words stay"),
    ],
)
def test_unknown_fields_have_near_matches(said: str, told: str) -> None:
    kube = FakeKube()
    kube.paths[f"/openapi/v3/apis/{PLANE}"] = OPENAPI
    assert explained(kube, control_plane(), said) == told


@pytest.mark.parametrize(("item", "path"), [(control_plane(), f"apis/{PLANE}"), (config("a", "default"), "api/v1")])
def test_without_a_schema_the_finding_stands(item: Object, path: str) -> None:
    kube = FakeKube()
    assert explained(kube, item, ".spec.replica: field not declared in schema") == "unknown field spec.replica"
    assert ("read", f"/openapi/v3/{path}") in kube.reads


class Picky(FakeKube):
    """Stores numbers that were written as text as numbers, but compares them as they were written."""

    def _store(self, verb: str, new: Object, dry_run: bool = False) -> Object:
        new["spec"]["replicas"] = int(new["spec"]["replicas"])
        return super()._store(verb, new, dry_run)


def small(replicas: Any) -> Object:
    meta = {"name": "prod-md-0", "namespace": "default"}
    return {
        "apiVersion": f"{CORE}/v1beta2",
        "kind": "MachineDeployment",
        "metadata": meta,
        "spec": {"replicas": replicas},
    }


def explained(kube: FakeKube, item: Object, said: str) -> str:
    kube.refuse = lambda wish: InvalidInput(f"Could not apply {ref_of(wish)}: {said}")
    return dry_runs(kube, [item], force=False)[1][0].message
