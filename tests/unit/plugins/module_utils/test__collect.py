# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long LIST against a real HTTP server: one request, pages where that does not come through, never a part of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import kubernetes.client
import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._collect import Chosen, collect
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Unreachable,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._http import Http
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Ref, name_of
from fake_server import FakeServer, Reply, status
from fakes import FakeClock

PATH = "/apis/cluster.x-k8s.io/v1beta2/machines"
LINE = f"GET {PATH}"
ALL = Chosen()
REF = Ref("cluster.x-k8s.io/v1beta2", "Machine", "", "*")


def listed(*names: str, further: str = "") -> Reply:
    meta = {"continue": further} if further else {"resourceVersion": "7"}
    return Reply(body={"items": [{"metadata": {"name": name}} for name in names], "metadata": meta})


def test_one_request_out_of_the_cache() -> None:
    with FakeServer({LINE: listed("a", "b")}) as server:
        found = collected(server, Chosen("", "x=1", "metadata.name!=c"), lambda item: (item["kind"], name_of(item)))
    assert found == [("Machine", "a"), ("Machine", "b")]
    query = {"labelSelector": "x=1", "fieldSelector": "metadata.name!=c", "resourceVersion": "0"}
    assert [request.query for request in server.requests] == [query]


HALF = json.dumps(listed("a", "b").body)[:40].encode()
TROUBLE = {
    "410 of an old version": status(410),
    "413 of a proxy": status(413),
    "504 of a slow server": status(504),
    "500 of a defect": status(500),
    "cut by a proxy": Reply(body=HALF, cut=100),
    "cut, and nobody says so": Reply(body=HALF),
    "a page of a proxy": Reply(body=b"<html>"),
    "connection lost": Reply(lost=True),
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_pages_where_the_whole_does_not_come_through(trouble: Reply) -> None:
    whole = trouble.status in (410, 413, 500) or bool(trouble.body)
    first = [trouble] if whole and trouble.status != 504 else [trouble] * 3  # some are tried again for three seconds
    with FakeServer({LINE: [*first, listed("a", "b", further="next"), listed("c")]}) as server:
        found = collected(server)
    assert found == ["a", "b", "c"]
    pages = [request.query for request in server.requests if "limit" in request.query]
    assert pages[-1] == {"limit": "500", "continue": "next"}
    assert all("resourceVersion" not in page for page in pages)


ANSWERS = {
    "expired token": (status(401), Forbidden, "does not accept the credentials"),
    "no permission": (status(403, "machines is forbidden"), Forbidden, "Ask for this rule in the RBAC"),
    "no such kind": (status(404), NotFound, "Could not list Machine"),
    "selector": (status(400, 'field label not supported: "x"'), InvalidInput, "field label not supported"),
    "down": (status(503, "overload"), Unreachable, "answers 503"),
    "no list at all": (Reply(body={"message": "welcome"}), Unreachable, "something else than a list"),
}


@pytest.mark.parametrize(("reply", "error", "words"), ANSWERS.values(), ids=ANSWERS)
def test_refusals(reply: Reply, error: type[Exception], words: str) -> None:
    with FakeServer({LINE: reply}) as server, pytest.raises(error, match=words):
        collected(server)


def test_a_connection_that_was_cut_is_not_used_again() -> None:
    with FakeServer({LINE: [Reply(body=HALF, cut=100), listed("a")], "GET /x": Reply(body={"y": 1})}) as server:
        http = opened(server)
        assert collect(http, PATH, REF, name_of, Chosen()) == ["a"]
        assert http.send("GET", "/x").body == {"y": 1}


def collected(server: FakeServer, chosen: Chosen = ALL, keep: Callable[[Any], Any] = name_of) -> list[Any]:
    http = opened(server)
    http.send("GET", "/version")  # a server that has answered
    del server.requests[:]
    return collect(http, PATH, REF, keep, chosen)


def opened(server: FakeServer) -> Http:
    def client() -> Any:
        configuration = kubernetes.client.Configuration()
        configuration.host = server.url
        return kubernetes.client.ApiClient(configuration)

    return Http(client, clock=FakeClock())
