# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts and groups, and addresses: what is taken, what is refused, and with which remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._host_names import (
    address_of,
    check_format,
    cluster_groups,
    group_name,
    is_address,
    named,
)

ADDRESSES = {
    "10.0.0.7": True,
    "2001:db8::7": True,
    "node-1.example.com": True,
    "node-1.example.com.": True,
    "ip-10-0-0-7.eu-central-1.compute.internal": True,
    "node_1": True,
    "": False,
    "127.0.0.1": False,
    "::1": False,
    "::ffff:127.0.0.1": False,
    "0.0.0.0": False,  # noqa: S104
    "169.254.169.254": False,
    "fe80::1": False,
    "fe80::1%eth0": False,
    "2001:db8::1%$(touch x)": False,
    "224.0.0.1": False,
    "localhost": False,
    "a.localhost": False,
    "127.1": False,
    "2130706433": False,
    "0x7f000001": False,
    "017700000001": False,
    "-oProxyCommand=touch x": False,
    "a -oProxyCommand=x": False,
    "a;touch x": False,
    "user@host": False,
    "a/b": False,
    "[::2]:22": False,
    "a..b": False,
    "-a.example.com": False,
    "{{ lookup('pipe', 'id') }}": False,
    "a\nb": False,
    "a" * 64 + ".example.com": False,
    ".".join(["abc"] * 80): False,
}


@pytest.mark.parametrize(("text", "taken"), ADDRESSES.items())
def test_addresses(text: str, taken: bool) -> None:
    assert is_address(text) is taken


@pytest.mark.parametrize("other", [None, 7, {"a": 1}, ["10.0.0.7"]])
def test_no_text_is_no_address(other: Any) -> None:
    assert is_address(other) is False


HELD = [("Hostname", "m"), ("InternalIP", "10.0.0.7"), ("InternalIP", "10.0.0.8"), ("ExternalIP", "-oProxyCommand=x")]


@pytest.mark.parametrize(
    ("types", "address"),
    [
        (["InternalIP", "Hostname"], "10.0.0.7"),
        (["Hostname", "InternalIP"], "m"),
        (["ExternalIP", "Hostname"], "m"),
        (["ExternalIP"], None),
        (["ExternalDNS"], None),
        ([], None),
    ],
)
def test_the_first_that_can_be_used(types: list[str], address: str | None) -> None:
    row = {"addresses": [{"type": kind, "address": text} for kind, text in HELD]}
    assert address_of(row, types) == address


FORMATS = {
    "{name}": "",
    "{namespace}-{name}": "",
    "x": "",
    "{{name}}": "",
    "{nmae}": "did you mean 'name'",
    "{name.__class__.__mro__}": "can hold only",
    "{name[0]}": "can hold only",
    "{name!r}": "can hold only",
    "{name:>99999999}": "can hold only",
    "{}": "can hold only",
    "{name": "is no format",
}


@pytest.mark.parametrize(("text", "words"), FORMATS.items())
def test_formats(text: str, words: str) -> None:
    if not words:
        check_format("host_format", text)
        return
    with pytest.raises(InvalidInput, match=words):
        check_format("host_format", text)


REMEDIES = {
    "{namespace}-{name}": [("m", "a", "x"), ("m", "b", "x")],
    "{management_cluster}-{name}": [("m", "a", "x"), ("n", "a", "x")],
    "{management_cluster}-{namespace}-{name}": [("m", "a", "x"), ("m", "b", "x"), ("n", "a", "x")],
}


@pytest.mark.parametrize(("remedy", "places"), REMEDIES.items(), ids=REMEDIES)
def test_duplicates_are_refused_with_a_remedy_that_works(remedy: str, places: list[tuple[str, str, str]]) -> None:
    rows = [row(*place) for place in places]
    with pytest.raises(InvalidInput) as caught:
        named(rows, "{name}", "Machine")
    assert f"Set host_format to {remedy!r}" in str(caught.value)
    assert len(named(rows, remedy, "Machine")[0]) == len(rows)


@pytest.mark.parametrize(
    "text", ["", "a b", "a,b", "[1:3]", "{{ x }}", "-x", "a\n", "ü", "a" * 300, "x:22", "a/b", "\x1b[2J"]
)
def test_no_host_of_that_name(text: str) -> None:
    hosts, warnings = named([row("m", "default", text), row("m", "default", "good")], "{name}", "Machine")
    assert list(hosts) == ["good"]
    assert len(warnings) == 1
    assert warnings[0].isprintable()


def test_a_cluster_is_its_own_cluster() -> None:
    assert list(named([{"management_cluster": "m", "namespace": "n", "name": "x"}], "{cluster}", "Cluster")[0]) == ["x"]


def test_groups_of_clusters() -> None:
    rows = [row("m", "a", "1", "x"), row("m", "a", "2", "x"), row("m", "b", "3", "y-z")]
    assert cluster_groups(rows, "cluster_{cluster}") == {("m", "a", "x"): "cluster_x", ("m", "b", "y-z"): "cluster_y_z"}


@pytest.mark.parametrize("other", [("n", "a", "x-y"), ("m", "b", "x-y"), ("m", "a", "x.y")])
def test_two_clusters_never_share_a_group(other: tuple[str, str, str]) -> None:
    rows = [row("m", "a", "1", "x-y"), row(*other[:2], "2", other[2])]
    with pytest.raises(InvalidInput, match=r"m/a/x-y and .* would be in one group, 'cluster_x_y'"):
        cluster_groups(rows, "cluster_{cluster}")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("version", "v1.35.4"), "version_v1_35_4"),
        (("pool", "a-b"), "pool_a_b"),
        (("1a",), "_1a"),
        (("os", "Ubuntu 24.04"), "os_Ubuntu_24_04"),
        (("x", "{{ y }}"), "x____y___"),
        (("x", "a:b&!c,d*"), "x_a_b__c_d_"),
        (("x", "ü\n"), "x___"),
    ],
)
def test_group_names(words: tuple[str, ...], name: str) -> None:
    assert group_name(*words) == name


def row(management_cluster: str, namespace: str, name: str, cluster: str = "c") -> dict[str, Any]:
    return {"management_cluster": management_cluster, "namespace": namespace, "name": name, "cluster": cluster}
