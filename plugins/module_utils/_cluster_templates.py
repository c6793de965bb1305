# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The templates of a cluster: which name each gets, and which go when the cluster is gone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ._companions import ADDONS_GROUP
from ._errors import CapiError, Forbidden
from ._kube import Kube
from ._objects import (
    CLUSTER_LABEL,
    FIELD_MANAGER,
    Object,
    Ref,
    annotations_of,
    dig,
    group_of,
    labels_of,
    name_of,
    namespace_of,
    ref_of,
)
from ._parts import Parts
from ._rotation import (
    Use,
    name_at,
    references,
    rotate,
    rotated_name,
    secret_suffixes,
    shared_templates,
    template_uses,
    with_secret_names,
)

_HASHED = re.compile(r"-[0-9a-f]{8}$")  # names that were made from a content, and so by us


def rotated(kube: Kube, objects: list[Object], live: Mapping[Ref, Object], cluster: str) -> list[Object]:
    """The objects with content-named templates; a live template of the same content keeps its name.

    Templates that are the cluster's own carry its label. One that somebody else made keeps its labels, too: it is
    not ours to remove, and others may use it. Templates that Secrets are named after come first, for other templates
    may hold the names of these.
    """
    uses = template_uses(objects)
    templates = {u.template for u in uses}
    makers = {ref_of(item) for item in objects if secret_suffixes(item)} & templates
    names: dict[Ref, str] = {}
    ours: set[Ref] = set()
    for refs in (makers, templates - makers):
        objects = with_secret_names(objects, names)
        there = {ref_of(item): item for item in objects if ref_of(item) in refs}
        found, own = _named(kube, there, uses, live, cluster)
        names |= found
        ours |= own
    return rotate(objects, uses, names, cluster, ours)


def _named(
    kube: Kube, templates: Mapping[Ref, Object], uses: list[Use], live: Mapping[Ref, Object], cluster: str
) -> tuple[dict[Ref, str], set[Ref]]:
    """The names of the templates, and which of them are the cluster's own."""
    shared = shared_templates(uses)
    names: dict[Ref, str] = {}
    ours: set[Ref] = set()
    for ref, template in templates.items():
        wanted = rotated_name(template, "" if ref in shared else cluster)
        kept = _kept(kube, template, wanted, uses, live)
        names[ref] = kept["metadata"]["name"] if kept else wanted
        if ref not in shared and (kept is None or labels_of(kept).get(CLUSTER_LABEL) == cluster):
            ours.add(ref)
    return names, ours


def own_companions(kube: Kube, cluster: str, namespace: str) -> list[Object]:
    """Secrets with credentials, and addons, that we made for this cluster alone; those that we may not see stay."""
    found: list[Object] = []
    addons = [(version, "ClusterResourceSet") for version in kube.versions(ADDONS_GROUP, "ClusterResourceSet")[:1]]
    for api_version, kind in [*addons, ("v1", "ConfigMap"), ("v1", "Secret")]:
        try:
            there = kube.list(api_version, kind, namespace, f"{CLUSTER_LABEL}={cluster}")
        except Forbidden:
            continue
        found += [item for item in there if _made_for(item, cluster)]
    return found


def own_templates(kube: Kube, cluster: str, namespace: str) -> list[Object]:
    """The templates that we made for this cluster alone."""
    return [
        item
        for resource in kube.kinds(".cluster.x-k8s.io")
        if resource.kind.endswith("Template") and resource.namespaced
        for item in kube.list(resource.api_version, resource.kind, namespace, f"{CLUSTER_LABEL}={cluster}")
        if _made_for(item, cluster)
    ]


def collect_templates(kube: Kube, seen: Parts, cluster: str, keep: int) -> list[Ref]:
    """Delete templates that we made and nothing refers to: no owner, MachineSet or machine. Keeps the newest ones."""
    namespace = namespace_of(seen.cluster)
    made = [t for t in own_templates(kube, cluster, namespace) if _HASHED.search(name_of(t))]
    if not made:
        return []
    labels = f"{CLUSTER_LABEL}={cluster}"
    sets = kube.list(seen.cluster["apiVersion"], "MachineSet", namespace, labels)
    held = {str(r["name"]) for item in (*seen.owners, *sets, *seen.machines) for _path, r in references(item)}
    held |= {name for kind in {t["kind"] for t in made} for name in _cloned_from(kube, kind, made, namespace, labels)}
    free = sorted((t for t in made if name_of(t) not in held), key=_made_at, reverse=True)
    found: dict[str, list[Object]] = {}
    for template in free:
        found.setdefault(f"{template['kind']} {_HASHED.sub('', name_of(template))}", []).append(template)
    old = [t for same in found.values() for t in same[keep:]]
    return [ref_of(t) for t in old if kube.delete(ref_of(t), uid=t["metadata"]["uid"])]


def _cloned_from(kube: Kube, kind: str, made: list[Object], namespace: str, labels: str) -> set[str]:
    """Templates that live machines of the kind were cloned from, by the annotation that Cluster API sets."""
    api_version = next(t["apiVersion"] for t in made if t["kind"] == kind)
    machine = kind.removesuffix("Template")
    if machine == kind or not kube.versions(group_of(api_version), machine):
        return set()
    there = kube.list(api_version, machine, namespace, labels)
    return {str(annotations_of(m).get("cluster.x-k8s.io/cloned-from-name", "")) for m in there}


def _made_at(template: Object) -> str:
    return str(dig(template, "metadata", "creationTimestamp", default=""))


def _kept(kube: Kube, template: Object, wanted: str, uses: list[Use], live: Mapping[Ref, Object]) -> Object | None:
    """The live template under another name that has the same content; machines would roll for nothing without it."""
    held = {name_at(live.get(u.referrer), u.path) for u in uses if u.template == ref_of(template)} - {""}
    if len(held) != 1 or wanted in held:
        return None
    ref = ref_of(template)
    found = kube.get(Ref(ref.api_version, ref.kind, ref.namespace, held.pop()))
    return found if found and _stored_spec(kube, template, wanted) == found.get("spec") else None


def _stored_spec(kube: Kube, template: Object, name: str) -> object:
    """What the server would store as spec, its defaults included."""
    try:
        return kube.apply({**template, "metadata": {**template["metadata"], "name": name}}, dry_run=True).get("spec")
    except CapiError:
        return None  # said by the dry run of the whole set


def _made_for(item: Object, cluster: str) -> bool:
    """Written by us, and no other Cluster is among its owners."""
    owners = [o for o in dig(item, "metadata", "ownerReferences", default=[]) if o.get("kind") == "Cluster"]
    managers = [m.get("manager") for m in dig(item, "metadata", "managedFields", default=[])]
    return FIELD_MANAGER in managers and all(o.get("name") == cluster for o in owners)
