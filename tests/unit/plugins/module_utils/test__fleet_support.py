# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Support data: what it says of a version, what it does not know, and what is refused in a user's own."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_support import (
    SUPPORT,
    life,
    minor_of,
    newest_patch,
    support_from,
    why_unsupported,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._releases import releases_of

NOW = datetime(2026, 11, 1, 23, 59, tzinfo=timezone.utc)
OURS = releases_of(None)


@pytest.mark.parametrize(
    ("version", "end", "days", "state"),
    [
        ("v1.34.3", "2026-10-27", -5, "ended"),
        ("v1.34.3-eks-1", "2026-10-27", -5, "ended"),
        ("v1.35", "2027-02-28", 119, "maintained"),
        ("v1.36.6+vmware.1", "2027-06-28", 239, "maintained"),
        ("v1.99.0", None, None, "unknown"),
        ("", None, None, "unknown"),
        ("latest", None, None, "unknown"),
    ],
)
def test_the_life_of_kubernetes(version: str, end: str | None, days: int | None, state: str) -> None:
    assert life(SUPPORT["kubernetes"], version, NOW) == {"end_of_life": end, "days": days, "state": state}


def test_a_release_is_maintained_on_its_last_day() -> None:
    last = datetime(2026, 10, 27, 23, tzinfo=timezone.utc)
    assert life(SUPPORT["kubernetes"], "v1.34.3", last)["state"] == "maintained"


def test_a_release_without_a_day_is_maintained() -> None:
    assert life(SUPPORT["cluster_api"], "v1.14.2", NOW) == {"end_of_life": None, "days": None, "state": "maintained"}


@pytest.mark.parametrize(("text", "minor"), [("v1.34.3", "v1.34"), ("1.34", "v1.34"), ("v1", ""), ("vX.Y.Z", "")])
def test_minors(text: str, minor: str) -> None:
    assert minor_of(text) == minor


@pytest.mark.parametrize(
    ("version", "newest"),
    [("v1.34.3", "v1.34.13"), ("v1.34.13", None), ("v1.99.0", None), ("v1.34", None), ("", None)],
)
def test_newest_patches(version: str, newest: str | None) -> None:
    assert newest_patch(version, OURS) == newest


@pytest.mark.parametrize(
    ("version", "core", "number"),
    [
        ("v1.36.6", "v1.14.2", 0),
        ("v1.30.9", "v1.14.2", 1),
        ("v1.36.1", "v1.13.0", 1),
        ("v1.36.1", "", 0),
        ("v1.3", "v1.14.2", 0),
    ],
)
def test_pairs_that_do_not_go_together(version: str, core: str, number: int) -> None:
    assert len(why_unsupported(version, core, OURS)) == number


def test_given_parts_take_the_place_of_ours() -> None:
    found = support_from({"as_of": date(2027, 1, 1), "kubernetes": {"v1.36": date(2030, 1, 1), "v1.37": "maintained"}})
    assert found["as_of"] == "2027-01-01"
    assert found["kubernetes"] == {"v1.36": "2030-01-01", "v1.37": "maintained"}
    assert found["cluster_api"] == SUPPORT["cluster_api"]


def test_ours_is_well_formed() -> None:
    assert support_from(None) == {**SUPPORT}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kubernetes": {}}, "as_of is missing"),
        ({"as_of": "soon"}, "support.as_of is 'soon'"),
        ({"as_of": "2026-11-27", "kubernets": {}}, "did you mean 'kubernetes'"),
        ({"as_of": "2026-11-27", "kubernetes": {1.3: "2026-11-27"}}, "support.kubernetes has 1.3"),
        ({"as_of": "2026-11-27", "kubernetes": {"v1.30": "never"}}, "support.kubernetes.v1.30 is 'never'"),
        ({"as_of": "2026-11-27", "kubernetes": ["v1.30"]}, "wanted is a table"),
        ({"as_of": "2026-11-27", "providers": {"x": {"2": "2026-11-27"}}}, "support.providers.x has '2'"),
        ({"as_of": "2026-11-27", "providers": []}, "support.providers is"),
    ],
)
def test_bad_data_is_refused_with_its_place(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        support_from(given)
