# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an upgrade asks for: the target, the way there, which node pools, which changes to machines. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._errors import InvalidInput
from ._objects import Object, annotations_of, close_matches, content_hash, dig, listed, name_of
from ._ownership import topology_name
from ._parts import Parts
from ._releases import Releases, releases_of
from ._versions import Version, parse_version

CONTROL_PLANE = "control_plane"
_HASH = re.compile(r"-[0-9a-f]{8}$")
PATCH_NOTE = "capi.lifecycle/patch"  # on a template: the hash of the patch that it was made by
_PLACEHOLDER = "{kubernetes_version}"


@dataclass(frozen=True)
class Override:
    """A change of the machine template for some owners, at one version or at all."""

    owners: tuple[str, ...]  # control_plane, names of node pools; empty: all
    version: str
    patch: Mapping[str, Any]  # JSON merge patch of spec.template.spec


@dataclass(frozen=True)
class UpgradeWish:
    """An upgrade of one cluster. ``target`` is None for a rollout at the version that is there. Times in seconds."""

    name: str
    namespace: str
    target: Version | None = None
    path: tuple[Version, ...] = ()
    releases: Releases = field(default_factory=lambda: releases_of(None))
    pools: tuple[str, ...] | None = None  # None: all
    workers: bool = True  # False: stop before the node pools, for another run
    every_hop: bool = False
    concurrency: int | None = None
    overrides: tuple[Override, ...] = ()
    variables: Mapping[str, Any] | None = None
    rollout_after: str = ""
    drain_timeout: int | None = None
    skip: tuple[str, ...] = ()  # ids of checks
    workload_access: bool = False  # whether the workload cluster itself may be asked

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


def wish_of(params: Mapping[str, Any]) -> UpgradeWish:
    """The wish from task arguments. Raises InvalidInput for what contradicts itself."""
    target = params.get("kubernetes_version")
    if bool(target) == bool(params.get("rollout_only")):
        raise InvalidInput(
            f"{params['namespace']}/{params['name']}: exactly one of kubernetes_version and rollout_only must be given."
        )
    return UpgradeWish(
        name=params["name"],
        namespace=params["namespace"],
        target=parse_version(target, "kubernetes_version") if target else None,
        path=tuple(parse_version(text, "path") for text in params.get("path") or ()),
        releases=releases_of(params.get("releases")),
        pools=_pools(params.get("node_pools")),
        workers=not params.get("pause_between"),
        every_hop=bool(params.get("workers_every_hop")),
        concurrency=_at_least(params, "upgrade_concurrency", 1),
        overrides=tuple(_override(o) for o in params.get("overrides") or ()),
        variables=params.get("variables") or None,
        rollout_after=_moment(params.get("rollout_after") or ""),
        drain_timeout=_at_least(params, "node_drain_timeout", 0),
        skip=tuple(params.get("skip_checks") or ()),
        workload_access=bool(params.get("workload_access")),
    )


def chosen(parts: Parts, wish: UpgradeWish) -> list[Object]:
    """The node pools that the wish means, in its order. Raises InvalidInput for one that is not there."""
    if wish.pools is None:
        return list(parts.pools)
    by_name = {word: pool for pool in parts.pools for word in words_for(pool, wish.name)}
    unknown = [word for word in wish.pools if word not in by_name]
    if unknown:
        known = sorted(short_name(p, wish.name) for p in parts.pools)
        raise InvalidInput(
            f"{wish.title} has no node pool {unknown[0]!r}{close_matches(unknown[0], by_name)} (there are: "
            f"{listed(known) or 'none'}). Nothing was changed."
        )
    return list({name_of(p): p for p in (by_name[word] for word in wish.pools)}.values())


def words_for(pool: Object, cluster: str) -> set[str]:
    """The names under which a node pool may be asked for."""
    name = name_of(pool)
    return {name, topology_name(pool) or name, name.removeprefix(f"{cluster}-")}


def short_name(owner: Object, cluster: str) -> str:
    """The name of a node pool as users say it, or ``control plane``."""
    if owner["kind"] == "Cluster" or str(owner["apiVersion"]).startswith("controlplane."):
        return "control plane"
    return topology_name(owner) or name_of(owner).removeprefix(f"{cluster}-")


