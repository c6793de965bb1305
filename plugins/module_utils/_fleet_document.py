# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One document of a whole fleet: what was read of each management cluster, what the inventory says. Pure.

Its shape is roles/report/files/report.schema.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ._checks import BLOCK, WARN
from ._fleet_checks import Ground
from ._fleet_findings import CLUSTER_CHECKS, MANAGEMENT_CHECKS, NOT_READ, findings_of, not_read_findings_of
from ._fleet_support import minor_of
from ._objects import listed

FORMAT = 1  # of the document; it grows with a change that breaks a reader
MISSING = "missing"  # a host of the inventory without a cluster
MOST_NAMED = 30
Row = Mapping[str, Any]


def fleet_document(
    reads: Sequence[Row], hosts: Sequence[Row], *, title: str, generated: str, only_inventory: bool = False
) -> dict[str, Any]:
    """The document. ``reads`` are results of fleet_info, each with its ``site``; ``hosts`` those of fleet_member."""
    named = _named(_once(reads))
    managements = [_management(name, read) for name, read in named]
    clusters = [row for name, read in named for row in _rows(name, read, hosts)]
    there = {row["host"] for row in clusters}
    missing = list(_missing(named, [h for h in hosts if h["name"] and h["host"] not in there]))
    if only_inventory:
        clusters = [row for row in clusters if row["host"]]
    return {
        "format": FORMAT,
        "title": title,
        "generated": max((str(r["read_at"]) for _name, r in named if was_read(r)), default=generated),
        "support": _support(read for _name, read in named),
        "summary": _summary(managements, clusters, missing),
        "checks": _checks(managements, clusters, missing),
        "management_clusters": managements,
        "clusters": clusters,
        "missing": missing,
    }


def _missing(named: Iterable[tuple[str, Row]], hosts: Iterable[Row]) -> Iterator[dict[str, str]]:
    """Hosts without a cluster on a management cluster that was read."""
    places = {site: name for name, read in named if was_read(read) for site in read["sites"]}
    for host in hosts:
        name = places.get(host["site"]["key"])
        if name:
            yield {"management_cluster": name, **{key: str(host[key]) for key in ("host", "namespace", "name")}}


def alarm_of(document: Row, fail_on: Sequence[str], *, allow_unread: bool = False) -> str:
    """What the run fails with, a line for each word with the clusters; empty where nothing of it was found."""
    lines = []
    for word in dict.fromkeys(fail_on):
        names = [title_of(row) for row in document["clusters"] if word in _ids(row)]
        names += [f"management cluster {m['name']}" for m in document["management_clusters"] if word in _ids(m)]
        names += [title_of(row) for row in document["missing"] if word == MISSING]
        if names:
            lines.append(f"- {word} ({len(names)}): {listed(names, MOST_NAMED)}")
    unread = [m for m in document["management_clusters"] if not m["reachable"]]
    if unread and not allow_unread and "unreachable" not in fail_on:
        lines += [f"- management cluster {m['name']} could not be read: {m['error']}" for m in unread]
    return "\n".join(lines)


def title_of(row: Row) -> str:
    """``management/namespace/name``."""
    return f"{row['management_cluster']}/{row['namespace']}/{row['name']}"


def was_read(read: Row) -> bool:
    """Whether a result is that of a management cluster that was read; the role lets none of them fail."""
    return "management_cluster" in read


def _ids(row: Row) -> set[str]:
    return {f["id"] for f in row["findings"] if f["severity"] in (BLOCK, WARN)}


