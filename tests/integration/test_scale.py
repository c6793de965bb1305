# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling on a real management cluster: numbers, chosen machines, pools that come and go, and what waits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from bed import SOAK, Bed, own_namespace
from journeys import from_topology
from side_by_side import Case
from test_cluster import RELEASES, _rendered

BOUND = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-"
FORMS = ("classic", "classy", "old")
TURNS = ((5, 1), (10, 3), (3, 1))  # machines of the pool and of the control plane


class Place:
    """A cluster with one pool, and what a test does to it."""

    def __init__(self, bed: Bed, form: str, namespace: str) -> None:
        self.bed, self.form, self.namespace = bed, form, namespace
        self.name = namespace.replace("j-", "c-", 1)

    def described(self, workers: int, planes: int = 1, version: str = "v1.35.4") -> dict[str, Any]:
        if self.form == "classy":
            wish = from_topology(self.bed, self.namespace, workers)
            wish["topology"] |= {"control_plane_replicas": planes, "kubernetes_version": version}
            return wish
        api_version = "v1beta1" if self.form == "old" else self.bed.api_version
        text = _rendered(self.bed, api_version, self.namespace, workers)
        return {"manifests": [text.replace("v1.35.4", version).replace("replicas: 1\n", f"replicas: {planes}\n", 1)]}

    def cluster(self, *arguments: str, **description: Any) -> dict[str, Any]:
        return self.bed.task("cluster", *arguments, name=self.name, namespace=self.namespace, **description)

    def scale(self, *arguments: str, replicas: int | None = None, **options: Any) -> dict[str, Any]:
        if replicas is not None:
            options["node_pools"] = [{"name": "md-0", "replicas": replicas, **options.pop("pool", {})}]
        return self.bed.task("cluster_scale", *arguments, name=self.name, namespace=self.namespace, **options)

    def machines(self, pool: str = "md-0") -> list[str]:
        """Names of the machines of a pool."""
        label = "cluster.x-k8s.io/deployment-name"
        found = self.bed.objects("machines", self.namespace)
        mine = [m for m in found if m["metadata"]["labels"].get(label, "").startswith(f"{self.name}-{pool}")]
        return sorted(m["metadata"]["name"] for m in mine)

    def objects(self) -> dict[str, Any]:
        """Spec, labels and annotations of everything that a scaling may write, by kind and name."""
        kinds = ("clusters", "kubeadmcontrolplanes", "machinedeployments")
        found = [item for kind in kinds for item in self.bed.objects(kind, self.namespace)]
        return {f"{item['kind']} {item['metadata']['name']}": _told(item) for item in found}


def _told(item: dict[str, Any]) -> dict[str, Any]:
    kept = ("labels", "annotations", "ownerReferences", "finalizers")
    return {"spec": item["spec"], **{key: item["metadata"].get(key) for key in kept}}


def numbered(items: Any, replaced: int = 0) -> Any:
    """A copy in which every number of replicas is the same."""
    text = json.dumps(items, sort_keys=True)
    return re.sub(r'"replicas": \d+', f'"replicas": {replaced}', text)


def up_and_down(place: Place) -> None:
    before = place.objects()
    for workers, planes in TURNS:
        wish = {"replicas": workers, "control_plane": {"replicas": planes}}
        with place.bed.requests(place.namespace) as requests:
            checked = place.scale("--check", "--diff", **wish)
        assert (checked["changed"], requests.writes) == (True, []), checked
        done = place.scale("--diff", **wish)
        assert not done["failed"], done["msg"]
        assert done["message"].endswith(f"control plane {planes}/{planes}, md-0 {workers}/{workers}")
        assert (done["changes"], done["diff"]) == (checked["changes"], checked["diff"])
        assert len(place.machines()) == workers
        with place.bed.requests(place.namespace) as requests:
            again = place.scale(**wish)
        assert (again["changed"], again["changes"], requests.writes) == (False, [], [])
    assert numbered(place.objects()) == numbered(before), "nothing but numbers was changed"


def the_description_with_the_same_numbers_changes_nothing(place: Place) -> None:
    assert not place.scale(replicas=4)["failed"]
    with place.bed.requests(place.namespace) as requests:
        same = place.cluster(**place.described(4))
    assert (same["failed"], same["changed"], requests.writes) == (False, False, []), same


