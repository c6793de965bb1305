# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One loop waits: what it says, when it believes, when and how it gives up. No test here sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Failed,
    Stalled,
    Unreachable,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._progress import Progress
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Pace, wait_until
from fakes import FakeClock

PACE = Pace()
DONE = Progress(True, "all 3 ready", key="3")


def still(ready: int, **more: Any) -> Progress:
    return Progress(False, f"{ready} of 3 ready", key=str(ready), **more)


class Waiter:
    """Looks at scripted answers, the last one for ever, and keeps what was said."""

    def __init__(self, *answers: Progress | CapiError, clock: FakeClock | None = None) -> None:
        self.clock, self.lines, self.looks = clock or FakeClock(), [], 0
        self._answers = answers

    def __call__(self) -> Progress:
        answer = self._answers[min(self.looks, len(self._answers) - 1)]
        self.looks += 1
        if isinstance(answer, CapiError):
            raise answer
        return answer

    def wait(self, timeout: float = 600, stall_timeout: float = 300, looks: int = 2, pace: Pace = PACE) -> Progress:
        lines: Callable[[str], None] = self.lines.append
        times = {"timeout": timeout, "stall_timeout": stall_timeout}
        return wait_until(self, clock=self.clock, report=lines, looks=looks, pace=pace, **times)


def lost(times: int) -> Iterator[CapiError]:
    return (
        Unreachable("https://m:6443 cannot be reached: connection refused.", server="m") for _number in range(times)
    )


@pytest.mark.parametrize(
    ("answers", "looks", "took"),
    [
        pytest.param([DONE], 2, 2, id="two good looks in a row"),
        pytest.param([DONE], 1, 1, id="one is enough when nothing was written"),
        pytest.param([DONE, still(2), DONE], 2, 4, id="a dip in between starts again"),
        pytest.param([DONE, *lost(1), DONE], 2, 4, id="so does lost contact: nobody knows what was there"),
        pytest.param([still(1), still(2), DONE], 2, 4, id="progress"),
    ],
)
def test_when_done_is_believed(answers: list[Any], looks: int, took: int) -> None:
    waiter = Waiter(*answers)
    assert waiter.wait(looks=looks) == DONE
    assert waiter.looks == took
    assert waiter.clock.seconds == 5 * (took - 1)


def test_what_is_hopeless_ends_the_wait_at_the_second_look() -> None:
    """One look may see what is about to be replaced."""
    lost_cause = still(1, hopeless="m-a: gone")
    waiter = Waiter(lost_cause, still(1), lost_cause, lost_cause)
    with pytest.raises(Failed) as caught:
        waiter.wait()
    assert waiter.looks == 4
    assert str(caught.value) == (
        "1 of 3 ready: this will never succeed by itself: m-a: gone. Nothing was undone; when the cause is gone, run "
        "the same command again."
    )


def test_one_line_per_change() -> None:
    waiter = Waiter(still(1), still(1), still(2), DONE)
    waiter.wait()
    assert [line.split(None, 1) for line in waiter.lines] == [
        ["0s", "1 of 3 ready"],
        ["10s", "2 of 3 ready"],
        ["15s", "all 3 ready"],
    ]


def test_a_heartbeat_each_minute() -> None:
    """Job streams that say nothing for minutes are cut."""
    waiter = Waiter(*[still(1)] * 40, DONE)
    waiter.wait()
    assert [line.split()[0] for line in waiter.lines] == ["0s", "1m00s", "2m00s", "3m00s", "3m20s"]


def test_its_own_pace() -> None:
    waiter = Waiter(still(1), still(1), DONE)
    waiter.wait(pace=Pace(2.0))
    assert (waiter.looks, waiter.clock.seconds) == (4, 6.0)


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ([still(1), still(1), still(1), DONE], [1, 5, 5, 1]),
        ([still(1), still(1), still(2), still(2), DONE], [1, 5, 1, 5, 1]),
        ([DONE, still(2), still(2), DONE], [1, 1, 5, 1]),
        ([still(1), Unreachable("api: no answer"), still(1), DONE], [1, 5, 5, 1]),
    ],
    ids=["a good look is soon confirmed", "what moves moves on", "a good look was wrong", "out of contact"],
)
def test_a_brief_pause(answers: list[Any], pauses: list[int]) -> None:
    waiter = Waiter(*answers)
    waiter.wait(pace=Pace(5.0, brief=1.0))
    assert (waiter.looks, waiter.clock.seconds) == (len(pauses) + 1, sum(pauses))


def test_one_of_several_waits_tells_the_time_of_the_whole() -> None:
    """Lines go on from when the run began; the timeouts are those of this wait."""
    clock = FakeClock()
    clock.seconds = 100.0
    waiter = Waiter(still(1), still(2), clock=clock)
    with pytest.raises(WaitTimeout, match="not finished after 1m00s"):
        waiter.wait(timeout=60, pace=Pace(began=40.0))
    assert [line.split()[0] for line in waiter.lines] == ["1m00s", "1m05s"]


