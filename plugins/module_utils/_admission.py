# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the server thinks of a wish, asked before anything is written: kinds, references, dry runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ._errors import CapiError, Conflict, Forbidden, InvalidInput, NotFound
from ._kube import Kube
from ._objects import (
    CORE_GROUP,
    Object,
    Ref,
    cleaned,
    close_matches,
    dig,
    group_of,
    listed,
    mappings_at,
    name_of,
    namespace_of,
    ref_of,
)
from ._preflight import Finding
from ._rotation import references

_GO_VALUE = re.compile(r"&value\.valueUnstructured\{Value:(.*?)\}")  # how the server prints a value of a wrong type
_UNDECLARED = re.compile(r"(\.[\w.\[\]\"=/-]+): field not declared in schema")


def check_kinds(kube: Kube, objects: list[Object]) -> Iterator[Finding]:
    """Kinds that the server does not have, and namespaces that do not exist."""
    for item in objects:
        try:
            kube.resource(item["apiVersion"], item["kind"])
        except NotFound as error:
            yield Finding(str(ref_of(item)), str(error))
    made_here = {name_of(item) for item in objects if item["kind"] == "Namespace"}
    for namespace in sorted({i["metadata"].get("namespace", "") for i in objects} - made_here - {""}):
        if not kube.get(Ref("v1", "Namespace", "", namespace)):
            held = [name_of(n) for n in kube.list("v1", "Namespace")]
            yield Finding(
                f"namespace {namespace}",
                f"it does not exist on {kube.server}; create it first, or name another{close_matches(namespace, held)}",
            )


def check_references(kube: Kube, objects: list[Object]) -> Iterator[Finding]:
    """References to objects that are neither in the set nor on the server: CAPI would wait for them for ever."""
    in_set = {(group_of(i["apiVersion"]), i["kind"], name_of(i)) for i in objects}
    for item in objects:
        namespace = item["metadata"].get("namespace", "")
        for path, reference in references(item):
            group = str(reference.get("apiGroup") or group_of(str(reference.get("apiVersion") or "")))
            if (group, reference["kind"], reference["name"]) in in_set:
                continue
            yield from _missing(kube, item, ".".join(map(str, path)), group, reference, namespace)
        yield from _class(kube, item, namespace, objects)
        yield from _identity(kube, item, in_set)


def _identity(kube: Kube, item: Object, in_set: set[tuple[str, str, str]]) -> Iterator[Finding]:
    """Credentials that an object of infrastructure names by a kind of its group: without them it says nothing at all.

    A Secret may come by another way; the default identity of a controller makes itself. Who may not read identities,
    which are of the whole server, is not kept from making clusters.
    """
    reference, group = dig(item, "spec", "identityRef", default={}), group_of(item["apiVersion"])
    named = reference if isinstance(reference, Mapping) else {}
    kind, name = str(named.get("kind") or ""), str(named.get("name") or "")
    own = (kind.endswith("ControllerIdentity") and name == "default") or (group, kind, name) in in_set
    if not group.startswith("infrastructure.") or not kind.endswith("Identity") or not name or own:
        return
    served = kube.versions(group, kind)
    try:
        there = [name_of(i) for i in kube.list(served[0], kind)] if served else []
    except Forbidden:
        return
    if name not in there:
        near = close_matches(name, there)
        yield Finding(
            f"{ref_of(item)} spec.identityRef",
            f"{kind} {name} is neither in the set nor on the server{near}; without it the controller does nothing, and "
            "says so nowhere",
        )


def dry_runs(kube: Kube, objects: list[Object], *, force: bool) -> tuple[dict[Ref, Object], list[Finding]]:
    """Apply every object as a dry run: what would be stored, and what the server refuses.

    In a namespace that the set makes itself the server can say nothing yet: there the wish stands for its answer.
    """
    stored, findings = {}, []
    made_here = {name_of(item) for item in objects if item["kind"] == "Namespace"}
    new = {name for name in made_here if not kube.get(Ref("v1", "Namespace", "", name))}
    for item in objects:
        if item["metadata"].get("namespace") in new:
            stored[ref_of(item)] = item
            continue
        try:
            stored[ref_of(item)] = _dry_run(kube, item, force=force)
        except (InvalidInput, Conflict, NotFound) as error:
            findings.append(Finding(str(ref_of(item)), _explained(kube, item, error)))
    return stored, findings


def _dry_run(kube: Kube, item: Object, *, force: bool) -> Object:
    """What would be stored. A conflict over an object that would not change is none: adopted objects look like that."""
    try:
        return kube.apply(item, force=force, dry_run=True)
    except Conflict:
        live, forced = kube.get(ref_of(item)), kube.apply(item, force=True, dry_run=True)
        if not live or cleaned(forced) != cleaned(live):
            raise
        return forced


