# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new version while machines are still on their way to the last one."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._preflight import changes_version, check_rollout
from builders import cluster, control_plane, machine, machine_deployment


def classy(version: str) -> Object:
    return cluster(class_name="standard", spec={"topology": {"classRef": {"name": "standard"}, "version": version}})


BUILD = {
    "control plane": (lambda v: control_plane(version=v), {}),
    "pool": (lambda v: machine_deployment(version=v), {"pool": "prod-md-0"}),
    "topology": (classy, {"pool": "prod-md-0"}),
}


@pytest.mark.parametrize("kind", BUILD)
@pytest.mark.parametrize(
    ("held", "live", "wanted", "refused"),
    [
        pytest.param("v1.34.3", "v1.35.0", "v1.36.0", True, id="two minors at once for a machine"),
        pytest.param("v1.35.0", "v1.35.0", "v1.36.0", False, id="all have arrived"),
        pytest.param("v1.35.0", "v1.35.4", "v1.36.0", False, id="an older patch"),
        pytest.param("v1.34.3", "v1.35.0", "v1.35.4", False, id="the same minor, corrected on the way"),
        pytest.param(
            "v1.33.0", "v1.34.0", "v1.36.0", False, id="a skip, which the comparison with the live object says"
        ),
    ],
)
def test_machines_on_their_way(kind: str, held: str, live: str, wanted: str, refused: bool) -> None:
    build, place = BUILD[kind]
    now, wish = build(live), build(wanted)
    parts = Parts(cluster(), control_plane(), [machine_deployment()], [machine(version=held, **place)])
    found = [str(f) for f in check_rollout([wish], {ref_of(now): now}, parts)]
    words = f"{ref_of(wish)}: version {wanted}, but 1 machines are still at {held} on their way to {live}"
    assert [f.startswith(words) for f in found] == [True] * refused


def test_a_cluster_that_is_not_there_has_no_machines() -> None:
    now, wish = control_plane(version="v1.35.0"), control_plane(version="v1.36.0")
    assert list(check_rollout([wish], {ref_of(now): now}, None)) == []


@pytest.mark.parametrize(
    ("now", "wanted", "changes"),
    [("v1.35.0", "v1.36.0", True), ("v1.35.0", "v1.35.0", False), (None, "v1.35.0", False)],
    ids=["another", "the same", "new object"],
)
def test_changes_of_the_version(now: str | None, wanted: str, changes: bool) -> None:
    assert changes_version(control_plane(version=wanted), control_plane(version=now) if now else None) is changes
