# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-apiserver reaches webhooks through a proxy that knows loopback and the sandbox's own ports only."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.webhook_proxy import WebhookProxy, target_port


@pytest.mark.parametrize(
    ("head", "port"),
    [
        (b"CONNECT 192.0.2.1:16396 HTTP/1.1\r\nHost: 192.0.2.1:16396\r\n\r\n", 16396),
        (b"CONNECT [::1]:16396 HTTP/1.1\r\n\r\n", 16396),
        (b"CONNECT somewhere HTTP/1.1\r\n\r\n", None),
        (b"GET http://x:16396/ HTTP/1.1\r\n\r\n", None),
        (b"\r\n\r\n", None),
        (b"\xff\xfe\r\n\r\n", None),
    ],
)
def test_target_port(head: bytes, port: int | None) -> None:
    assert target_port(head) == port


@pytest.fixture
def webhook() -> Iterator[int]:
    """A program that answers each connection with what it got, in capitals; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _peer = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(connection.recv(100).upper())

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that nobody else takes, and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def proxy(webhook: int, silent: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The socket of a proxy for these two ports."""
    monkeypatch.chdir(tmp_path)  # the pod runner's working directory is the sandbox
    WebhookProxy({webhook, silent}).start(tmp_path / "webhooks.sock")
    limit = time.monotonic() + 5
    while not os.path.exists("webhooks.sock") and time.monotonic() < limit:
        time.sleep(0.01)
    return "webhooks.sock"


def ask(proxy: str, port: int) -> tuple[bytes, socket.socket]:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(proxy)
    connection.sendall(f"CONNECT 192.0.2.1:{port} HTTP/1.1\r\n\r\n".encode())
    return connection.recv(100), connection


def test_a_webhook_is_reached(proxy: str, webhook: int) -> None:
    answer, connection = ask(proxy, webhook)
    with connection:
        assert answer == b"HTTP/1.1 200 OK\r\n\r\n"
        connection.sendall(b"review")
        assert connection.recv(100) == b"REVIEW"
        assert connection.recv(100) == b"", "it ends when the webhook ends"


def test_a_webhook_that_does_not_run(proxy: str, silent: int) -> None:
    answer, connection = ask(proxy, silent)
    connection.close()
    assert answer == b"HTTP/1.1 502 Bad Gateway\r\n\r\n"


def test_ports_of_others_are_refused(proxy: str) -> None:
    answer, connection = ask(proxy, 1)
    connection.close()
    assert answer == b"HTTP/1.1 403 Forbidden\r\n\r\n"
