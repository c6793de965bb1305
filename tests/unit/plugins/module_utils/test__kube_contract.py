# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FakeKube keeps the contract; tests/integration/test_kube_contract.py shows that an API server does the same."""

from __future__ import annotations

import copy

import pytest
from fakes import FakeKube
from kube_contract import CASES, Case, Ground


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_fake_kube(case: Case) -> None:
    kube = FakeKube({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    dry = copy.copy(kube)  # the same objects
    dry.dry_run = True
    case(Ground(kube, dry, "team"))
