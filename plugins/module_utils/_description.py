# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Judgement of a short description, before a template makes objects of it. Pure.

What is of one provider stands in its schema, ``roles/cluster/files/schemas/<provider>.json``: beside the words of JSON
schema ``x-places`` (where its machines can be), ``x-credentials`` (its Secret) and ``x-needs`` (what has to run in the
cluster before nodes are Ready).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._description_pools import check_pools, places_of, spread_pools, warn_of_places
from ._description_schema import completed, mistakes
from ._errors import CapiError
from ._objects import Object, close_matches, dig, mappings_at
from ._preflight import Finding
from ._versions import parse_version

GITOPS = "gitops"


def judge_description(
    described: Mapping[str, Any],
    schema: Mapping[str, Any],
    *,
    name: str,
    addons: Any = None,
    credentials: Sequence[str] = (),
) -> Object:
    """``findings``, ``warnings``, and when nothing is found the ``description`` that templates take.

    ``credentials`` are the keys of the Secret; their values are nobody's business here.
    """
    whole = completed(described, schema, schema)
    places = places_of(whole, schema)
    found = [Finding(where, message) for where, message in mistakes(whole, schema)]
    found += [*_version(whole), *check_pools(mappings_at(whole, "cluster_node_pools"), places)]
    found += [*_credentials(credentials, schema.get("x-credentials")), *_addons(addons)]
    if found:
        return {"findings": [str(f) for f in dict.fromkeys(found)], "warnings": [], "description": {}}
    pools = spread_pools(whole.get("cluster_node_pools", []), places)
    warnings = [*warn_of_places(whole, schema, places), *_needs(schema, addons)]
    secret = _secret_name(whole, schema.get("x-credentials"), name)
    made = {"cluster_name": name, "cluster_node_pools": pools, "cluster_places": places, "cluster_secret_name": secret}
    return {"findings": [], "warnings": warnings, "description": {**whole, **made}}


def whole_schema(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Object:
    """The schema of a provider with the parts that all providers have."""
    return {**schema, "$defs": {**shared.get("$defs", {}), **schema.get("$defs", {})}}


def _version(described: Mapping[str, Any]) -> Iterator[Finding]:
    version = described.get("cluster_kubernetes_version")
    if isinstance(version, str) and version:
        try:
            parse_version(version)
        except CapiError as error:
            yield Finding("cluster_kubernetes_version", str(error))


def _credentials(given: Sequence[str], wanted: Any) -> Iterator[Finding]:
    known = list(wanted["keys"]) if wanted else []
    for key in given:
        if key not in known:
            there = f"; there are {', '.join(known)}" if known else ": this provider takes none, name an identity"
            yield Finding(f"cluster_credentials.{key}", f"unknown{close_matches(key, known)}{there}")
    for key in wanted.get("required", known) if wanted and given else []:
        if key not in given:
            yield Finding(f"cluster_credentials.{key}", "missing, or empty, beside the others")


def _addons(addons: Any) -> Iterator[Finding]:
    if isinstance(addons, str) and addons not in ("", GITOPS):
        yield Finding("cluster_addons", f"{addons!r} is neither {GITOPS} nor a list of manifests")


def _secret_name(described: Mapping[str, Any], wanted: Any, name: str) -> str:
    """The Secret with the credentials: as the description names it, or by its cluster."""
    if not wanted:
        return ""
    said = dig(described, *wanted["name"].split("."), default="")
    return str(said or f"{name}-{wanted['suffix']}")


def _needs(schema: Mapping[str, Any], addons: Any) -> Iterator[str]:
    needs = schema.get("x-needs", [])
    if needs and not addons:
        yield (
            f"cluster_addons: nothing is said of {' and '.join(needs)}; nodes do not become Ready without, and the run "
            f"waits for them. Name the manifests, or say cluster_addons: {GITOPS} where another tool installs them."
        )
