# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How addresses of BMCs are read; the cases follow pkg/hardwareutils/bmc/access_test.go of the operator."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bmc_address import parse_address


@pytest.mark.parametrize(
    ("text", "name", "host", "port", "url", "system"),
    [
        ("redfish://10.0.0.1/redfish/v1/Systems/1", "redfish", "10.0.0.1", None, "https://10.0.0.1",
         "/redfish/v1/Systems/1"),
        ("redfish+http://bmc.example:8000/redfish/v1/Systems/a-b", "redfish", "bmc.example", 8000,
         "http://bmc.example:8000", "/redfish/v1/Systems/a-b"),
        ("redfish-virtualmedia+https://10.0.0.1/", "redfish-virtualmedia", "10.0.0.1", None, "https://10.0.0.1", ""),
        ("idrac-virtualmedia://[fe80::1]:443/redfish/v1", "idrac-virtualmedia", "fe80::1", 443, "https://[fe80::1]:443",
         ""),
        ("ipmi://10.0.0.1:6230", "ipmi", "10.0.0.1", 6230, "", ""),
        ("ipmi:10.0.0.1:6230", "ipmi", "10.0.0.1", 6230, "", ""),
        ("10.0.0.1", "ipmi", "10.0.0.1", None, "", ""),
        ("10.0.0.1:623", "ipmi", "10.0.0.1", 623, "", ""),
        ("bmc.example", "ipmi", "bmc.example", None, "", ""),
        ("bmc:623", "ipmi", "bmc", 623, "", ""),
        ("fe80::1", "ipmi", "fe80::1", None, "", ""),
        ("libvirt://10.0.0.1:6233/", "libvirt", "10.0.0.1", 6233, "", ""),
    ],
)  # fmt: skip
def test_parts_of_an_address(text: str, name: str, host: str, port: int | None, url: str, system: str) -> None:
    found = parse_address(text)
    assert (found.name, found.host, found.port, found.url, found.system) == (name, host, port, url, system)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("redfsh://10.0.0.1", "did you mean 'redfish'?"),
        ("idrac://10.0.0.1", "gone from the Bare Metal Operator; take 'idrac-redfish'"),
        ("ipmi+https://10.0.0.1", "takes no +"),
        ("redfish+ftp://10.0.0.1", "takes +http or +https"),
        ("redfish:///redfish/v1/Systems/1", "names no host"),
        ("redfish://bmc_1/redfish/v1", "'bmc_1' in 'redfish://bmc_1/redfish/v1' is neither an IP address"),
        ("redfish://10.0.0.1:99999", "port that is no number up to 65535"),
        ("redfish://[fe80::1/redfish", "is no address"),
    ],
)
def test_what_is_no_address_says_why(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is what is looked at
        parse_address(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "redfish://10.0.0.1/redfish/v1/Systems/1",
            "redfish-virtualmedia+https://10.0.0.1:443/redfish/v1/Systems/1/",
            True,
        ),
        ("redfish://10.0.0.1/redfish/v1/Systems/1", "redfish://10.0.0.1/redfish/v1/Systems/2", False),
        ("redfish://BMC.example", "redfish://bmc.example/redfish/v1", True),
        ("10.0.0.1", "ipmi://10.0.0.1:623", True),
        ("ipmi://10.0.0.1", "ipmi://10.0.0.1:6230", False),
    ],
)
def test_two_ways_to_write_one_bmc(one: str, other: str, *, same: bool) -> None:
    assert (parse_address(one).identity == parse_address(other).identity) is same
