# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The border between Ansible's own types and plain Python, for filters."""

from __future__ import annotations

import json
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var


def plain(value: Any) -> Any:
    """A copy in plain types: ansible-core >= 2.19 hands containers to filters that can only be read."""
    return json.loads(json.dumps(value, default=str))


def unsafe(value: Any) -> Any:
    """A plain copy, marked so that no ansible-core takes a text in it for a template: it comes from remote servers."""
    return wrap_var(plain(value))
