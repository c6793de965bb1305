# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The noun bare_metal_host on an API server in memory: what it writes, and what it never does."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host import ensure_bare_metal_host
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_wish import HOST_API, HOST_KIND
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Forbidden,
    InvalidInput,
    NotFound,
    Stalled,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from bare_metal_host_world import CONSUMER, PASSWORD, failed, host, params
from fakes import FakeClock, FakeKube, session

HOST = Ref(HOST_API, HOST_KIND, "metal", "rack1-07")
SECRET = Ref("v1", "Secret", "metal", "rack1-07-bmc-secret")
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "metal"}}
PAUSED = "baremetalhost.metal3.io/paused"


def kube(*items: Object, dry_run: bool = False) -> FakeKube:
    return FakeKube(NAMESPACE, *items, dry_run=dry_run)


def ensure(server: FakeKube, clock: FakeClock | None = None, **changes: Any) -> Outcome:
    outcome = ensure_bare_metal_host(session(server, clock), params(**changes))
    assert PASSWORD not in str(outcome)
    assert base64.b64encode(PASSWORD.encode()).decode() not in str(outcome)
    return outcome


def registered() -> FakeKube:
    """A host as our first run and then the operator leave it."""
    server = kube()
    ensure(server)
    become(server, host())
    server.writes.clear()
    return server


def become(server: FakeKube, seen: Object) -> None:
    """The operator writes the status."""
    server.put({**server.items[server._key(HOST)], "status": seen["status"]})


def test_created_with_its_secret_first() -> None:
    server = kube()
    outcome = ensure(server, labels={"rack": "1"}, root_device_hints={"min_size_gigabytes": 400, "wwn": None})
    assert server.writes == [("apply", str(SECRET)), ("apply", str(HOST))]
    assert outcome.changed
    stored = server.get(HOST) or {}
    assert stored["spec"] == {
        "bootMACAddress": "52:54:00:00:00:07",
        "online": True,
        "rootDeviceHints": {"minSizeGigabytes": 400},
        "bmc": {"address": "redfish://10.0.0.7/redfish/v1/Systems/1", "credentialsName": "rack1-07-bmc-secret"},
    }
    assert stored["metadata"]["labels"] == {"rack": "1"}
    held = (server.get(SECRET) or {})["data"]
    assert base64.b64decode(held["password"]).decode() == PASSWORD
    assert outcome.values["outcome"] == "waiting"


def test_a_second_run_writes_nothing() -> None:
    server = registered()
    outcome = ensure(server)
    assert (outcome.changed, server.writes) == (False, [])
    assert outcome.values["message"] == "metal/rack1-07: available, powered on"
    assert outcome.values["outcome"] == "done"


def test_what_the_operator_and_others_add_stays() -> None:
    server = registered()
    stored = server.items[server._key(HOST)]
    stored["spec"] |= {"consumerRef": CONSUMER, "image": {"url": "http://x"}, "userData": {"name": "u"}}
    stored["metadata"]["finalizers"] = ["baremetalhost.metal3.io"]
    secret = server.items[server._key(SECRET)]
    secret["metadata"]["labels"] = {"environment.metal3.io": "baremetal"}
    assert not ensure(server).changed
    assert ensure(server, description="changed").changed
    assert (server.get(HOST) or {})["spec"]["consumerRef"] == CONSUMER
    assert server.writes == [("apply", str(HOST))]


def test_a_new_password_changes_the_secret_alone_and_only_its_hash_is_shown() -> None:
    server = registered()
    outcome = ensure(server, bmc={"password": "another"})
    assert server.writes == [("apply", str(SECRET))]
    assert list(outcome.before) == [str(SECRET)]
    assert outcome.before[str(SECRET)]["data"] != outcome.after[str(SECRET)]["data"]
    assert "another" not in str(outcome)


@pytest.mark.parametrize("before", [kube(), registered()])
def test_check_mode_writes_nothing_and_foretells(before: FakeKube) -> None:
    before.dry_run = True
    outcome = ensure(before, labels={"rack": "2"}, wait=True)
    assert (outcome.changed, before.writes) == (True, [])
    assert "would be" in before.lines[-1]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (None, "Secret metal/shared: it is not there"),
        ({"username": "eA=="}, "Secret metal/shared: it lacks password"),
        ({"username": "eA==", "password": "eA=="}, ""),
    ],
)
def test_a_secret_by_name_must_be_whole(secret: dict[str, str] | None, words: str) -> None:
    meta = {"name": "shared", "namespace": "metal"}
    server = kube(*([{"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": secret}] if secret else []))
    bmc = {"username": None, "password": None, "credentials_name": "shared"}
    if not words:
        ensure(server, bmc=bmc)
        assert server.writes == [("apply", str(HOST))]
        return
    with pytest.raises(InvalidInput) as caught:
        ensure(server, bmc=bmc)
    assert words in str(caught.value)
    assert server.writes == []


