# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. How far a BareMetalHost has come, and what holds it up, by its conditions or else its state. Pure.

Source: baremetal-operator, docs/baremetalhost-states.md; conditions since its release 0.12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._bare_metal_host_rules import consumer_of, state_of
from ._bare_metal_host_wish import DETACHED, INSPECT, PAUSED, REBOOT
from ._objects import Object, annotations_of, condition, content_hash, dig, is_deleting, is_true, name_of, namespace_of
from ._progress import Progress, reason_of

TRIES = 3  # failures after which waiting for the operator's next try makes no sense
_BEFORE_REGISTERED = ("", "unmanaged", "registering")
_TAKEN = ("provisioning", "provisioned", "externally provisioned", "deprovisioning")
_HINTS = {
    "registration error": "check the BMC's address, user, password and certificate, and that Ironic's pod reaches it "
    "(that this machine does says little)",
    "provisioned registration error": "the host runs, but its BMC is out of reach: check address, user and password",
    "inspection error": "the ramdisk did not report back: check boot_mac_address, DHCP, the way to Ironic, and for "
    "virtual media whether the BMC reads the image (HTTPS certificate)",
    "preparation error": "cleaning or RAID failed: check raid against the controller, and the disks",
    "provisioning error": "check the image's URL and checksum, the size of the disk, and root_device_hints",
    "power management error": "the BMC does not switch the host: check the power supply, and the BMC's own log",
    "detach error": "the host could not be let go: read the operator's log",
    "servicing error": "firmware settings or updates failed: read HostFirmwareSettings and HostFirmwareComponents",
}


def trouble_of(host: Object) -> str:
    """The error that the operator tells, with its type; empty where there is none."""
    kind, said = dig(host, "status", "errorType", default=""), dig(host, "status", "errorMessage", default="")
    if kind or said:
        return f"{kind or 'error'}: {' '.join(str(said).split()) or 'no message'}"
    found = condition(host, "Manageable")
    return f"Manageable: {reason_of(found)}" if found.get("reason") in ("RegistrationFailed", "PowerFailure") else ""


def hint_of(host: Object) -> str:
    """What usually is the cause of the error, in words; empty for none that is known."""
    return _HINTS.get(str(dig(host, "status", "errorType", default="")), "")


def failures(host: Object | None) -> int:
    return int(dig(host, "status", "errorCount", default=0))


def where_it_is(host: Object) -> str:
    """``registering``, ``available, powered on``, ``provisioned for Metal3Machine ns/name``."""
    words = [state_of(host) or "not looked at by the operator yet"]
    status = str(dig(host, "status", "operationalStatus", default=""))
    if status and status not in ("OK", "error"):
        words.append(status)
    if dig(host, "status", "poweredOn"):
        words.append("powered on")
    if consumer_of(host):
        words.append(f"used by {consumer_of(host)}")
    return ", ".join(words)


def has_arrived(host: Object, goal: str) -> bool:
    """Whether the host is where the goal wants it."""
    return not is_deleting(host) and _ARRIVED[goal](host)


def judge_host(host: Object | None, goal: str, title: str) -> Progress:
    """How far a host has come to a goal: registered, available, provisioned, gone, detached, attached, …"""
    if host is None:
        return Progress(goal == "gone", f"{title}: {'gone' if goal == 'gone' else 'not there'}", key="none")
    trouble, done = trouble_of(host), goal != "gone" and has_arrived(host, goal)
    message = f"{title}: {where_it_is(host)}"
    if is_deleting(host):
        message = f"{title}: being deleted ({state_of(host)})"
    stuck = "; ".join(filter(None, [trouble, hint_of(host)]))
    return Progress(done, f"{message}; {trouble}" if trouble else message, _key(host), stuck, details_of(host))


def hopeless(host: Object | None, progress: Progress, tolerated: int) -> str:
    """Why to wait no longer, before the stall timeout is over; empty as long as there is hope."""
    if host is None or progress.done:
        return ""
    if PAUSED in annotations_of(host):
        return "it is paused, so nothing happens to it; resume it (state: resumed), then run again"
    count = failures(host)
    fresh = count - tolerated if count >= tolerated else count
    if trouble_of(host) and fresh >= TRIES:
        return f"the operator has tried {count} times; {hint_of(host) or 'read its log'}"
    return ""


def details_of(host: Object) -> dict[str, Any]:
    """The facts of a result, of a failed one too."""
    status = host.get("status") or {}
    return {
        "provisioning_state": state_of(host),
        "operational_status": str(status.get("operationalStatus") or ""),
        "error_type": str(status.get("errorType") or ""),
        "error_message": str(status.get("errorMessage") or ""),
        "error_count": failures(host),
        "powered_on": bool(status.get("poweredOn")),
    }


def events_of(host: Object, events: list[Object], limit: int = 5) -> list[str]:
    """The newest events of a host as ``reason: message``."""
    own = [e for e in events if _is_of(e, host)]
    own.sort(key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))
    return [f"{e.get('reason')}: {' '.join(str(e.get('message')).split())}" for e in own[-limit:]]


def detachment(delete_action: str) -> str:
    return json.dumps({"deleteAction": delete_action})


def _is_of(event: Mapping[str, Any], host: Object) -> bool:
    about = event.get("involvedObject") or {}
    same = (about.get("kind"), about.get("name")) == (host["kind"], name_of(host))
    return same and about.get("namespace", namespace_of(host)) == namespace_of(host)


def _key(host: Object) -> str:
    """Changes when anything moves; that the operator tries once more is no movement."""
    told = [(c.get("type"), c.get("status"), c.get("reason")) for c in dig(host, "status", "conditions", default=[])]
    facts = details_of(host)
    del facts["error_count"]
    return content_hash([facts, told, sorted(annotations_of(host)), is_deleting(host)])


def _is_registered(host: Object) -> bool:
    told = condition(host, "Manageable")
    return is_true(host, "Manageable") if told else state_of(host) not in _BEFORE_REGISTERED


def _is_available(host: Object) -> bool:
    """Free for a machine, or taken by one since."""
    if state_of(host) in _TAKEN:
        return True
    told = condition(host, "AvailableForProvisioning")
    ready = is_true(host, "AvailableForProvisioning") if told else state_of(host) == "available"
    return ready and INSPECT not in annotations_of(host) and not trouble_of(host)


def _is_provisioned(host: Object) -> bool:
    told = condition(host, "Provisioned")
    at_end = state_of(host) in ("provisioned", "externally provisioned")
    return at_end and (is_true(host, "Provisioned") if told else not trouble_of(host))


def _is_detached(host: Object) -> bool:
    return bool(dig(host, "status", "operationalStatus") == "detached")


_ARRIVED = {
    "registered": _is_registered,
    "available": _is_available,
    "provisioned": _is_provisioned,
    "gone": lambda host: False,
    "detached": _is_detached,
    "attached": lambda host: not _is_detached(host) and DETACHED not in annotations_of(host),
    "rebooted": lambda host: REBOOT not in annotations_of(host) and bool(dig(host, "status", "poweredOn")),
    "reinspected": _is_available,
}
