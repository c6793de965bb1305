# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time: who gets the lease, who waits, who is refused, and what happens when it is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Conflict,
    Failed,
    Forbidden,
    NotFound,
    Refused,
    Unreachable,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._http import READ_TIMEOUT
from ansible_collections.capi.lifecycle.plugins.module_utils._lease import (
    LEASED_BUDGET,
    TTL,
    _place,
    drop_lease,
    holding,
    lease_ref,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref
from fakes import FakeClock, FakeKube, session

REF = lease_ref("prod", "default")
OTHER = "elsewhere/0000/7/abc"


def held_by(who: str, renewed: str = "2026-11-01T00:00:00.000000Z") -> Object:
    meta = {"name": REF.name, "namespace": REF.namespace}
    spec = {"holderIdentity": who, "renewTime": renewed, "acquireTime": "2026-11-01T00:00:00.000000Z"}
    return {"apiVersion": REF.api_version, "kind": "Lease", "metadata": meta, "spec": spec}


def spec_of(kube: FakeKube) -> dict[str, Any]:
    found = kube.get(REF)
    assert found is not None
    return dict(found["spec"])


def take(kube: FakeKube, clock: FakeClock | None = None) -> str:
    """Hold the lease for a moment; who held it."""
    with holding(session(kube, clock), "default/prod", "prod", "default"):
        return str(spec_of(kube)["holderIdentity"])


class Interrupted(FakeKube):
    """Somebody else writes the Lease just before our first write; or the answer to our first write gets lost."""

    def __init__(self, *items: Object, intruder: Object | None = None) -> None:
        super().__init__(*items)
        self.intruder, self.done = intruder, False

    def create(self, item: Object) -> Object:
        return self._interrupted(lambda: super(Interrupted, self).create(item))

    def patch(self, ref: Ref, body: Any, *, subresource: str = "") -> Object:
        return self._interrupted(lambda: super(Interrupted, self).patch(ref, body, subresource=subresource))

    def _interrupted(self, write: Any) -> Object:
        if self.done:
            return write()  # type: ignore[no-any-return]
        self.done = True
        if self.intruder:
            self.put(self.intruder)
            return write()  # type: ignore[no-any-return]
        write()
        raise Conflict("the client sent it again, and its own first write had changed the object")


@pytest.mark.parametrize("items", [(), (held_by(""),)], ids=["never held", "given back"])
def test_a_free_lease_is_taken_at_once_and_given_back(items: tuple[Object, ...]) -> None:
    kube, clock = FakeKube(*items), FakeClock()
    assert take(kube, clock).startswith(f"{socket.gethostname()}/{_place()}/{os.getpid()}/")
    assert spec_of(kube)["holderIdentity"] == ""
    assert clock.seconds == 0


def test_the_lease_says_who_since_when_and_for_how_long() -> None:
    kube = FakeKube()
    with holding(session(kube), "default/prod", "prod", "default"):
        spec = spec_of(kube)
    assert (spec["leaseDurationSeconds"], spec["leaseTransitions"]) == (TTL, 1)
    assert spec["acquireTime"] == spec["renewTime"] == "2026-11-01T00:00:00.000000Z"
    assert spec_of(kube)["holderIdentity"] == ""
    take(kube)
    assert spec_of(kube)["leaseTransitions"] == 2


def test_it_is_given_back_after_an_error() -> None:
    kube = FakeKube()
    with pytest.raises(RuntimeError), holding(session(kube), "default/prod", "prod", "default"):
        raise RuntimeError
    assert spec_of(kube)["holderIdentity"] == ""


def test_an_awx_job_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_ID", "42")
    assert "awx" not in take(FakeKube())
    monkeypatch.setenv("AWX_PRIVATE_DATA_DIR", "/runner")
    assert take(FakeKube()).endswith("/awx-job-42")


def test_a_holder_that_renews_is_alive_and_we_are_refused() -> None:
    kube = FakeKube(held_by(OTHER))
    clock = FakeClock(lambda now: kube.put(held_by(OTHER, f"2026-11-01T00:00:{int(now):02d}.000000Z")) and None)
    with pytest.raises(Refused) as caught:
        take(kube, clock)
    for words in ("default/prod", OTHER, "Nothing was changed", "run again"):
        assert words in str(caught.value)
    assert caught.value.details["holder"] == OTHER
    assert clock.seconds < TTL
    assert kube.writes == []


def test_a_silent_holder_is_taken_over_after_the_time_to_live() -> None:
    kube, clock = FakeKube(held_by(OTHER)), FakeClock()
    take(kube, clock)
    assert TTL <= clock.seconds < TTL + 5
    assert [line.rpartition(OTHER)[2] for line in kube.lines] == [  # type: ignore[attr-defined]
        f" was at work; waiting up to {TTL} s to see whether it still is",
        f" has not been heard of for {TTL} s, taking over",
    ]


def test_a_holder_that_gives_it_back_meanwhile() -> None:
    kube = FakeKube(held_by(OTHER))
    clock = FakeClock(lambda now: kube.put(held_by("")) and None if now >= 10 else None)
    take(kube, clock)
    assert clock.seconds == 10


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_dead_process_of_this_machine_is_not_waited_for() -> None:
    kube, clock = FakeKube(held_by(f"{socket.gethostname()}/{_place()}/{dead_process()}/abc")), FakeClock()
    take(kube, clock)
    assert clock.seconds == 0


@pytest.mark.parametrize(
    "who",
    [
        f"{socket.gethostname()}/{_place()}/1/abc",
        f"{socket.gethostname()}/another boot/99999999/abc",
        f"another/{_place()}/99999999/abc",
        "odd",
    ],
    ids=["alive", "another boot", "another machine", "not ours"],
)
def test_whose_death_cannot_be_known_is_waited_for(who: str) -> None:
    clock = FakeClock()
    take(FakeKube(held_by(who)), clock)
    assert clock.seconds >= TTL


@pytest.mark.parametrize("items", [(), (held_by(""),)], ids=["create", "patch"])
def test_of_two_at_once_one_gets_it(items: tuple[Object, ...]) -> None:
    """The other one sees a holder, and waits until that is silent."""
    kube, clock = Interrupted(*items, intruder=held_by(OTHER)), FakeClock()
    take(kube, clock)
    assert clock.seconds >= TTL


@pytest.mark.parametrize("items", [(), (held_by(""),)], ids=["create", "patch"])
def test_an_answer_that_got_lost_is_not_taken_for_another_run(items: tuple[Object, ...]) -> None:
    kube, clock = Interrupted(*items), FakeClock()
    assert take(kube, clock).startswith(socket.gethostname())
    assert clock.seconds <= 5
    assert spec_of(kube)["holderIdentity"] == ""


def test_a_lease_that_is_deleted_under_us_is_made_again() -> None:
    class Deleted(FakeKube):
        def patch(self, ref: Ref, body: Any, *, subresource: str = "") -> Object:
            if not self.writes:
                self.take(REF)
            return super().patch(ref, body, subresource=subresource)

    kube = Deleted(held_by(""))
    take(kube)
    assert kube.writes[0] == ("create", f"Lease default/{REF.name}")


def test_a_namespace_that_is_not_there_is_no_endless_loop() -> None:
    with (
        pytest.raises(NotFound, match="elsewhere"),
        holding(session(FakeKube()), "elsewhere/prod", "prod", "elsewhere"),
    ):
        pass


def test_renewal_is_sparing() -> None:
    kube, clock = FakeKube(), FakeClock()
    with holding(session(kube, clock), "default/prod", "prod", "default") as lease:
        for _look in range(13):  # a minute of looks
            lease.renew()
            clock.sleep(5)
        assert spec_of(kube)["renewTime"] == "2026-11-01T00:01:00.000000Z"
    assert len(kube.writes) == 1 + 4 + 1


def test_a_renewal_whose_answer_got_lost_is_ours() -> None:
    kube, clock = Interrupted(), FakeClock()
    kube.done = True
    with holding(session(kube, clock), "default/prod", "prod", "default") as lease:
        clock.sleep(20)
        kube.done = False
        lease.renew()
    assert spec_of(kube)["holderIdentity"] == ""


@pytest.mark.parametrize(("now", "words"), [(OTHER, OTHER), ("", "Somebody"), (None, "Somebody")])
def test_a_lost_lease_ends_the_run(now: str | None, words: str) -> None:
    kube, clock = FakeKube(), FakeClock()
    with holding(session(kube, clock), "default/prod", "prod", "default") as lease:
        clock.sleep(20)
        kube.take(REF)
        if now is not None:
            kube.put(held_by(now))
        with pytest.raises(Failed, match=rf"{words}.*this run stops"):
            lease.renew()
    assert now is None or spec_of(kube)["holderIdentity"] == now, "what another one holds is not given back by us"


class TestOutOfReach:
    """A server that restarts: the step is taken again, and never after the lease has expired."""

    def held(self, kube: FakeKube, clock: FakeClock, answers: list[Any], timeout: float = 600) -> Any:
        def step() -> Any:
            answer = answers.pop(0)
            if isinstance(answer, CapiError):
                raise answer
            return answer

        with holding(session(kube, clock), "default/prod", "prod", "default") as lease:
            return lease.persist(step, timeout)

    def test_a_step_is_taken_again(self) -> None:
        kube, clock = FakeKube(), FakeClock()
        assert self.held(kube, clock, [Unreachable("no answer"), Unreachable("no answer"), "done"]) == "done"
        assert kube.lines == ["lost contact, trying again: no answer"] * 2  # type: ignore[attr-defined]

    def test_until_the_time_is_over(self) -> None:
        clock = FakeClock()
        with pytest.raises(Unreachable, match="no answer"):
            self.held(FakeKube(), clock, [Unreachable("no answer")] * 99, timeout=60)
        assert 60 <= clock.seconds <= 65

    def test_other_errors_are_answers(self) -> None:
        clock = FakeClock()
        with pytest.raises(Forbidden):
            self.held(FakeKube(), clock, [Forbidden("no"), "done"])
        assert clock.seconds == 0

    def test_no_step_after_somebody_else_has_taken_over(self) -> None:
        kube = FakeKube()
        clock = FakeClock(lambda now: kube.put(held_by(OTHER)) and None if now >= 20 else None)
        taken: list[float] = []

        def step() -> None:
            taken.append(clock.now())
            raise Unreachable("no answer")

        with (
            pytest.raises(Failed, match=OTHER),
            holding(session(kube, clock), "default/prod", "prod", "default") as lease,
        ):
            lease.persist(step, 600)
        assert max(taken) < 20 + TTL / 4

    def test_a_request_ends_before_the_lease_does(self) -> None:
        kube = FakeKube()
        before = kube.budget
        with holding(session(kube), "default/prod", "prod", "default"):
            assert kube.budget == LEASED_BUDGET
        assert kube.budget == before
        assert TTL / 4 + LEASED_BUDGET + READ_TIMEOUT <= TTL


class TestOfAClusterThatIsGone:
    """Its Lease goes, too, unless somebody is at work on a new cluster of that name."""

    @pytest.mark.parametrize("who", ["", f"{socket.gethostname()}/{_place()}/99999999/abc"], ids=["free", "dead"])
    def test_it_is_deleted(self, who: str) -> None:
        kube = FakeKube(held_by(who))
        drop_lease(session(kube), "prod", "default")
        assert kube.get(REF) is None

    def test_not_that_of_another_run(self) -> None:
        kube, clock = FakeKube(held_by(OTHER)), FakeClock()
        drop_lease(session(kube, clock), "prod", "default")
        assert (kube.writes, clock.seconds) == ([], 0)

    def test_nothing_is_written_where_there_is_none(self) -> None:
        kube = FakeKube()
        drop_lease(session(kube), "prod", "default")
        assert kube.writes == []

    def test_missing_rights_do_not_matter(self) -> None:
        class Closed(FakeKube):
            def get(self, ref: Ref) -> Object | None:
                raise Forbidden("no")

        drop_lease(session(Closed()), "prod", "default")
