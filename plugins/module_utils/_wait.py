# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The only place that sleeps: a clock, and one loop that waits for progress.

It tells a line per change and a heartbeat each minute; it stalls when the key of the progress stays the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable

from ._errors import Failed, Stalled, Unreachable, WaitTimeout

if TYPE_CHECKING:
    from ._progress import Progress

HEARTBEAT = 60.0  # seconds; idle job streams are cut after minutes of silence
INTERVAL = 5.0  # seconds between looks
STILL = 120.0  # seconds without movement after which a heartbeat says so
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


@dataclass(frozen=True)
class Pace:
    """Seconds between looks; ``brief`` (as long where it is None) after a good look, and while something moves.

    ``began`` is when the whole run began, where a wait is one of several.
    """

    interval: float = INTERVAL
    began: float | None = None
    brief: float | None = None

    def pause(self, *, soon: bool) -> float:
        return self.brief if soon and self.brief is not None else self.interval


def wait_until(  # noqa: PLR0913 - keyword-only, each wait names few of them
    look: Callable[[], Progress],
    *,
    clock: Clock,
    report: Callable[[str], None],
    timeout: float,
    stall_timeout: float,
    looks: int = LOOKS,
    pace: Pace = Pace(),
) -> Progress:
    """Look until done ``looks`` times in a row, in seconds. Raises WaitTimeout, Stalled, Failed, Unreachable."""
    start, good = clock.now(), 0
    seen: _Seen | None = None
    while True:
        waited = clock.now() - start
        try:
            progress = look()
        except Unreachable as error:  # in the first look, too: whoever waits has reached the server before
            good, soon, seen = 0, False, _lost(error, seen, waited, timeout)
            report(f"lost contact, trying again: {error}")
        else:
            good = good + 1 if progress.done else 0
            if good >= looks:
                return progress
            seen = _noted(progress, seen, waited)
            if seen.spoke == waited:
                report(_line(progress, waited, seen, start - (start if pace.began is None else pace.began)))
            _give_up(progress, waited, seen, timeout, stall_timeout)
            soon = good > 0 or seen.moved == waited
        clock.sleep(pace.pause(soon=soon))


@dataclass(frozen=True)
class _Seen:
    """The last look, when something moved last, and when a line was last reported; seconds since the start.

    ``hopeless`` counts the looks in a row that say so.
    """

    progress: Progress
    moved: float
    spoke: float
    hopeless: int = 0


def _noted(progress: Progress, before: _Seen | None, waited: float) -> _Seen:
    """A line is due when the message changed, and as a heartbeat."""
    moved = before.moved if before and before.progress.key == progress.key else waited
    quiet = before and before.progress.message == progress.message and waited - before.spoke < HEARTBEAT
    hopeless = (before.hopeless if before else 0) + 1 if progress.hopeless else 0
    return _Seen(progress, moved, before.spoke if before and quiet else waited, hopeless)


def _line(progress: Progress, waited: float, seen: _Seen, before: float) -> str:
    """Time and message; long before the wait gives up also that nothing moves, and what may hold it."""
    line, still = f"{duration(before + waited):>6}  {progress.message}", waited - seen.moved
    if progress.done or still < STILL:
        return line
    why = f": {progress.stuck}" if progress.stuck and progress.stuck not in progress.message else ""
    return f"{line} (nothing has moved for {duration(still)}{why})"


def _lost(error: Unreachable, seen: _Seen | None, waited: float, timeout: float) -> _Seen | None:
    """Raise once the deadline is over. Until then it is only news, and no stall: nobody sees whether anything moves."""
    if waited >= timeout:
        last = f" Last seen: {seen.progress.message}." if seen else ""
        raise Unreachable(f"{error}{last}", **error.details) from error
    return replace(seen, moved=waited) if seen else None


def _give_up(progress: Progress, waited: float, seen: _Seen, timeout: float, stall_timeout: float) -> None:
    """Raise when the wait must end: first for what can never succeed, then for standing still, then for time."""
    if progress.done:
        return
    if seen.hopeless >= LOOKS:
        raise Failed(
            f"{progress.message}: this will never succeed by itself: {progress.hopeless}. Nothing was undone; when the "
            "cause is gone, run the same command again.",
            **progress.details,
        )
    still = waited - seen.moved
    why = f": {progress.stuck}" if progress.stuck and progress.stuck not in progress.message else ""
    if still >= stall_timeout:
        raise Stalled(
            f"{progress.message}: nothing has moved for {duration(still)}{why}. Nothing was undone; "
            "when the cause is gone, run the same command again.",
            **progress.details,
        )
    if waited >= timeout:
        raise WaitTimeout(
            f"{progress.message}: not finished after {duration(waited)}{why}. The work goes on by itself; "
            "run the same command again to go on waiting, or raise wait_timeout.",
            **progress.details,
        )


def duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
