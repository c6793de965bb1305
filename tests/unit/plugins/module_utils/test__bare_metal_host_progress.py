# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the status of a host to how far it has come, and when waiting makes no sense any more."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_progress import (
    events_of,
    hopeless,
    judge_host,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from bare_metal_host_world import CONSUMER, conditions, failed, host

DETACHED = {"operationalStatus": "detached"}


@pytest.mark.parametrize(
    ("live", "goal", "done"),
    [
        (host(""), "registered", False),
        (host("registering"), "registered", False),
        (host("inspecting"), "registered", True),
        (host("inspecting", status=conditions(Manageable="False/RegistrationFailed")), "registered", False),
        (host("registering", status=conditions(Manageable="True")), "registered", True),
        (host("inspecting"), "available", False),
        (host("preparing"), "available", False),
        (host("available"), "available", True),
        (host("ready"), "available", True),
        (host("provisioned"), "available", True),
        (host("externally provisioned"), "available", True),
        (host("available", annotations={"inspect.metal3.io": ""}), "available", False),
        (failed("power management error", state="available"), "available", False),
        (host("available", status=conditions(AvailableForProvisioning="False/Inspecting")), "available", False),
        (host("available", status=conditions(AvailableForProvisioning="True")), "available", True),
        (host("available"), "provisioned", False),
        (host("provisioned"), "provisioned", True),
        (host("provisioned", status=conditions(Provisioned="False/Error")), "provisioned", False),
        (host(status=DETACHED), "detached", True),
        (host(), "detached", False),
        (host(status=DETACHED), "attached", False),
        (host(annotations={"baremetalhost.metal3.io/detached": ""}), "attached", False),
        (host(), "attached", True),
        (host("provisioned", annotations={"reboot.metal3.io": "{}"}), "rebooted", False),
        (host("provisioned", status={"poweredOn": False}), "rebooted", False),
        (host("provisioned"), "rebooted", True),
        (host(annotations={"inspect.metal3.io": ""}), "reinspected", False),
        (host("inspecting"), "reinspected", False),
        (host(), "reinspected", True),
        (host("available", metadata={"deletionTimestamp": "x"}), "available", False),
        (host("deleting"), "gone", False),
        (None, "gone", True),
        (None, "available", False),
    ],
)
def test_where_a_host_is(live: Object | None, goal: str, done: bool) -> None:
    assert judge_host(live, goal, "BareMetalHost metal/rack1-07").done is done


def test_the_line_says_state_error_and_user() -> None:
    used = host("provisioned", spec={"consumerRef": CONSUMER})
    assert judge_host(used, "available", "h").message == (
        "h: provisioned, powered on, used by Metal3Machine metal/prod-md-0-x"
    )
    progress = judge_host(failed(), "available", "h")
    assert progress.message == "h: registering, powered on; registration error: it did not work"
    assert "check the BMC's address, user, password" in progress.stuck
    assert progress.details["error_type"] == "registration error"
    assert judge_host(host(""), "available", "h").message.startswith("h: not looked at by the operator yet")


def test_one_more_try_is_no_movement_but_a_state_is() -> None:
    keys = [judge_host(h, "available", "h").key for h in (failed(count=1), failed(count=2), host("inspecting"))]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("live", "tolerated", "words"),
    [
        (failed(count=2), 0, ""),
        (failed(count=3), 0, "tried 3 times; check the BMC's address"),
        (failed(count=8), 6, ""),
        (failed(count=9), 6, "tried 9 times"),
        (failed(count=3), 6, "tried 3 times"),
        (host("registering", status={"errorCount": 9}), 0, ""),
        (host("inspecting", annotations={"baremetalhost.metal3.io/paused": ""}), 0, "it is paused"),
        (host("available", annotations={"baremetalhost.metal3.io/paused": ""}), 0, ""),
        (None, 0, ""),
    ],
)
def test_when_there_is_no_hope(live: Object | None, tolerated: int, words: str) -> None:
    found = hopeless(live, judge_host(live, "available", "h"), tolerated)
    assert bool(found) is bool(words)
    assert words in found


def test_events_of_the_host_alone_the_newest_last() -> None:
    def event(name: str, time: str, reason: str) -> dict[str, Any]:
        about = {"kind": "BareMetalHost", "namespace": "metal", "name": name}
        return {"involvedObject": about, "lastTimestamp": time, "reason": reason, "message": "said\nso"}

    events = [event("rack1-07", "2", "Later"), event("rack1-07", "1", "First"), event("rack1-08", "3", "Other")]
    assert events_of(host(), events) == ["First: said so", "Later: said so"]