def _missing(
    kube: Kube, item: Object, path: str, group: str, reference: Mapping[str, Any], namespace: str
) -> Iterator[Finding]:
    where, kind, name = f"{ref_of(item)} {path}", reference["kind"], reference["name"]
    served = kube.versions(group, kind)
    if not served:
        kinds = sorted({r.kind for r in kube.kinds(group)})
        held = f"the group has {listed(kinds, 8)}" if kinds else f"nothing is installed for the group {group!r}"
        yield Finding(where, f"no kind {kind} in {group}: {held}{close_matches(kind, kinds)}")
        return
    namespace = reference.get("namespace") or namespace
    if kube.get(Ref(served[0], kind, namespace, name)):
        return
    there = [name_of(i) for i in kube.list(served[0], kind, namespace)]
    yield Finding(
        where,
        f"{kind} {namespace}/{name} is neither in the set nor on the server{close_matches(name, there)}; "
        "add it, or correct the name",
    )


def _class(kube: Kube, item: Object, namespace: str, objects: list[Object]) -> Iterator[Finding]:
    """The ClusterClass of a topology: there, in which namespace, and its variables known."""
    topology = dig(item, "spec", "topology")
    name = dig(topology, "classRef", "name") or dig(topology, "class")
    served = kube.versions(CORE_GROUP, "ClusterClass")
    if item["kind"] != "Cluster" or not name or not served:
        return
    namespace = str(dig(topology, "classRef", "namespace") or dig(topology, "classNamespace") or namespace)
    in_set = (o for o in objects if o["kind"] == "ClusterClass" and (namespace_of(o), name_of(o)) == (namespace, name))
    found = next(in_set, None) or kube.get(Ref(served[0], "ClusterClass", namespace, name))
    if found:
        yield from _class_parts(item, found)
        return
    held = kube.list(served[0], "ClusterClass")
    elsewhere = [namespace_of(c) for c in held if name_of(c) == name]
    near = close_matches(name, [name_of(c) for c in held if namespace_of(c) == namespace])
    hint = f"; found in namespace {listed(elsewhere)}: set class_namespace" if elsewhere else near
    yield Finding(f"{ref_of(item)} spec.topology", f"ClusterClass {namespace}/{name} does not exist{hint}")


def _class_parts(item: Object, found: Object) -> Iterator[Finding]:
    where = f"{ref_of(item)} spec.topology"
    known = [str(v.get("name")) for v in mappings_at(found, "status", "variables")]
    known = known or [str(v.get("name")) for v in mappings_at(found, "spec", "variables")]
    for name in (str(v.get("name")) for v in mappings_at(item, "spec", "topology", "variables")):
        if name not in known:
            held = f"it has {listed(known, 8)}" if known else "it has no variables"
            yield Finding(where, f"ClusterClass has no variable {name!r}: {held}{close_matches(name, known)}")
    for kind in ("machineDeployments", "machinePools"):
        classes = [str(w.get("class")) for w in mappings_at(found, "spec", "workers", kind)]
        for pool in mappings_at(item, "spec", "topology", "workers", kind):
            if pool.get("class") not in classes:
                held = f"only {listed(classes)}" if classes else f"the ClusterClass has no {kind}"
                near = close_matches(str(pool.get("class")), classes)
                yield Finding(
                    where, f"node pool {pool.get('name')!r}: no worker class {pool.get('class')!r}, {held}{near}"
                )


def _explained(kube: Kube, item: Object, error: CapiError) -> str:
    """The server's words, with near matches for misspelt fields."""
    shown = "another type" if item["kind"] == "Secret" else r"\1"
    text = _GO_VALUE.sub(shown, str(error).partition(": ")[2] or str(error))
    paths = _UNDECLARED.findall(text)
    if not paths:
        return text
    return "; ".join(f"unknown field {path.lstrip('.')}{_near_field(kube, item, path)}" for path in paths)


def _near_field(kube: Kube, item: Object, path: str) -> str:
    group, _slash, version = item["apiVersion"].partition("/")
    try:
        document = kube.read(f"/openapi/v3/apis/{group}/{version}" if version else f"/openapi/v3/api/{group}")
    except CapiError:
        return ""  # the near match is a courtesy; the finding stands without it
    schema = _schema_of(document, item["kind"])
    *parents, last = [p for p in re.split(r"\.|\[[^\]]*\]", path) if p]
    for step in parents:
        schema = _step(schema, step)
    return close_matches(last, _unfolded(schema).get("properties", {}))


def _schema_of(document: Any, kind: str) -> Mapping[str, Any]:
    for schema in dig(document, "components", "schemas", default={}).values():
        for gvk in schema.get("x-kubernetes-group-version-kind", []):
            if gvk.get("kind") == kind:
                return schema if isinstance(schema, Mapping) else {}
    return {}


def _step(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _unfolded(schema).get("properties", {}).get(name, {})
    return found


def _unfolded(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of an object, or of the items when it is a list."""
    items: Mapping[str, Any] = schema.get("items", schema)
    return items
