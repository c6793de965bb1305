# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster at one moment: its object and what belongs to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ._objects import CONTROL_PLANE_LABEL, DEPLOYMENT_LABEL, POOL_LABEL, Object, labels_of, name_of

POOL_KINDS = ("MachineDeployment", "MachinePool")


@dataclass(frozen=True)
class Parts:
    """A cluster and what belongs to it; pools and machines are in the order of their names."""

    cluster: Object
    control_plane: Object | None = None
    pools: Sequence[Object] = field(default_factory=tuple)  # MachineDeployments and MachinePools
    machines: Sequence[Object] = field(default_factory=tuple)

    @property
    def owners(self) -> list[Object]:
        return [self.cluster, *([self.control_plane] if self.control_plane else []), *self.pools]

    def machines_of(self, pool: Object | None) -> list[Object]:
        """Machines of a pool; of the control plane for None."""
        if pool is None:
            return [m for m in self.machines if CONTROL_PLANE_LABEL in labels_of(m)]
        label = POOL_LABEL if pool["kind"] == "MachinePool" else DEPLOYMENT_LABEL
        return [m for m in self.machines if labels_of(m).get(label) == name_of(pool)]
