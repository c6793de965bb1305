# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of releases."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._support import (
    compatible_contracts,
    contract_of,
    kubernetes_support,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version


@pytest.mark.parametrize(
    ("version", "contract"),
    [("v1.9.0", "v1beta1"), ("v1.10.10", "v1beta1"), ("v1.11.0", "v1beta2"), ("v1.14.2", "v1beta2"), ("v0.4.0", "")],
)
def test_contract(version: str, contract: str) -> None:
    assert contract_of(parse_version(version)) == contract


def test_a_newer_core_takes_providers_of_the_older_contract() -> None:
    assert "v1beta1" in compatible_contracts("v1beta2")
    assert compatible_contracts("v1beta1") == ("v1beta1",)


@pytest.mark.parametrize(
    ("core", "kubernetes", "supported"),
    [
        ("v1.14.2", "v1.36.3", True),
        ("v1.14.2", "v1.33.0", True),
        ("v1.14.2", "v1.32.9", False),
        ("v1.14.2", "v1.37.0", False),
        ("v1.99.0", "v1.36.3", None),
        ("", "v1.36.3", None),
        ("v1.14.2", "v1.34.2+k3s1", True),
        ("v1.14.2", "unknown", None),
    ],
)
def test_kubernetes_of_the_management_cluster(core: str, kubernetes: str, supported: bool | None) -> None:
    assert kubernetes_support(core, kubernetes)["supported"] is supported
