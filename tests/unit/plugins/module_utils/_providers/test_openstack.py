# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of OpenStack on what its services answer: what is wrong turns exactly one line, with the right remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._openstack_preflight import judged
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.answers import NoAnswer
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.openstack import CHECKS
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.openstack_checks import OpenStackGround
from ansible_collections.capi.lifecycle.plugins.module_utils._providers.openstack_needs import openstack_wishes

PAGE = (Path(__file__).resolve().parents[5] / "docs/preflight.md").read_text(encoding="utf-8")
NO = NoAnswer("x", "403", "Policy doesn't allow it to be performed")
IMAGE = "ubuntu-2404-kube-v1.36.3"


def described(name: str = "dev", **own: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kubernetes_version": "v1.36.3",
        "openstack": {"cloud": "c", "ssh_key_name": "ops", "image": {"name": IMAGE}, **own},
        "control_plane": {"replicas": 3, "flavor": "m1.large"},
        "node_pools": [{"name": "workers", "replicas": 5, "flavor": "m1.large"}],
    }


def quota(limit: int, used: int = 0) -> dict[str, int]:
    return {"limit": limit, "used": used, "reserved": 0}


def flavor(name: str, vcpus: int, ram: int, disk: int = 40) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "vcpus": vcpus, "ram": ram, "disk": disk}


def answers() -> dict[str, Any]:
    """A project where everything is well for one cluster of 3 + 5."""
    return {
        "who": {"project": "p", "user": "u"},
        "services": ["compute", "image", "network", "block-storage", "load-balancer"],
        "microversion": "2.96",
        "flavors": [flavor("m1.large", 4, 8192), flavor("m1.tiny", 1, 512, 1), flavor("small", 2, 4096, 10)],
        f"images '{IMAGE}'": [image("1")],
        "keys": [{"name": "ops"}],
        "limits": {
            "instances": 10,
            "instances_used": 0,
            "total_cores": 40,
            "total_cores_used": 0,
            "total_ram": 81920,
            "total_ram_used": 0,
        },
        "servers": [],
        "networks": [{"name": "other"}],
        "external": [{"id": "ext-1", "name": "public"}],
        "availability": [{"network_id": "ext-1", "total_ips": 10, "used_ips": 9}],
        "network_quota": {
            **{k: quota(5) for k in ("networks", "subnets", "routers", "floating_ips", "security_groups")},
            "ports": quota(11),
            "security_group_rules": quota(100),
        },
        "balancers": [],
        "balancer_quota": {"load_balancers": 1},
        "volume_limits": {
            "max_total_volumes": 10,
            "total_volumes_used": 0,
            "max_total_volume_gigabytes": 1000,
            "total_gigabytes_used": 0,
        },
        "zones": [{"name": "nova"}],
        "server_groups": [{"id": "g-1", "name": "spread"}],
    }


def image(number: str, **more: Any) -> dict[str, Any]:
    return {"id": f"i-{number}", "name": IMAGE, "status": "active", "min_disk": 20, "min_ram": 2048, **more}


def ask(told: dict[str, Any], *clusters: dict[str, Any], skip: tuple[str, ...] = ()) -> list[Any]:
    return judged(OpenStackGround("c", openstack_wishes(list(clusters), "c"), told), list(skip))


def loud(found: list[Any]) -> list[tuple[str, str]]:
    return [(c.status, c.id) for c in found if c.status != "ok"]


def test_a_good_description_is_good_in_every_line() -> None:
    assert loud(ask(answers(), described())) == []


