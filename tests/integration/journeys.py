# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's whole life through the module: create, again, change, again, delete, again; each also in check mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bed import Bed, own_namespace

STEPS = (
    "check create",
    "create",
    "create again",
    "check change",
    "change",
    "change again",
    "check delete",
    "delete",
    "delete again",
)
CHANGES = {"check create", "create", "check change", "change", "check delete", "delete"}
WRITES = {"create", "change", "delete"}

# What a journey tells the module, for a number of workers.
Description = Callable[[Bed, str, int], dict[str, Any]]


@dataclass
class Journey:
    """The results of a cluster's life, and the writes of each step by the audit log."""

    form: str
    namespace: str
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: dict[str, list[str]] = field(default_factory=dict)
    machines: dict[str, int] = field(default_factory=dict)
    alive_after_check_delete: bool = False


def travel(form: str, describe: Description, bed: Bed) -> Journey:
    with own_namespace(bed, f"j-{form}") as namespace:
        return _travelled(bed, Journey(form, namespace), describe)


def _travelled(bed: Bed, journey: Journey, describe: Description) -> Journey:
    for step in STEPS:
        with bed.requests(journey.namespace) as requests:
            journey.results[step] = _step(bed, journey, describe, step)
        journey.writes[step] = [w for w in requests.writes if "leases" not in w]
        if step in ("create", "change"):
            journey.machines[step] = len(bed.objects("machines", journey.namespace))
        if step == "check delete":
            clusters = bed.objects("clusters", journey.namespace)
            journey.alive_after_check_delete = [c for c in clusters if "deletionTimestamp" not in c["metadata"]] != []
        if journey.results[step].get("failed"):
            break
    return journey


def _step(bed: Bed, journey: Journey, describe: Description, step: str) -> dict[str, Any]:
    arguments = ["--check"] if step.startswith("check") else []
    place = {"name": f"c-{journey.form}", "namespace": journey.namespace}
    if "delete" in step:
        return bed.task("cluster", *arguments, "--diff", **place, state="absent")
    workers = 2 if "change" in step else 1
    return bed.task("cluster", *arguments, "--diff", **place, **describe(bed, journey.namespace, workers))


def from_template(bed: Bed, namespace: str, workers: int) -> dict[str, Any]:
    """The classic template of the sandbox's provider repository."""
    variables = {
        "KUBERNETES_VERSION": "v1.35.4",
        "CONTROL_PLANE_MACHINE_COUNT": 1,
        "WORKER_MACHINE_COUNT": workers,
    }
    return {"template": {"path": str(template(bed, "cluster-template-in-memory-classic.yaml")), "variables": variables}}


def from_topology(bed: Bed, namespace: str, workers: int) -> dict[str, Any]:
    """The in-memory ClusterClass of CAPI's own development provider."""
    if not bed.objects("clusterclasses", namespace):
        path = template(bed, "clusterclass-in-memory.yaml")
        bed.kubectl("apply", "-n", namespace, "-f", "-", text=path.read_text().replace("${NAMESPACE}", namespace))
    pool = {"name": "md-0", "class": "default-worker", "replicas": workers}
    return {
        "topology": {
            "class": "in-memory",
            "kubernetes_version": "v1.35.4",
            "control_plane_replicas": 1,
            "node_pools": [pool],
            "pod_cidrs": ["192.168.0.0/16"],
            "service_cidrs": ["10.128.0.0/12"],
        }
    }


def template(bed: Bed, name: str) -> Path:
    return bed.folder / "repository" / "infrastructure-docker" / bed.capi_version / name
