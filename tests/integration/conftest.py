# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox a run: brought up by our own playbooks, taken away at the end, also after a failure."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bed import CACHE, SOAK, Bed, only_sandbox, own_namespace, providers
from side_by_side import SideBySide, release_of, started

_NAME = "integration"
_USUAL = "v1.14.2"
_BACKGROUND = pytest.StashKey[SideBySide]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test says its release, also the usual one: so pytest runs all tests of a release on one bed."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "capi_version" in metafunc.fixturenames and not any("capi_version" in mark.args[0] for mark in marks):
        metafunc.parametrize("capi_version", [_USUAL], indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """First what makes its own sandbox, then one bed after the other; tests that need it for themselves come last."""
    here = Path(__file__).parent
    left_out = [item for item in items if item.path.parent == here and item.get_closest_marker("long") and not SOAK]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    places = [number for number, item in enumerate(items) if item.path.parent == here]
    found = [items[number] for number in places]
    found.sort(key=_order)
    for number, item in zip(places, found, strict=True):
        items[number] = item


def _order(item: pytest.Item) -> tuple[bool, bool, str, bool]:
    release = release_of(item)
    return bool(release), release != _USUAL, release, "alone" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def other_sandboxes() -> Iterator[None]:
    """Stop the user's sandboxes for the run."""
    with nullcontext() if os.environ.get("SANDBOX") else only_sandbox(_NAME):
        yield


@pytest.fixture(scope="session")
def capi_version(request: pytest.FixtureRequest) -> str:
    """The CAPI release of the sandbox; tests ask for another one by indirect parametrization."""
    return str(getattr(request, "param", _USUAL))  # benchmarks say none


@pytest.fixture(scope="session")
def bed(capi_version: str, other_sandboxes: None, request: pytest.FixtureRequest) -> Iterator[Bed]:
    """A management cluster with the providers of one CAPI release, by playbooks/sandbox.yml and playbooks/init.yml.

    SANDBOX=NAME in the environment takes one that runs already, and leaves it: for working on a test.
    """
    ready = os.environ.get("SANDBOX")
    if ready:
        yield from _with_background(Bed(ready, capi_version, CACHE / "sandboxes" / ready), request.session)
        return
    found = Bed(_NAME, capi_version, CACHE / "sandboxes" / _NAME)
    _take_away(found)  # what a killed run left is of another release
    try:
        for playbook in ("sandbox", "init"):
            run = found.play(
                playbook,
                sandbox_capi_versions=[capi_version],
                management_cluster_providers=providers(capi_version),
            )
            assert run.code == 0, run.output
        yield from _with_background(found, request.session)
    finally:
        _take_away(found)


def _take_away(bed: Bed) -> None:
    gone = bed.play("sandbox", sandbox_state="absent")
    assert gone.code == 0, gone.output


def _with_background(bed: Bed, session: pytest.Session) -> Iterator[Bed]:
    with started(bed, session.items) as background:
        session.config.stash[_BACKGROUND] = background
        yield bed


@pytest.fixture
def beside(bed: Bed, request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """The end of a case of the test's module, by name, that runs in the background."""
    return partial(request.config.stash[_BACKGROUND].end_of, request.module.__name__)


@pytest.fixture
def alone(bed: Bed, request: pytest.FixtureRequest) -> None:
    """Nobody else is on the bed: for a test that disturbs it, or counts what reaches it."""
    request.config.stash[_BACKGROUND].wait()


@pytest.fixture
def namespace(bed: Bed, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the test's own, with nothing left in it afterwards."""
    name = "t-" + str(abs(hash(request.node.nodeid)) % 10**8)
    with own_namespace(bed, name):
        yield name


@pytest.fixture(scope="session")
def kubeconfig(bed: Bed) -> Path:
    """For tests that need no more than an API server with Cluster API."""
    return bed.kubeconfig