def test_the_documentation_has_this_table() -> None:
    section = PAGE.partition("## OpenStack")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c.id}` | {c.severity} | {c.what} | {c.remedy} |" for c in CHECKS]


Change = Callable[[dict[str, Any], dict[str, Any]], Any]  # of the answers, or of the description
VOLUMES = {"flavor": "m1.large", "root_volume_gib": 80}
CASES: dict[str, tuple[Change, str, str, str]] = {
    "no such flavor": (
        lambda a, d: d["node_pools"][0].update(flavor="m1.largo"),
        "fail",
        "flavors",
        "There is no flavor 'm1.largo'; did you mean 'm1.large'?",
    ),
    "a control plane too small for kubeadm": (
        lambda a, d: (
            d["control_plane"].update(flavor="m1.tiny"),
            a[f"images '{IMAGE}'"][0].update(min_disk=0, min_ram=0),
        ),
        "fail",
        "flavors",
        "The flavor m1.tiny has 1 vCPUs and 512 MiB",
    ),
    "no image": (
        lambda a, d: a[f"images '{IMAGE}'"].clear(),
        "fail",
        "image",
        f"0 images are '{IMAGE}'; there must be exactly one.",
    ),
    "two images": (
        lambda a, d: a[f"images '{IMAGE}'"].append(image("2")),
        "fail",
        "image",
        f"2 images are '{IMAGE}' (i-1, i-2); there must be exactly one.",
    ),
    "an image that is not active": (
        lambda a, d: a[f"images '{IMAGE}'"][0].update(status="queued"),
        "fail",
        "image",
        f"The image {IMAGE} (i-1) is queued, and not active.",
    ),
    "a disk too small for the image": (
        lambda a, d: d["node_pools"][0].update(flavor="small"),
        "fail",
        "image",
        f"dev: node pool workers has 10 GiB of disk, and the image {IMAGE} needs 20.",
    ),
    "an image of another version": (
        lambda a, d: d.update(kubernetes_version="v1.37.0"),
        "warn",
        "image-version",
        f"dev shall have v1.37.0, and its image is '{IMAGE}', which does not say 1.37.",
    ),
    "no key pair": (
        lambda a, d: d["openstack"].update(ssh_key_name="opps"),
        "fail",
        "key-pair",
        "The user of these credentials has no key pair 'opps'; did you mean 'ops'?",
    ),
    "too few cores": (
        lambda a, d: a["limits"].update(total_cores=39),
        "fail",
        "compute-quota",
        "0 cores in use, 40 more needed, the quota is 39.",
    ),
    "too few instances": (
        lambda a, d: a["limits"].update(instances_used=1),
        "fail",
        "compute-quota",
        "1 instances in use, 10 more needed, the quota is 10.",
    ),
    "too little memory": (
        lambda a, d: a["limits"].update(total_ram=81919),
        "fail",
        "compute-quota",
        "0 MiB of memory in use, 81920 more needed, the quota is 81919.",
    ),
    "too few ports": (
        lambda a, d: a["network_quota"].update(ports=quota(10)),
        "fail",
        "network-quota",
        "0 ports in use, 11 more needed, the quota is 10.",
    ),
    "no router left": (
        lambda a, d: a["network_quota"].update(routers=quota(5, 5)),
        "fail",
        "network-quota",
        "5 routers in use, 1 more needed, the quota is 5.",
    ),
    "too few rules of security groups, about": (
        lambda a, d: a["network_quota"].update(security_group_rules=quota(20)),
        "warn",
        "network-quota",
        "0 security group rules in use, 30 more needed, the quota is 20.",
    ),
    "an external network that is not there": (
        lambda a, d: d["openstack"].update(external_network_id="ext-9"),
        "fail",
        "external-network",
        "There is no external network ext-9; there are ext-1.",
    ),
    "two external networks, and none is named": (
        lambda a, d: a["external"].append({"id": "ext-2", "name": "more"}),
        "fail",
        "external-network",
        "There are 2 external networks (public (ext-1), more (ext-2)), and none is named.",
    ),
    "no external network": (
        lambda a, d: a["external"].clear(),
        "warn",
        "external-network",
        "There is no external network: the clusters are reached from inside alone.",
    ),
    "no free address": (
        lambda a, d: a["availability"][0].update(used_ips=10),
        "fail",
        "floating-addresses",
        "The external network ext-1 has 0 free addresses, 1 are needed.",
    ),
    "free addresses that are for admins": (
        lambda a, d: a.update(availability=NO),
        "unknown",
        "floating-addresses",
        "How many addresses of ext-1 are free is not known: x was answered by 403",
    ),
    "no Octavia": (
        lambda a, d: a["services"].remove("load-balancer"),
        "fail",
        "services",
        "The catalogue has no load-balancer service in this region",
    ),
    "no load balancer left": (
        lambda a, d: a["balancer_quota"].update(load_balancers=0),
        "fail",
        "load-balancers",
        "0 load balancers in use, 1 more needed, the quota is 0.",
    ),
    "too few volumes": (
        lambda a, d: (d["control_plane"].update(VOLUMES), a["volume_limits"].update(max_total_volumes=3)),
        "fail",
        "volumes",
        "0 volumes in use, 4 more needed, the quota is 3.",
    ),
    "too small volumes in all": (
        lambda a, d: (d["control_plane"].update(VOLUMES), a["volume_limits"].update(max_total_volume_gigabytes=319)),
        "fail",
        "volumes",
        "0 GiB of volumes in use, 320 more needed, the quota is 319.",
    ),
    "a zone that is not there": (
        lambda a, d: d["node_pools"][0].update(zones=["nowa"]),
        "fail",
        "zones",
        "There is no availability zone 'nowa'; did you mean 'nova'? (there are nova).",
    ),
    "a server group that is not there": (
        lambda a, d: d["node_pools"][0].update(server_group_id="g-9"),
        "warn",
        "server-groups",
        "There is no server group 'g-9'.",
    ),
    "a Nova that is too old": (
        lambda a, d: a.update(microversion="2.53"),
        "fail",
        "microversion",
        "Nova has the microversion 2.53, and the provider needs 2.60.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_turns_one_line(case: str) -> None:
    change, status, check, message = CASES[case]
    told, cluster = answers(), described()
    change(told, cluster)
    found = ask(told, cluster)
    assert loud(found) == [(status, check)]
    line = next(c for c in found if c.status == status)
    assert message in line.message
    assert bool(line.remedy) == (status != "unknown")


def test_a_given_network_needs_no_other() -> None:
    told = answers()
    told["network_quota"] |= {k: quota(1, 1) for k in ("networks", "subnets", "routers")}
    assert loud(ask(told, described())) == [("fail", "network-quota")] * 3
    assert loud(ask(told, described(network_id="n-1", subnet_id="s-1"))) == []


def test_without_octavia_nothing_is_asked_of_it() -> None:
    told = answers()
    told["services"].remove("load-balancer")
    told["balancer_quota"] = NO
    assert loud(ask(told, described(api_load_balancer="none"))) == []


def test_without_a_quota_nothing_is_too_much() -> None:
    told = answers()
    told["limits"] |= {"total_cores": -1, "total_cores_used": 9999}
    found = ask(told, described())
    assert "9999 cores in use, 40 more needed, without a quota" in [c.message for c in found]


def test_what_a_cluster_has_is_not_needed_once_more() -> None:
    """By the names of its servers and of its network; flavors are told whole, or by id."""
    told = answers()
    told["limits"] |= {"instances_used": 8, "total_cores_used": 32, "total_ram_used": 65536}
    kinds = [{"vcpus": 4, "ram": 8192}, {"id": "id-m1.large"}]
    told["servers"] = [{"name": f"dev-{n}", "flavor": kinds[n % 2]} for n in range(8)]
    told["networks"] = [{"name": "k8s-clusterapi-cluster-default-dev"}]
    told["network_quota"] |= {"ports": quota(12, 10), "routers": quota(1, 1)}
    told["availability"][0]["used_ips"] = 10
    found = ask(told, described())
    assert loud(found) == []
    assert "32 cores in use, 8 more needed, the quota is 40" in [c.message for c in found]
    assert loud(ask(told, described("other")))[0] == ("fail", "compute-quota")


def test_a_right_that_is_missing_is_unknown_and_never_good() -> None:
    told = dict.fromkeys(answers(), NO) | {"who": {"project": "p", "user": "u"}}
    cluster = described()
    cluster["control_plane"].update(VOLUMES, zones=["nova"], server_group_id="g-1")
    found = {c.id: c.status for c in ask(told, cluster)}
    known_without = {"credentials": "ok", "image-version": "ok"}
    assert found == {c.id: known_without.get(c.id, "unknown") for c in CHECKS}


def test_credentials_that_are_refused_say_so_once() -> None:
    found = ask({"who": NoAnswer("who", "401", "The request you have made requires authentication.")}, described())
    assert loud(found)[0] == ("fail", "credentials")
    assert {status for status, _id in loud(found)[1:]} == {"unknown"}


def test_ids_of_other_clouds_are_skipped_ids_of_none_are_refused() -> None:
    assert loud(ask(answers(), described(), skip=("vcpus",))) == []
    with pytest.raises(InvalidInput, match="did you mean 'key-pair'"):
        ask(answers(), described(), skip=("keypair",))


def test_descriptions_that_cannot_be_read_are_refused_at_once() -> None:
    bad = {
        **described(),
        "openstack": {"cloud": "d", "api_load_balancer": "octavio"},
        "control_plane": {"replicas": "3"},
    }
    with pytest.raises(InvalidInput) as caught:
        openstack_wishes([bad], "c")
    assert caught.value.details["findings"] == [
        "dev: replicas is '3', wanted is a number",
        "dev: openstack.cloud is 'd', and the task asks 'c'; wanted is one task a cloud",
        "dev: openstack.api_load_balancer is 'octavio'; did you mean 'octavia'? (there are octavia, none)",
        "dev: openstack.image is missing; wanted is a map with id, or with name or tags",
        "dev: control plane has no flavor",
    ]
