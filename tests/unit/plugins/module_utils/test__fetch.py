# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content of an address, and one message for each way in which it cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, NotFound
from ansible_collections.capi.lifecycle.plugins.module_utils._fetch import fetch
from fake_server import FakeServer, Reply
from fakes import FakeClock


def test_http() -> None:
    with FakeServer({"GET /a": Reply(body=b"content")}) as server:
        assert fetch(f"{server.url}/a", "template.url") == b"content"


def test_a_redirection_is_followed() -> None:
    moved = Reply(302, b"", {"Location": "/b"})
    with FakeServer({"GET /a": moved, "GET /b": Reply(body=b"content")}) as server:
        assert fetch(f"{server.url}/a", "template.url") == b"content"
        assert server.seen == ["GET /a", "GET /b"]


def test_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("content")
    assert fetch((tmp_path / "a").as_uri(), "template.url") == b"content"


@pytest.mark.parametrize("url", ["ftp://a.example/x", "/etc/passwd", "", "HTTP//x"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        fetch(url, "template.url")
    assert str(caught.value) == f"template.url {url!r} must start with https://, http://, file://."


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("https://exa mple.com/x", "control characters", id="a space in the host"),
        pytest.param("https://example.com/a b", "control characters", id="a space in the path"),
        pytest.param("https://host:port/x", "nonnumeric port: 'port'", id="a port in words"),
        pytest.param("http://[::1/x", "Invalid IPv6 URL", id="half an address"),
        pytest.param("http://example..invalid/x", "label empty", id="an empty label"),
    ],
)
def test_what_is_no_url_is_refused(url: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        fetch(url, "template.url")
    assert str(caught.value).startswith(f"template.url {url!r} is not a URL: ")
    assert words in str(caught.value)
    assert "Nothing was changed; correct it." in str(caught.value)


class SlowClock(FakeClock):
    """Five minutes pass between two looks at it."""

    def now(self) -> float:
        self.seconds += 300
        return self.seconds


LARGE = b"x" * (3 << 20)  # more than one read


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        pytest.param({"clock": SlowClock()}, "it is not complete after 600s", id="too slow"),
        pytest.param({"largest": 2 << 20}, "it is larger than 2097152 bytes", id="too large"),
    ],
)
def test_the_patience_with_a_server_has_an_end(limit: Any, words: str) -> None:
    with FakeServer({"GET /a": Reply(body=LARGE)}) as server:
        assert fetch(f"{server.url}/a", "template.url") == LARGE
        with pytest.raises(NotFound, match=words) as caught:
            fetch(f"{server.url}/a", "template.url", **limit)
    assert str(caught.value).startswith(f"template.url {server.url}/a cannot be fetched: ")


def test_half_an_answer() -> None:
    half = Reply(body=b"half", cut=10)
    with FakeServer({"GET /a": half}) as server, pytest.raises(NotFound, match="10 more expected"):
        fetch(f"{server.url}/a", "template.url")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/gone", "Not Found", id="404"),
        pytest.param("/broken", "Internal Server Error", id="500"),
        pytest.param("/lost", "without response", id="connection lost"),
    ],
)
def test_the_reason_is_said(path: str, words: str) -> None:
    with FakeServer({"GET /broken": Reply(500), "GET /lost": Reply(lost=True)}) as server:
        with pytest.raises(NotFound) as caught:
            fetch(server.url + path, "template.url")
        assert f"template.url {server.url}{path} cannot be fetched: " in str(caught.value)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:9/x", "Connection refused"), ("file:///nonexistent/x", "No such file")],
    ids=["nobody listens", "no file"],
)
def test_nothing_there(url: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        fetch(url, "template.url")
