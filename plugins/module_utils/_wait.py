# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The only place that sleeps: a clock, and one loop that waits for progress."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable

from ._errors import Stalled, Unreachable, WaitTimeout

if TYPE_CHECKING:
    from ._rollout import Progress

HEARTBEAT = 60.0  # seconds; idle job streams are cut after minutes of silence
INTERVAL = 5.0  # seconds between looks
LOOKS = 2  # good looks in a row before done is believed


class Clock:
    """Time as operations see it; tests put a clock of their own here."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def today(self) -> datetime:
        """Wall clock, UTC."""
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def wait_until(
    look: Callable[[], Progress],
    *,
    clock: Clock,
    report: Callable[[str], None],
    timeout: float,
    stall_timeout: float,
    looks: int = LOOKS,
) -> Progress:
    """Look every INTERVAL until done ``looks`` times in a row; all times in seconds.

    One line is reported per change of the message, and a heartbeat each minute.
    Raises WaitTimeout, Stalled (key unchanged for ``stall_timeout``), or Unreachable when contact stays lost.
    """
    start = moved = spoke = clock.now()
    progress, key, message, good = None, None, None, 0
    while True:
        try:
            progress = look()
        except Unreachable as error:
            _lost(error, progress, expired=clock.now() - start >= timeout)
            report(f"lost contact, trying again: {error}")
        else:
            good = good + 1 if progress.done else 0
            if good >= looks:
                return progress
            if progress.key != key:
                key, moved = progress.key, clock.now()
            if progress.message != message or clock.now() - spoke >= HEARTBEAT:
                message, spoke = progress.message, clock.now()
                report(f"{_duration(clock.now() - start):>6}  {message}")
            _give_up(progress, clock.now() - start, clock.now() - moved, timeout, stall_timeout)
        clock.sleep(INTERVAL)


def _lost(error: Unreachable, last: Progress | None, *, expired: bool) -> None:
    """Raise once the deadline is over; until then losing contact is only news."""
    if expired or last is None:
        seen = f" Last seen: {last.message}." if last else ""
        raise Unreachable(f"{error}{seen}", **error.details) from error


def _give_up(progress: Progress, waited: float, still: float, timeout: float, stall_timeout: float) -> None:
    """Raise when the wait must end: first for what can never succeed, then for standing still, then for time."""
    if progress.done:
        return
    why = f": {progress.stuck}" if progress.stuck else ""
    if still >= stall_timeout:
        raise Stalled(
            f"{progress.message}: nothing has moved for {_duration(still)}{why}. Nothing was undone; "
            "when the cause is gone, run the same command again.",
            **progress.details,
        )
    if waited >= timeout:
        raise WaitTimeout(
            f"{progress.message}: not finished after {_duration(waited)}{why}. The work goes on by itself; "
            "run the same command again to go on waiting, or raise wait_timeout.",
            **progress.details,
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
