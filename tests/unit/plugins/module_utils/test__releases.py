# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of an upgrade through the minors, and the releases that do not go together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.capi.lifecycle.plugins.module_utils._argspec import UPGRADE
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._known_releases import RELEASES
from ansible_collections.capi.lifecycle.plugins.module_utils._releases import (
    outside_range,
    releases_of,
    upgrade_path,
    why_bad,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version

OURS = releases_of(None)


def path(live: str, target: str, given: str = "", known: str = "") -> str:
    found = upgrade_path(
        parse_version(live),
        parse_version(target),
        tuple(map(parse_version, given.split())),
        releases_of({"kubernetes": known.split()} if known else None),
        "releases.kubernetes",
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


@pytest.mark.parametrize(("known", "wanted"), [("v1.35.4 v1.35.5", "v1.35.4 v1.36.6"), ("v1.35.5", "v1.35.5 v1.36.6")])
def test_a_bad_release_only_where_there_is_no_other(known: str, wanted: str) -> None:
    assert path("v1.34.3", "v1.36.6", known=known) == wanted


WRONG = {
    "downgrade": ("v1.34.3", "v1.34.2", "", "", "kubernetes_version v1.34.2 is lower than the live v1.34.3"),
    "downgrade by a path": ("v1.34.3", "v1.33.1", "v1.33.1", "", "neither Kubernetes nor Cluster API can go back"),
    "release back to pre-release": ("v1.35.0", "v1.35.0-rc.1", "", "", "is lower than the live"),
    "unknown minor": ("v1.20.1", "v1.23.0", "", "", "v1.21, and none is known: name it in releases.kubernetes"),
    "minor missing in the list": ("v1.33.1", "v1.35.9", "", "v1.35.9", "needs a version of v1.34"),
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
    assert bool(why_bad(parse_version(kubernetes), parse_version(core), OURS)) is bad


def test_a_build_of_a_bad_release_is_bad() -> None:
    assert why_bad(parse_version("v1.35.5+vmware.1"), parse_version("v1.12.7"), OURS)


def test_another_build_by_a_given_path() -> None:
    assert path("v1.34.3+a.1", "v1.34.3+a.2", "v1.34.3+a.2") == "v1.34.3+a.2"


def test_a_bad_pair_names_the_cure() -> None:
    words = why_bad(parse_version("v1.36.1"), parse_version("v1.13.0"), OURS)
    assert words == (
        "Kubernetes v1.36.1 with Cluster API v1.13.0: the rollout of a control plane gets stuck; fixed in Cluster API "
        "v1.11.11, v1.12.8, v1.13.2 (source: the Cluster API book, user/troubleshooting.md, and cluster-api#13664)"
    )


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
    found = outside_range(parse_version(kubernetes), parse_version(core), OURS)
    assert words in found
    assert bool(words) is bool(found)


def test_the_list_has_each_minor_once_and_none_that_is_known_to_be_bad() -> None:
    known = OURS.kubernetes
    assert [str(v) for v in known] == RELEASES["kubernetes"]
    assert [v.minor for v in known] == list(range(known[0].minor, known[-1].minor + 1))
    assert not [v for v in known if why_bad(v, parse_version("v1.10.0"), OURS)]


BAD = {"kubernetes": ["v1.35.1"], "fixed_in": [], "reason": "nodes do not join", "source": None}
RANGE = {"capi": "v1.10", "lowest": "v1.30", "highest": "v1.31"}


def test_each_list_of_the_user_takes_the_place_of_ours() -> None:
    own = releases_of({"known_bad": [BAD], "kubernetes": None})
    assert own.kubernetes == OURS.kubernetes
    assert own.supported == OURS.supported
    assert why_bad(parse_version("v1.36.1"), parse_version("v1.13.0"), own) == ""
    assert why_bad(parse_version("v1.35.1"), parse_version("v1.14.2"), own) == (
        "Kubernetes v1.35.1 with Cluster API v1.14.2: nodes do not join; fixed in no Cluster API"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"supported": [RANGE]}, "v1.30 to v1.31, as of the list that was given"),
        ({"supported": [RANGE], "as_of": "2027-01-01"}, "v1.30 to v1.31, as of 2027-01-01"),
        ({"known_bad": [BAD], "as_of": "2027-01-01"}, f"v1.26 to v1.33, as of {RELEASES['as_of']}"),
    ],
)
def test_the_day_of_a_range(given: dict[str, object], words: str) -> None:
    assert words in outside_range(parse_version("v1.36.1"), parse_version("v1.10.1"), releases_of(given))


def test_a_release_that_the_users_list_does_not_have_is_not_judged() -> None:
    assert outside_range(parse_version("v1.99.1"), parse_version("v1.14.1"), releases_of({"supported": [RANGE]})) == ""


def test_versions_of_a_survey_have_blanks() -> None:
    assert [str(v) for v in releases_of({"kubernetes": ["v1.35.1", " v1.34.1 "]}).kubernetes] == ["v1.34.1", "v1.35.1"]


REFUSED = {
    "version": ({"kubernetes": ["1.35.1"]}, "releases.kubernetes '1.35.1' is not a valid version"),
    "bad version": ({"known_bad": [{**BAD, "kubernetes": ["v1.35"]}]}, "releases.known_bad: kubernetes 'v1.35'"),
    "fix": ({"known_bad": [{**BAD, "fixed_in": ["soon"]}]}, "releases.known_bad: fixed_in 'soon'"),
    "a number": ({"supported": [{**RANGE, "capi": "1.1"}]}, "capi is '1.1'; wanted is a minor release such as"),
    "a patch": ({"supported": [{**RANGE, "highest": "v1.36.1"}]}, "highest is 'v1.36.1'; wanted is a minor"),
    "upside down": ({"supported": [{**RANGE, "lowest": "v1.32"}]}, "lowest v1.32 is above highest v1.31"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_lists_are_refused_with_their_place(given: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        releases_of(given)
    assert words in str(caught.value)


def test_the_file_of_the_documentation_is_one_that_works() -> None:
    text = (Path(__file__).resolve().parents[4] / "docs/upgrade.md").read_text()
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if b.startswith("upgrade_releases:"))
    given = yaml.safe_load(block)["upgrade_releases"]
    checked = ArgumentSpecValidator(UPGRADE).validate({"releases": given})
    assert checked.error_messages == []
    own = releases_of(checked.validated_parameters["releases"])
    assert why_bad(parse_version("v1.36.1"), parse_version("v1.13.1"), own)
    assert own.supported[1, 14] == ((1, 31), (1, 36))