def title_of_owner(owner: Object, cluster: str) -> str:
    """``control plane`` or ``node pool x``."""
    name = short_name(owner, cluster)
    return name if name == "control plane" else f"node pool {name}"


def patched_template(wish: UpgradeWish, owner: Object, live: Object | None, version: str) -> Object | None:
    """The template that the owner's machines shall have at a version; None where the live one is right.

    A template that was made by the same patch is right, whatever the server or a webhook has made of its fields since.
    """
    patches = [_filled(o.patch, version) for o in _overrides_for(wish, owner, version)]
    spec: Any = dig(live, "spec", "template", "spec")
    mark = content_hash(patches)
    if not patches or live is None or not is_patchable(live) or annotations_of(live).get(PATCH_NOTE) == mark:
        return None
    wanted = copy.deepcopy(spec)
    for patch in patches:
        wanted = _merged(wanted, patch)
    if wanted == spec:
        return None
    body = {"template": {**live["spec"]["template"], "spec": wanted}}
    name = f"{_HASH.sub('', name_of(live))}-{content_hash([wish.name, mark, body])}"
    meta = {"name": name, "namespace": wish.namespace, "annotations": {PATCH_NOTE: mark}}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": meta, "spec": body}


def is_patchable(template: Object) -> bool:
    """Whether an object is a machine template by its shape; the infrastructure of a MachinePool is not."""
    return str(template["kind"]).endswith("Template") and isinstance(dig(template, "spec", "template", "spec"), dict)


def _overrides_for(wish: UpgradeWish, owner: Object, version: str) -> Iterator[Override]:
    plane = short_name(owner, wish.name) == "control plane"
    words = {CONTROL_PLANE} if plane else words_for(owner, wish.name)
    for override in wish.overrides:
        if override.version in ("", version) and (not override.owners or words.intersection(override.owners)):
            yield override


def unknown_owners(wish: UpgradeWish, parts: Parts) -> list[str]:
    """Names in the overrides that mean nothing in this cluster."""
    known = {CONTROL_PLANE}.union(*(words_for(p, wish.name) for p in parts.pools))
    return sorted({word for o in wish.overrides for word in o.owners} - known)


def _filled(patch: Any, version: str) -> Any:
    """The patch with the version in the place of ``{kubernetes_version}``: each hop has an image of its own."""
    if isinstance(patch, Mapping):
        return {k: _filled(v, version) for k, v in patch.items()}
    if isinstance(patch, list):
        return [_filled(part, version) for part in patch]
    return patch.replace(_PLACEHOLDER, version) if isinstance(patch, str) else patch


def _merged(old: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386): null removes."""
    if not isinstance(patch, Mapping):
        return patch
    held = dict(old) if isinstance(old, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            held.pop(key, None)
        else:
            held[key] = _merged(held.get(key), value)
    return held


def _pools(given: Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None or list(given) == ["all"]:
        return None
    if list(given) == ["none"]:
        return ()
    if {"all", "none"}.intersection(given):
        raise InvalidInput(f"node_pools is {list(given)}; wanted is all, none, or names of node pools.")
    return tuple(given)


def _override(given: Mapping[str, Any]) -> Override:
    version = given.get("version") or ""
    if version:
        parse_version(version, "overrides: version")
    patch = (given.get("machine_template") or {}).get("patch")
    if not isinstance(patch, Mapping) or not patch:
        raise InvalidInput("overrides: machine_template needs a patch, such as {customImage: my-image}.")
    return Override(tuple(given.get("owners") or ()), version, patch)


def _at_least(params: Mapping[str, Any], name: str, least: int) -> int | None:
    value: int | None = params.get(name)
    if value is not None and value < least:
        raise InvalidInput(f"{name} is {value}; wanted is {least} or more.")
    return value


def _moment(text: str) -> str:
    form = "%Y-%m-%dT%H:%M:%SZ"
    try:
        return datetime.strptime(text, form).strftime(form) if text else ""
    except ValueError:
        raise InvalidInput(
            f"rollout_after is {text!r}; wanted is a time in UTC such as 2026-11-25T08:00:00Z."
        ) from None
