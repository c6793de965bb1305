# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox a run: brought up by our own playbooks, taken away at the end, also after a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bed import CACHE, Bed, namespace_manifest, providers

_NAME = "integration"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test says its release, also the usual one: so pytest runs all tests of a release on one bed."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "capi_version" in metafunc.fixturenames and not any("capi_version" in mark.args[0] for mark in marks):
        metafunc.parametrize("capi_version", ["v1.14.2"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def other_sandboxes() -> Iterator[None]:
    """Stop the user's sandboxes for the run: one in-memory provider a machine, since its debug port is fixed."""
    running = {file.parents[1].name for file in CACHE.glob("sandboxes/*/processes/*")} - {_NAME}
    names = [] if os.environ.get("SANDBOX") else sorted(running)
    beds = [Bed(name, "", CACHE / "sandboxes" / name) for name in names]
    for bed in beds:
        bed.play("sandbox", sandbox_state="stopped")
    yield
    for bed in beds:
        bed.play("sandbox", sandbox_state="present")


@pytest.fixture(scope="session")
def capi_version(request: pytest.FixtureRequest) -> str:
    """The CAPI release of the sandbox; tests ask for another one by indirect parametrization."""
    return str(getattr(request, "param", "v1.14.2"))  # benchmarks say none


@pytest.fixture(scope="session")
def bed(capi_version: str, other_sandboxes: None) -> Iterator[Bed]:
    """A management cluster with the providers of one CAPI release, by playbooks/sandbox.yml and playbooks/init.yml.

    SANDBOX=NAME in the environment takes one that runs already, and leaves it: for working on a test.
    """
    ready = os.environ.get("SANDBOX")
    if ready:
        yield Bed(ready, capi_version, CACHE / "sandboxes" / ready)
        return
    found = Bed(_NAME, capi_version, CACHE / "sandboxes" / _NAME)
    try:
        for playbook in ("sandbox", "init"):
            run = found.play(
                playbook,
                sandbox_capi_versions=[capi_version],
                management_cluster_providers=providers(capi_version),
            )
            assert run.code == 0, run.output
        yield found
    finally:
        gone = found.play("sandbox", sandbox_state="absent")
        assert gone.code == 0, gone.output


@pytest.fixture
def namespace(bed: Bed, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the test's own, with nothing left in it afterwards."""
    name = "t-" + str(abs(hash(request.node.nodeid)) % 10**8)
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(name))
    yield name
    bed.kubectl("delete", "cluster", "--all", "-n", name, "--wait=true", "--timeout=180s")
    bed.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def kubeconfig(bed: Bed) -> Path:
    """For tests that need no more than an API server with Cluster API."""
    return bed.kubeconfig