def the_chosen_machine_goes(place: Place) -> None:
    assert not place.scale(replicas=4)["failed"]
    before = place.machines()
    wish = {"replicas": 3, "pool": {"delete_machines": [before[1]]}}
    checked = place.scale("--check", **wish)
    assert checked["changes"][0]["machines"] == [before[1]], checked
    assert place.machines() == before
    done = place.scale(**wish)
    assert not done["failed"], done["msg"]
    assert place.machines() == [m for m in before if m != before[1]]
    assert place.scale(**wish)["changed"] is False


def to_zero_needs_the_name(place: Place) -> None:
    assert not place.scale(replicas=2)["failed"]
    with place.bed.requests(place.namespace) as requests:
        refused = place.scale(replicas=0)
    assert (refused["outcome"], requests.writes) == ("refused", [])
    assert f"set confirm: {place.name}" in refused["msg"]
    done = place.scale(replicas=0, confirm=place.name)
    assert (done["failed"], place.machines()) == (False, []), done
    back = place.scale(replicas=2)
    assert (back["failed"], len(place.machines())) == (False, 2), back


STEPS = (
    up_and_down,
    the_description_with_the_same_numbers_changes_nothing,
    the_chosen_machine_goes,
    to_zero_needs_the_name,
)


def travel(form: str, bed: Bed) -> dict[str, Exception | None]:
    """How each step went on a cluster that is made in this form."""
    with own_namespace(bed, f"j-s{form}") as namespace:
        place, found = Place(bed, form, namespace), {}
        made = place.cluster(**place.described(2))
        for step in STEPS:
            try:
                assert not made["failed"], made["msg"]
                step(place)
                found[step.__name__] = None
            except Exception as error:  # each step has a test that raises it
                found[step.__name__] = error
        return found


@pytest.mark.parametrize("capi_version", RELEASES if SOAK else RELEASES[:1], indirect=True)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("step", [step.__name__ for step in STEPS])
def test_numbers(beside: Callable[[str], dict[str, Exception | None]], form: str, step: str) -> None:
    error = beside(form)[step]
    if error:
        raise error


def objects_of_others_change_in_nothing_but_the_number(bed: Bed, namespace: str) -> None:
    """Made by kubectl in each API version; after us the field is ours, all other fields stay theirs."""
    for api_version in ("v1beta1", "v1beta2"):
        place = Place(bed, "classic", namespace)
        place.name = f"k-{api_version}"
        text = _rendered(bed, api_version, "j-x", 1).replace("c-x", place.name).replace("j-x", namespace)
        bed.kubectl("create", "-f", "-", text=text)
        ready = place.scale(replicas=1)
        assert not ready["failed"], ready["msg"]
    before = place.objects()
    for api_version in ("v1beta1", "v1beta2"):
        place.name = f"k-{api_version}"
        planes = {"control_plane": {"replicas": 3}} if api_version == "v1beta1" else {}
        done = place.scale(replicas=3, **planes)
        assert not done["failed"], done["msg"]
    assert numbered(place.objects()) == numbered(before)


def pools_of_a_topology_come_and_go(bed: Bed, namespace: str) -> None:
    place = Place(bed, "classy", namespace)
    place.name = "pools"
    wish = place.described(1)
    worker = {"class": "default-worker"}
    wish["topology"]["node_pools"] = [{"name": name, "replicas": 1, **worker} for name in ("md-9", "md-0")]
    assert not place.cluster(**wish)["failed"]
    pools = [
        {"name": "added", "replicas": 2, **worker},
        {"name": "auto", "autoscaler": {"min": 1, "max": 3}, **worker},
        {"name": "md-0", "replicas": 2},
        {"name": "md-9", "state": "absent"},
    ]
    checked = place.scale("--check", "--diff", node_pools=pools, confirm="pools")
    assert not checked["failed"], checked["msg"]
    done = place.scale("--diff", node_pools=pools, confirm="pools")
    assert not done["failed"], done["msg"]
    assert (checked["changes"], checked["diff"]) == (done["changes"], done["diff"])
    assert [c["action"] for c in done["changes"]] == ["add", "add", "scale", "remove"]
    topology = bed.objects("clusters", namespace)[0]["spec"]["topology"]["workers"]["machineDeployments"]
    assert [(p["name"], p.get("replicas")) for p in topology] == [("md-0", 2), ("added", 2), ("auto", None)]
    assert (len(place.machines("added")), place.machines("md-9")) == (2, [])
    with bed.requests(namespace) as requests:
        again = place.scale(node_pools=pools, confirm="pools")
    assert (again["failed"], again["changed"], requests.writes) == (False, False, []), again


