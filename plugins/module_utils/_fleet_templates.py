# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Templates that nothing needs any more, and references to templates that are not there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._objects import CLUSTER_LABEL, Object, dig, group_of, labels_of, name_of, namespace_of
from ._rotation import references

Key = tuple[str, str, str, str]  # group, kind, namespace, name


@dataclass
class Templates:
    """Of one cluster, or of none: ``Kind/name`` each.

    Nothing refers to an ``unreferenced`` one. Only MachineSets without machines refer to a ``stale`` one, which
    Cluster API keeps as history. A ``missing`` one is referred to, and is not there.
    """

    unreferenced: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, list[str]]:
        return {"unreferenced": self.unreferenced, "stale": self.stale, "missing": self.missing}


def templates_by_cluster(
    templates: Sequence[Object], owners: Iterable[Object], sets: Iterable[Object], kinds: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Templates]:
    """What there is to say, by namespace and name of the cluster; the name is empty for templates of no cluster.

    ``owners`` are clusters, control planes, node pools, classes and health checks; ``kinds`` what was listed.
    """
    there = {_key_of(t): t for t in templates}
    wanted: dict[Key, tuple[str, str]] = {}
    for item in owners:
        wanted.update({key: _cluster_of(item) for key in _referred(item)})
    live: set[Key] = set(wanted)
    old: set[Key] = set()
    for item in sets:
        (live if _has_machines(item) else old).update(_referred(item))
    found: dict[tuple[str, str], Templates] = {}
    for key, template in sorted(there.items()):
        if key not in live:
            told = found.setdefault(_cluster_of(template), Templates())
            (told.stale if key in old else told.unreferenced).append(f"{key[1]}/{key[3]}")
    for key, cluster in sorted(wanted.items()):
        if key[:2] in kinds and key not in there:
            found.setdefault(cluster, Templates()).missing.append(f"{key[1]}/{key[3]}")
    return found


def _referred(item: Object) -> Iterator[Key]:
    """Every template that an object refers to. References of v1beta2 have no namespace: it is the object's own."""
    for _path, reference in references(item):
        if str(reference["kind"]).endswith("Template"):
            group = reference.get("apiGroup") or group_of(str(reference.get("apiVersion") or ""))
            yield str(group), str(reference["kind"]), _namespace(reference, item), str(reference["name"])


def _namespace(reference: Mapping[str, Any], item: Object) -> str:
    return str(reference.get("namespace") or namespace_of(item))


def _key_of(template: Object) -> Key:
    return group_of(template["apiVersion"]), template["kind"], namespace_of(template), name_of(template)


def _cluster_of(item: Object) -> tuple[str, str]:
    """The cluster that an object belongs to: itself, by label, or by owner."""
    if item["kind"] == "Cluster":
        return namespace_of(item), name_of(item)
    owners = [o["name"] for o in dig(item, "metadata", "ownerReferences", default=[]) if o.get("kind") == "Cluster"]
    named = labels_of(item).get(CLUSTER_LABEL) or dig(item, "spec", "clusterName") or (owners[0] if owners else "")
    return namespace_of(item), str(named)


def _has_machines(machine_set: Object) -> bool:
    wanted, there = dig(machine_set, "spec", "replicas", default=1), dig(machine_set, "status", "replicas", default=0)
    return int(wanted) > 0 or int(there) > 0
