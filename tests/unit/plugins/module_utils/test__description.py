# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad descriptions, in words; what is completed; what is warned of. The schemas are those of the role."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _description_schema
from descriptions import CHECKOUT, ROLE, example, examples, judged, schema

_GONE = object()


def changed(name: str, path: str, value: Any) -> dict[str, Any]:
    """The example with one value set, or taken away; steps are keys, or numbers of a list."""
    found = copy.deepcopy(example(name))
    *steps, last = path.split(".")
    place: Any = found
    for step in steps:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is _GONE:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return found


BAD: dict[str, tuple[str, str, Any, str]] = {
    # name: example, path, value, finding
    "unknown key": (
        "aws",
        "cluster_node_pools.0.instance_typ",
        "x",
        "cluster_node_pools[workers].instance_typ: unknown; did you mean 'instance_type'?",
    ),
    "unknown key of the control plane": (
        "development",
        "cluster_control_plane.replica",
        3,
        "cluster_control_plane.replica: unknown; did you mean 'replicas'?",
    ),
    "key of another provider": ("aws", "cluster_control_plane.vm_size", "x", "cluster_control_plane.vm_size: unknown"),
    "missing key": (
        "aws",
        "cluster_aws.region",
        _GONE,
        "cluster_aws.region: missing; wanted is the region, such as us-east-1",
    ),
    "missing part": (
        "openstack",
        "cluster_openstack.image",
        _GONE,
        "cluster_openstack.image: missing; wanted is the image",
    ),
    "wrong type": (
        "aws",
        "cluster_control_plane.root_volume_gib",
        "big",
        "cluster_control_plane.root_volume_gib: 'big' is a text; wanted is a whole number: the size of the root volume",
    ),
    "a list for a map": (
        "azure",
        "cluster_azure.identity",
        ["x"],
        "cluster_azure.identity: ['x'] is a list; wanted is a map",
    ),
    "a pool for pools": (
        "aws",
        "cluster_node_pools",
        {"name": "x"},
        "cluster_node_pools: {'name': 'x'} is a map; wanted",
    ),
    "not a choice": (
        "aws",
        "cluster_aws.load_balancer.type",
        "nlbs",
        "cluster_aws.load_balancer.type: 'nlbs' is not one of nlb, classic, elb, alb; did you mean 'nlb'?",
    ),
    "too small": (
        "aws",
        "cluster_control_plane.root_volume_gib",
        4,
        "4 does not do; wanted is the size of the root volume",
    ),
    "one without the other": (
        "aws",
        "cluster_aws.private_subnets",
        _GONE,
        "cluster_aws.private_subnets: missing, and vpc_id is given; wanted is private subnets of your VPC",
    ),
    "no subnet": (
        "aws",
        "cluster_aws.private_subnets",
        ["vpc-1"],
        "cluster_aws.private_subnets[1]: 'vpc-1' does not do",
    ),
    "version without v": (
        "aws",
        "cluster_kubernetes_version",
        "1.35.4",
        "it must start with 'v', for example 'v1.35.4'",
    ),
    "version without patch": ("aws", "cluster_kubernetes_version", "v1.35", "it has no patch number"),
    "version as a number": (
        "aws",
        "cluster_kubernetes_version",
        1.35,
        "cluster_kubernetes_version: 1.35 is a number; wanted is a text: the version of Kubernetes",
    ),
    "no size": ("aws", "cluster_node_pools.0.replicas", _GONE, "neither replicas nor autoscale is given"),
    "two sizes": (
        "aws",
        "cluster_node_pools.0.autoscale",
        {"min": 1, "max": 3},
        "cluster_node_pools[workers].replicas: given beside autoscale, and the autoscaler owns the number",
    ),
    "bounds": (
        "aws_whole",
        "cluster_node_pools.0.autoscale",
        {"min": 5, "max": 3},
        "cluster_node_pools[general].autoscale: min 5 is more than max 3",
    ),
    "twin pools": (
        "metal3",
        "cluster_node_pools",
        [{"name": "a", "replicas": 1}, {"name": "a", "replicas": 2}],
        "cluster_node_pools[a]: 2 node pools have this name",
    ),
    "name of a pool": ("metal3", "cluster_node_pools.0.name", "Workers", "'Workers' does not do; wanted is the name"),
    "a zone that is none": (
        "aws",
        "cluster_node_pools.0.zones",
        ["us-east-1d"],
        "cluster_node_pools[workers].zones: the cluster is not in 'us-east-1d'; did you mean 'us-east-1",
    ),
    "three machines, one address": (
        "openstack_small",
        "cluster_control_plane.replicas",
        3,
        "3 does not do; wanted is 1 where api_load_balancer is none",
    ),
    "no fingerprint": ("vsphere", "cluster_vsphere.thumbprint", _GONE, "without one it would not be verified"),
    "credentials that are misspelt": (
        "vsphere",
        "cluster_credentials",
        {"username": "x", "pasword": "y"},
        "cluster_credentials.pasword: unknown; did you mean 'password'?",
    ),
    "half of the credentials": (
        "vsphere",
        "cluster_credentials",
        {"username": "x"},
        "password: missing, or empty, beside the others",
    ),
    "credentials of none": (
        "metal3",
        "cluster_credentials",
        {"a": "x"},
        "cluster_credentials.a: unknown: this provider",
    ),
    "addons": ("aws", "cluster_addons", "gitop", "cluster_addons: 'gitop' is neither gitops nor a list of manifests"),
    "no taint": (
        "aws",
        "cluster_node_pools.0.taints",
        [{"key": "a", "effect": "noschedule"}],
        "'noschedule' is not one of NoSchedule, PreferNoSchedule, NoExecute; did you mean 'NoSchedule'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_description_is_found(name: str) -> None:
    base, path, value, said = BAD[name]
    findings = judged(changed(base, path, value))["findings"]
    assert [line for line in findings if said in line], findings


def test_all_findings_at_once() -> None:
    found = changed("aws", "cluster_aws.regoin", "x")
    del found["cluster_aws"]["region"]
    found["cluster_kubernetes_version"] = "1.35"
    found["cluster_node_pools"] += [{"name": "b"}]
    places = [line.split(":")[0] for line in judged(found)["findings"]]
    assert set(places) == {
        "cluster_aws.regoin",
        "cluster_aws.region",
        "cluster_kubernetes_version",
        "cluster_node_pools[b].instance_type",
        "cluster_node_pools[b]",
    }


def test_texts_of_extra_variables_become_what_the_schema_wants() -> None:
    found = changed("aws", "cluster_node_pools.0.replicas", "5")
    found["cluster_aws"].update(bastion="yes", zones=None)
    found["cluster_labels"] = {"number": 7}
    description = judged(found)["description"]
    assert [pool["replicas"] for pool in description["cluster_node_pools"]] == [3, 2]
    assert description["cluster_aws"]["bastion"] is True
    assert description["cluster_labels"] == {"number": "7"}


SPREAD: dict[str, tuple[Mapping[str, Any], list[tuple[str, Any]]]] = {
    "over zones": ({"replicas": 5}, [("workers-us-east-1a", 3), ("workers-us-east-1b", 2)]),
    "fewer than zones": ({"replicas": 1}, [("workers-us-east-1a", 1), ("workers-us-east-1b", 0)]),
    "one zone": ({"replicas": 5, "zones": ["us-east-1b"]}, [("workers-us-east-1b", 5)]),
    "autoscaled": (
        {"autoscale": {"min": 1, "max": 7}},
        [("workers-us-east-1a", {"min": 1, "max": 4}), ("workers-us-east-1b", {"min": 0, "max": 3})],
    ),
}


@pytest.mark.parametrize("name", SPREAD)
def test_node_pools_are_spread(name: str) -> None:
    pool, wanted = SPREAD[name]
    found = judged(changed("aws", "cluster_node_pools.0", {"name": "workers", "instance_type": "m6i.large", **pool}))
    pools = found["description"]["cluster_node_pools"]
    assert [(p["name"], p.get("replicas", p.get("autoscale"))) for p in pools] == wanted
    subnets = {"us-east-1a": "subnet-0aaaaaaaaaaaaaaa1", "us-east-1b": "subnet-0bbbbbbbbbbbbbbb2"}
    assert [p["subnet"] for p in pools] == [subnets[p["zone"]] for p in pools]


def test_a_subnet_without_its_zone_gives_the_name() -> None:
    found = judged(changed("aws", "cluster_aws.private_subnets", ["subnet-0aa", "subnet-0bb"]))["description"]
    assert [(p["name"], p["subnet"]) for p in found["cluster_node_pools"]] == [
        ("workers-0aa", "subnet-0aa"),
        ("workers-0bb", "subnet-0bb"),
    ]


WARNED: dict[str, tuple[str, str, Any, str]] = {
    "uneven zones": ("aws", "cluster_control_plane.replicas", 3, "3 machines over 2 zones are 2+1"),
    "no zones": (
        "openstack",
        "cluster_openstack.dns",
        [],
        "no zones are known, so all machines of workers may come into one",
    ),
    "nothing of addons": (
        "aws",
        "cluster_addons",
        [],
        "nothing is said of a network plugin (CNI) and the cloud controller",
    ),
}
QUIET: dict[str, tuple[str, str, Any]] = {
    "even zones": ("openstack_whole", "cluster_addons", "gitops"),
    "one machine": ("aws", "cluster_control_plane.replicas", 1),
    "gitops": ("metal3", "cluster_addons", "gitops"),
    "machines in memory": ("development", "cluster_addons", []),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_allowed_and_hurts_is_said(name: str) -> None:
    base, path, value, said = WARNED[name]
    assert [line for line in judged(changed(base, path, value))["warnings"] if said in line]


@pytest.mark.parametrize("name", QUIET)
def test_what_is_well_is_not(name: str) -> None:
    base, path, value = QUIET[name]
    found = judged({"cluster_addons": "gitops", **changed(base, path, value)})
    assert found["warnings"] == []


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_description_schema, "Draft202012Validator", None)
    assert "pip install 'jsonschema>=4.0'" in judged(example("aws"))["findings"][0]


def test_every_schema_has_an_example_and_every_key_of_it_a_description() -> None:
    flavored = {path.stem for path in (ROLE / "files/schemas").glob("*.json")} - {"shared"}
    assert flavored == {
        "-".join(filter(None, (e["cluster_provider"], e.get("cluster_flavor")))) for e in map(example, examples())
    }
    for name in flavored:
        root = schema(name)
        assert [path for path, part in parts(root, root) if not part.get("description")] == []


@pytest.mark.parametrize(
    "provider", sorted({example(name)["cluster_provider"] for name in examples()} - {"development"})
)
def test_the_page_of_a_provider_has_every_key(provider: str) -> None:
    page = (CHECKOUT / f"docs/provider-{provider}.md").read_text()
    for path in (ROLE / "files/schemas").glob(f"{provider}*.json"):
        root = schema(path.stem)
        keys = {place.split(".", 2)[2] for place, _part in parts(root, root) if place.count(".") > 1}
        common = {
            "pods",
            "services",
            "name",
            "replicas",
            "autoscale",
            "autoscale.min",
            "autoscale.max",
            "labels",
            "zones",
        }
        common |= {
            "taints",
            "taints.key",
            "taints.value",
            "taints.effect",
            "private_subnets.id",
            "private_subnets.zone",
        }
        common |= {"public_subnets.id", "public_subnets.zone"}
        assert sorted(key for key in keys - common if f"`{key}`" not in page) == []


def parts(root: Mapping[str, Any], part: Mapping[str, Any], path: str = "") -> list[tuple[str, Mapping[str, Any]]]:
    """Every property below, with what its $ref names."""
    part = _description_schema._resolved(part, root)
    found = []
    for key, below in part.get("properties", {}).items():
        place = f"{path}.{key}"
        found += [(place, _description_schema._resolved(below, root)), *parts(root, below, place)]
    return found + (parts(root, part["items"], path) if "items" in part else [])
