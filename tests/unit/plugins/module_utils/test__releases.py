# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of an upgrade through the minors, and the releases that do not go together."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._releases import (
    NEWEST,
    known_versions,
    outside_range,
    upgrade_path,
    why_bad,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version


def path(live: str, target: str, given: str = "", known: str = "") -> str:
    found = upgrade_path(
        parse_version(live),
        parse_version(target),
        tuple(map(parse_version, given.split())),
        known_versions(known.split()),
    )
    return " ".join(map(str, found))


PATHS = {
    "same version": ("v1.34.3", "v1.34.3", "", ""),
    "another patch": ("v1.34.3", "v1.34.9", "", "v1.34.9"),
    "one minor": ("v1.34.3", "v1.35.1", "", "v1.35.1"),
    "several, by the newest patches that are known": ("v1.33.1", "v1.36.2", "", "v1.34.13 v1.35.10 v1.36.2"),
    "from a pre-release": ("v1.35.0-rc.1", "v1.35.0", "", "v1.35.0"),
    "given path": ("v1.34.3", "v1.36.6", "v1.35.2 v1.36.6", "v1.35.2 v1.36.6"),
    "what is behind on a given path": ("v1.35.2", "v1.36.6", "v1.34.9 v1.35.2 v1.36.6", "v1.36.6"),
    "two patches of a minor on a path": ("v1.35.2", "v1.36.6", "v1.35.9 v1.36.0 v1.36.6", "v1.35.9 v1.36.0 v1.36.6"),
    "another build": ("v1.34.3+vmware.1", "v1.34.3+vmware.2", "", "v1.34.3+vmware.2"),
    "a build where there was none": ("v1.34.3", "v1.34.3+vmware.1", "", "v1.34.3+vmware.1"),
    "the same build": ("v1.34.3+vmware.1", "v1.34.3+vmware.1", "", ""),
    "a build of the next minor": ("v1.34.3+vmware.1", "v1.35.1+vmware.1", "", "v1.35.1+vmware.1"),
    "at the end of a given path": ("v1.36.6", "v1.36.6", "v1.35.9 v1.36.6", ""),
}  # fmt: skip


@pytest.mark.parametrize(("live", "target", "given", "wanted"), PATHS.values(), ids=PATHS)
def test_the_way(live: str, target: str, given: str, wanted: str) -> None:
    assert path(live, target, given) == wanted


def test_own_versions_take_the_place_of_the_known_ones() -> None:
    assert path("v1.33.1", "v1.35.9", known="v1.35.9 v1.34.2 v1.34.10") == "v1.34.10 v1.35.9", (
        "as numbers, not as texts"
    )


WRONG = {
    "downgrade": ("v1.34.3", "v1.34.2", "", "", "kubernetes_version v1.34.2 is lower than the live v1.34.3"),
    "downgrade by a path": ("v1.34.3", "v1.33.1", "v1.33.1", "", "neither Kubernetes nor Cluster API can go back"),
    "release back to pre-release": ("v1.35.0", "v1.35.0-rc.1", "", "", "is lower than the live"),
    "unknown minor": ("v1.20.1", "v1.23.0", "", "", "needs a version of v1.21, and none is known: name it in versions"),
    "minor missing in versions": ("v1.33.1", "v1.35.9", "", "v1.35.9", "needs a version of v1.34"),
    "path skips a minor": ("v1.33.1", "v1.35.9", "v1.35.9", "", "path goes from v1.33.1 to v1.35.9: each step must be"),
    "path goes down": ("v1.33.1", "v1.34.2", "v1.34.9 v1.34.2", "", "path goes from v1.34.9 to v1.34.2"),
    "path stands still": ("v1.33.1", "v1.34.2", "v1.34.2 v1.34.2", "", "path goes from v1.34.2 to v1.34.2"),
    "path changes the major": ("v1.36.1", "v2.0.0", "v2.0.0", "", "each step must be higher, by one minor"),
    "path ends elsewhere": ("v1.33.1", "v1.34.2", "v1.34.1", "", "path ends at v1.34.1, but kubernetes_version is"),
    "major changes": ("v1.36.1", "v2.0.0", "", "", "leads to another major version"),
}  # fmt: skip


@pytest.mark.parametrize(("live", "target", "given", "known", "words"), WRONG.values(), ids=WRONG)
def test_ways_that_do_not_exist(live: str, target: str, given: str, known: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        path(live, target, given, known)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("kubernetes", "core", "bad"),
    [
        ("v1.35.5", "v1.12.7", True),
        ("v1.35.5", "v1.12.8", False),
        ("v1.35.4", "v1.12.7", False),
        ("v1.35.6", "v1.12.7", False),
        ("v1.34.8", "v1.13.1", True),
        ("v1.34.8", "v1.13.2", False),
        ("v1.34.8", "v1.11.11", False),
        ("v1.33.12", "v1.10.20", True),
        ("v1.36.1", "v1.14.0", False),
    ],
)
def test_known_bad_pairs(kubernetes: str, core: str, bad: bool) -> None:
    assert bool(why_bad(parse_version(kubernetes), parse_version(core))) is bad


def test_a_build_of_a_bad_release_is_bad() -> None:
    assert why_bad(parse_version("v1.35.5+vmware.1"), parse_version("v1.12.7"))


def test_another_build_by_a_given_path() -> None:
    assert path("v1.34.3+a.1", "v1.34.3+a.2", "v1.34.3+a.2") == "v1.34.3+a.2"


def test_a_bad_pair_names_the_cure() -> None:
    words = why_bad(parse_version("v1.36.1"), parse_version("v1.13.0"))
    assert words.startswith("the rollout of a control plane to v1.36.1 gets stuck with Cluster API v1.13.0; fixed in")
    assert "v1.13.2" in words


@pytest.mark.parametrize(
    ("kubernetes", "core", "words"),
    [
        ("v1.36.6", "v1.14.0", ""),
        ("v1.31.0", "v1.14.0", ""),
        ("v1.37.0", "v1.14.0", "Cluster API v1.14.0 supports workload clusters from v1.31 to v1.36"),
        ("v1.30.1", "v1.14.0", "from v1.31 to v1.36"),
        ("v1.34.1", "v1.10.9", "from v1.26 to v1.33"),
        ("v1.99.0", "v1.99.0", ""),
        ("v1.34.0", "v2.14.0", ""),
    ],
)
def test_ranges_of_cluster_api(kubernetes: str, core: str, words: str) -> None:
    found = outside_range(parse_version(kubernetes), parse_version(core))
    assert words in found
    assert bool(words) is bool(found)


def test_the_list_has_each_minor_once_and_none_that_is_known_to_be_bad() -> None:
    known = known_versions([])
    assert [str(v) for v in known] == list(NEWEST)
    assert [v.minor for v in known] == list(range(known[0].minor, known[-1].minor + 1))
    assert not [v for v in known if why_bad(v, parse_version("v1.10.0"))]
