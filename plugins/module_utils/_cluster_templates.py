# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The templates of a cluster: which name each gets, and which go when the cluster is gone."""

from __future__ import annotations

from collections.abc import Mapping

from ._errors import CapiError
from ._kube import Kube
from ._objects import CLUSTER_LABEL, FIELD_MANAGER, Object, Ref, dig, labels_of, ref_of
from ._rotation import Use, name_at, rotate, rotated_name, shared_templates, template_uses


def rotated(kube: Kube, objects: list[Object], live: Mapping[Ref, Object], cluster: str) -> list[Object]:
    """The objects with content-named templates; a live template of the same content keeps its name.

    Templates that are the cluster's own carry its label. One that somebody else made keeps its labels, too: it is
    not ours to remove, and others may use it.
    """
    uses, by_ref = template_uses(objects), {ref_of(item): item for item in objects}
    shared = shared_templates(uses)
    names: dict[Ref, str] = {}
    ours: set[Ref] = set()
    for ref in {u.template for u in uses}:
        wanted = rotated_name(by_ref[ref], "" if ref in shared else cluster)
        kept = _kept(kube, by_ref[ref], wanted, uses, live)
        names[ref] = kept["metadata"]["name"] if kept else wanted
        if ref not in shared and (kept is None or labels_of(kept).get(CLUSTER_LABEL) == cluster):
            ours.add(ref)
    return rotate(objects, uses, names, cluster, ours)


def own_templates(kube: Kube, cluster: str, namespace: str) -> list[Object]:
    """The templates that we made for this cluster alone."""
    return [
        item
        for resource in kube.kinds(".cluster.x-k8s.io")
        if resource.kind.endswith("Template") and resource.namespaced
        for item in kube.list(resource.api_version, resource.kind, namespace, f"{CLUSTER_LABEL}={cluster}")
        if _made_for(item, cluster)
    ]


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
