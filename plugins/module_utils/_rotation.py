# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Template rotation: names that carry a hash of the content, and references that follow. Pure.

Infrastructure and bootstrap templates are immutable or do not roll machines when edited, so a changed template needs a
new name. A name made from the content changes exactly when the content does (CAPI book, updating machine templates;
random names roll on every run, cluster-api#9586). Works for every provider, since it looks only at shapes.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._objects import CLUSTER_LABEL, Object, Ref, annotations_of, content_hash, group_of, name_of, ref_of

Path = tuple[Any, ...]

# On a template: a controller makes Secrets named "<template>-<suffix>", for each of these; separated by commas.
FOLLOWED_BY = "capi.lifecycle/secret-suffixes"


@dataclass(frozen=True)
class Use:
    """A template of the set, and the place in another object of the set that refers to it."""

    template: Ref
    referrer: Ref
    path: Path


def references(item: Object) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every reference in an object's spec: a mapping with ``kind``, ``name`` and ``apiVersion`` or ``apiGroup``."""
    yield from _references(item.get("spec"), ("spec",))


def template_uses(objects: list[Object]) -> list[Use]:
    """All references of the set to templates of the set."""
    templates = {_identity(t["apiVersion"], t["kind"], name_of(t)): ref_of(t) for t in objects if is_template(t)}
    uses = []
    for item in objects:
        for path, reference in references(item):
            template = templates.get(_identity(_api(reference), reference["kind"], reference["name"]))
            if template:
                uses.append(Use(template, ref_of(item), path))
    return uses


def is_template(item: Mapping[str, Any]) -> bool:
    """Templates of the infrastructure, bootstrap and control plane groups; not ClusterClasses or ConfigMaps."""
    return str(item["kind"]).endswith("Template") and ".cluster.x-k8s.io" in str(item["apiVersion"])


def shared_templates(uses: list[Use]) -> set[Ref]:
    """Templates that belong to a ClusterClass, and so to all of its clusters."""
    return {u.template for u in uses if u.referrer.kind == "ClusterClass"}


def rotated_name(template: Object, cluster: str = "") -> str:
    """``<name>-<hash of the spec>``. With a cluster the hash is of both: two clusters never share such a template."""
    content = [cluster, template.get("spec")] if cluster else template.get("spec")
    return f"{name_of(template)}-{content_hash(content)}"


def secret_suffixes(template: Mapping[str, Any]) -> list[str]:
    """The suffixes of Secrets that a controller names after the template."""
    said = str(annotations_of(template).get(FOLLOWED_BY, ""))
    return [suffix for part in said.split(",") if (suffix := part.strip())]


def with_secret_names(objects: list[Object], names: Mapping[Ref, str]) -> list[Object]:
    """Copies in which the names of Secrets that are made from a template's name follow the names that templates get."""
    renamed = {
        f"{name_of(item)}-{suffix}": f"{names[ref_of(item)]}-{suffix}"
        for item in objects
        if ref_of(item) in names
        for suffix in secret_suffixes(item)
    }
    return [{**item, "spec": _replaced(item["spec"], renamed)} if "spec" in item else item for item in objects]


def rotate(
    objects: list[Object], uses: list[Use], names: Mapping[Ref, str], cluster: str, own: Collection[Ref] = ()
) -> list[Object]:
    """Copies of the objects in which the used templates have the given names, and all references follow.

    The cluster's ``own`` templates get its label, so that they can be found when it is gone.
    """
    copies = {ref_of(item): copy.deepcopy(item) for item in objects}
    for use in uses:
        _at(copies[use.referrer], use.path)["name"] = names[use.template]
    for template in {u.template for u in uses}:
        meta = copies[template]["metadata"]
        meta["name"] = names[template]
        if template in own:
            meta["labels"] = {**(meta.get("labels") or {}), CLUSTER_LABEL: cluster}
    return list(copies.values())


def name_at(item: Object | None, path: Path) -> str:
    """The name that a live object has at the place of a reference; empty when there is none."""
    try:
        return str(_at(item, path)["name"]) if item else ""
    except (KeyError, IndexError, TypeError):
        return ""


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    """A copy in which a whole text that is a key is its value."""
    if isinstance(value, Mapping):
        return {key: _replaced(part, texts) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, texts) for part in value]
    return texts.get(value, value) if isinstance(value, str) else value


def _references(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("kind"), str) and isinstance(value.get("name"), str) and _api(value):
            yield path, value
        for key, part in value.items():
            yield from _references(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _references(part, (*path, index))


def _api(reference: Mapping[str, Any]) -> str:
    """``apiGroup/`` or ``apiVersion``: v1beta2 references have no version."""
    return str(reference.get("apiVersion") or (f"{reference['apiGroup']}/" if reference.get("apiGroup") else ""))


def _identity(api: str, kind: str, name: str) -> tuple[str, str, str]:
    return (group_of(api), kind, name)


def _at(item: Any, path: Path) -> Any:
    for step in path:
        item = item[step]
    return item
