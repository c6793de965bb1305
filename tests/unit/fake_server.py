# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server on 127.0.0.1 with a table of answers, for what speaks HTTP.

    with FakeServer({"GET /version": Reply(body={"major": "1"}), "GET /busy": [Reply(503), Reply()]}) as server:
        ...
    assert server.seen == ["GET /version"]

Of several answers the last one stays. A path that is not in the table is answered by 404, as an API server does it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer; ``body`` is sent as JSON, or as it is when it is bytes. ``lost`` closes the connection instead.

    ``cut`` closes it when so many bytes of the body are still to come.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    cut: int = 0


@dataclass(frozen=True)
class Request:
    """What reached the server."""

    line: str  # "GET /path", without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


def status(code: int, message: str = "", **more: Any) -> Reply:
    """A refusal in the words of an API server."""
    return Reply(code, {"kind": "Status", "status": "Failure", "message": message, "code": code, **more})


def discovery(*kinds: tuple[str, str, str, bool]) -> dict[str, Reply]:
    """The answers of aggregated discovery for kinds: apiVersion, kind, plural, namespaced."""
    groups: dict[str, dict[str, list[Any]]] = {}
    for api_version, kind, plural, namespaced in kinds:
        group, _slash, version = api_version.rpartition("/")
        scope = "Namespaced" if namespaced else "Cluster"
        found = {"resource": plural, "responseKind": {"kind": kind}, "scope": scope}
        groups.setdefault(group, {}).setdefault(version, []).append(found)
    items = [
        {
            "metadata": {"name": group} if group else {},
            "versions": [{"version": version, "resources": found} for version, found in versions.items()],
        }
        for group, versions in groups.items()
    ]
    core, others = ([i for i in items if bool(i["metadata"]) is named] for named in (False, True))
    return {"GET /api": Reply(body={"items": core}), "GET /apis": Reply(body={"items": others})}


def kubeconfig(url: str, name: str = "test") -> str:
    """A kubeconfig for the server, as JSON, which is YAML."""
    cluster, user = {"name": name, "cluster": {"server": url}}, {"name": name, "user": {"token": "t"}}
    context = {"name": name, "context": {"cluster": name, "user": name}}
    whole = {"clusters": [cluster], "users": [user], "contexts": [context], "current-context": name}
    return json.dumps({"apiVersion": "v1", "kind": "Config", **whole})


class FakeServer:
    """Answers by the table, and keeps what was asked."""

    def __init__(self, answers: Mapping[str, Reply | Sequence[Reply]]) -> None:
        self._answers = {k: [v] if isinstance(v, Reply) else list(v) for k, v in answers.items()}
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def seen(self) -> list[str]:
        return [request.line for request in self.requests]

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        replies = self._answers.get(request.line, [status(404, "the server could not find the requested resource")])
        return replies.pop(0) if len(replies) > 1 else replies[0]


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            url = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            request = Request(f"{self.command} {url.path}", dict(parse_qsl(url.query)), self.headers, body)
            self.reply(server.answer(request))

        def reply(self, reply: Reply) -> None:
            if reply.lost:
                self.close_connection = True
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(content) + reply.cut)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            self.close_connection = self.close_connection or bool(reply.cut)

        def log_message(self, *arguments: Any) -> None:
            return None

    return Handler
