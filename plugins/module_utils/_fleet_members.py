# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which cluster a host of an inventory stands for, and how its management cluster is reached. Pure."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from ._objects import content_hash

COMPARED = "__cluster_compared"  # what roles/cluster/tasks/compare.yml registers
_OF_COMPARED = ("changed_objects", "skipped", "msg")  # of it; the rest may be long, and is nobody's business


def fleet_member(variables: Mapping[str, Any], clusters: Collection[str]) -> dict[str, Any]:
    """The host, its cluster (no name for a host that is none), and how to reach its management cluster.

    The key of a site is made of all that says where it is, so that hosts of one management cluster have the same.
    """
    host = str(variables["inventory_hostname"])
    given = {n: variables.get(f"management_cluster_{n}") or "" for n in ("kubeconfig", "context", "uid")}
    compared = variables.get(COMPARED) or {}
    named = str(variables.get("report_management_cluster") or "")
    return {
        "host": host,
        "site": {"key": content_hash([named, given]), "name": named or site_name(given), **given},
        "namespace": str(variables.get("cluster_namespace") or "default"),
        "name": str(variables.get("cluster_name") or host) if host in clusters else "",
        "compared": {key: compared[key] for key in _OF_COMPARED if key in compared},
    }


def site_name(given: Mapping[str, Any]) -> str:
    """A name for a management cluster without one: its context, or the file; a kubeconfig's content is never shown."""
    if given["context"]:
        return str(given["context"])
    path = given["kubeconfig"]
    if not isinstance(path, str) or not path or "\n" in path:
        return "management"
    stem = os.path.basename(path).removesuffix(".yaml").removesuffix(".yml").removesuffix(".kubeconfig")
    return os.path.basename(os.path.dirname(path)) or stem if stem in ("kubeconfig", "config", "admin.conf") else stem
