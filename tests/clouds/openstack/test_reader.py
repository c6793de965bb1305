# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What openstacksdk makes of answers by the API references is what the checks read; refusals become what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._openstack_preflight import read_openstack_preflight
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from recorded import IMAGE, PROJECT, Recorded


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    server = Recorded()
    yield server
    server.stop()


def described(**own: Any) -> dict[str, Any]:
    machine = {"flavor": "m1.large", "root_volume_gib": 80, "server_group_id": "g-1"}
    return {
        "name": "dev",
        "kubernetes_version": "v1.36.3",
        "openstack": {"cloud": "", "image": {"name": IMAGE}, "ssh_key_name": "ops", "zones": ["az1"], **own},
        "control_plane": {"replicas": 3, **machine},
        "node_pools": [{"name": "workers", "replicas": 5, "flavor": "m1.large"}],
    }


def ask(cloud: Recorded, cluster: dict[str, Any], **auth: Any) -> dict[str, Any]:
    user = {"username": "ops", "password": "secret", "user_domain_id": "default"}
    where = {"auth_url": f"{cloud.url}/identity/v3", "project_id": PROJECT}
    params = {"clusters": [cluster], "skip_checks": [], "auth": {**where, **user, **auth}, "region_name": "one"}
    return dict(read_openstack_preflight(Session(None, lambda line: None, Clock()), params).values)


def loud(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(c["status"], c["id"]) for c in found["checks"] if c["status"] in ("fail", "warn", "unknown")]


def test_every_answer_is_understood(cloud: Recorded) -> None:
    """Free addresses are for admins, on most clouds."""
    cloud.refused.add("/network/v2.0/network-ip-availabilities")
    found = ask(cloud, described())
    assert loud(found) == [("unknown", "floating-addresses")]
    assert found["account"] == PROJECT
    told = {c["message"] for c in found["checks"]}
    assert {
        "1 instances in use, 9 more needed, the quota is 10",
        "4 cores in use, 36 more needed, the quota is 44",
        "8192 MiB of memory in use, 73728 more needed, the quota is 90112",
        "1 ports in use, 10 more needed, the quota is 20",
        "0 load balancers in use, 1 more needed, the quota is 2",
        "0 GiB of volumes in use, 240 more needed, the quota is 1000",
        f"{IMAGE} (i-1)",
    } <= told


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/compute/v2.1/flavors/detail", "flavors"),
        ("/image/v2/images", "image"),
        ("/compute/v2.1/os-keypairs", "key-pair"),
        ("/compute/v2.1/limits", "compute-quota"),
        (f"/network/v2.0/quotas/{PROJECT}/details", "network-quota"),
        ("/volume/v3/limits", "volumes"),
        ("/load-balancer/v2.0/lbaas/loadbalancers", "load-balancers"),
        ("/compute/v2.1/os-availability-zone", "zones"),
    ],
)
def test_what_may_not_be_read_is_unknown(cloud: Recorded, path: str, check: str) -> None:
    cloud.refused.add(path)
    found = ask(cloud, described())
    assert ("unknown", check) in loud(found)
    assert "fail" not in found["counts"]
    assert any("403" in c["message"] for c in found["checks"] if c["id"] == check)


def test_a_wrong_password_is_one_line(cloud: Recorded) -> None:
    found = ask(cloud, described(), password="other")
    assert loud(found)[0] == ("fail", "credentials")
    assert "401" in found["checks"][0]["message"]
    assert "other" not in str(found)


def test_a_service_that_is_not_there(cloud: Recorded) -> None:
    del cloud.services["load-balancer"]
    found = ask(cloud, described())
    assert ("fail", "services") in loud(found)


def test_a_server_that_is_silent_is_no_answer(cloud: Recorded) -> None:
    with pytest.raises(Unreachable, match="OpenStack gives no answer"):
        ask(cloud, described(), auth_url="http://127.0.0.1:9/identity/v3")


def test_a_cloud_that_no_file_knows(cloud: Recorded) -> None:
    params = {"clusters": [described(cloud="nowhere")], "skip_checks": [], "cloud": "nowhere"}
    with pytest.raises(InvalidInput, match="nowhere"):
        read_openstack_preflight(Session(None, lambda line: None, Clock()), params)
