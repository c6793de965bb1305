# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a restore has to know of one control plane. Reads only, and asks neither the API nor etcd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._host import NodeSession
from ._outcome import Outcome
from ._restore_journal import COMPONENTS, last_restore, manifest_path, member_of, open_restore
from ._snapshot_file import ours, taken_at


def read_restore(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """``open`` and ``last`` restore, ``member`` of etcd, ``missing`` manifests, ``backups`` newest first."""
    host = session.host
    taken = {path: taken_at(path) for path in ours(params["directory"])}
    return Outcome(
        values={
            "open": open_restore(host),
            "last": last_restore(host),
            "member": member_of(host),
            "missing": [name for name in COMPONENTS if not manifest_path(host, name)],
            "backups": [{"path": path, "taken": f"{at:%Y-%m-%dT%H:%M:%SZ}"} for path, at in taken.items() if at],
        }
    )
