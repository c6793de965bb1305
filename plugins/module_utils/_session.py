# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an operation may touch: the cluster, the operator's screen, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from ._kube import Kube
from ._wait import Clock


@dataclass(frozen=True)
class Session:
    """``kube`` is already in dry-run mode when ``dry_run`` is set (check mode)."""

    kube: Kube
    report: Callable[[str], None]
    clock: Clock
    dry_run: bool = False
