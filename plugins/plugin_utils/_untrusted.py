# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What others wrote is never a template: whoever may label a Machine must not run code on the controller.

ansible-core 2.19 and newer take only texts for templates that are marked as trusted; older ones take every text that is
not marked as unsafe. Either mark decides what ``ansible-inventory --export`` prints: a text that is not safe becomes a
mapping, ``{"__ansible_unsafe": ...}``, which AWX keeps as a mapping. So a text counts as safe when it is made of signs
of which nothing can be built that runs, neither as a template nor as an expression (``when: variable``); names,
versions, addresses and times are. All others are literal everywhere, and look odd in AWX.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from ansible.template import trust_as_template

    mark_as_unsafe = None
except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var as mark_as_unsafe

    trust_as_template = None

TRUST_IS_MARKED = trust_as_template is not None
# No braces, quotes, parentheses, brackets, pipes, and no # (a header of templates can name other signs than braces).
_SAFE = re.compile(r"[A-Za-z0-9_ .:/@+,=~-]*")


def untrusted(value: Any) -> Any:
    """A copy in which every text is kept from being a template, on each core."""
    return _Marker().marked(value)


def untrusted_each(rows: list[Any]) -> list[Any]:
    """The same in place, one row after the other: there are never two copies of 10 000 of them."""
    marker = _Marker()
    for number, row in enumerate(rows):
        rows[number] = marker.marked(row)
    return rows


class _Marker:
    """Marks each text once: most are in many rows."""

    def __init__(self) -> None:
        self._marked: dict[str, Any] = {}

    def marked(self, value: Any) -> Any:
        if isinstance(value, str):
            found = self._marked.get(value)
            if found is None:
                found = self._marked[value] = _mark(value)
            return found
        if isinstance(value, dict):
            return {key: self.marked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.marked(item) for item in value]
        return value


def _mark(text: str) -> Any:
    if _SAFE.fullmatch(text):
        return trust_as_template(text) if TRUST_IS_MARKED else text
    return text if TRUST_IS_MARKED else mark_as_unsafe(text)
