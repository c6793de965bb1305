# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clusterctl says, in our words."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_words import error_of, shown, unusable
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Failed,
    Forbidden,
    InvalidInput,
    NotFound,
    Unreachable,
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            'Installing provider="cluster-api" version="v1.14.2" targetNamespace="capi-system"',
            "Installing cluster-api v1.14.2 into capi-system",
        ),
        (
            'Scaling down Provider={"name":"cluster-api","namespace":"capi-system"} providerVersion="v1.13.4"',
            "Scaling down cluster-api v1.13.4",
        ),
        ("Fetching providers", "Fetching providers"),
        ("", ""),
        ("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice", ""),
        ("Your management cluster has been initialized successfully!", ""),
        ("  clusterctl generate cluster [name] --kubernetes-version [version] | kubectl apply -f -", ""),
    ],
)
def test_lines(line: str, words: str) -> None:
    assert shown(line) == words


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("value for variables [A, B] is not set. Please set the value", InvalidInput, ["[A, B]", "secret_variables"]),
        (
            (
                'failed to get provider components for the "awss" provider: failed to get configuration for the '
                "InfrastructureProvider with name awss. Please check the provider name and/or add configuration"
            ),
            NotFound,
            ["awss", "url"],
        ),
        ('failed to read file "/r/v9" from local release v9.9.9', NotFound, ["v9.9.9", "does not have this version"]),
        ('namespaces is forbidden: User "x" cannot create', Forbidden, ["cluster-admin"]),
        ("dial tcp: lookup github.com: no such host", Unreachable, ["network"]),
        ('Get "https://127.0.0.1:10404/api": dial tcp 127.0.0.1:10404: connect: connection refused', Unreachable, []),
        ("https://127.0.0.1:10404/api: connection refused", Unreachable, ["network"]),
        ('Get "https://127.0.0.1:404/r/v1.404.0/404": EOF', Failed, ["EOF"]),
        ("GET https://api.github.com/repos/x/releases/tags/v9.9.9: 404 Not Found []", NotFound, ["version and url"]),
        ("error getting file, status code: 404", NotFound, ["version and url"]),
        ('failed to get file "x" with version "v9" from "https://gitlab", got 404', NotFound, ["version and url"]),
        ("something else", Failed, ["something else", "Run the same command again"]),
    ],
)
def test_errors(said: str, kind: type[Exception], words: list[str]) -> None:
    error = error_of(["upgrade", "apply"], ["Performing upgrade...", f"Error: {said}"])
    assert error.__class__ is kind
    for word in ["clusterctl upgrade apply failed", *words]:
        assert word in str(error)


def test_a_failure_without_a_word() -> None:
    assert "nothing" in str(error_of(["init"], []))


@pytest.mark.parametrize(("number", "word"), [(8, "architecture"), (13, "chmod"), (2, "no such file"), (5, "weird")])
def test_programs_that_cannot_run(number: int, word: str) -> None:
    assert word in str(unusable("/x/clusterctl", OSError(number, "weird")))
