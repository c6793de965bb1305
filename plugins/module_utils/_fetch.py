# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Content of an address, by Ansible's own client (proxies, certificates)."""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead, InvalidURL
from typing import Any

from ansible.module_utils.urls import open_url

from ._errors import InvalidInput, NotFound
from ._wait import Clock

_TIMEOUT = 30  # seconds of silence
_LONGEST = 600.0  # seconds for all of it: a server that trickles is never silent
_LARGEST = 512 << 20  # bytes; clusterctl has some 100 million
_CHUNK = 1 << 20
_SCHEMES = ("https://", "http://", "file://")


def fetch(url: str, what: str, *, clock: Clock | None = None, largest: int = _LARGEST) -> bytes:
    """Read ``url``, before anything is changed. Raises InvalidInput or NotFound, which name ``what`` (an option)."""
    if not url.startswith(_SCHEMES):
        raise InvalidInput(f"{what} {url!r} must start with {', '.join(_SCHEMES)}.")
    clock = clock or Clock()
    end = clock.now() + _LONGEST
    try:
        with open_url(url, timeout=_TIMEOUT, follow_redirects="safe") as response:
            return _content(response, clock, end, largest)
    except (InvalidURL, ValueError) as error:
        raise InvalidInput(f"{what} {url!r} is not a URL: {error}. Nothing was changed; correct it.") from error
    except (OSError, HTTPException) as error:  # urllib's errors are OSErrors
        reason = getattr(error, "reason", error)
        raise NotFound(f"{what} {url} cannot be fetched: {reason}. Nothing was changed.") from error


def _content(response: Any, clock: Clock, end: float, largest: int) -> bytes:
    """All of the answer, unless it is too large or takes too long."""
    content = bytearray()
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise OSError(f"it is larger than {largest} bytes")
        if clock.now() > end:
            raise OSError(f"it is not complete after {_LONGEST:.0f}s ({len(content)} bytes so far)")
    if getattr(response, "length", None):  # read1 takes a lost connection for the end
        raise IncompleteRead(bytes(content), response.length)
    return bytes(content)
