# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bed a run: what a killed run left is taken away first, and all of this one at the end, also after a failure."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from clusters import ALL
from driving import Metal
from metal import bed, host, programs, rootfs
from metal.commands import BedError
from metal.place import CACHE, Place


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.get_closest_marker("long") and not ALL]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def able_host(request: pytest.FixtureRequest) -> None:
    """Skip where there can be no bed, and say why. What it needs is made, with a line on the terminal for each step."""
    problem = host.problem(host.this_host())
    if problem:
        pytest.skip(f"no machines here: {problem}")
    if not ALL and not programs.are_built(CACHE):  # `make test` shall not take half an hour longer the first time
        pytest.skip("no machines here: the programs for them are not built yet; `make bare-metal` builds them")
    try:
        host.install_packages(_teller(request))
        rootfs.mirror()
    except BedError as error:
        pytest.skip(f"no machines here: {error}")
    bed.supplies(CACHE, _teller(request))


def _teller(request: pytest.FixtureRequest) -> Callable[[str], None]:
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    return terminal.write_line if terminal else print


@pytest.fixture(scope="session")
def metal(able_host: None) -> Iterator[Metal]:
    """A bed without machines: a test asks for those it wants with ``fresh``.

    METAL=NAME in the environment takes the bed of that name, made by run.py, and leaves it: for working on a test.
    """
    kept = os.environ.get("METAL")
    place = Place(kept or "metal-test")
    with bed.owned(place):
        try:
            if not kept:
                bed.down(place)
            bed.up(place, [])
            yield Metal(place)
        finally:
            if not kept:
                bed.down(place)
