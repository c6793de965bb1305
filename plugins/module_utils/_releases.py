# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Releases of Kubernetes, and pairs with Cluster API that are known to fail. Pure data, dated.

Newest patch releases: the tags of k8s.io/api, read on AS_OF. Known bad pairs: the Cluster API book,
user/troubleshooting.md, and cluster-api#13664. Workload Kubernetes ranges: the book, reference/versions.md.
"""

from __future__ import annotations

from ._errors import InvalidInput
from ._versions import Version, parse_version

AS_OF = "2026-11-25"
NEWEST = (
    "v1.30.14",
    "v1.31.14",
    "v1.32.13",
    "v1.33.14",
    "v1.34.13",
    "v1.35.10",
    "v1.36.6",
    "v1.37.2",
)
# These patch releases leave the rollout of a control plane stuck with a Cluster API that is older than the fixes.
_STUCK = ("v1.33.12", "v1.34.8", "v1.35.5", "v1.36.1")
_FIXED_IN = ("v1.11.11", "v1.12.8", "v1.13.2")

# Minor release of Cluster API 1.x: lowest and highest Kubernetes 1.x minor of workload clusters.
_WORKLOAD_KUBERNETES = {
    9: (26, 32),
    10: (26, 33),
    11: (28, 34),
    12: (29, 36),
    13: (30, 36),
    14: (31, 36),
}


def known_versions(given: list[str]) -> tuple[Version, ...]:
    """The versions that a path may use, lowest first: those given, else the newest patch of each minor."""
    return tuple(sorted(parse_version(text, "versions") for text in given or NEWEST))


def why_bad(kubernetes: Version, core: Version) -> str:
    """Why a version of Kubernetes must not be used with a release of Cluster API; empty for a good pair."""
    fixes = [parse_version(text) for text in _FIXED_IN]
    fix = next((f for f in fixes if f.minor == core.minor), None)
    fixed = core >= fix if fix else core > fixes[-1]
    if kubernetes not in map(parse_version, _STUCK) or fixed:
        return ""
    return (
        f"the rollout of a control plane to {kubernetes} gets stuck with Cluster API {core}; "
        f"fixed in Cluster API {', '.join(_FIXED_IN)} and in the next patch releases of Kubernetes"
    )


def outside_range(kubernetes: Version, core: Version) -> str:
    """Why a release of Cluster API does not support a workload cluster's version; empty where it does, or unknown."""
    known = _WORKLOAD_KUBERNETES.get(core.minor) if core.major == 1 else None
    if known is None or known[0] <= kubernetes.minor <= known[1]:
        return ""
    return f"Cluster API {core} supports workload clusters from v1.{known[0]} to v1.{known[1]}, as of {AS_OF}"


def upgrade_path(
    live: Version, target: Version, given: tuple[Version, ...], known: tuple[Version, ...]
) -> tuple[Version, ...]:
    """The versions to go through, the last is the target; empty when there is nothing to go through.

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
    between = []
    for minor in range(live.minor + 1, target.minor):
        found = [v for v in known if (v.major, v.minor) == (live.major, minor)]
        if not found:
            raise InvalidInput(
                f"the way from {live} to {target} needs a version of v{live.major}.{minor}, and none is known: name it "
                "in versions, or give the whole path."
            )
        between.append(max(found))
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
