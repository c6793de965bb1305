# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases that run side by side in the background of all other tests: most of a cluster's life is waiting.

A module says what may run so by ``cases(release) -> {name: function of a Bed}``; each case has clusters of its own.
They start as soon as the bed is there. A test with a case's name among its parameters takes its end from ``beside``:

    @pytest.mark.parametrize("name", CASES)
    def test_case(beside, name):
        beside(name)  # raises what the case raised

Tests that take ``alone`` come after all others of their release, when the background is still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Callable

import pytest
from bed import Bed

Case = Callable[[Bed], Any]
WIDTH = 6  # clusters at once; two cores carry no more controllers' work than this


class SideBySide:
    """The background of one bed."""

    def __init__(self, ends: Mapping[tuple[str, str], Future[Any]]) -> None:
        self._ends = ends

    def end_of(self, module: str, name: str) -> Any:
        """What a case returned; raises what it raised."""
        return self._ends[module, name].result()

    def wait(self) -> None:
        wait(self._ends.values())


@contextmanager
def started(bed: Bed, items: Iterable[pytest.Item]) -> Iterator[SideBySide]:
    """Start every case that a selected test of the bed's release asks for; at the end let go of what did not start."""
    threads = ThreadPoolExecutor(WIDTH)
    cases = {key: case for item in items if release_of(item) == bed.capi_version for key, case in _asked_for(item)}
    try:
        yield SideBySide({key: threads.submit(case, bed) for key, case in cases.items()})
    finally:
        threads.shutdown(cancel_futures=True)


def release_of(item: pytest.Item) -> str:
    """The Cluster API release of the bed that a test runs on; empty for one without a bed."""
    return str(_parameters(item).get("capi_version", ""))


def _asked_for(item: pytest.Item) -> Iterator[tuple[tuple[str, str], Case]]:
    module = getattr(item, "module", None)
    found: Mapping[str, Case] = module.cases(release_of(item)) if hasattr(module, "cases") else {}
    if "beside" in getattr(item, "fixturenames", ()):
        for name in {str(value) for value in _parameters(item).values()} & found.keys():
            yield (module.__name__, name), found[name]


def _parameters(item: pytest.Item) -> Mapping[str, Any]:
    return getattr(getattr(item, "callspec", None), "params", {})
