# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a report points at: one function a finding, from rows alone. Pure; the table is in _fleet_findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._checks import Unknown
from ._fleet_support import ENDED, UNKNOWN
from ._objects import listed
from ._preflight import MAX_SKEW

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """A row, and from how many days on it is told."""

    row: Row
    certificates_days: int = 30
    end_of_life_days: int = 60
    stall_timeout: float = 900
    unread: Mapping[str, str] | None = None

    def read(self, name: str) -> Any:
        found = self.row[name]
        if found is None:
            raise Unknown((self.unread or {}).get(name, f"{name} were not read"))
        return found


def check_unhealthy(ground: Ground) -> Iterator[str]:
    health = ground.row["health"]
    if health["state"] == "unhealthy":
        yield f"It is not available: {_causes(health) or 'no reason is told'}."


def check_degraded(ground: Ground) -> Iterator[str]:
    health = ground.row["health"]
    if health["state"] == "degraded":
        yield f"It is available, but not as wanted: {_causes(health)}."


def check_unreachable(ground: Ground) -> Iterator[str]:
    if ground.row["health"]["reachable"] is False:
        yield "Cluster API does not reach its API server."


def check_stuck_rollout(ground: Ground) -> Iterator[str]:
    rollout = ground.row["rollout"]
    if rollout and rollout["stuck"]:
        why = f": {rollout['why']}" if rollout["why"] else ""
        yield f"A rollout stands still, nothing has moved for {spoken(rollout['still'])}{why}."


def check_stuck_deletion(ground: Ground) -> Iterator[str]:
    deletion = ground.row["deletion"]
    if deletion and deletion["seconds"] >= max(3600, ground.stall_timeout):
        yield f"Its deletion was asked for {spoken(deletion['seconds'])} ago: {deletion['reason']}."


def check_end_of_life(ground: Ground) -> Iterator[str]:
    yield from _ended("Kubernetes", ground.row["kubernetes"]["lowest"], ground.row["kubernetes"])


def check_end_of_life_soon(ground: Ground) -> Iterator[str]:
    yield from _ending("Kubernetes", ground.row["kubernetes"]["lowest"], ground.row["kubernetes"], ground)


def check_unsupported(ground: Ground) -> Iterator[str]:
    for words in ground.row["kubernetes"]["unsupported"]:
        yield f"{words[0].upper()}{words[1:]}; it has Kubernetes {ground.row['kubernetes']['lowest']}."


def check_version_skew(ground: Ground) -> Iterator[str]:
    kubernetes = ground.row["kubernetes"]
    plane, workers = _minors(kubernetes["control_plane"]), _minors(kubernetes["workers"])
    if plane and workers and max(workers) > max(plane):
        newest = kubernetes["control_plane"][-1]
        yield f"Workers ({kubernetes['workers'][-1]}) are newer than the control plane ({newest})."
    elif plane and workers and max(plane) - min(workers) > MAX_SKEW:
        yield f"Workers ({kubernetes['workers'][0]}) are more than {MAX_SKEW} minors older than the control plane."


def check_certificates(ground: Ground) -> Iterator[str]:
    days = ground.row["certificates"]["days"]
    if days is not None and days < ground.certificates_days:
        yield f"A certificate of its control plane {_ends(days)}."


def check_certificates_soon(ground: Ground) -> Iterator[str]:
    days = ground.row["certificates"]["days"]
    if days is not None and ground.certificates_days <= days < 2 * ground.certificates_days:
        yield f"A certificate of its control plane {_ends(days)}."


def check_paused(ground: Ground) -> Iterator[str]:
    for item in ground.row["paused"]:
        yield f"{item['kind']} {item['name']} is paused{_by(item)}."


def check_held(ground: Ground) -> Iterator[str]:
    for item in ground.row["held"]:
        yield f"{item['kind']} {item['name']} has the annotation {item['annotation']}{_by(item)}."


def check_missing_templates(ground: Ground) -> Iterator[str]:
    found = ground.read("templates")["missing"]
    if found:
        yield f"It refers to {listed(found, 3)}, which {'is' if len(found) == 1 else 'are'} not there."


def check_unused_templates(ground: Ground) -> Iterator[str]:
    found = ground.read("templates")
    if found["unreferenced"]:
        yield f"Nothing refers to {len(found['unreferenced'])} of its templates: {listed(found['unreferenced'], 3)}."


