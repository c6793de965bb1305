# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clusterctl is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_config import (
    config_document,
    kubeconfig_source,
    local_folder,
    read_config,
    series_contract,
    variables_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._provider_plan import Provider
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version

CORE = Provider("cluster-api", "core", "v1.14.2")


def test_options_come_on_top_of_the_base() -> None:
    base = {
        "providers": [{"name": "cluster-api", "type": "CoreProvider", "url": "file:///old/v1/core.yaml"}],
        "cert-manager": {"url": "file:///cm.yaml", "version": "v1"},
        "A": "base",
    }
    params = {
        "variables": {"A": True, "B": 3},
        "secret_variables": {"C": "hidden"},
        "images": {"all": {"repository": "mirror"}},
        "overrides_folder": "/overrides",
        "cert_manager": {"version": "v2", "url": None, "timeout": None, "externally_provisioned": True},
    }
    new = Provider("cluster-api", "core", "v1.14.2", url="https://mirror/core.yaml")
    assert config_document(params, base, [new]) == {
        "providers": [{"name": "cluster-api", "type": "CoreProvider", "url": "https://mirror/core.yaml"}],
        "cert-manager": {"url": "file:///cm.yaml", "version": "v2", "externallyProvisioned": True},
        "images": {"all": {"repository": "mirror"}},
        "overridesFolder": "/overrides",
        "A": "true",
        "B": "3",
        "C": "hidden",
    }


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"variables": {"A-B": "x"}}, "'A-B'"),
        ({"variables": {"A": {"b": "canary"}}}, "variable A must be a text"),
        ({"variables": {"A": "x"}, "secret_variables": {"A": "canary"}}, "A is in variables and in secret_variables"),
        ({"secret_variables": {"A": ["canary"]}}, "variable A must be"),
    ],
)
def test_bad_variables(params: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput) as error:
        variables_of(params)
    assert word in str(error.value)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(("text", "word"), [("a: [", "not valid YAML (line"), ("- a", "keys and values")])
def test_bad_base(text: str, word: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_config(text, "/x/clusterctl.yaml")
    assert word in str(error.value)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///repo/cluster-api/v1.14.2/core-components.yaml", "/repo/cluster-api"),
        ("/repo/cluster-api/v1.14.2/core-components.yaml", "/repo/cluster-api"),
        ("https://github.com/x/releases/latest/core-components.yaml", ""),
    ],
)
def test_local_repositories(url: str, folder: str) -> None:
    document = {"providers": [{"name": "cluster-api", "type": "CoreProvider", "url": url}]}
    assert local_folder(document, CORE) == folder
    assert local_folder({}, CORE) == ""


def test_contract_of_a_series() -> None:
    metadata = "releaseSeries:\n- {major: 2, minor: 9, contract: v1beta2}\n- {major: 2, minor: 8, contract: v1beta1}\n"
    assert series_contract(metadata, parse_version("v2.8.3")) == "v1beta1"
    assert series_contract(metadata, parse_version("v3.0.0")) == ""
    assert series_contract("a: [", parse_version("v2.8.3")) == ""


def test_kubeconfig_by_path_from_option_and_environment() -> None:
    assert kubeconfig_source({"kubeconfig": "/a"}, {"K8S_AUTH_KUBECONFIG": "/b"}).path == "/a"
    assert kubeconfig_source({}, {"K8S_AUTH_KUBECONFIG": "/b", "K8S_AUTH_CONTEXT": "c"}).context == "c"
    assert kubeconfig_source({}, {"KUBECONFIG": "/c:/d"}).path == "/c:/d"


def test_kubeconfig_as_a_document() -> None:
    found = kubeconfig_source({"kubeconfig": {"kind": "Config"}, "context": "c"}, {})
    assert (found.document, found.context, found.path) == ({"kind": "Config"}, "c", "")


def test_single_options_make_a_kubeconfig() -> None:
    params = {"host": "https://h:6443", "api_key": "t", "validate_certs": False, "impersonate_groups": ["g"]}
    document = kubeconfig_source(params, {}).document
    assert document
    assert document["clusters"][0]["cluster"] == {"server": "https://h:6443", "insecure-skip-tls-verify": True}
    assert document["users"][0]["user"] == {"token": "t", "as-groups": ["g"]}


def test_single_options_go_over_a_kubeconfig(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    cluster = {"server": "https://old", "certificate-authority": "ca.crt"}
    content = {
        "clusters": [{"name": "x", "cluster": cluster}],
        "users": [{"name": "x", "user": {"client-certificate": "/abs.crt"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    file.write_text(json.dumps(content))
    document = kubeconfig_source({"kubeconfig": str(file), "host": "https://new"}, {}).document
    assert document
    assert document["clusters"][0]["cluster"] == {
        "server": "https://new",
        "certificate-authority": str(tmp_path / "ca.crt"),
    }
    assert document["users"][0]["user"] == {"client-certificate": "/abs.crt"}
