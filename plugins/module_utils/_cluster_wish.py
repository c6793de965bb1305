# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a task says about a cluster, apart from its objects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ClusterWish:
    """What the task says about the cluster, apart from its objects. Times in seconds."""

    name: str
    namespace: str
    wait: bool
    wait_timeout: int
    stall_timeout: int
    force_conflicts: bool = False
    protected: bool = False
    confirm: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ClusterWish:
        return cls(**{k: params[k] for k in cls.__dataclass_fields__ if params.get(k) is not None})

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def values(self) -> dict[str, Any]:
        """The part of every result."""
        return {"name": self.name, "namespace": self.namespace}