def check_stale_templates(ground: Ground) -> Iterator[str]:
    found = ground.read("templates")["stale"]
    if len(found) > 1:
        yield f"Only MachineSets without machines refer to {len(found)} of its templates: {listed(found, 3)}."


def check_drain_timeout(ground: Ground) -> Iterator[str]:
    found = ground.row["no_drain_timeout"]
    if found:
        yield f"Without a drain timeout: {listed(found, 3)}."


def check_health_check(ground: Ground) -> Iterator[str]:
    found = ground.read("no_health_check")
    if found:
        yield f"No MachineHealthCheck looks at {listed(found, 3)}."


def check_drift(ground: Ground) -> Iterator[str]:
    """Told where the inventory describes the cluster, and somebody compared it."""
    drift = ground.row.get("drift")
    if drift and drift["unknown"]:
        raise Unknown(f"It could not be compared with its description: {drift['unknown']}")
    if drift and drift["objects"]:
        yield f"{len(drift['objects'])} objects differ from its description: {listed(drift['objects'], 3)}."


def check_not_read(ground: Ground) -> Iterator[str]:
    if not ground.row["reachable"]:
        yield f"It could not be read: {ground.row['error']}"


def check_providers(ground: Ground) -> Iterator[str]:
    ground.read("providers")
    yield from (f"{words[0].upper()}{words[1:]}." for words in ground.row["not_healthy"])


def check_management_ended(ground: Ground) -> Iterator[str]:
    """An unknown release does not hide one that has ended."""
    lives = list(_lives(ground.row))
    ended = [words for one in lives if one[2]["state"] != UNKNOWN for words in _ended(*one)]
    yield from ended or (words for one in lives for words in _ended(*one))


def check_management_ending(ground: Ground) -> Iterator[str]:
    for what, version, life in _lives(ground.row):
        yield from _ending(what, version, life, ground)


def check_management_unsupported(ground: Ground) -> Iterator[str]:
    row = ground.row
    yield from (f"{words[0].upper()}{words[1:]}." for words in row["mismatches"])
    kubernetes = row["kubernetes"]
    if kubernetes.get("supported") is False:
        yield (
            f"Cluster API {row['cluster_api']['version']} supports management clusters with Kubernetes "
            f"{kubernetes['range']}, as of {kubernetes['as_of']}; this one has {kubernetes['version']}."
        )


def _lives(row: Row) -> Iterator[tuple[str, str, Row]]:
    if row["cluster_api"]["version"]:
        yield "Cluster API", row["cluster_api"]["version"], row["cluster_api"]
    if row["kubernetes"].get("version"):
        yield "Kubernetes of the management cluster", row["kubernetes"]["version"], row["kubernetes"]
    for provider in row["providers"] or []:
        told_with_core = provider["type"] == "core" or provider["label"].endswith("-kubeadm")
        if not told_with_core and provider["state"] != UNKNOWN:  # few support data have other providers
            yield provider["label"], provider["version"], provider


def _ended(what: str, version: str | None, life: Row) -> Iterator[str]:
    if life["state"] == UNKNOWN and version:
        raise Unknown(f"The support data does not have {what} {version}.")
    if life["state"] == ENDED:
        yield f"{what} {version} is not maintained since {life['end_of_life']} ({-life['days']} days)."


def _ending(what: str, version: str | None, life: Row, ground: Ground) -> Iterator[str]:
    days = life["days"]
    if days is not None and 0 <= days < ground.end_of_life_days:
        yield f"{what} {version} is maintained until {life['end_of_life']}, {days} days from now."


def _ends(days: int) -> str:
    return f"ended {-days} days ago" if days < 0 else f"ends in {days} days"


def _causes(health: Row) -> str:
    return "; ".join(words.removeprefix("Available: ") for words in health["waits_for"])


def _by(item: Row) -> str:
    return f" (set by {listed(item['by'], 3)})" if item["by"] else ""


def _minors(versions: Iterable[str]) -> list[int]:
    parts = [v.split(".") for v in versions]
    return [int(p[1]) for p in parts if len(p) > 1 and p[1].isdigit()]


def spoken(seconds: int) -> str:
    """``47 minutes``, ``26 hours`` or ``3 days``: no finer than it matters."""
    minutes, hours = seconds // 60, seconds // 3600
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours >= 2 else f"{minutes} minute{'s' * (minutes != 1)}"
