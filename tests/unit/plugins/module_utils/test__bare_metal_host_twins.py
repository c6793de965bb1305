# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts that are one, in a list and on the server."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_twins import (
    Claim,
    check_twins,
    live_claims,
)
from bare_metal_host_world import ADDRESS, MAC, host

ONE = Claim.of("metal/a", ADDRESS, MAC)
OTHER = Claim.of("metal/b", "redfish://10.0.0.8/redfish/v1/Systems/1", "52:54:00:00:00:08")


@pytest.mark.parametrize(
    ("wanted", "live", "words"),
    [
        ([ONE, OTHER], [], []),
        ([ONE], live_claims([host(name="a")]), []),  # itself
        ([ONE, ONE], [], ["metal/a: it is named 2 times"]),
        ([ONE, Claim.of("metal/b", ADDRESS, "")], [], ["metal/a bmc.address", "metal/b bmc.address"]),
        ([ONE, Claim.of("metal/b", "", MAC.upper())], [], ["metal/a boot_mac_address", "metal/b boot_mac_address"]),
        ([OTHER], live_claims([host(name="c")]), []),
        (
            [Claim.of("metal/b", "redfish+https://10.0.0.7:443/redfish/v1/Systems/1", "")],
            live_claims([host(name="c")]),
            ["metal/b bmc.address: 10.0.0.7:443/redfish/v1/Systems/1 is that of metal/c (on the server)"],
        ),
        ([Claim.of("metal/a", "", ""), Claim.of("metal/b", "", "")], [], []),
        ([Claim.of("metal/a", "no address://", ""), Claim.of("metal/b", "no address://", "")], [], ["a bmc", "b bmc"]),
    ],
)
def test_twins(wanted: list[Claim], live: list[Claim], words: list[str]) -> None:
    found = [str(f) for f in check_twins(wanted, live)]
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))
