# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._etcd_judge import check_removal, meant


def member(name: str, *, healthy: bool = True, learner: bool = False, started: bool = True) -> dict:
    url = f"https://{name}:2380"
    shown = name if started else ""
    return {
        "name": shown,
        "id": f"a{name}",
        "peer_urls": [url],
        "learner": learner,
        "started": started,
        "healthy": healthy,
    }


A, B, C = member("1"), member("2"), member("3")
DEAD = member("3", healthy=False)


@pytest.mark.parametrize(
    ("members", "gone"),
    [
        ([A, B, C], C),  # two of two are left
        ([A, B, DEAD], DEAD),
        ([A, B, member("9", learner=True, started=False, healthy=False)], member("9")),
        ([A, member("2", healthy=False)], member("2")),  # one of one is left
        ([A, B], B),
    ],
)
def test_who_may_go(members: list, gone: dict) -> None:
    check_removal(members, gone)


@pytest.mark.parametrize(
    ("members", "gone", "message"),
    [
        ([A], A, "last voting member"),
        ([A, member("9", learner=True)], A, "last voting member"),
        (
            [A, B, DEAD],
            B,
            r"2 voting members, and 1 of them are healthy; it needs 2. Not healthy: 3 \(https://3:2380\)",
        ),
        ([A, member("2", healthy=False)], A, "1 voting members, and 0 of them are healthy"),
        ([A, B, C, member("4", healthy=False), member("5", healthy=False)], A, "4 voting members, and 2"),
    ],
)
def test_who_may_not(members: list, gone: dict, message: str) -> None:
    with pytest.raises(Refused, match=message):
        check_removal(members, gone)


def test_a_member_is_found_by_all_of_its_marks() -> None:
    assert meant([A, B], "1", None, None) == A
    assert meant([A, B], None, "A2", None) == B
    assert meant([A, B], "1", None, "https://2:2380") is None  # replaced host: same name, another address
    with pytest.raises(Refused, match="2 etcd members fit"):
        meant([A, A], "1", None, None)
