# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_words import (
    certificates_of,
    cluster_of,
    flags_of,
    images_of,
    objects_of,
    server_of,
    tokens_of,
    version_of,
)
from fake_host import recording, stdout


def test_tokens_are_objects_one_after_the_other() -> None:
    first, second = tokens_of(stdout("token-list-1.35.4"))
    assert (first["id"], first["usages"]) == ("abcdef", ["authentication", "signing"])
    assert (second["usages"], second["description"]) == ([], "Proxy for managing TTL for the kubeadm-certs secret")


def test_a_token_is_never_shown_whole() -> None:
    assert "0123456789abcdef" not in str(tokens_of(stdout("token-list-1.35.4")))


def test_no_tokens_is_no_output() -> None:
    assert tokens_of(stdout("token-list-none")) == []


def test_what_is_no_json() -> None:
    with pytest.raises(Failed, match="no JSON"):
        objects_of('{"a": 1}\nWarning: x')


def test_certificates() -> None:
    found = {row["name"]: row for row in certificates_of(stdout("certs-1.36.3"))}
    assert (found["apiserver"]["days"], found["apiserver"]["ca"], found["apiserver"]["missing"]) == (364, "ca", False)
    assert found["ca"]["authority"]
    assert not found["etcd-peer"]["authority"]
    assert found["ca"]["days"] > 3600
    assert not found["apiserver"]["external"]


def test_a_certificate_that_is_missing_is_no_authority() -> None:
    """As super-admin.conf on all control planes but the one that began; kubeadm then names no authority of it."""
    told = {"certificates": [{"name": "super-admin.conf", "missing": True, "residualTime": 0}]}
    [row] = certificates_of(json.dumps(told))
    assert (row["missing"], row["authority"]) == (True, False)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (recording("version-short-1.36.3")["stdout"], "v1.36.3"),
        (recording("kubelet-version-1.36.3")["stdout"], "v1.36.3"),
        ("Kubernetes v1.37.0-rc.1", "v1.37.0-rc.1"),
        ("", ""),
    ],
)
def test_versions(text: str, version: str) -> None:
    assert version_of(text) == version


def test_images() -> None:
    images = images_of(stdout("images-list-1.36.3"))
    assert "registry.k8s.io/coredns/coredns:v1.14.2" in images
    assert len(images) == 7


def test_the_cluster_configuration() -> None:
    found = cluster_of(recording("kubeadm-config-1.36.3")["stdout_json"])
    assert found["kubernetes_version"] == "v1.36.3"
    assert found["endpoint"] == "api.bed.test:6443"
    assert (found["name"], found["pod_subnet"], found["service_subnet"]) == (
        "kubernetes",
        "10.244.0.0/16",
        "10.96.0.0/16",
    )


def test_a_cluster_without_a_configuration_yet() -> None:
    assert cluster_of({})["kubernetes_version"] == ""


def test_flags_of_a_manifest() -> None:
    text = "  - command:\n    - kube-apiserver\n    - --advertise-address=10.77.0.11\n    - --secure-port=6443\n"
    assert flags_of(text) == {"advertise-address": "10.77.0.11", "secure-port": "6443"}
    assert flags_of(None) == {}


def test_the_server_of_a_kubeconfig() -> None:
    assert (
        server_of(recording("cluster-info-server-1.36.3")["stdout_json"]["data"]["kubeconfig"])
        == "https://api.bed.test:6443"
    )
    assert server_of(None) == ""
