# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests against a real HTTP server: what is tried again and for how long, what is an answer, and in which words."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import kubernetes.client
import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _errors
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import CapiError, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._http import (
    FIRST_CONTACT_BUDGET,
    RETRY_BUDGET,
    SHORT_BUDGET,
    Answer,
    Http,
    error_of,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Ref
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import HEARTBEAT
from fake_server import FakeServer, Reply, status
from fakes import FakeClock

OK = Reply(body={"x": 1})
PATH, LINE = "/a", "GET /a"
WEBHOOK = 'Internal error occurred: failed calling webhook "v.cluster": connection refused'

TRANSIENT = {
    "429": status(429, "slow down"),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "connection lost": Reply(lost=True),
    "failed calling webhook": status(500, WEBHOOK),
    "failed to call webhook": status(500, "failed to call webhook: EOF"),
    "conversion webhook": status(500, "conversion webhook for x failed: Post: EOF"),
    "etcdserver": status(500, "etcdserver: request timed out"),
    "leader changed": status(500, "rpc error: leader changed"),
    "503 of a proxy, no JSON": Reply(503, b"<html>"),
}


@pytest.mark.parametrize("trouble", TRANSIENT.values(), ids=TRANSIENT)
def test_trouble_that_passes_is_tried_again(trouble: Reply) -> None:
    with FakeServer({LINE: [trouble, trouble, OK]}) as server:
        http, clock = opened(server)
        assert http.send("GET", PATH).body == {"x": 1}
    assert server.seen == [LINE] * 3
    assert 1.5 <= clock.seconds <= 3, "one and two seconds, with jitter"


ANSWERS = {
    "200": OK,
    "400": status(400, "strict decoding error"),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "422": status(422),
    "500 of a defect": status(500, "runtime error: index out of range"),
}


@pytest.mark.parametrize("reply", ANSWERS.values(), ids=ANSWERS)
def test_answers_are_not_asked_for_again(reply: Reply) -> None:
    with FakeServer({LINE: reply}) as server:
        http, clock = opened(server)
        answer = http.send("GET", PATH)
    assert (answer.status, len(server.seen), clock.seconds) == (reply.status, 1, 0)


def test_the_server_says_when() -> None:
    with FakeServer({LINE: [Reply(429, {}, {"Retry-After": "7"}), OK]}) as server:
        http, clock = opened(server)
        http.send("GET", PATH)
    assert clock.seconds == 7


@pytest.mark.parametrize(
    ("asked", "longest"), [("3600", 30), ("soon", 1), ("-5", 1)], ids=["long", "words", "negative"]
)
def test_but_not_anything(asked: str, longest: float) -> None:
    with FakeServer({LINE: [Reply(503, {}, {"Retry-After": asked}), OK]}) as server:
        http, clock = opened(server)
        http.send("GET", PATH)
    assert 0 < clock.seconds <= longest


class TestBudget:
    """After it the last answer stands, or the server is said to be out of reach."""

    def test_of_a_server_that_has_answered(self) -> None:
        with FakeServer({LINE: status(503, "overload")}) as server:
            http, clock = opened(server)
            assert http.send("GET", PATH).status == 503
        assert RETRY_BUDGET - 15 <= clock.seconds <= RETRY_BUDGET

    def test_of_one_that_never_did_is_short(self) -> None:
        with FakeServer({LINE: Reply(lost=True)}) as server:
            http, clock = opened(server)
            with pytest.raises(Unreachable) as caught:
                http.send("GET", PATH)
        assert 2 <= clock.seconds <= FIRST_CONTACT_BUDGET
        assert str(caught.value).startswith(f"{server.url} cannot be reached: ")
        assert "Nothing is assumed about its state" in str(caught.value)

    def test_once_reached_an_outage_is_waited_for(self) -> None:
        with FakeServer({LINE: [OK, *[Reply(lost=True)] * 8, OK]}) as server:
            http, clock = opened(server)
            http.send("GET", PATH)
            assert http.send("GET", PATH).body == {"x": 1}
        assert FIRST_CONTACT_BUDGET < clock.seconds < RETRY_BUDGET

    def test_another_one_for_a_while(self) -> None:
        with FakeServer({LINE: status(503)}) as server:
            http, clock = opened(server)
            with http.retrying_for(SHORT_BUDGET):
                http.send("GET", PATH)
            assert clock.seconds <= SHORT_BUDGET
            http.send("GET", PATH)
        assert clock.seconds > RETRY_BUDGET - 15

    def test_inside_a_small_one_there_is_no_larger_one(self) -> None:
        with FakeServer({LINE: status(503)}) as server:
            http, clock = opened(server)
            with http.retrying_for(SHORT_BUDGET), http.retrying_for(RETRY_BUDGET):
                http.send("GET", PATH)
        assert clock.seconds <= SHORT_BUDGET


class TestLines:
    """Nobody waits in silence: a line for the first retry, and one each minute while it lasts."""

    def test_of_an_outage(self) -> None:
        lines: list[str] = []
        with FakeServer({LINE: status(503, "overload")}) as server:
            http, clock = opened(server, report=lambda line: lines.append(f"{clock.seconds:.0f} {line}"))
            http.send("GET", PATH)
        assert lines[0] == f"0 {server.url} answers 503 (overload); trying again, 0s of at most 150s"
        times = [float(line.split()[0]) for line in lines] + [clock.seconds]
        assert 3 <= len(lines) <= 6
        assert all(after - before <= HEARTBEAT for before, after in itertools.pairwise(times))

    @pytest.mark.parametrize(
        ("replies", "told"),
        [
            pytest.param([OK], 0, id="no trouble"),
            pytest.param([status(503), OK], 1, id="one retry"),
            pytest.param([Reply(lost=True), OK], 1, id="one lost connection"),
            pytest.param([status(503), OK, status(503), OK], 1, id="two requests in a row: one line is enough"),
            pytest.param([status(422)], 0, id="an answer"),
        ],
    )
    def test_of_requests(self, replies: list[Reply], told: int) -> None:
        lines: list[str] = []
        with FakeServer({LINE: replies}) as server:
            http, _clock = opened(server, report=lines.append)
            http.send("GET", PATH)
            http.send("GET", PATH)
        assert len(lines) == told, lines

    def test_of_a_later_request(self) -> None:
        lines: list[str] = []
        with FakeServer({LINE: [status(503), OK, status(503), OK]}) as server:
            http, clock = opened(server, report=lines.append)
            http.send("GET", PATH)
            clock.sleep(60)
            http.send("GET", PATH)
        assert len(lines) == 2

    def test_not_where_the_caller_asks_again_and_tells_it(self) -> None:
        lines: list[str] = []
        with FakeServer({LINE: status(503)}) as server:
            http, _clock = opened(server, report=lines.append)
            with http.retrying_for(SHORT_BUDGET):
                http.send("GET", PATH)
        assert lines == []


class TestCredentials:
    def test_401_reloads_them_once(self) -> None:
        with FakeServer({LINE: [status(401), OK]}) as server:
            http, clock = opened(server, tokens=["old", "new"])
            assert http.send("GET", PATH).status == 200
        assert [r.headers["authorization"] for r in server.requests] == ["Bearer old", "Bearer new"]
        assert clock.seconds == 0

    def test_and_stays_401_when_the_new_ones_are_no_better(self) -> None:
        with FakeServer({LINE: status(401)}) as server:
            http, _clock = opened(server, tokens=["old", "new", "newer"])
            assert http.send("GET", PATH).status == 401
        assert len(server.requests) == 2

    def test_each_request_may_reload(self) -> None:
        """Tokens live an hour, an upgrade longer."""
        with FakeServer({LINE: [status(401), OK, status(401), OK]}) as server:
            http, _clock = opened(server, tokens=["a", "b", "c"])
            assert [http.send("GET", PATH).status for _round in range(2)] == [200, 200]
        assert [r.headers["authorization"][-1] for r in server.requests] == ["a", "b", "b", "c"]


def test_what_is_sent() -> None:
    with FakeServer({"PATCH /a": OK, LINE: OK}) as server:
        http, _clock = opened(server, tokens=["t"])
        http.send("PATCH", "/a?x=1", {"y": 2}, "application/merge-patch+json")
        http.send("GET", PATH, accept="text/special")
    patch, get = server.requests
    assert (patch.query, patch.body) == ({"x": "1"}, {"y": 2})
    assert patch.headers["content-type"] == "application/merge-patch+json"
    assert (patch.headers["user-agent"], patch.headers["accept"]) == ("capi.lifecycle", "application/json")
    assert (get.body, get.headers["content-type"], get.headers["accept"]) == (None, None, "text/special")


@pytest.mark.parametrize(
    ("reply", "body", "message"),
    [
        (Reply(200, b""), {}, ""),
        (Reply(200, b"plain text"), {"message": "plain text"}, "plain text"),
        (Reply(200, ["a"]), ["a"], "['a']"),
        (status(404, "gone"), None, "gone"),
    ],
    ids=["empty", "no JSON", "a list", "status"],
)
def test_bodies(reply: Reply, body: Any, message: str) -> None:
    with FakeServer({LINE: reply}) as server:
        answer = opened(server)[0].send("GET", PATH)
    assert body in (None, answer.body)
    assert answer.message == message


def test_nobody_listens() -> None:
    with pytest.raises(
        Unreachable, match=r"http://127\.0\.0\.1:9 cannot be reached: connection refused \(is it running"
    ):
        client("http://127.0.0.1:9")[0].send("GET", PATH)


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(Unreachable, match="cannot be reached: its name does not resolve"):
        client("http://nowhere.invalid")[0].send("GET", PATH)


def test_close_removes_what_the_client_left() -> None:
    done: list[str] = []
    with FakeServer({LINE: OK}) as server:
        configuration = kubernetes.client.Configuration(host=server.url)
        http = Http(
            lambda: kubernetes.client.ApiClient(configuration), clock=FakeClock(), clean_up=lambda: done.append("x")
        )
        http.send("GET", PATH)
        http.close()
    assert done == ["x"]


REF = Ref("cluster.x-k8s.io/v1beta2", "Cluster", "team", "prod")
CAUSE = {"reason": "FieldManagerConflict", "field": ".spec.replicas", "message": 'conflict with "argocd" using v1'}
UNTYPED = "failed to create typed patch object (x): .spec.replica: field not declared in schema"
ERRORS = {
    "401": (401, {}, "Forbidden", "https://m does not accept the credentials (expired, or of another cluster)"),
    "403": (
        403,
        {"message": 'User "u" cannot patch'},
        "Forbidden",
        'User "u" cannot patch Ask for this rule in the RBAC',
    ),
    "403 of a namespace that goes": (
        403,
        {"message": "unable to create new content in namespace team because it is being terminated"},
        "InvalidInput",
        "because it is being terminated",
    ),
    "403 of a policy": (
        403,
        {"message": 'admission webhook "validate.kyverno.svc-fail" denied the request: label owner is missing'},
        "InvalidInput",
        "label owner is missing",
    ),
    "403 of an admission policy": (
        403,
        {"message": "'a' is forbidden: ValidatingAdmissionPolicy 'o' with binding 'b' denied request: no owner"},
        "InvalidInput",
        "no owner",
    ),
    "404": (404, {"message": "not found"}, "NotFound", "not found"),
    "409": (409, {"message": "the object has been modified"}, "Conflict", "the object has been modified"),
    "409 of server-side apply": (
        409,
        {"message": "Apply failed", "details": {"causes": [CAUSE, {"reason": "Other"}]}},
        "Conflict",
        'fields that this would set: .spec.replicas (conflict with "argocd" using v1). Leave these fields out, or set',
    ),
    "400": (400, {"message": "strict decoding error"}, "InvalidInput", "strict decoding error"),
    "413": (413, {"message": "too large"}, "InvalidInput", "too large"),
    "422": (422, {"message": "spec.version: Required"}, "InvalidInput", "spec.version: Required"),
    "500 that is an unknown field": (500, {"message": UNTYPED}, "InvalidInput", "field not declared in schema"),
    "500 of a webhook that is silent": (
        500,
        {"message": WEBHOOK},
        "Unreachable",
        "answers 500 (Internal error occurred",
    ),
    "503": (
        503,
        {"message": "overload"},
        "Unreachable",
        "https://m answers 503 (overload). Try again when it is well.",
    ),
    "500": (500, {"message": "boom"}, "Failed", "https://m answered 500: boom"),
    "410": (410, {"message": "gone"}, "Failed", "answered 410: gone"),
}


@pytest.mark.parametrize(("code", "body", "error", "words"), ERRORS.values(), ids=ERRORS)
def test_errors_in_our_words(code: int, body: Any, error: str, words: str) -> None:
    found = error_of(Answer(code, body), "apply", REF, "https://m")
    assert found.__class__ is getattr(_errors, error)
    assert str(found).startswith("Could not apply Cluster team/prod: ")
    assert words in str(found)
    assert found.details == {"kind": "Cluster", "namespace": "team", "name": "prod", "status": code}
    assert isinstance(found, CapiError)


def opened(server: FakeServer, tokens: list[str] | None = None, **more: Any) -> tuple[Http, FakeClock]:
    return client(server.url, tokens, **more)


def client(url: str, tokens: list[str] | None = None, **more: Any) -> tuple[Http, FakeClock]:
    """An Http on the official client; each time it is made, it has the next token."""
    left, clock = list(tokens or []), FakeClock()

    def make() -> Any:
        configuration = kubernetes.client.Configuration(host=url)
        if left:
            configuration.api_key = {"authorization": f"Bearer {left.pop(0)}"}
        return kubernetes.client.ApiClient(configuration)

    maker: Callable[[], Any] = make
    return Http(maker, clock=clock, **more), clock
