# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of all tests goes from fast to slow, starts nothing slow on top of failures, and sums up by stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def stage_of(nodeid: str) -> str:
    """The folder below tests/: unit, molecule, integration."""
    return Path(nodeid).parts[1]


class Stages:
    """Prints where a stage begins, ends the run between two stages if the first one failed, and counts."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.current = ""
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None):
        stage = stage_of(item.nodeid)
        if stage != self.current:
            self.current = stage
            self.config.get_terminal_writer().write(f"\n\n======== {stage} ========\n", bold=True)
        result = yield
        if item.session.testsfailed and nextitem is not None and stage_of(nextitem.nodeid) != stage:
            item.session.shouldfail = f"{stage} failed; {stage_of(nextitem.nodeid)} was not started"
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        stage = stage_of(report.nodeid)
        self.seconds[stage] += report.duration
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[stage][report.outcome] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("stages")
        for stage, outcomes in self.outcomes.items():
            counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
            terminalreporter.write_line(f"{stage:<12} {self.seconds[stage]:7.1f} s  {counts}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stages(config), "stages")
