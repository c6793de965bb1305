# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of all tests goes from fast to slow, and does not start the slow ones on top of failures."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def stage_of(item: pytest.Item) -> str:
    """The folder below tests/: unit, integration, molecule."""
    return item.path.relative_to(TESTS).parts[0]


class Stages:
    """Prints where a stage begins, and ends the run between two stages if the first one failed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.current = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None):
        stage = stage_of(item)
        if stage != self.current:
            self.current = stage
            self.config.get_terminal_writer().write(f"\n\n======== {stage} ========\n", bold=True)
        result = yield
        if item.session.testsfailed and nextitem is not None and stage_of(nextitem) != stage:
            item.session.shouldfail = f"{stage} failed; {stage_of(nextitem)} was not started"
        return result


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stages(config), "stages")
