# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a Machine and its owner: drain, hooks, and whether a name may be a mistake."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._machine_place import (
    NO_DRAIN,
    doubts,
    drain_words,
    hooks_of,
    owner_named,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import gather
from builders import cluster, control_plane, machine, machine_deployment
from machine_world import PLANE, SET, WORKERS, member, uid, worker

FOR_EVER = "its Node is drained without a time limit: a Pod that may not be evicted holds it for ever"
DRAIN: dict[str, tuple[dict[str, Any], str]] = {
    "no limit": ({}, FOR_EVER),
    "zero is no limit": ({"spec": {"deletion": {"nodeDrainTimeoutSeconds": 0}}}, FOR_EVER),
    "zero in v1beta1": ({"v": "v1beta1", "spec": {"nodeDrainTimeout": "0s"}}, FOR_EVER),
    "a limit": ({"spec": {"deletion": {"nodeDrainTimeoutSeconds": 600}}}, "its Node is drained for 600 s at most"),
    "in v1beta1": ({"v": "v1beta1", "spec": {"nodeDrainTimeout": "10m0s"}}, "its Node is drained for 10m0s at most"),
    "no Node": ({"status": {"nodeRef": None}}, "it has no Node: nothing is drained"),
    "exempt": ({"annotations": {NO_DRAIN: ""}}, f"its Node is not drained (annotation {NO_DRAIN})"),
}


@pytest.mark.parametrize(("changes", "words"), DRAIN.values(), ids=DRAIN)
def test_what_a_deletion_does_to_the_pods(changes: dict[str, Any], words: str) -> None:
    assert drain_words(machine(**changes)).startswith(words)


def test_hooks_are_those_of_the_deletion() -> None:
    kinds = ("pre-terminate", "pre-drain")
    hooks = [f"{kind}.delete.hook.machine.cluster.x-k8s.io/{kind[4:]}" for kind in kinds]
    assert hooks_of(machine(annotations={**dict.fromkeys(hooks, ""), "other": ""})) == sorted(hooks)


# a name that no Machine has -> whose it may have been
OWNERS = {
    "prod-cp-qqqqq": "prod-cp",
    f"{SET}-qqqqq": "prod-md-0",
    "prod-md-0-older-qqqqq": "prod-md-0",
    "prod-cp": None,
    "prod-cp-qqqq": None,
    "prod-cp-qqqqqq": None,
    "prod-md-0": None,
    "prod-md-0-qqqqq": None,
    "prod-md-1-older-qqqqq": None,
    "": None,
}


@pytest.mark.parametrize(("name", "owner"), OWNERS.items())
def test_the_owner_of_a_name(name: str, owner: str | None) -> None:
    machines = [*map(member, PLANE), *map(worker, WORKERS)]
    seen = gather([cluster()], [control_plane()], [machine_deployment(replicas=2)], machines)[0]
    found = owner_named(seen, name)
    assert (name_of(found) if found else None) == owner


def test_a_naming_of_ones_own_is_known_by_its_kin() -> None:
    seen = gather([cluster()], [control_plane()], [], [member("rack-7-qqqqq")])[0]
    found = owner_named(seen, "rack-7-zzzzz")
    assert found is not None
    assert name_of(found) == "prod-cp"


DOUBTS: dict[str, tuple[str, str, bool, str]] = {
    "another character": (f"{SET}-dddd7", "", True, f"did you mean {WORKERS[0]}?"),
    "one more": (f"{SET}-dddd66", "", True, f"did you mean {WORKERS[0]}?"),
    "one less": (f"{SET}-ddd6", "", True, f"did you mean {WORKERS[0]}?"),
    "exchanged": (f"{SET}-ddd6d", "", True, f"did you mean {WORKERS[0]}?"),
    "two others are another name": (f"{SET}-ddd88", "", True, ""),
    "nobody gives such names": ("prod-md-1-x7k2p-qqqqq", "", False, "nothing in the cluster prod gives such names"),
    "a UID that no Machine has": ("anything", uid(77), False, ""),
    "a UID of another": (f"{SET}-dddd7", uid(11), True, f"the UID {uid(11)} is that of {WORKERS[0]}."),
}


@pytest.mark.parametrize(("name", "of", "has_owner", "words"), DOUBTS.values(), ids=DOUBTS)
def test_whether_a_name_may_be_a_mistake(name: str, of: str, has_owner: bool, words: str) -> None:
    found = doubts(name, of, "prod", map(worker, WORKERS), has_owner=has_owner)
    assert found.startswith(words) if words else found == ""
