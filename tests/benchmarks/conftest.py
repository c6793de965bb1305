# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks print figures, each beside that of a peer in the same run, and fail only where something does not work.

They use the bed of the integration tests, and machines; the fixtures of both are taken over here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from types import ModuleType

import pytest
from bed import CHECKOUT, Bed, namespace_manifest


def _fixtures(folder: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fixtures_{folder}", CHECKOUT / f"tests/{folder}/conftest.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_INTEGRATION, _MACHINES = _fixtures("integration"), _fixtures("bare_metal")
bed, capi_version, other_sandboxes = _INTEGRATION.bed, _INTEGRATION.capi_version, _INTEGRATION.other_sandboxes
able_host, metal = _MACHINES.able_host, _MACHINES.metal


@pytest.fixture
def namespace(bed: Bed, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the benchmark's own."""
    name = f"b-{abs(hash(request.node.nodeid)) % 10**8}"
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(name))
    yield name
    bed.kubectl("delete", "cluster", "--all", "-n", name, "--wait=true", "--timeout=300s")
    bed.kubectl("delete", "namespace", name, "--wait=false")
