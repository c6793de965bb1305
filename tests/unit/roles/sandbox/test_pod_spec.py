# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod template means for a process on this machine."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from deployments import deployment
from sandbox import pod_spec

PORTS = pod_spec.PodPorts(16394)
CERTS = "/tmp/k8s-webhook-server/serving-certs"
MOUNTS = {CERTS: "/home/u/pods/capi/cert", "/etc/capi": "/home/u/pods/capi/more"}
OWN = ["--diagnostics-address=127.0.0.1:16395", "--health-addr=127.0.0.1:16394"]
WEBHOOK = ["--webhook-port=16396", "--webhook-cert-dir=/home/u/pods/capi/cert"]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("registry.k8s.io/cluster-api/core:v1.14.2", "core:v1.14.2"),
        ("localhost:5000/team/aws:v2", "aws:v2"),
        ("aws:v2", "aws:v2"),
        ("quay.io/x/y:v1@sha256:abc", "y:v1"),
    ],
)
def test_image_name(image: str, name: str) -> None:
    assert pod_spec.image_name(image) == name


@pytest.mark.parametrize(
    ("container", "arguments"),
    [
        pytest.param({}, [*OWN, *WEBHOOK], id="nothing given"),
        pytest.param({"args": ["--v=4"]}, ["--v=4", *OWN, *WEBHOOK], id="what is given stays"),
        pytest.param(
            {"args": ["--leader-elect", "--health-addr=:9440", "--webhook-port=9443", "--diagnostics-address=:8443"]},
            [*OWN, *WEBHOOK],
            id="addresses are replaced, no election",
        ),
        pytest.param(
            {"args": ["--leader-elect-lease=15s"]}, ["--leader-elect-lease=15s", *OWN, *WEBHOOK], id="a namesake"
        ),
        pytest.param(
            {"command": ["/manager", "--a=1"], "args": ["--b"]}, ["--a=1", "--b", *OWN, *WEBHOOK], id="command"
        ),
        pytest.param(
            {"args": ["--namespace=$(NS)", "--other=$(UNSET)"]},
            ["--namespace=capi-system", "--other=$(UNSET)", *OWN, *WEBHOOK],
            id="variables, and those that nobody set",
        ),
        pytest.param(
            {"args": ["--config=/etc/capi/c.yaml", "--log=/etc/capied"]},
            ["--config=/home/u/pods/capi/more/c.yaml", "--log=/etc/capied", *OWN, *WEBHOOK],
            id="paths in mounted folders",
        ),
        pytest.param({"args": ["--a"], "readinessProbe": None}, ["--a"], id="without a probe it is no manager"),
    ],
)
def test_arguments(container: dict[str, Any], arguments: list[str]) -> None:
    assert pod_spec.arguments_of(deployment(**container), PORTS, MOUNTS, {"NS": "capi-system"}) == arguments


