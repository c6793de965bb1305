# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the control plane: on loopback, on the sandbox's own ports, with keys from its own folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sandbox import control_plane
from sandbox.layout import layout_of
from sandbox.ports import Ports

PORTS = Ports(16384)
LAYOUT = layout_of("a", Path("/sandboxes"), Path("/cache"))
COMMANDS = control_plane.commands(Path("/cache/bin"), LAYOUT, PORTS)


@pytest.mark.parametrize("name", COMMANDS)
def test_programs_come_from_the_cache_and_files_from_the_sandbox(name: str) -> None:
    program, *flags = COMMANDS[name]
    assert program == f"/cache/bin/{name}"
    paths = [flag.partition("=")[2] for flag in flags if "=/" in flag]
    assert paths
    assert all(path.startswith("/sandboxes/a/") for path in paths)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_listens_outside_of_loopback(name: str) -> None:
    addresses = re.findall(r"https://([\d.]+):(\d+)", " ".join(COMMANDS[name]))
    assert {host for host, _port in addresses} <= {"127.0.0.1"}
    assert {int(port) for _host, port in addresses} <= {PORTS.etcd, PORTS.etcd_peer}


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        pytest.param("etcd", "--client-cert-auth", id="nobody reads etcd without a certificate"),
        pytest.param("kube-apiserver", "--bind-address=127.0.0.1", id="loopback"),
        pytest.param("kube-apiserver", "--allow-privileged=true", id="the Docker provider's Deployment asks for it"),
        pytest.param("kube-apiserver", "--enable-aggregator-routing=true", id="webhooks by EndpointSlice"),
        pytest.param("kube-apiserver", "--authorization-mode=RBAC", id="providers have their own rights"),
        pytest.param(
            "kube-controller-manager", "--use-service-account-credentials=true", id="or namespaces never finish"
        ),
        pytest.param("kube-controller-manager", "--secure-port=0", id="serves nothing"),
    ],
)
def test_flags_that_matter(name: str, flag: str) -> None:
    assert flag in COMMANDS[name]


def test_webhooks_are_reached_through_the_pod_runner() -> None:
    [selection] = control_plane.egress_selector(LAYOUT)["egressSelections"]
    assert selection["connection"]["transport"]["uds"]["udsName"] == "webhooks.sock"


def test_only_requests_of_the_admin_are_audited() -> None:
    rules = control_plane.AUDIT_POLICY["rules"]
    assert rules == [{"level": "Metadata", "users": ["sandbox-admin"]}, {"level": "None"}]


@pytest.mark.parametrize(
    ("log", "cause"), [("E1 starting\nE1 bind: address already in use\n", "bind: address"), ("", "its log is empty")]
)
def test_a_failure_names_cause_log_and_next_step(log: str, cause: str, tmp_path: Path) -> None:
    layout = layout_of("a", tmp_path, None)
    layout.logs.mkdir(parents=True)
    (layout.logs / "etcd.log").write_text(log)
    message = control_plane.failure(layout, "etcd", "ended while the API server was starting")
    assert "etcd of sandbox 'a' ended while the API server was starting: " in message
    assert cause in message
    assert f"The whole log is {layout.logs}/etcd.log; if its data are damaged, remove the sandbox" in message