def test_mistakes_and_twins_are_told_at_once_before_any_write() -> None:
    server = kube(host(name="rack1-08"))
    with pytest.raises(InvalidInput) as caught:
        ensure(server, boot_mode="UEFI", raid={"x": []}, root_device_hints={"device_name": "sda"})
    assert len(caught.value.details["findings"]) == 4
    assert "is that of metal/rack1-08 (on the server)" in str(caught.value)
    assert server.writes == []


def test_twins_are_not_asked_for_where_the_play_has_done_so() -> None:
    server = kube(host(name="rack1-08"))
    ensure(server, check_duplicates=False)
    assert ("list", "BareMetalHost *") not in server.reads


@pytest.mark.parametrize(("wished", "left"), [(None, False), (True, True)])
def test_power_stays_as_it_is_unless_the_task_says_so(wished: bool | None, left: bool) -> None:
    server = kube(host(spec={"online": False}))
    ensure(server, online=wished)
    assert (server.get(HOST) or {})["spec"]["online"] is left


def test_a_webhook_speaks_before_the_secret_is_written() -> None:
    server = kube()
    server.refuse = lambda item: InvalidInput("webhook says no") if item["kind"] == HOST_KIND else None
    with pytest.raises(InvalidInput, match="webhook says no"):
        ensure(server)
    assert server.writes == []


def test_a_refusal_after_the_first_write_is_no_refusal() -> None:
    server, asked = kube(), []

    def late(item: Object) -> Exception | None:
        asked.append(item["kind"])
        return InvalidInput("late") if asked.count(HOST_KIND) > 1 else None

    server.refuse = late
    with pytest.raises(Failed, match="late Written before: Secret metal/rack1-07-bmc-secret"):
        ensure(server)


def test_a_field_of_somebody_else_is_named() -> None:
    server = kube(host(spec={"bootMode": "UEFI"}, annotations={"fake/owner": "kubectl"}))
    with pytest.raises(Conflict, match="kubectl"):
        ensure(server, boot_mode="legacy")
    ensure(server, boot_mode="legacy", force_conflicts=True)
    assert (server.get(HOST) or {})["spec"]["bootMode"] == "legacy"


# --- waiting ---------------------------------------------------------------------------------------------------------


def test_waits_until_available() -> None:
    server = kube()
    steps = iter([host("registering"), host("inspecting"), host("preparing")])
    clock = FakeClock(lambda _seconds: become(server, next(steps, host())))
    outcome = ensure(server, clock, wait=True)
    assert outcome.values["provisioning_state"] == "available"
    assert any("inspecting" in line for line in server.lines)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seen", "error", "words"),
    [
        (failed(count=3), Stalled, "registration error: it did not work: the operator has tried 3 times"),
        (failed(count=1), Stalled, "nothing has moved for 15m00s: registration error: it did not work; check"),
        (host("inspecting"), Stalled, "inspecting, powered on: nothing has moved"),
    ],
)
def test_gives_up_with_the_words_of_the_operator(seen: Object, error: type[Exception], words: str) -> None:
    server = kube()
    about = {"kind": HOST_KIND, "namespace": "metal", "name": "rack1-07"}
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "metal"}}
    server.put({**event, "involvedObject": about, "reason": "RegistrationError", "message": "401"})
    clock = FakeClock(lambda _seconds: become(server, seen))
    with pytest.raises(error) as caught:
        ensure(server, clock, wait=True)
    assert words in str(caught.value)
    assert caught.value.details["events"] == ["RegistrationError: 401"]  # type: ignore[attr-defined]
    assert caught.value.details["provisioning_state"]  # type: ignore[attr-defined]


def test_failures_from_before_a_new_password_do_not_count() -> None:
    server = registered()
    become(server, failed(count=9))
    clock = FakeClock(lambda seconds: become(server, host() if seconds > 20 else failed(count=10)))
    assert ensure(server, clock, wait=True, bmc={"password": "right"}).values["provisioning_state"] == "available"
    become(server, failed(count=9))
    with pytest.raises(Stalled, match="tried 9 times"):
        ensure(server, wait=True, bmc={"password": "right"})