def an_autoscaled_pool_takes_bounds_only(bed: Bed, namespace: str) -> None:
    place = Place(bed, "classic", namespace)
    place.name = namespace.replace("j-", "c-", 1)
    assert not place.cluster(**place.described(2))["failed"]
    bounded = {"node_pools": [{"name": "md-0", "autoscaler": {"min": 1, "max": 4}}]}
    done = place.scale(**bounded)
    assert (done["failed"], done["changed"]) == (False, True), done
    notes = bed.objects("machinedeployments", namespace)[0]["metadata"]["annotations"]
    assert (notes[f"{BOUND}min-size"], notes[f"{BOUND}max-size"]) == ("1", "4")
    with bed.requests(namespace) as requests:
        assert place.scale(**bounded)["changed"] is False
        refused = place.scale(replicas=3)
    assert "the autoscaler owns its number (between 1 and 4)" in refused["msg"]
    assert requests.writes == []


def asked_during_an_upgrade_of_the_control_plane(form: str, bed: Bed, namespace: str) -> None:
    """Cluster API lets new machines wait: that is said, and they come when the upgrade is over."""
    place = Place(bed, form, namespace)
    if form == "classy":
        place.name = "up"
    assert not place.cluster(**place.described(1))["failed"]
    upgraded = place.cluster(wait=False, **place.described(1, version="v1.35.6"))
    assert not upgraded["failed"], upgraded["msg"]
    done = place.scale(replicas=3)
    assert not done["failed"], done["msg"]
    assert "upgrade" in (done["changes"][0]["held_back"] or ""), done
    assert len(place.machines()) == 3
    plane = place.scale("--check", control_plane={"replicas": 3})
    assert not plane["failed"], plane["msg"]


def the_playbook_scales_one_cluster(bed: Bed, namespace: str) -> None:
    here = {"cluster_namespace": namespace}
    first = bed.play("create", **here)
    assert first.code == 0, first.output
    text = 'scale_node_pools=[{"name":"workers","replicas":4}]'
    checked = bed.play("scale", "--check", "--limit", "dev", "-e", text, **here)
    assert (checked.code, checked.recap["dev"]["changed"]) == (0, 1), checked.output
    assert "would scale node pool workers 2 -> 4" in checked.output
    done = bed.play("scale", "--limit", "dev", scale_node_pools=[{"name": "workers", "replicas": 4}], **here)
    assert (done.code, done.recap["dev"]["changed"]) == (0, 1), done.output
    assert "workers 4/4" in done.output
    refused = bed.play("scale", scale_node_pools=[{"name": "worker", "replicas": 4}], **here)
    assert refused.code != 0
    assert "did you mean 'workers'" in refused.output
    nothing = bed.play("scale", **here)
    assert nothing.code != 0
    assert "it asks for nothing" in nothing.output


CLUSTERS: dict[str, Callable[[Bed, str], None]] = {
    "objects of others": objects_of_others_change_in_nothing_but_the_number,
    "pools of a topology": pools_of_a_topology_come_and_go,
    "autoscaled": an_autoscaled_pool_takes_bounds_only,
    "in an upgrade, plain objects": partial(asked_during_an_upgrade_of_the_control_plane, "classic"),
    "in an upgrade, topology": partial(asked_during_an_upgrade_of_the_control_plane, "classy"),
    "playbook": the_playbook_scales_one_cluster,
}


def _in_a_namespace(number: int, name: str, bed: Bed) -> None:
    with own_namespace(bed, f"j-t{number}") as namespace:
        CLUSTERS[name](bed, namespace)


def cases(_release: str) -> Mapping[str, Case]:
    alone = {name: partial(_in_a_namespace, number, name) for number, name in enumerate(CLUSTERS)}
    return {**{form: partial(travel, form) for form in FORMS}, **alone}


@pytest.mark.parametrize("name", CLUSTERS)
def test_scaling(beside: Callable[[str], None], name: str) -> None:
    beside(name)
