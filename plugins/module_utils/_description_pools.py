# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Node pools of a short description, one for each zone or subnet. Pure.

A MachineDeployment has one failure domain. Without one a provider may put all of its machines into the first subnet,
and only the control plane is spread over zones by Cluster API.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._objects import Object, close_matches, dig
from ._preflight import Finding

Place = dict[str, str]  # zone, subnet: what is known of where machines can be


def places_of(described: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Place]:
    """Where the machines of the cluster can be: the first list that is given of those that the schema names."""
    for path, bare in schema.get("x-places", {}).items():
        entries = dig(described, *path.split("."), default=[])
        if isinstance(entries, list) and entries:
            return [_place(entry, bare) for entry in entries]
    return []


def spread_pools(pools: Sequence[Mapping[str, Any]], places: Sequence[Place]) -> list[Object]:
    """One node pool for each place of every node pool, which share its machines: 5 over 2 are 3 and 2."""
    return [part for pool in pools for part in _parts(pool, _places_for(pool, places))]


def check_pools(pools: Sequence[Mapping[str, Any]], places: Sequence[Place]) -> Iterator[Finding]:
    """What the schema cannot say of node pools."""
    names = [pool.get("name") for pool in pools]
    for name in sorted({str(n) for n in names if names.count(n) > 1}):
        yield Finding(f"cluster_node_pools[{name}]", f"{names.count(name)} node pools have this name")
    known = [place["zone"] for place in places if "zone" in place]
    for pool in pools:
        where = f"cluster_node_pools[{pool.get('name')}]"
        yield from _size(where, pool)
        for zone in pool.get("zones") or [] if known and isinstance(pool.get("zones"), list) else []:
            if zone not in known:
                near = close_matches(str(zone), known)
                yield Finding(f"{where}.zones", f"the cluster is not in {zone!r}{near}; it is in {', '.join(known)}")


def warn_of_places(described: Mapping[str, Any], schema: Mapping[str, Any], places: Sequence[Place]) -> Iterator[str]:
    """What is allowed, and will hurt when a zone is lost."""
    zones = len({place.get("zone", place.get("subnet")) for place in places})
    replicas = dig(described, "cluster_control_plane", "replicas")
    if zones > 1 and isinstance(replicas, int) and replicas > 1:
        shares = _shares(replicas, zones)
        if shares[0] > (replicas - 1) // 2:
            yield (
                f"cluster_control_plane: {replicas} machines over {zones} zones are {'+'.join(map(str, shares))}; when "
                f"the zone with {shares[0]} is lost, etcd has no quorum. Take three zones."
            )
    named = schema.get("x-places") or {}
    homeless = [pool["name"] for pool in described.get("cluster_node_pools", []) if not _places_for(pool, places)]
    if named and homeless:
        yield (
            f"cluster_node_pools: no zones are known, so all machines of {', '.join(homeless)} may come into one. "
            f"Say {' or '.join(named)}, or zones of the node pool."
        )


def _size(where: str, pool: Mapping[str, Any]) -> Iterator[Finding]:
    bounds = pool.get("autoscale")
    if bounds is None and pool.get("replicas") is None:
        yield Finding(where, "neither replicas nor autoscale is given; wanted is one of them")
    elif bounds is not None and pool.get("replicas") is not None:
        yield Finding(f"{where}.replicas", "given beside autoscale, and the autoscaler owns the number: leave it out")
    lowest, highest = dig(bounds, "min"), dig(bounds, "max")
    if isinstance(lowest, int) and isinstance(highest, int) and lowest > highest:
        yield Finding(f"{where}.autoscale", f"min {lowest} is more than max {highest}")


def _place(entry: Any, bare: str) -> Place:
    """An entry of a list of places: a text, which is a zone or a subnet, or both as a map."""
    if isinstance(entry, Mapping):
        return {key: str(entry[part]) for key, part in (("zone", "zone"), ("subnet", "id")) if part in entry}
    return {bare: str(entry)}


def _places_for(pool: Mapping[str, Any], places: Sequence[Place]) -> list[Place]:
    """Those of the zones that the node pool names; all of the cluster when it names none."""
    if not pool.get("zones"):
        return list(places)
    by_zone = {place["zone"]: place for place in places if "zone" in place}
    return [by_zone.get(zone, {"zone": zone}) for zone in pool["zones"]]


def _parts(pool: Mapping[str, Any], places: Sequence[Place]) -> Iterator[Object]:
    rest = {key: part for key, part in pool.items() if key != "zones"}
    if not places:
        yield {**rest, "pool": pool["name"]}
        return
    bounds, count = pool.get("autoscale"), len(places)
    for number, place in enumerate(places):
        part = {**rest, **place, "pool": pool["name"], "name": f"{pool['name']}-{_word(place)}"}
        if pool.get("replicas") is not None:
            part["replicas"] = _shares(pool["replicas"], count)[number]
        if bounds:
            part["autoscale"] = {key: _shares(bounds[key], count)[number] for key in ("min", "max")}
        yield part


def _shares(machines: int, places: int) -> list[int]:
    """``5`` over ``2``: ``[3, 2]``."""
    return [machines // places + (number < machines % places) for number in range(places)]


def _word(place: Place) -> str:
    """A zone or subnet as a part of a name."""
    word = place.get("zone") or place["subnet"].removeprefix("subnet-")
    return re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")
