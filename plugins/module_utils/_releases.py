# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The way of an upgrade through the minors, and which releases go together: what a user knows, or we. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import InvalidInput
from ._known_releases import RELEASES
from ._versions import Version, parse_version

_MINOR = re.compile(r"v(\d+)\.(\d+)")
Minor = tuple[int, int]


@dataclass(frozen=True)
class BadPair:
    """Versions of Kubernetes that fail with each Cluster API older than its fix; with every one where there is none."""

    kubernetes: tuple[Version, ...]
    fixed_in: tuple[Version, ...]
    reason: str
    source: str


@dataclass(frozen=True)
class Releases:
    """What is known of releases on a day."""

    as_of: str  # the day of the ranges of Cluster API
    kubernetes: tuple[Version, ...]  # the versions that a path may use, lowest first
    known_bad: tuple[BadPair, ...]
    supported: Mapping[Minor, tuple[Minor, Minor]]  # lowest and highest minor of Kubernetes in workload clusters


def releases_of(given: Mapping[str, Any] | None) -> Releases:
    """The user's lists, and ours for those that are not given. Raises InvalidInput with the place of a wrong value."""
    own = {key: value for key, value in (given or {}).items() if value is not None}
    known = {**RELEASES, **own}
    return Releases(
        as_of=own.get("as_of") or "the list that was given" if "supported" in own else RELEASES["as_of"],
        kubernetes=ascending(known["kubernetes"], "releases.kubernetes"),
        known_bad=tuple(_bad_pair(pair) for pair in known["known_bad"]),
        supported=dict(_range(row) for row in known["supported"]),
    )


def ascending(texts: Iterable[str], what: str) -> tuple[Version, ...]:
    """Versions in their order, whatever the order they are given in."""
    return tuple(sorted(parse_version(text.strip(), what) for text in texts))


def why_bad(kubernetes: Version, core: Version, releases: Releases) -> str:
    """Why a version of Kubernetes must not be used with a release of Cluster API; empty for a good pair."""
    pair = next((p for p in releases.known_bad if kubernetes in p.kubernetes and not _is_fixed(core, p.fixed_in)), None)
    if pair is None:
        return ""
    cure = f"fixed in Cluster API {', '.join(map(str, pair.fixed_in))}" if pair.fixed_in else "fixed in no Cluster API"
    source = f" (source: {pair.source})" if pair.source else ""
    return f"Kubernetes {kubernetes} with Cluster API {core}: {pair.reason}; {cure}{source}"


def _is_fixed(core: Version, fixes: tuple[Version, ...]) -> bool:
    """By the fix of its own minor release; a minor without one has it if it is newer than all that have."""
    own = next((fix for fix in fixes if (fix.major, fix.minor) == (core.major, core.minor)), None)
    return core >= own if own else bool(fixes) and core > max(fixes)


def knows_range(core: Version, releases: Releases) -> bool:
    """Whether it is known which workload clusters a release of Cluster API supports."""
    return (core.major, core.minor) in releases.supported


def outside_range(kubernetes: Version, core: Version, releases: Releases) -> str:
    """Why a release of Cluster API does not support a workload cluster's version; empty where it does, or unknown."""
    known = releases.supported.get((core.major, core.minor))
    if known is None or known[0] <= (kubernetes.major, kubernetes.minor) <= known[1]:
        return ""
    lowest, highest = (f"v{major}.{minor}" for major, minor in known)
    return f"Cluster API {core} supports workload clusters from {lowest} to {highest}, as of {releases.as_of}"


def _bad_pair(given: Mapping[str, Any]) -> BadPair:
    where = "releases.known_bad"
    return BadPair(
        kubernetes=ascending(given["kubernetes"], f"{where}: kubernetes"),
        fixed_in=ascending(given.get("fixed_in") or (), f"{where}: fixed_in"),
        reason=given["reason"],
        source=given.get("source") or "",
    )


def _range(given: Mapping[str, Any]) -> tuple[Minor, tuple[Minor, Minor]]:
    capi, lowest, highest = (_minor(given[key], key) for key in ("capi", "lowest", "highest"))
    if lowest > highest:
        raise InvalidInput(f"releases.supported: lowest {given['lowest']} is above highest {given['highest']}.")
    return capi, (lowest, highest)


def _minor(text: str, key: str) -> Minor:
    match = _MINOR.fullmatch(text)
    if not match:
        raise InvalidInput(f"releases.supported: {key} is {text!r}; wanted is a minor release such as 'v1.10'.")
    return int(match[1]), int(match[2])


def upgrade_path(
    live: Version, target: Version, given: tuple[Version, ...], releases: Releases, place: str
) -> tuple[Version, ...]:
    """The versions to go through, the last is the target; empty when there is nothing to go through.

    Of a minor on the way it takes the newest known release, one that fails with some Cluster API only where there is no
    other. ``place`` is where the known ones come from, in words.
    Raises InvalidInput for a downgrade, a path that skips a minor, another major version, and a minor that is unknown.
    """
    if target < live:
        raise InvalidInput(
            f"kubernetes_version {target} is lower than the live {live}: neither Kubernetes nor Cluster API can go "
            "back. Nothing was changed."
        )
    if given:
        return _given(live, target, given)
    if target.major != live.major:
        raise InvalidInput(f"the way from {live} to {target} leads to another major version: give the whole path.")
    between, bad = [], {version for pair in releases.known_bad for version in pair.kubernetes}
    for minor in range(live.minor + 1, target.minor):
        found = [v for v in releases.kubernetes if (v.major, v.minor) == (live.major, minor)]
        if not found:
            raise InvalidInput(
                f"the way from {live} to {target} needs a version of v{live.major}.{minor}, and none is known: name it "
                f"in {place}, or give the whole path."
            )
        between.append(max(set(found) - bad or found))
    return (*between, target) if target > live or target.is_other_build(live) else ()


def _given(live: Version, target: Version, given: tuple[Version, ...]) -> tuple[Version, ...]:
    path = tuple(v for v in given if v > live or v.is_other_build(live))
    if given[-1] != target:
        raise InvalidInput(f"path ends at {given[-1]}, but kubernetes_version is {target}: they must be the same.")
    for before, after in zip((live, *path), path):
        if after.minor > before.minor + 1 or after.major != before.major or not _is_further(after, before):
            raise InvalidInput(
                f"path goes from {before} to {after}: each step must be higher, by one minor version at most."
            )
    return path


def _is_further(after: Version, before: Version) -> bool:
    return after > before or after.is_other_build(before)
