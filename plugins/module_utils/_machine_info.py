# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What there is: the Machines of a management cluster, with one LIST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._describe_machine import describe_machine
from ._objects import CLUSTER_LABEL, name_of, namespace_of
from ._observed import cluster_version
from ._outcome import Outcome
from ._session import Session


def read_machines(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of machine_info: ``machines`` by namespace, cluster and name; none is no error."""
    kube, name = session.kube, params.get("name") or ""
    chosen = [params.get("label_selector") or ""]
    if params.get("cluster"):
        chosen.append(f"{CLUSTER_LABEL}={params['cluster']}")
    labels = ",".join(filter(None, chosen))
    found = kube.list(cluster_version(kube), "Machine", params.get("namespace") or "", labels)
    found = [m for m in found if not name or name_of(m) == name]
    found.sort(key=lambda m: (namespace_of(m), str(m["spec"].get("clusterName", "")), name_of(m)))
    now = session.clock.today()
    return Outcome(values={"machines": [describe_machine(m, now) for m in found]})
