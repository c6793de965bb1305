# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Who else has a hand on a cluster: paused, held, GitOps, autoscaler. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._objects import FIELD_MANAGER, Object, annotations_of, dig, is_paused, labels_of, name_of

_TOPOLOGY = "topology.cluster.x-k8s.io/"
_HOLDS = (f"{_TOPOLOGY}hold-upgrade-sequence", f"{_TOPOLOGY}defer-upgrade")
_HOOK = "before-upgrade.hook.cluster.cluster.x-k8s.io"
AUTOSCALER = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-"
_REPLICAS_MANAGED = "cluster.x-k8s.io/replicas-managed-by"

# What each tool leaves on an object: annotation or label prefixes, and the field managers of its writes.
_GITOPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Argo CD": (("argocd.argoproj.io/",), ("argocd-controller", "argocd-application-controller")),
    "Flux": (("kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/"), ("kustomize-controller", "helm-controller")),
    "Rancher Fleet": (("fleet.cattle.io/", "objectset.rio.cattle.io/"), ("fleetagent", "fleet-agent")),
}


def paused_objects(items: Iterable[Object]) -> list[dict[str, str]]:
    """The objects that controllers leave alone: spec.paused or the paused annotation."""
    return [{"kind": i["kind"], "name": name_of(i)} for i in items if is_paused(i)]


def holds(item: Mapping[str, Any]) -> list[str]:
    """The annotations of an object (or of a pool in a topology) that hold an upgrade back, by full name."""
    found = dig(item, "metadata", "annotations", default={})
    return sorted(a for a in found if a in _HOLDS or a.startswith(_HOOK))


def held_objects(cluster: Object, pools: Sequence[Object]) -> list[dict[str, str]]:
    """What waits for a human before it is upgraded: kind, name, annotation. Pools are told once, by object."""
    found = [(cluster["kind"], name_of(cluster), a) for a in holds(cluster)]
    made = {topology_name(p): p for p in pools}
    for kind, key in (("MachineDeployment", "machineDeployments"), ("MachinePool", "machinePools")):
        for wish in dig(cluster, "spec", "topology", "workers", key, default=[]):
            pool = made.get(wish.get("name", ""))
            found += [(kind, name_of(pool) if pool else wish.get("name", ""), a) for a in holds(wish)]
    found += [(p["kind"], name_of(p), a) for p in pools for a in holds(p)]
    return [{"kind": kind, "name": name, "annotation": a} for kind, name, a in dict.fromkeys(found)]


def topology_name(pool: Object) -> str | None:
    """The name of a pool in the topology of its Cluster; None for a pool of plain objects."""
    labels = labels_of(pool)
    return labels.get(f"{_TOPOLOGY}deployment-name") or labels.get(f"{_TOPOLOGY}pool-name")


def autoscaled(pool: Object) -> dict[str, int | None] | None:
    """Bounds of the autoscaler that owns the number of replicas, or None; a bound is None where none is stated."""
    notes = annotations_of(pool)
    bounds = {side: notes.get(f"{AUTOSCALER}{side}-size", "") for side in ("min", "max")}
    if not any(bounds.values()) and notes.get(_REPLICAS_MANAGED, "false") == "false":
        return None
    return {side: int(text) if text.isdigit() else None for side, text in bounds.items()}


def gitops_owner(items: Iterable[Object]) -> dict[str, str] | None:
    """The GitOps tool that writes one of the objects and would undo our changes, and the sign that tells it."""
    for item in items:
        for tool, (prefixes, managers) in _GITOPS.items():
            sign = _sign(item, prefixes, managers)
            if sign:
                return {"tool": tool, "sign": f"{sign} on {item['kind']} {name_of(item)}"}
    return None


def _sign(item: Object, prefixes: tuple[str, ...], managers: tuple[str, ...]) -> str:
    for what, names in (("annotation", annotations_of(item)), ("label", labels_of(item))):
        for name in sorted(names):
            if name.startswith(prefixes):
                return f"{what} {name}"
    writers = sorted({str(entry.get("manager")) for entry in dig(item, "metadata", "managedFields", default=[])})
    return next((f"field manager {w}" for w in writers if w in managers), "")


def writers_of(item: Object, path: Sequence[str]) -> list[str]:
    """Field managers that own a field, in the words of managedFields."""
    return sorted(
        {
            str(entry.get("manager"))
            for entry in dig(item, "metadata", "managedFields", default=[])
            if dig(entry, "fieldsV1", *(f"f:{step}" for step in path)) is not None
        }
    )


def appliers_of(item: Object, path: Sequence[str]) -> list[str]:
    """Other field managers that hold a field by server-side apply: they state it again and again."""
    entries = dig(item, "metadata", "managedFields", default=[])
    applied = [e for e in entries if e.get("operation") == "Apply" and e.get("manager") != FIELD_MANAGER]
    return writers_of({**item, "metadata": {"managedFields": applied}}, path)
