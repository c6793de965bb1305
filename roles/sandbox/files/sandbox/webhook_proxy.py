# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from kube-apiserver to webhooks: its own egress selector asks this proxy, which knows loopback only.

EndpointSlices refuse loopback addresses, and a machine may have no other, or another one tomorrow. So they hold an
address of the documentation range, and a CONNECT to any address ends at the same port of 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Container
from pathlib import Path

from .addresses import LOOPBACK

HEAD_SECONDS = 10
CHUNK = 65536


def target_port(head: bytes) -> int | None:
    """The port of a CONNECT request, None where it is something else."""
    method, _space, rest = head.decode("latin-1").partition(" ")
    port = rest.partition(" ")[0].rpartition(":")[2]
    return int(port) if method == "CONNECT" and port.isdecimal() else None


class WebhookProxy:
    """Connects to ports of its own sandbox only."""

    def __init__(self, ports: Container[int]) -> None:
        self._ports = ports

    def start(self, socket: Path) -> None:
        """Serve on a socket in the working directory, from a thread, until the process ends."""
        socket.unlink(missing_ok=True)
        threading.Thread(target=lambda: asyncio.run(self._serve(socket)), daemon=True).start()

    async def _serve(self, socket: Path) -> None:
        # By its bare name: the path of a sandbox may be longer than the 100 or so bytes that a socket address holds.
        server = await asyncio.start_unix_server(self._connect, socket.name)
        async with server:
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
            port = target_port(head)
            if port not in self._ports:
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                return
            inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        finally:
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:  # the other side went away, which is how connections end here
        pass
    finally:
        writer.close()
