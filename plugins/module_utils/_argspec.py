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

_OVERRIDE: dict[str, Any] = {
    "owners": {"type": "list", "elements": "str"},
    "version": {"type": "str"},
    "machine_template": {"type": "dict", "required": True, "options": {"patch": {"type": "dict", "required": True}}},
}
_FACTS: dict[str, Any] = {
    "as_of": {"type": "str"},
    "kubernetes": {"type": "list", "elements": "str"},
    "known_bad": {
        "type": "list",
        "elements": "dict",
        "options": {
            "kubernetes": {"type": "list", "elements": "str", "required": True},
            "fixed_in": {"type": "list", "elements": "str", "default": []},
            "reason": {"type": "str", "required": True},
            "source": {"type": "str"},
        },
    },
    "supported": {
        "type": "list",
        "elements": "dict",
        "options": {key: {"type": "str", "required": True} for key in ("capi", "lowest", "highest")},
    },
}
# Twin: doc_fragments/releases.py
RELEASES: dict[str, Any] = {"releases": {"type": "dict", "options": _FACTS}}

# Twin: doc_fragments/upgrade.py
UPGRADE: dict[str, Any] = {
    "kubernetes_version": {"type": "str"},
    "rollout_only": {"type": "bool", "default": False},
    "rollout_after": {"type": "str"},
    "path": {"type": "list", "elements": "str"},
    **RELEASES,
    "node_pools": {"type": "list", "elements": "str"},
    "workers_every_hop": {"type": "bool", "default": False},
    "pause_between": {"type": "bool", "default": False},
    "upgrade_concurrency": {"type": "int"},
    "node_drain_timeout": {"type": "int"},
    "variables": {"type": "dict"},
    "overrides": {"type": "list", "elements": "dict", "options": _OVERRIDE},
    "workload_access": {"type": "bool", "default": False},
    "skip_checks": {"type": "list", "elements": "str", "default": []},
}
