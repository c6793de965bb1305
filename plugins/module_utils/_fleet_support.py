# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Until when releases of Kubernetes and Cluster API are maintained, and which go together. Pure data, dated.

The option ``support`` puts other data in its place, so that an old release of this collection can tell today's dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ._errors import InvalidInput
from ._objects import close_matches, listed
from ._releases import Releases, outside_range, why_bad
from ._support import contract_of
from ._versions import is_version, parse_version

SUPPORT: Mapping[str, Any] = {
    "as_of": "2026-11-27",
    "sources": [
        "https://kubernetes.io/releases/",
        "https://cluster-api.sigs.k8s.io/reference/versions",
    ],
    "kubernetes": {
        "v1.26": "2024-02-28",
        "v1.27": "2024-07-16",
        "v1.28": "2024-10-22",
        "v1.29": "2025-02-28",
        "v1.30": "2025-07-15",
        "v1.31": "2025-11-11",
        "v1.32": "2026-02-28",
        "v1.33": "2026-06-28",
        "v1.34": "2026-10-27",
        "v1.35": "2027-02-28",
        "v1.36": "2027-06-28",
        "v1.37": "2027-10-28",
    },
    # "maintained": no day is set yet
    "cluster_api": {
        "v1.9": "2025-12-18",
        "v1.10": "2026-04-21",
        "v1.11": "2026-08-18",
        "v1.12": "maintained",
        "v1.13": "maintained",
        "v1.14": "maintained",
    },
    "providers": {},  # label of another provider: a table as the two above
}
MAINTAINED, ENDED, UNKNOWN = "maintained", "ended", "unknown"


def support_from(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The built-in data with the parts that are given in their place. Raises InvalidInput for what cannot be read."""
    found = {**SUPPORT, **_checked(given or {})}
    found["as_of"] = str(_day(found["as_of"], "support.as_of"))
    for name in ("kubernetes", "cluster_api"):
        found[name] = _table(found[name], f"support.{name}")
    if not isinstance(found["providers"], Mapping):
        raise InvalidInput(f"support.providers is {found['providers']!r}, wanted is a table by label of provider.")
    found["providers"] = {str(k): _table(v, f"support.providers.{k}") for k, v in found["providers"].items()}
    return found


def _checked(given: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in given:
        if key not in SUPPORT:
            raise InvalidInput(
                f"support: there is no part {key!r}{close_matches(key, SUPPORT)} (there are {listed([*SUPPORT], 9)})."
            )
    if given and "as_of" not in given:
        raise InvalidInput("support: as_of is missing; say of which day the data is, such as '2026-11-27'.")
    return given


def life(table: Mapping[str, str], version: str, now: datetime) -> dict[str, Any]:
    """Until when a version is maintained: the day, days from now (None without a date), and a word for it."""
    end = table.get(minor_of(version), UNKNOWN) if version else UNKNOWN
    if end in (MAINTAINED, UNKNOWN):
        return {"end_of_life": None, "days": None, "state": end}
    days = (date.fromisoformat(end) - now.date()).days
    return {"end_of_life": end, "days": days, "state": ENDED if days < 0 else MAINTAINED}


def minor_of(version: str) -> str:
    """``v1.34`` of ``v1.34.3``, also of ``1.34`` as managed control planes tell it; empty for something else."""
    parts = version.removeprefix("v").split(".")
    return f"v{parts[0]}.{parts[1]}" if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() else ""


def newest_patch(version: str, releases: Releases) -> str | None:
    """The newest known patch release of a version's minor, where it is newer."""
    if not is_version(version):
        return None
    held = parse_version(version)
    newer = [v for v in releases.kubernetes if (v.major, v.minor) == (held.major, held.minor) and v > held]
    return str(max(newer)) if newer else None


def why_unsupported(version: str, core: str, releases: Releases) -> list[str]:
    """Why a release of Cluster API does not go with a workload cluster's version; empty where it does or is unknown."""
    if not (is_version(version) and is_version(core)):
        return []
    pair = (parse_version(version), parse_version(core), releases)
    return [words for words in (outside_range(*pair), why_bad(*pair)) if words]


def contract_named(core: str) -> str:
    """The contract of a release of Cluster API; empty where the release is not known."""
    return contract_of(parse_version(core)) if is_version(core) else ""


def _table(given: Any, where: str) -> dict[str, str]:
    """Days by minor release. Raises InvalidInput: a plain 1.30 is the number 1.3 in YAML, so the v is wanted."""
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{where} is {given!r}, wanted is a table such as {{'v1.34': '2026-10-27'}}.")
    wrong = [key for key in given if minor_of(str(key)) != key]
    if wrong:
        raise InvalidInput(f"{where} has {wrong[0]!r}; wanted is a minor release such as 'v1.34'.")
    return {minor: _end(end, f"{where}.{minor}") for minor, end in given.items()}


def _end(value: Any, where: str) -> str:
    return MAINTAINED if value == MAINTAINED else str(_day(value, where))


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f"{where} is {value!r}, wanted is a day such as '2026-11-27', or '{MAINTAINED}'.") from None