def _once(reads: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Each management cluster once, by UID: two kubeconfigs may lead to the same one."""
    held: dict[str, dict[str, Any]] = {}
    for read in reads:
        uid = str((read.get("management_cluster") or {}).get("uid") or "")
        if uid and uid in held:
            held[uid]["sites"].append(read["site"]["key"])
            continue
        one = {**read, "sites": [read["site"]["key"]]}
        if uid:
            held[uid] = one
        yield one


def _named(reads: Iterable[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """A name each: two of the same name are told apart by a number."""
    found, seen = [], Counter[str]()
    for read in reads:
        name = str(read["site"]["name"])
        seen[name] += 1
        found.append((name if seen[name] == 1 else f"{name} ({seen[name]})", read))
    return found


def _management(name: str, read: Row) -> dict[str, Any]:
    if was_read(read):
        return {"name": name, **read["management_cluster"]}
    error = str(read.get("msg") or "no reason is told")
    row = {"name": name, "server": None, "uid": None, "reachable": False, "error": error}
    return {**row, "findings": not_read_findings_of(Ground(row))}


def _rows(name: str, read: Row, hosts: Iterable[Row]) -> Iterator[dict[str, Any]]:
    of_site = {(h["namespace"], h["name"]): h for h in hosts if h["site"]["key"] in read["sites"] and h["name"]}
    for row in read["clusters"] if was_read(read) else []:
        host = of_site.get((row["namespace"], row["name"]))
        whole = {
            "management_cluster": name,
            "host": host["host"] if host else None,
            **row,
            "drift": _drift(host.get("compared")) if host else None,
        }
        compared = [f for f in findings_of(Ground(whole)) if f["id"] == "drift"] if whole["drift"] else []
        yield {**whole, "findings": [*row["findings"], *compared]}


def _drift(compared: Any) -> dict[str, Any] | None:
    """What a dry run of the description would change, by the names of the objects alone; None where none was made."""
    if not isinstance(compared, Mapping) or not compared or compared.get("skipped"):
        return None
    if "changed_objects" in compared:
        return {"objects": list(compared["changed_objects"]), "unknown": ""}
    words = str(compared.get("msg") or "").splitlines()
    return {"objects": [], "unknown": words[0] if words else "no reason is told"}


def _support(reads: Iterable[Row]) -> dict[str, Any]:
    used: Row = next((r["support"] for r in reads if r.get("support")), {})
    return {"as_of": used.get("as_of"), "sources": list(used.get("sources") or [])}


def _summary(managements: Sequence[Row], clusters: Sequence[Row], missing: Sequence[Row]) -> dict[str, Any]:
    worst = Counter(worst_of(row) for row in clusters)
    return {
        "management_clusters": len(managements),
        "not_read": sum(not m["reachable"] for m in managements),
        "clusters": len(clusters),
        "missing": len(missing),
        "machines": {key: sum(row["machines"][key] for row in clusters) for key in ("total", "ready")},
        "health": dict(Counter(row["health"]["state"] for row in clusters)),
        "kubernetes": dict(Counter(minor_of(row["kubernetes"]["lowest"] or "") or "unknown" for row in clusters)),
        "worst": {word: worst[word] for word in (BLOCK, WARN, "unknown", "ok")},
    }


def worst_of(row: Row) -> str:
    """The severest finding of a row."""
    severities = {f["severity"] for f in row["findings"]}
    return next((word for word in (BLOCK, WARN, "unknown") if word in severities), "ok")


def _checks(managements: Sequence[Row], clusters: Sequence[Row], missing: Sequence[Row]) -> list[dict[str, Any]]:
    """Each check once, with how many it concerns."""
    numbers = Counter(word for row in (*clusters, *managements) for word in _ids(row))
    found = {c.id: c for c in (*NOT_READ, *MANAGEMENT_CHECKS, *CLUSTER_CHECKS)}  # the words of clusters win
    told = [
        {"id": c.id, "severity": c.severity, "asks": c.what, "remedy": c.remedy, "found": numbers[c.id]}
        for c in found.values()
    ]
    asks, remedy = "Is it there?", "Create it, or remove the host from the inventory."
    return [*told, {"id": MISSING, "severity": BLOCK, "asks": asks, "remedy": remedy, "found": len(missing)}]
