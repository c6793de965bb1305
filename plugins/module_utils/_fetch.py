# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Content of an address, by Ansible's own client (proxies, certificates)."""

from __future__ import annotations

from ansible.module_utils.urls import open_url

from ._errors import InvalidInput, NotFound

_TIMEOUT = 30  # seconds
_SCHEMES = ("https://", "http://", "file://")


def fetch(url: str, what: str) -> bytes:
    """Read ``url``, before anything is changed. Raises InvalidInput or NotFound, which name ``what`` (an option)."""
    if not url.startswith(_SCHEMES):
        raise InvalidInput(f"{what} {url!r} must start with {', '.join(_SCHEMES)}.")
    try:
        with open_url(url, timeout=_TIMEOUT, follow_redirects="safe") as response:
            content: bytes = response.read()
            return content
    except OSError as error:  # urllib's errors are OSErrors
        reason = getattr(error, "reason", error)
        raise NotFound(f"{what} {url} cannot be fetched: {reason}. Nothing was changed.") from error