def test_time_is_over_while_it_moves() -> None:
    server = kube()
    states = ["registering", "inspecting", "preparing"]
    clock = FakeClock(lambda seconds: become(server, host(states[int(seconds / 5) % 3])))
    with pytest.raises(WaitTimeout, match="run the same command again"):
        ensure(server, clock, wait=True, wait_timeout=60)


def test_events_that_nobody_may_read_hide_nothing() -> None:
    server = kube()
    real, clock = server.list, FakeClock(lambda _seconds: become(server, failed(count=3)))

    def listed(api_version: str, kind: str, *more: str) -> list[Object]:
        if kind == "Event":
            raise Forbidden("no")
        return real(api_version, kind, *more)

    server.list = listed  # type: ignore[method-assign]
    with pytest.raises(Stalled, match="tried 3 times") as caught:
        ensure(server, clock, wait=True)
    assert caught.value.details["events"] == []


# --- deletion and annotations ----------------------------------------------------------------------------------------


def test_deleted_and_awaited_and_gone() -> None:
    server = kube(host(metadata={"finalizers": ["baremetalhost.metal3.io"]}))
    clock = FakeClock(lambda seconds: server.take(HOST) if seconds > 20 else None)
    outcome = ensure(server, clock, state="absent", wait=True)
    assert (outcome.changed, outcome.values["message"]) == (True, "metal/rack1-07: not there")
    assert "cleans its disks and powers it off" in server.lines[0]  # type: ignore[attr-defined]
    assert server.writes == [("delete", str(HOST))]
    assert not ensure(server, state="absent", wait=True).changed


def test_a_deletion_that_goes_on_is_not_started_again() -> None:
    server = kube(host("deleting", metadata={"finalizers": ["f"], "deletionTimestamp": "2026-11-01T00:00:00Z"}))
    assert not ensure(server, state="absent").changed
    assert server.writes == []


def test_a_host_in_use_stays() -> None:
    server = kube(host("provisioned", spec={"consumerRef": CONSUMER}))
    with pytest.raises(InvalidInput, match="uses it"):
        ensure(server, state="absent")
    assert server.writes == []
    assert ensure(server, state="absent", force=True).changed


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        ("detached", {}, {"baremetalhost.metal3.io/detached": '{"deleteAction": "delay"}'}),
        ("attached", {"baremetalhost.metal3.io/detached": "x"}, {}),
        ("paused", {}, {PAUSED: "capi.lifecycle"}),
        ("paused", {PAUSED: "metal3.io/capm3"}, {PAUSED: "metal3.io/capm3"}),
        ("resumed", {PAUSED: "capi.lifecycle"}, {}),
        ("resumed", {}, {}),
        ("rebooted", {}, {"reboot.metal3.io": '{"mode": "soft"}'}),
        ("reinspected", {}, {"inspect.metal3.io": ""}),
    ],
)
def test_what_an_annotation_asks_for(state: str, before: dict[str, str], after: dict[str, str]) -> None:
    server = kube(host("provisioned" if state == "rebooted" else "available", annotations=before))
    outcome = ensure(server, state=state)
    assert (server.get(HOST) or {})["metadata"].get("annotations", {}) == after
    assert outcome.changed is (before != after)
    assert len(server.writes) == (before != after)
    spec = (server.get(HOST) or {})["spec"]
    assert spec == host()["spec"]
    assert not ensure(server, state=state).changed


def test_a_detachment_is_awaited() -> None:
    server = kube(host("provisioned"))
    done = host("provisioned", status={"operationalStatus": "detached"})
    clock = FakeClock(lambda _seconds: become(server, done))
    assert ensure(server, clock, state="detached", wait=True).values["operational_status"] == "detached"


def test_there_is_no_host_to_ask_something_of() -> None:
    with pytest.raises(NotFound, match="There is no BareMetalHost metal/rack1-07"):
        ensure(kube(), state="detached")


def test_a_server_without_the_operator_says_what_is_missing() -> None:
    server = FakeKube(NAMESPACE, kinds=(FakeKube().resource("v1", "Namespace"),))
    with pytest.raises(NotFound, match="BareMetalHost in metal3"):
        ensure(server)
