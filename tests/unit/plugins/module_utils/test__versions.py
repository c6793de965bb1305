# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes versions are compared as semantic versions, API versions in the order of the API server."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import (
    api_version_rank,
    is_version,
    parse_version,
)

# semver.org, rule 11, with what Kubernetes and its distributions release
ASCENDING = (
    "v0.9.10",
    "v1.9.0",
    "v1.10.0-alpha",
    "v1.10.0-alpha.1",
    "v1.10.0-alpha.2",
    "v1.10.0-alpha.10",
    "v1.10.0-alpha.beta",
    "v1.10.0-beta",
    "v1.10.0-beta.2",
    "v1.10.0-rc.0",
    "v1.10.0",
    "v1.10.1",
    "v1.34.3",
    "v1.34.10",
    "v2.0.0",
)


@pytest.mark.parametrize(("lower", "higher"), list(itertools.combinations(ASCENDING, 2)))
def test_order(lower: str, higher: str) -> None:
    assert parse_version(lower) < parse_version(higher)
    assert parse_version(higher) >= parse_version(lower)


def test_build_data_does_not_count() -> None:
    assert parse_version("v1.34.3+k3s1") == parse_version("v1.34.3+rke2r2") == parse_version("v1.34.3")
    assert parse_version("v1.34.3+k3s2") <= parse_version("v1.34.3+k3s1")
    assert parse_version("v1.34.3+k3s1") >= parse_version("v1.34.3+k3s2")
    assert len({parse_version("v1.34.3+k3s1"), parse_version("v1.34.3+k3s2"), parse_version("v1.34.3")}) == 1
    assert parse_version("v1.34.3-rc.1+build.7").pre == "rc.1"


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("v1.34.3+vmware.1", "v1.34.3+vmware.2", True),
        ("v1.34.3", "v1.34.3+vmware.1", True),
        ("v1.34.3-rc.1+a", "v1.34.3-rc.1+b", True),
        ("v1.34.3", "v1.34.3", False),
        ("v1.34.3+vmware.1", "v1.34.3+vmware.1", False),
        ("v1.34.3+vmware.1", "v1.34.4+vmware.2", False),
        ("v1.34.3-rc.1+a", "v1.34.3+b", False),
    ],
)
def test_another_build_of_the_same_release(one: str, other: str, wanted: bool) -> None:
    assert parse_version(one).is_other_build(parse_version(other)) is wanted
    assert parse_version(other).is_other_build(parse_version(one)) is wanted


@pytest.mark.parametrize("text", ["v1.34.3", "v1.34.0-rc.1", "v0.0.0", "v1.34.3+vmware.1", "v1.34.3-rc.1+build.7-x"])
def test_written_as_it_was_read(text: str) -> None:
    assert str(parse_version(text)) == text


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        pytest.param("1.34.3", "must start with 'v', for example 'v1.34.3'", id="no v"),
        pytest.param(
            "1.34", "must start with 'v', for example 'v1.34.0'", id="no v and no patch: the example is valid"
        ),
        pytest.param("v1.34", "has no patch number, for example 'v1.34.0'", id="no patch"),
        pytest.param("1.34.0-rc.1", "for example 'v1.34.0-rc.1'", id="pre-release without v"),
        pytest.param("v1", "must look like 'v1.34.3'", id="major only"),
        pytest.param("", "must look like", id="empty"),
        pytest.param("latest", "must look like", id="a word"),
        pytest.param("v1.34.3 ", "must look like", id="blank at the end"),
        pytest.param("v01.34.3", "must look like", id="leading zero: Cluster API refuses it"),
        pytest.param("v1.٣.0", "must look like", id="digits of another script"),
        pytest.param("v1.34.3.1", "must look like", id="four numbers"),
    ],
)
def test_what_is_no_version_gets_a_remedy(text: str, remedy: str) -> None:
    assert not is_version(text)
    with pytest.raises(InvalidInput) as caught:
        parse_version(text, "spec.version")
    assert str(caught.value).startswith(f"spec.version {text!r} is not a valid version: it ")
    assert remedy in str(caught.value)


def test_api_versions_in_the_order_of_the_server() -> None:
    descending = [
        "v10",
        "v2",
        "v1",
        "v11beta2",
        "v10beta3",
        "v3beta1",
        "v1beta10",
        "v1beta2",
        "v1beta1",
        "v12alpha1",
        "v1alpha3",
        "odd",
    ]
    assert sorted(descending, key=api_version_rank, reverse=True) == descending
    assert sorted(descending, key=api_version_rank) == descending[::-1]
