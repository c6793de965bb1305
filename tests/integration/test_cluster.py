# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster module on a real management cluster, from every form of description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._template import substitute
from bed import CHECKOUT, Bed
from journeys import CHANGES, STEPS, WRITES, Journey, from_template, from_topology, travel
from side_by_side import Case

RELEASES = ("v1.14.2", "v1.10.10")


def from_text(bed: Bed, namespace: str, workers: int) -> dict[str, Any]:
    """The user's own YAML in the newest API version: what the classic template renders to."""
    return {"manifests": [_rendered(bed, bed.api_version, namespace, workers)]}


def from_v1beta1(bed: Bed, namespace: str, workers: int) -> dict[str, Any]:
    """The user's own YAML in v1beta1, which newer releases convert."""
    return {"manifests": [_rendered(bed, "v1beta1", namespace, workers)]}


def from_list(bed: Bed, namespace: str, workers: int) -> dict[str, Any]:
    """Objects as a playbook's variables have them."""
    return {"manifests": list(yaml.safe_load_all(_rendered(bed, bed.api_version, namespace, workers)))}


def _rendered(bed: Bed, api_version: str, namespace: str, workers: int) -> str:
    """The classic template of the role's sandbox files, as YAML text without variables."""
    path = CHECKOUT / "roles/sandbox/files/manifests" / api_version / "cluster-template-in-memory-classic.yaml.in"
    values = {"CLUSTER_NAME": namespace.replace("j-", "c-", 1), "NAMESPACE": namespace, "KUBERNETES_VERSION": "v1.35.4"}
    values |= {"CONTROL_PLANE_MACHINE_COUNT": "1", "WORKER_MACHINE_COUNT": str(workers)}
    return substitute(path.read_text(), values)


FORMS = {
    "template": from_template,
    "topology": from_topology,
    "manifests-newest": from_text,
    "manifests-v1beta1": from_v1beta1,
    "list": from_list,
}


def cases(_release: str) -> Mapping[str, Case]:
    return {form: partial(travel, form, describe) for form, describe in FORMS.items()}


@pytest.fixture
def journey(beside: Callable[[str], Journey], form: str) -> Journey:
    return beside(form)


@pytest.mark.parametrize("capi_version", RELEASES, indirect=True)
@pytest.mark.parametrize("form", FORMS)
class TestLife:
    """create, again, change, again, delete, again; each also in check mode."""

    def test_every_step_succeeds(self, journey: Journey) -> None:
        for step in STEPS:
            result = journey.results.get(step, {"failed": True, "msg": "not reached"})
            assert not result.get("failed"), f"{step}: {result.get('msg')}"

    def test_changed_is_exact(self, journey: Journey) -> None:
        found = {step for step, result in journey.results.items() if result["changed"]}
        assert found == CHANGES

    def test_only_real_changes_write(self, journey: Journey) -> None:
        found = {step for step, writes in journey.writes.items() if writes}
        assert found == WRITES

    def test_check_mode_tells_the_truth(self, journey: Journey) -> None:
        results = journey.results
        for step in ("create", "change", "delete"):
            assert results[f"check {step}"]["diff"] == results[step]["diff"]
        assert "workers" in str(results["change"]["message"])

    def test_check_mode_deletes_nothing(self, journey: Journey) -> None:
        assert journey.alive_after_check_delete

    def test_machines_follow(self, journey: Journey) -> None:
        assert journey.machines == {"create": 2, "change": 3}


def test_three_and_three_by_the_playbook(bed: Bed, namespace: str) -> None:
    """The short description of inventories/sandbox, with three control planes; then the same command again."""
    arguments = {
        "cluster_namespace": namespace,
        "cluster_control_plane": {"replicas": 3},
        "cluster_node_pools": [{"name": "workers", "replicas": 3}],
    }
    checked = bed.play("create", "--check", "--diff", **arguments)
    assert (checked.code, checked.recap["dev"]["changed"]) == (0, 1), checked.output
    assert bed.objects("clusters", namespace) == []
    first = bed.play("create", **arguments)
    assert (first.code, first.recap["dev"]["changed"]) == (0, 1), first.output
    assert "control plane 3/3, workers 3/3" in first.output
    with bed.requests(namespace) as requests:
        second = bed.play("create", **arguments)
    assert (second.code, second.recap["dev"]["changed"]) == (0, 0), second.output
    assert requests.writes == []
    third = bed.play("delete", cluster_namespace=namespace, cluster_protected=True)
    assert third.code != 0
    assert "set confirm: dev" in third.output
    fourth = bed.play("delete", cluster_namespace=namespace, cluster_protected=True, cluster_confirm="dev")
    assert (fourth.code, fourth.recap["dev"]["changed"]) == (0, 1), fourth.output
    assert bed.objects("clusters", namespace) == []
    assert bed.objects("devmachinetemplates", namespace) == []
