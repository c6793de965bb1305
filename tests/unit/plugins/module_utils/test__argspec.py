# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared options: their defaults, and that their documentation twins say the same."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._argspec import CLUSTER_NAME, MANAGEMENT, WAIT

TWINS = {"management": MANAGEMENT, "wait": WAIT, "cluster_name": CLUSTER_NAME}


@pytest.mark.parametrize("name", TWINS)
def test_options_and_their_documentation_agree(name: str) -> None:
    fragment = importlib.import_module(f"ansible_collections.capi.lifecycle.plugins.doc_fragments.{name}")
    documented = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    assert {option: facts(said) for option, said in documented.items()} == TWINS[name]


def test_defaults() -> None:
    """Half an hour in all, a quarter without movement: a machine of a cloud takes five to ten minutes."""
    assert {name: option["default"] for name, option in WAIT.items()} == {
        "wait": True,
        "wait_timeout": 1800,
        "stall_timeout": 900,
    }
    assert CLUSTER_NAME["name"]["required"] is True
    assert CLUSTER_NAME["namespace"]["default"] == "default"


def facts(said: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in said.items() if k != "description"}
