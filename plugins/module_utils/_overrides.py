# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Merge patches of the user on the objects that a template made. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._objects import Object, close_matches, dig, name_of
from ._preflight import Finding

_OURS = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


def overridden(
    objects: Sequence[Object], overrides: Mapping[str, Any], cluster: str, pools: Sequence[Mapping[str, Any]] = ()
) -> tuple[list[Object], list[Finding]]:
    """Copies with all patches, and a finding for each patch that meets no object or is none.

    ``Kind`` is every object of that kind, ``Kind/name`` one; a name may leave out the cluster's, and that of a node
    pool is each of the pools that were made of it. Patches are those of RFC 7386: null takes away, lists are replaced.
    """
    patched, findings = [copy.deepcopy(item) for item in objects], []
    for key, patch in overrides.items():
        met = [n for n, item in enumerate(patched) if _meets(item, key, cluster, pools)]
        mistakes = list(_mistakes(key, patch, bool(met), _keys(patched, cluster, pools)))
        findings += mistakes
        for number in [] if mistakes else met:
            patched[number] = merged(patched[number], patch)
    return patched, findings


def merged(value: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    base = dict(value) if isinstance(value, Mapping) else {}
    for key, part in patch.items():
        if part is None:
            base.pop(key, None)
        else:
            base[key] = merged(base.get(key), part)
    return base


def _meets(item: Object, key: str, cluster: str, pools: Sequence[Mapping[str, Any]]) -> bool:
    kind, _slash, name = key.partition("/")
    names = {name, f"{cluster}-{name}", *(f"{cluster}-{p['name']}" for p in pools if p.get("pool") == name)}
    return bool(item["kind"] == kind and (not name or name_of(item) in names))


def _keys(objects: Sequence[Object], cluster: str, pools: Sequence[Mapping[str, Any]]) -> list[str]:
    """The shortest keys that meet one object, or all of a node pool."""
    origins = {f"{cluster}-{pool['name']}": str(pool.get("pool")) for pool in pools}
    names = [(item["kind"], name_of(item)) for item in objects]
    return list(dict.fromkeys(f"{kind}/{origins.get(n, n.removeprefix(f'{cluster}-'))}" for kind, n in names))


def _mistakes(key: str, patch: Any, met: bool, keys: Sequence[str]) -> Iterator[Finding]:
    where = f"cluster_overrides[{key}]"
    if not isinstance(patch, Mapping):
        yield Finding(where, f"{type(patch).__name__} is no patch; wanted is a map, such as {{spec: {{paused: true}}}}")
        return
    if not met:
        kinds = {k.partition("/")[0] for k in keys}
        near = close_matches(key, keys if "/" in key else kinds)
        yield Finding(where, f"it meets no object{near}; there are {', '.join(keys)}")
    for path in _OURS:
        if dig(patch, *path) is not None:
            yield Finding(f"{where}.{'.'.join(path)}", "kinds, names and namespaces cannot be overridden")
