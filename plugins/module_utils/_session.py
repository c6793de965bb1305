# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an operation may touch: the cluster, the operator's screen, the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ._errors import Refused
from ._kube import Kube
from ._wait import Clock


def no_way(kubeconfig: Mapping[str, Any]) -> Any:
    raise Refused("This operation does not reach into workload clusters.")


@dataclass(frozen=True)
class Session:
    """``kube`` is already in dry-run mode when ``dry_run`` is set (check mode)."""

    kube: Kube
    report: Callable[[str], None]
    clock: Clock
    dry_run: bool = False
    reach: Callable[[Mapping[str, Any]], Any] = no_way  # from a kubeconfig's content to a Kube, for reading
