# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the page of a report shows, ready to be put into its template: every text is fit for HTML. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._checks import BLOCK, WARN
from ._fleet_charts import certificates_chart, health_chart, life_state, life_words, versions_chart
from ._fleet_checks import spoken
from ._fleet_document import MISSING, title_of, worst_of

Row = Mapping[str, Any]

TITLES = {
    "unreachable": "Not reachable",
    "unhealthy": "Not available",
    "stuck_rollout": "Rollouts that stand still",
    "stuck_deletion": "Deletions that stand still",
    "certificates": "Certificates that end",
    "end_of_life": "Releases that are not maintained any more",
    "unsupported": "Releases that do not go together",
    "version_skew": "Versions too far apart",
    "missing_templates": "Templates that are missing",
    MISSING: "In the inventory, but not there",
    "degraded": "Available, but not as wanted",
    "end_of_life_soon": "Releases whose end of life is near",
    "certificates_soon": "Certificates that end before long",
    "drift": "Different from their description",
    "paused": "Paused",
    "held": "Upgrades on hold",
    "drain_timeout": "No drain timeout",
    "health_check": "No health check",
    "unused_templates": "Templates that nothing refers to",
    "stale_templates": "Templates of earlier rollouts",
}
SEVERITIES = {BLOCK: "act now", WARN: "look at", "unknown": "not known"}
_MOST_ITEMS = 40  # of a kind of finding; the table has them all
_OPEN = 12  # so many are shown without a click
# Control characters and those that turn the direction of a text: they could make a name look like another one.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def fleet_page(document: Row, *, certificates_days: int, end_of_life_days: int) -> dict[str, Any]:
    """Everything that the template places. Days are the limits by which colours are chosen."""
    clusters: Sequence[Row] = document["clusters"]
    today = str(document["generated"])[:10]
    order = sorted(range(len(clusters)), key=lambda n: _urgency(clusters[n]))
    anchors = {title_of(clusters[n]): f"c{place}" for place, n in enumerate(order, 1)}
    days = {"certificates": certificates_days, "end_of_life": end_of_life_days}
    page = {
        "title": document["title"],
        "generated": str(document["generated"]).replace("T", " ").replace("Z", " UTC"),
        "headline": _headline(document),
        "tiles": _tiles(document, certificates_days),
        "findings": _groups(document, anchors),
        "unknown": sum(worst_of(row) == "unknown" for row in clusters),
        "versions": versions_chart(clusters, end_of_life_days),
        "certificates": certificates_chart(clusters, today, certificates_days),
        "certificates_days": certificates_days,
        "health": health_chart(clusters),
        "rows": [_row(clusters[n], f"c{place}", days) for place, n in enumerate(order, 1)],
        "compared": any(row["drift"] for row in clusters),
        "management_clusters": [_management(m, end_of_life_days) for m in document["management_clusters"]],
        "support": document["support"],
    }
    safe: dict[str, Any] = escaped(page)
    return safe


