# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Safeguards that a cluster lacks: drain timeouts, health checks. And who paused or holds it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ._fields import drain_timeout_at, has_machine_template, value_at
from ._objects import PAUSED_ANNOTATION, Object, dig, labels_of, name_of, namespace_of
from ._ownership import held_objects, paused_objects, writers_of
from ._parts import Parts


def without_drain_timeout(parts: Parts) -> list[str]:
    """Owners of machines whose nodes may drain for ever."""
    owners = [o for o in parts.owners[1:] if has_machine_template(o) and parts.machines_of_owner(o)]
    return [_named(o) for o in owners if str(value_at(o, drain_timeout_at(o)) or 0) in ("0", "0s")]


def without_health_check(parts: Parts, checks: Iterable[Object]) -> list[str]:
    """Owners of machines that no MachineHealthCheck looks at."""
    place = (namespace_of(parts.cluster), name_of(parts.cluster))
    own = [c for c in checks if (namespace_of(c), dig(c, "spec", "clusterName")) == place]
    found = []
    for owner in parts.owners[1:]:
        machines = parts.machines_of_owner(owner)
        if machines and not any(_selects(dig(c, "spec", "selector", default={}), machines) for c in own):
            found.append(_named(owner))
    return found


def paused_by(parts: Parts) -> list[dict[str, Any]]:
    """What is paused, and the field managers that say so."""
    owners = {(o["kind"], name_of(o)): o for o in parts.owners}
    return [
        {**item, "by": _by(owners[item["kind"], item["name"]], ("spec", "paused"), PAUSED_ANNOTATION)}
        for item in paused_objects(parts.owners)
    ]


def held_by(parts: Parts) -> list[dict[str, Any]]:
    """What an annotation holds back, and the field managers that say so where the object itself has it."""
    owners = {(o["kind"], name_of(o)): o for o in parts.owners}
    found: list[dict[str, Any]] = []
    for item in held_objects(parts.cluster, parts.pools):
        owner = owners.get((item["kind"], item["name"]))
        found.append({**item, "by": _by(owner, (), item["annotation"]) if owner else []})
    return found


def _by(item: Object, path: Sequence[str], annotation: str) -> list[str]:
    noted = writers_of(item, ("metadata", "annotations", annotation))
    return sorted({*(writers_of(item, path) if path else []), *noted})


def _selects(selector: Mapping[str, Any], machines: Iterable[Object]) -> bool:
    return any(all(_terms(selector, labels_of(m))) for m in machines)


def _terms(selector: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[bool]:
    """Each term of a label selector; an empty selector selects everything, as CAPI has it."""
    for name, value in dig(selector, "matchLabels", default={}).items():
        yield labels.get(name) == value
    for term in dig(selector, "matchExpressions", default=[]):
        held, values = labels.get(term.get("key", "")), term.get("values") or []
        yield {
            "In": held in values,
            "NotIn": held not in values,
            "Exists": held is not None,
            "DoesNotExist": held is None,
        }.get(term.get("operator", ""), False)


def _named(owner: Object) -> str:
    return f"{owner['kind']} {name_of(owner)}"
