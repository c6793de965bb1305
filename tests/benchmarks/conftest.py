# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks print figures, each beside that of a peer in the same run, and fail only where something does not work.

They use the bed of the integration tests, whose fixtures are taken over here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from bed import CHECKOUT, Bed, namespace_manifest

_SPEC = importlib.util.spec_from_file_location("bed_fixtures", CHECKOUT / "tests/integration/conftest.py")
assert _SPEC
assert _SPEC.loader
_FIXTURES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_FIXTURES)
bed, capi_version, other_sandboxes = _FIXTURES.bed, _FIXTURES.capi_version, _FIXTURES.other_sandboxes


@pytest.fixture
def namespace(bed: Bed, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the benchmark's own."""
    name = f"b-{abs(hash(request.node.nodeid)) % 10**8}"
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(name))
    yield name
    bed.kubectl("delete", "cluster", "--all", "-n", name, "--wait=true", "--timeout=300s")
    bed.kubectl("delete", "namespace", name, "--wait=false")