def escaped(value: Any) -> Any:
    """A copy in which every text may stand in HTML, in attributes too; what cannot be seen is shown as a mark."""
    if isinstance(value, Mapping):
        return {str(key): escaped(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [escaped(part) for part in value]
    if isinstance(value, str):
        return html.escape(_INVISIBLE.sub("\ufffd", value), quote=True)
    return value


def _headline(document: Row) -> str:
    summary = document["summary"]
    total, well = summary["clusters"], summary["health"].get("healthy", 0)
    act = summary["worst"][BLOCK] + summary["missing"]
    words = (
        f"{act} of {total + summary['missing']} clusters need{'s' * (act == 1)} action"
        if act
        else "No cluster needs action"
    )
    words = f"{words}. {well} of {total} {'is' if well == 1 else 'are'} healthy." if total else "No cluster was found."
    if summary["not_read"]:
        number = summary["not_read"]
        words += f" {number} management cluster{'s' * (number != 1)} could not be read: its clusters are not here."
    return words


def _tiles(document: Row, certificates_days: int) -> list[dict[str, Any]]:
    summary, found = document["summary"], {c["id"]: c["found"] for c in document["checks"]}
    machines = summary["machines"]
    ended = sum(row["kubernetes"]["state"] == "ended" for row in document["clusters"])
    ending = sum(_ends_within(row, certificates_days) for row in document["clusters"])
    act = summary["worst"][BLOCK] + summary["missing"]
    return [
        _tile(summary["clusters"], "clusters", ""),
        _tile(summary["health"].get("healthy", 0), "healthy", "good"),
        _tile(act, "need action", "bad" if act else ""),
        _tile(summary["worst"][WARN], "to look at", "warn" if summary["worst"][WARN] else ""),
        _tile(ended, "past end of life", "bad" if ended else ""),
        _tile(ending, f"certificates under {certificates_days} days", "bad" if ending else ""),
        _tile(found["stuck_rollout"], "stuck rollouts", "bad" if found["stuck_rollout"] else ""),
        _tile(machines["ready"], f"of {machines['total']} machines ready", ""),
    ]


def _tile(value: int, label: str, tone: str) -> dict[str, Any]:
    return {"value": str(value), "label": label, "tone": tone}


def _ends_within(row: Row, days: int) -> bool:
    left = row["certificates"]["days"]
    return left is not None and left < days


def _groups(document: Row, anchors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The findings by kind, in the order of TITLES, with what to do once and the clusters below it."""
    items: dict[str, list[dict[str, str]]] = {}
    for management in document["management_clusters"]:
        for finding in management["findings"]:
            _put(items, finding, f"management cluster {management['name']}", "")
    for row in document["clusters"]:
        for finding in row["findings"]:
            _put(items, finding, _short(row, document), anchors[title_of(row)])
    for row in document["missing"]:
        _put(
            items, {"id": MISSING, "severity": BLOCK, "message": "There is no such Cluster."}, _short(row, document), ""
        )
    checks = {c["id"]: c for c in document["checks"]}
    return [_group(checks[name], items[name]) for name in TITLES if name in items]


def _put(items: dict[str, list[dict[str, str]]], finding: Row, name: str, anchor: str) -> None:
    if finding["severity"] in (BLOCK, WARN):
        items.setdefault(finding["id"], []).append({"name": name, "anchor": anchor, "message": finding["message"]})


def _group(check: Row, items: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": check["id"],
        "title": TITLES[check["id"]],
        "severity": check["severity"],
        "word": SEVERITIES[check["severity"]],
        "remedy": check["remedy"],
        "count": len(items),
        "found": items[:_MOST_ITEMS],
        "more": max(0, len(items) - _MOST_ITEMS),
        "open": check["severity"] == BLOCK and len(items) <= _OPEN,
    }


def _short(row: Row, document: Row) -> str:
    """Namespace and name; the management cluster too where there are several."""
    return title_of(row) if len(document["management_clusters"]) > 1 else f"{row['namespace']}/{row['name']}"


def _urgency(row: Row) -> tuple[Any, ...]:
    numbers = [-sum(f["severity"] == word for f in row["findings"]) for word in (BLOCK, WARN)]
    return (*numbers, row["environment"] or "~", row["name"], row["namespace"], row["management_cluster"])


def _row(row: Row, anchor: str, days: Mapping[str, int]) -> dict[str, Any]:
    kubernetes, machines = row["kubernetes"], row["machines"]
    return {
        "anchor": anchor,
        "name": row["name"],
        "place": f"{row['management_cluster']} / {row['namespace']}",
        "environment": row["environment"] or "",
        "marks": _marks(row),
        "health": row["health"]["state"],
        "motion": _motion(row),
        "version": kubernetes["lowest"] or "unknown",
        "wanted": kubernetes["version"] if kubernetes["version"] != kubernetes["lowest"] else "",
        "newest_patch": kubernetes["newest_patch"] or "",
        "life": life_state(kubernetes, days["end_of_life"]),
        "life_words": life_words(kubernetes),
        "ready": machines["ready"],
        "total": machines["total"],
        "short_of": max(0, machines["wanted"] - machines["ready"]),
        "oldest": machines["oldest"]["days"] if machines["oldest"] else None,
        "certificates": row["certificates"]["days"],
        "certificates_end": _certificates_state(row["certificates"]["days"], days["certificates"]),
        "worst": worst_of(row),
        "findings": [{**f, "word": SEVERITIES[f["severity"]]} for f in row["findings"]],
        "counts": _counts(row),
    }


def _certificates_state(left: int | None, limit: int) -> str:
    if left is None or left >= 2 * limit:
        return ""
    return "ended" if left < limit else "soon"


def _motion(row: Row) -> str:
    if row["rollout"]:
        seconds = row["rollout"]["seconds"]
        return "a rollout" if seconds is None else f"a rollout for {spoken(seconds)}"
    return f"for {spoken(row['deletion']['seconds'])}" if row["deletion"] else ""


def _marks(row: Row) -> list[str]:
    """Who else has a hand on it."""
    gitops = [row["gitops"]["tool"]] if row["gitops"] else []
    words = (("protected", row["protected"]), ("autoscaled", row["autoscaled"]), ("on hold", row["held"]))
    paused = bool(row["paused"]) and row["health"]["state"] != "paused"
    return [*gitops, *(word for word, there in (*words, ("partly paused", paused)) if there)]


def _counts(row: Row) -> str:
    numbers = {word: sum(f["severity"] == word for f in row["findings"]) for word in SEVERITIES}
    return ", ".join(f"{number} {SEVERITIES[word]}" for word, number in numbers.items() if number)


def _management(row: Row, end_of_life_days: int) -> dict[str, Any]:
    told = {"name": row["name"], "server": row["server"] or "", "reachable": row["reachable"], "error": row["error"]}
    findings = [{**f, "word": SEVERITIES[f["severity"]]} for f in row["findings"]]
    if not row["reachable"]:
        return {**told, "findings": findings}
    lives = {
        name: {
            "version": row[name].get("version") or "unknown",
            "life": life_state(row[name], end_of_life_days),
            "life_words": life_words(row[name]),
        }
        for name in ("cluster_api", "kubernetes")
    }
    providers = [
        {"label": p["label"], "version": p["version"], "life": life_state(p, end_of_life_days)}
        for p in row["providers"] or []
    ]
    return {**told, **lives, "providers": providers, "clusters": row["clusters"], "findings": findings}