def test_a_manager_without_certificates_has_no_webhooks() -> None:
    assert pod_spec.arguments_of(deployment(), PORTS, {}, {}) == OWN


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        pytest.param({"value": "1"}, "1", id="a value"),
        pytest.param({}, "", id="none"),
        pytest.param({"value": "/etc/capi/credentials"}, "/home/u/pods/capi/more/credentials", id="a mounted path"),
        pytest.param({"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}, "capi-system", id="namespace"),
        pytest.param({"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, "capi-core-0", id="name"),
        pytest.param({"valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}, "u-1", id="uid"),
        pytest.param({"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}, "127.0.0.1", id="address"),
        pytest.param(
            {"valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}}, "capi-manager", id="account"
        ),
    ],
)
def test_environment(entry: dict[str, Any], value: str) -> None:
    found = pod_spec.environment_of(deployment(env=[{"name": "X", **entry}]), MOUNTS)
    assert found == {"X": value}


def test_only_mounted_secrets_count() -> None:
    mounts = [
        {"name": "cert", "mountPath": CERTS},
        {"name": "more", "mountPath": "/etc/capi/"},
        {"name": "scratch", "mountPath": "/tmp"},
    ]
    assert pod_spec.secret_volumes(deployment(volumeMounts=mounts)) == [
        ("cert", "capi-webhook-cert", CERTS, False),
        ("more", "capi-more", "/etc/capi", True),
    ]
    assert pod_spec.secret_volumes(deployment(volumeMounts=None)) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/etc/capi", "/new"),
        ("--a=/etc/capi/x", "--a=/new/x"),
        ("/etc/capi2", "/etc/capi2"),
        ("/other/etc/capi", "/other/etc/capi"),
        ("", ""),
    ],
)
def test_relocated(text: str, wanted: str) -> None:
    assert pod_spec.relocated(text, {"/etc/capi": "/new"}) == wanted


def test_a_folder_is_taken_literally() -> None:
    assert pod_spec.relocated("/etc/capi/x", {"/etc/capi": r"/a\1b"}) == r"/a\1b/x"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param(deployment(1), 1, id="one"),
        pytest.param(deployment(3), 1, id="one process, however many replicas"),
        pytest.param(deployment(0), 0, id="scaled to none"),
        pytest.param(deployment(None), 1, id="the API's default"),
        pytest.param(deployment(1, deleted=True), 0, id="being deleted"),
    ],
)
def test_replicas(given: dict[str, Any], wanted: int) -> None:
    assert pod_spec.replicas_of(given) == wanted


class TestFingerprint:
    """Replaced are processes whose template or program changed, and no others."""

    COMMAND = ("/bin/core",)

    def test_scaling_and_labels_do_not_replace(self) -> None:
        other = copy.deepcopy(deployment(3))
        other["metadata"]["labels"] = {"new": "label"}
        other["metadata"]["generation"] = 9
        assert pod_spec.fingerprint(deployment(), self.COMMAND) == pod_spec.fingerprint(other, self.COMMAND)

    @pytest.mark.parametrize(
        ("container", "command"),
        [
            pytest.param({"args": ["--v=5"]}, ("/bin/core",), id="arguments"),
            pytest.param({"env": [{"name": "A", "value": "1"}]}, ("/bin/core",), id="environment"),
            pytest.param({"image": "core:v1.14.3"}, ("/bin/core",), id="image"),
            pytest.param({}, ("/bin/other",), id="program"),
        ],
    )
    def test_these_do(self, container: dict[str, Any], command: tuple[str, ...]) -> None:
        assert pod_spec.fingerprint(deployment(), self.COMMAND) != pod_spec.fingerprint(
            deployment(**container), command
        )


@pytest.mark.parametrize(
    ("container", "pod", "found"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({}, {"initContainers": [{"name": "wait"}]}, ["container wait"], id="another container"),
        pytest.param(
            {"volumeMounts": [{"name": "docker", "mountPath": "/run/docker.sock"}]},
            {"volumes": [{"name": "docker", "hostPath": {}}, {"name": "unused", "hostPath": {}}]},
            ["volume docker"],
            id="a folder of the node",
        ),
        pytest.param(
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}, {"name": "B", "value": "1"}]},
            {},
            ["variable A"],
            id="a variable from a Secret",
        ),
        pytest.param({"envFrom": [{"secretRef": {}}]}, {}, ["envFrom"], id="all variables of a Secret"),
    ],
)
def test_what_has_no_meaning_here_is_told(container: dict[str, Any], pod: dict[str, Any], found: list[str]) -> None:
    given = deployment(**container)
    given["spec"]["template"]["spec"].update(pod)
    assert pod_spec.left_out(given) == found


def test_the_manager_is_found_among_sidecars() -> None:
    several = deployment()
    containers = several["spec"]["template"]["spec"]["containers"]
    containers.insert(0, {"name": "kube-rbac-proxy", "image": "proxy:v1"})
    assert pod_spec.container_of(several)["name"] == "manager"
    containers.pop()
    assert pod_spec.container_of(several)["name"] == "kube-rbac-proxy"