def test_a_heartbeat_says_when_nothing_moves() -> None:
    """Long before the wait gives up; what holds it is said once."""
    waiter = Waiter(Progress(False, "1 of 3", key="1", stuck="m-a: no capacity"))
    with pytest.raises(Stalled):
        waiter.wait(stall_timeout=240)
    assert [line.split(None, 1)[1] for line in waiter.lines] == [
        "1 of 3",
        "1 of 3",
        "1 of 3 (nothing has moved for 2m00s: m-a: no capacity)",
        "1 of 3 (nothing has moved for 3m00s: m-a: no capacity)",
        "1 of 3 (nothing has moved for 4m00s: m-a: no capacity)",
    ]
    named = Waiter(Progress(False, "1 of 3; m-a: no capacity", key="1", stuck="m-a: no capacity"))
    with pytest.raises(Stalled):
        named.wait(stall_timeout=180)
    assert named.lines[2].endswith("1 of 3; m-a: no capacity (nothing has moved for 2m00s)")


def test_a_line_that_changes_while_nothing_moves_says_so_too() -> None:
    waiter = Waiter(*[Progress(False, f"draining for {n // 12} min", key="1") for n in range(60)], DONE)
    waiter.wait(stall_timeout=900)
    assert [line.split(None, 1)[1] for line in waiter.lines][1:4] == [
        "draining for 1 min",
        "draining for 2 min (nothing has moved for 2m00s)",
        "draining for 3 min (nothing has moved for 3m00s)",
    ]
    assert waiter.lines[-1].endswith("all 3 ready"), "what is done does not stand still"


def test_timeout_while_it_moves() -> None:
    waiter = Waiter(*[Progress(False, "rolling", key=str(n), stuck="m-a: NodeReady") for n in range(99)])
    with pytest.raises(WaitTimeout) as caught:
        waiter.wait(timeout=60)
    assert str(caught.value) == (
        "rolling: not finished after 1m00s: m-a: NodeReady. The work goes on by itself; "
        "run the same command again to go on waiting, or raise wait_timeout."
    )


def test_stall_names_the_cause_and_the_facts() -> None:
    waiter = Waiter(still(1), still(2, stuck="m-c: InfrastructureReady: no capacity", details={"missing": ["m-c"]}))
    with pytest.raises(Stalled) as caught:
        waiter.wait(stall_timeout=120)
    assert "2 of 3 ready: nothing has moved for 2m00s: m-c: InfrastructureReady: no capacity." in str(caught.value)
    assert "run the same command again" in str(caught.value)
    assert caught.value.details == {"missing": ["m-c"]}


def test_the_cause_is_not_said_twice() -> None:
    waiter = Waiter(Progress(False, "1/3; m-c: no capacity", stuck="m-c: no capacity"))
    with pytest.raises(Stalled) as caught:
        waiter.wait(stall_timeout=10)
    assert str(caught.value).count("no capacity") == 1


def test_no_time_at_all_means_one_look() -> None:
    waiter = Waiter(still(1))
    with pytest.raises(WaitTimeout, match=r"not finished after 0s\."):
        waiter.wait(timeout=0)
    assert waiter.looks == 1


class TestLostContact:
    """The state is unknown meanwhile: neither done nor standing still."""

    def test_it_goes_on(self) -> None:
        waiter = Waiter(still(1), *lost(3), DONE)
        assert waiter.wait() == DONE
        assert sum("lost contact, trying again" in line for line in waiter.lines) == 3

    def test_nor_does_it_end_the_wait_in_the_first_look(self) -> None:
        """The server was there a moment ago, when it was written to."""
        waiter = Waiter(*lost(3), DONE)
        assert waiter.wait() == DONE

    def test_where_nothing_was_ever_seen_it_ends_at_the_deadline(self) -> None:
        waiter = Waiter(*lost(99))
        with pytest.raises(Unreachable, match=r"connection refused\.$"):
            waiter.wait(timeout=60)

    def test_at_the_deadline_it_tells_what_was_seen_last(self) -> None:
        waiter = Waiter(still(2), *lost(99))
        with pytest.raises(Unreachable) as caught:
            waiter.wait(timeout=60)
        assert str(caught.value).endswith("connection refused. Last seen: 2 of 3 ready.")
        assert caught.value.details == {"server": "m"}

    def test_an_outage_is_not_a_stall(self) -> None:
        """Ten minutes without contact: nobody saw that nothing moved."""
        waiter = Waiter(still(1), *lost(120), still(1), DONE)
        assert waiter.wait(timeout=1800, stall_timeout=300) == DONE

    def test_but_standing_still_after_it_is(self) -> None:
        waiter = Waiter(still(1), *lost(120), still(1))
        with pytest.raises(Stalled, match="nothing has moved for 5m00s"):
            waiter.wait(timeout=1800, stall_timeout=300)


def test_other_errors_end_the_wait() -> None:
    waiter = Waiter(still(1), CapiError("gone"))
    with pytest.raises(CapiError, match="gone"):
        waiter.wait()
