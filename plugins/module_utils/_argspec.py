# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Option groups that several modules share; their documentation twins are in doc_fragments/."""

from __future__ import annotations

from typing import Any

# Twin: doc_fragments/management.py
MANAGEMENT: dict[str, Any] = {"management_cluster_uid": {"type": "str"}}

# Twin: doc_fragments/wait.py
WAIT: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "stall_timeout": {"type": "int", "default": 900},
}

# Twin: doc_fragments/cluster_name.py
CLUSTER_NAME: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
}
