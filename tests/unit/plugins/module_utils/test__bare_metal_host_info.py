# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bare_metal_host_info tells, by how many requests, and its wait for many hosts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_info import read_bare_metal_hosts
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, NotFound, Stalled, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bare_metal_host_world import CONSUMER, failed, hardware, host
from fakes import KINDS, FakeClock, FakeKube, session

WAIT = {"names": ["a", "b"], "namespace": "metal", "wait_for": "available"}


def read(kube: FakeKube, clock: FakeClock | None = None, **changes: Any) -> dict[str, Any]:
    usual = {"namespace": "", "names": [], "label_selector": None, "hardware": True, "expected": None, "wait_for": None}
    limits = {"wait_timeout": 3600, "stall_timeout": 1200}
    outcome = read_bare_metal_hosts(session(kube, clock), {**usual, **limits, **changes})
    assert kube.writes == []
    return dict(outcome.values)


def test_two_lists_for_any_number_of_hosts() -> None:
    kube = FakeKube(*(host(name=f"h{number}") for number in range(50)), hardware("h7"))
    found = read(kube)
    assert kube.reads == [("list", "BareMetalHost *"), ("list", "HardwareData *")]
    assert len(found["hosts"]) == 50
    assert [h["name"] for h in found["hosts"] if h["hardware"]] == ["h7"]
    assert found["rollout"]["spare"] == 50
    kube.reads.clear()
    assert read(kube, hardware=False)["hosts"][0]["hardware"] is None
    assert kube.reads == [("list", "BareMetalHost *")]


def test_one_host() -> None:
    live = host("provisioned", labels={"rack": "1"}, spec={"consumerRef": CONSUMER})
    live["status"]["provisioning"]["image"] = {"url": "http://image"}
    found = read(FakeKube(live, hardware()))["hosts"][0]
    assert found["consumer"] == "Metal3Machine metal/prod-md-0-x"
    assert (found["image"], found["labels"], found["spare"]) == ("http://image", {"rack": "1"}, False)
    assert found["not_spare_reason"].startswith("used by")
    assert found["hardware"]["cpus"] == 32
    assert found["findings"] == []
    assert found["credentials_name"] == "rack1-07-bmc-secret"


def test_expectations_of_all_and_of_one() -> None:
    kube = FakeKube(host(name="a"), host(name="b"), hardware("a"), hardware("b"))
    found = read(kube, expected={"*": {"cpus": 64}, "b": {"cpus": 32, "nics": 3}})
    assert {h["name"]: h["findings"] for h in found["hosts"]} == {
        "a": ["it has 32 CPUs, wanted are 64"],
        "b": ["it has 2 NICs, wanted are 3"],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expected": {"*": {"cpu": 1}}}, r"expected\.\*: there is no 'cpu'; did you mean 'cpus'"),
        ({"expected": {"a": 4}}, "expected.a: wanted are keys and values"),
        ({"wait_for": "available", "names": ["a"]}, "namespace: wait_for needs it"),
        ({"wait_for": "available", "namespace": "metal"}, "names: wait_for needs it"),
    ],
)
def test_mistakes(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read(FakeKube(), **changes)


def test_without_the_operator_and_with_one_that_has_no_hardware_data() -> None:
    with pytest.raises(NotFound, match="BareMetalHost in metal3"):
        read(FakeKube(kinds=tuple(kind for kind in KINDS if "metal3" not in kind.api_version)))
    old = FakeKube(host(), kinds=tuple(kind for kind in KINDS if kind.kind != "HardwareData"))
    assert read(old)["hosts"][0]["hardware"] is None


def put(kube: FakeKube, *hosts: Object) -> None:
    for item in hosts:
        kube.put(item)


def test_waits_for_all_by_one_list_a_look() -> None:
    kube = FakeKube(host("registering", name="a"), host("registering", name="b"), host("", name="c"))
    clock = FakeClock(lambda s: put(kube, host(name="a"), host("available" if s > 20 else "inspecting", name="b")))
    found = read(kube, clock, **WAIT)
    assert [h["provisioning_state"] for h in found["hosts"]] == ["available", "available"]
    assert found["not_arrived"] == {}
    looks = kube.reads.count(("list", "BareMetalHost metal"))
    assert kube.reads == [("list", "BareMetalHost metal")] * looks + [("list", "HardwareData metal")]
    assert any("1/2 hosts available; b: inspecting" in line for line in kube.lines)  # type: ignore[attr-defined]


def test_one_that_fails_does_not_keep_the_others_from_being_awaited() -> None:
    kube = FakeKube(failed(count=3), host("inspecting", name="b"))
    put(kube, {**failed(count=3), "metadata": {"name": "a", "namespace": "metal"}})
    clock = FakeClock(lambda s: put(kube, host("available" if s > 60 else "inspecting", name="b")))
    with pytest.raises(Stalled) as caught:
        read(kube, clock, **WAIT)
    assert "1/2 hosts available" in str(caught.value)
    assert "- a: registering, powered on; registration error: it did not work; the operator has tried 3" in str(
        caught.value
    )
    assert list(caught.value.details["not_arrived"]) == ["a"]
    assert [h["name"] for h in caught.value.details["hosts"]] == ["a", "b"]
    assert clock.seconds > 60


@pytest.mark.parametrize(
    ("limits", "error", "words"),
    [
        ({"stall_timeout": 300}, Stalled, "b: not there: nothing has moved for 5m00s"),
        ({"wait_timeout": 60}, WaitTimeout, "not finished after 1m00s"),
    ],
)
def test_gives_up(limits: dict[str, int], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        read(FakeKube(host(name="a")), **WAIT, **limits)
    assert caught.value.details["not_arrived"] == {"b": "not there"}  # type: ignore[attr-defined]
