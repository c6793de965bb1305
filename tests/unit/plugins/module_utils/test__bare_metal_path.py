# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_path import next_of

WAY = ["v1.34.8", "v1.35.4", "v1.36.3"]


def nodes(*versions: str) -> list[dict[str, Any]]:
    """A node each, by what its static pods and its kubelet are: 'v1.35.4' for both, or 'v1.36.3,v1.35.4'."""
    told = [version.partition(",") for version in versions]
    return [
        {"name": f"n{number}", "control_plane_version": pods, "kubelet_version": kubelet or pods}
        for number, (pods, _comma, kubelet) in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("path", "live", "version", "later"),
    [
        (["v1.36.3"], ["v1.35.4"], "v1.36.3", []),
        (["v1.36.3"], ["v1.36.3"], "v1.36.3", []),
        (["v1.36.3"], ["v1.36.1"], "v1.36.3", []),
        (WAY, ["v1.33.9", "v1.33.9"], "v1.34.8", ["v1.35.4", "v1.36.3"]),
        (WAY, ["v1.34.2"], "v1.34.8", ["v1.35.4", "v1.36.3"]),
        (WAY, ["v1.34.8", ",v1.34.8"], "v1.35.4", ["v1.36.3"]),
        (WAY, ["v1.35.1"], "v1.35.4", ["v1.36.3"]),
        (WAY, ["v1.36.3"], "v1.36.3", []),
        # cut off on the way
        (WAY, ["v1.35.4,v1.34.8", "v1.34.8"], "v1.35.4", ["v1.36.3"]),
        (WAY, ["v1.35.4/v1.34.8,v1.34.8"], "v1.35.4", ["v1.36.3"]),
        (WAY, ["v1.35.4", ",v1.34.8"], "v1.35.4", ["v1.36.3"]),
        (WAY, ["v1.36.3,v1.35.4", ",v1.35.4"], "v1.36.3", []),
        (["v1.35.4", "v1.36.3"], ["v1.34.8+vendor.1"], "v1.35.4", ["v1.36.3"]),
        # a control plane whose static pods tell no version
        (["v1.35.4", "v1.36.3"], [",v1.35.4"], "v1.36.3", []),
    ],
)
def test_the_next(path: list[str], live: list[str], version: str, later: list[str]) -> None:
    assert next_of(path, nodes(*live)) == {"version": version, "later": later, "findings": []}


@pytest.mark.parametrize(
    ("path", "live", "check", "message"),
    [
        (["v1.36.3"], "v1.34.8", "version-skip", "from v1.34.8 to v1.36.3 leaves minor versions out"),
        (["v1.34.8", "v1.36.3"], "v1.33.9", "version-skip", "Name the newest v1.35 between them"),
        (["v1.35.4", "v1.36.3"], "v1.33.9", "version-skip", "from v1.33.9 to v1.35.4"),
        (["v1.36.3", "v1.36.1"], "v1.35.4", "version-lower", "v1.36.1 follows v1.36.3"),
        (["v1.36.3", "v1.36.3"], "v1.35.4", "version-lower", "v1.36.3 follows v1.36.3"),
        (["v1.35.4"], "v1.36.3", "version-lower", "the cluster is at v1.36.3, higher than v1.35.4"),
        (["v2.0.0"], "v1.36.3", "version-skip", "from v1.36.3 to v2.0.0"),
        (["v1.35.4", 1.36], "v1.34.8", "version", "bare_metal_kubernetes_path has 1.36, no text"),
        (["1.36"], "v1.35.4", "version", "must start with 'v'"),
        ([], "v1.35.4", "version-path", "is empty"),
        (
            [f"v1.{minor}.0" for minor in range(34, 40)],
            "v1.33.0",
            "version-path",
            "has 6 versions: one run goes through 5",
        ),
    ],
)
def test_ways_that_cannot_be_gone(path: list[Any], live: str, check: str, message: str) -> None:
    found = next_of(path, nodes(live))
    assert (found["version"], found["findings"][0]["check"]) == ("", check)
    assert message in found["findings"][0]["message"]


def test_nodes_that_tell_nothing() -> None:
    assert "no node of the cluster tells its version" in next_of(WAY, [])["findings"][0]["message"]
    assert next_of(WAY, nodes("new"))["findings"][0]["check"] == "version"
