# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What others wrote is never a template: whoever may label a Machine must not run code on the controller.

ansible-core 2.19 and newer take only texts for templates that are marked as trusted, and what comes from an API server
is not. Older ones take every text, unless it is marked as unsafe. Only texts that could be templates are marked:
marked ones leave ``ansible-inventory --export`` as mappings, which AWX does not turn into texts again.
"""

from __future__ import annotations

from typing import Any

try:
    from ansible.template import trust_as_template
except ImportError:
    from ansible.utils.unsafe_proxy import AnsibleUnsafeText

    trust_as_template = None

TRUST_IS_MARKED = trust_as_template is not None
# A template begins with a brace; a header may put another sign in its place.
_SIGN, _HEADER = "{", "#jinja2:"


def untrusted(value: Any) -> Any:
    """The value with every text in it kept from being a template, on each core."""
    return value if TRUST_IS_MARKED else _marked(value)


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        return AnsibleUnsafeText(value) if _SIGN in value or value.startswith(_HEADER) else value
    if isinstance(value, dict):
        return {_marked(key): _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return value
