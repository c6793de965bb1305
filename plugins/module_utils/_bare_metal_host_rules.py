# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the Bare Metal Operator's webhook would refuse, said before anything is written. Pure.

Source: baremetal-operator, internal/webhooks/metal3.io/v1alpha1/baremetalhost_validation.go. A cluster may run the
operator without its webhook, and a webhook tells one host's mistakes at a time; here all of them are told.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._bare_metal_host_wish import INSPECT, OURS, PAUSED, HostWish
from ._bmc_address import parse_address
from ._objects import Object, annotations_of, close_matches, dig, is_deleting, is_protected
from ._preflight import Finding

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # what the webhook and Kubernetes both take
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")
_VOLUMES = ("hardwareRAIDVolumes", "softwareRAIDVolumes")
_IN_USE = ("provisioning", "provisioned", "deprovisioning")


def state_of(host: Mapping[str, Any]) -> str:
    """The provisioning state; the old word ``ready`` is ``available``."""
    found = str(dig(host, "status", "provisioning", "state", default=""))
    return "available" if found == "ready" else found


def consumer_of(host: Mapping[str, Any]) -> str:
    """``Kind namespace/name`` of what uses the host; empty for a free one."""
    ref = dig(host, "spec", "consumerRef", default={})
    return f"{ref.get('kind', '?')} {ref.get('namespace', '?')}/{ref.get('name', '?')}" if ref else ""


def check_wish(wish: HostWish) -> Iterator[Finding]:
    """Contradictions in the wish itself."""
    yield from _check_name(wish)
    yield from _check_bmc(wish)
    yield from _check_mac(wish)
    yield from _check_driver(wish)
    yield from _check_raid(wish)
    yield from _check_hints(wish)
    if wish.spec.get("disable_power_off") and wish.online is False:
        yield _found(wish, "online", "it is false, and disable_power_off is true: one of the two")


def check_host_change(wish: HostWish, item: Object, live: Object | None) -> Iterator[Finding]:
    """What may not be changed on a host that is there."""
    if live is None:
        if not wish.bmc.get("address"):
            yield _found(wish, "bmc.address", "a host that is not there yet needs one")
        return
    if is_deleting(live):
        yield _found(wish, "", "it is being deleted; wait until it is gone, then run again")
    held, state = live.get("spec") or {}, state_of(live)
    address, now = dig(item, "spec", "bmc", "address"), dig(held, "bmc", "address")
    detached = dig(live, "status", "operationalStatus") == "detached"
    if address and now and address != now and not detached and state != "registering":
        yield _found(
            wish,
            "bmc.address",
            f"it is {now} and may change only while the host is registering or detached, and it is {state!r}; "
            "detach the host first (state: detached), then attach it again",
        )
    mac, had = wish.mac, str(held.get("bootMACAddress") or "")
    if mac and had and mac.lower() != had.lower():
        yield _found(wish, "boot_mac_address", f"it is {had} and never changes; delete the host and register it anew")
    wanted, was = dig(item, "spec", "externallyProvisioned"), held.get("externallyProvisioned")
    if wanted and not was and state != "available":
        yield _found(wish, "externally_provisioned", f"it can be set at creation or when available; it is {state!r}")


def check_mac_kept(wish: HostWish, dry: Object, live: Object | None) -> Iterator[Finding]:
    """Left out of the wish, what we have set before would go, which the operator does not allow for this one."""
    had = dig(live, "spec", "bootMACAddress")
    if had and not dig(dry, "spec", "bootMACAddress"):
        yield _found(wish, "boot_mac_address", f"it is {had} and cannot be taken away; say it again")


def check_host_absent(wish: HostWish, live: Object) -> Iterator[Finding]:
    """What speaks against the deletion of a host: it would be wiped and powered off."""
    if is_protected(live):
        yield Finding(str(wish.ref), "it carries the label capi.lifecycle/protected; take that off first")
    if wish.force or is_deleting(live):
        return
    user, state = consumer_of(live), state_of(live)
    if user:
        yield Finding(
            f"{wish.ref} spec.consumerRef",
            f"{user} uses it: deleting it takes that machine's disk. Scale the machine away first, or set force: true",
        )
    elif state in _IN_USE:
        yield Finding(
            f"{wish.ref} status.provisioning.state",
            f"it is {state!r}: deleting it deprovisions it, which wipes and powers off. Deprovision it first, or set "
            "force: true",
        )


def check_asked(wish: HostWish, live: Object) -> Iterator[Finding]:
    """Whether what is asked for by an annotation (reboot, inspection, detachment) can happen now."""
    where = str(wish.ref)
    if is_deleting(live):
        yield Finding(where, "it is being deleted; wait until it is gone")
        return
    if wish.state in ("rebooted", "reinspected") and PAUSED in annotations_of(live):
        yield Finding(where, "it is paused: nothing would happen; resume it first (state: resumed)")
    if wish.state == "reinspected":
        yield from _check_inspection(where, live)
    elif wish.state == "rebooted":
        yield from _check_reboot(where, live, force=wish.force)
    elif wish.state == "resumed" and not wish.force and annotations_of(live).get(PAUSED, OURS) != OURS:
        by = annotations_of(live)[PAUSED] or "somebody else"
        yield Finding(where, f"it was paused by {by}, not by us; ask there, or set force: true")


def _check_inspection(where: str, live: Object) -> Iterator[Finding]:
    state = state_of(live)
    if state not in ("available", "inspecting"):
        yield Finding(where, f"only a host that is available is inspected anew; it is {state!r}")
    if "disabled" in (dig(live, "spec", "inspectionMode"), annotations_of(live).get(INSPECT)):
        yield Finding(where, "its inspection is disabled; set inspection_mode first")


def _check_reboot(where: str, live: Object, *, force: bool) -> Iterator[Finding]:
    state, user = state_of(live), consumer_of(live)
    if state not in ("provisioned", "externally provisioned"):
        yield Finding(where, f"only a provisioned host is rebooted; it is {state!r}")
    if not dig(live, "spec", "online"):
        yield Finding(where, "online is false: it is to be off; set online first")
    if user and not force:
        yield Finding(where, f"{user} runs on it, and a reboot drains nothing; drain its node, then set force: true")


def _check_name(wish: HostWish) -> Iterator[Finding]:
    if not _NAME.fullmatch(wish.name):
        yield _found(wish, "name", "wanted are small letters, digits, '.' and '-'")
    try:
        uuid.UUID(wish.name)
    except ValueError:
        return
    yield _found(wish, "name", "it is a UUID, which is refused for hosts; take another name")


def _check_bmc(wish: HostWish) -> Iterator[Finding]:
    if wish.bmc and not wish.bmc.get("address"):
        yield _found(wish, "bmc.address", "it is missing")
    elif wish.bmc:
        try:
            parse_address(str(wish.bmc["address"]))
        except ValueError as error:
            yield _found(wish, "bmc.address", str(error))
    for one, other in (("username", "password"), ("password", "username")):
        if wish.bmc.get(one) and not wish.bmc.get(other):
            yield _found(wish, f"bmc.{other}", f"it is missing or empty, and bmc.{one} is given")
    if wish.bmc and not wish.makes_secret and not wish.bmc.get("credentials_name"):
        yield _found(wish, "bmc", "wanted are username and password, or credentials_name of a Secret that has both")


def _check_mac(wish: HostWish) -> Iterator[Finding]:
    if wish.mac and not _MAC.fullmatch(wish.mac):
        yield _found(wish, "boot_mac_address", f"{wish.mac!r} is none; wanted like 52:54:00:12:34:56")
    address = wish.address()
    if wish.mac or not address:
        return
    if address.driver.needs_mac:
        yield _found(wish, "boot_mac_address", f"the driver {address.name} needs one")
    elif wish.spec.get("inspection_mode") == "disabled":
        yield _found(wish, "boot_mac_address", "it is needed where inspection_mode is disabled")


def _check_driver(wish: HostWish) -> Iterator[Finding]:
    address, spec = wish.address(), wish.spec
    if not address:
        return
    lacks = f"the driver {address.name} of bmc.address has no "
    if spec.get("boot_mode") == "UEFISecureBoot" and not address.driver.secure_boot:
        yield _found(wish, "boot_mode", f"{lacks}secure boot")
    if (spec.get("raid") or {}).get(_VOLUMES[0]) and not address.driver.raid:
        yield _found(wish, f"raid.{_VOLUMES[0]}", f"{lacks}RAID")
    if spec.get("inspection_mode") == "fast" and not address.driver.fast_inspection:
        yield _found(wish, "inspection_mode", f"{lacks}fast (out-of-band) inspection")


def _check_raid(wish: HostWish) -> Iterator[Finding]:
    raid = wish.spec.get("raid") or {}
    for key in raid:
        if key not in _VOLUMES:
            yield _found(wish, f"raid.{key}", f"there are {' and '.join(_VOLUMES)}{close_matches(key, _VOLUMES)}")
    hardware, software = (raid.get(key) or [] for key in _VOLUMES)
    if hardware and software:
        yield _found(wish, "raid", f"{' and '.join(_VOLUMES)} cannot be set at the same time")
    for number, volume in enumerate(hardware):
        yield from _check_volume(wish, number, volume)
    yield from _check_roots(wish, software)


def _check_roots(wish: HostWish, volumes: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    where = f"raid.{_VOLUMES[1]}"
    roots = [number for number, volume in enumerate(volumes) if volume.get("rootVolume")]
    if len(roots) > 1:
        yield _found(wish, where, "rootVolume can be set once only")
    if len(roots) == 1 and wish.spec.get("root_device_hints"):
        yield _found(wish, "root_device_hints", "it cannot be set beside a software RAID with rootVolume")
    for number in roots:
        if str(volumes[number].get("level")) != "1":
            yield _found(wish, f"{where}[{number}].level", 'with rootVolume it must be "1"')


def _check_volume(wish: HostWish, number: int, volume: Mapping[str, Any]) -> Iterator[Finding]:
    where, disks = f"raid.{_VOLUMES[0]}[{number}]", volume.get("physicalDisks") or []
    if disks and not volume.get("controller"):
        yield _found(wish, f"{where}.controller", "it is needed beside physicalDisks")
    count = volume.get("numberOfPhysicalDisks")
    if disks and count is not None and int(count) != len(disks):
        yield _found(wish, f"{where}.numberOfPhysicalDisks", f"it is {count}, and physicalDisks names {len(disks)}")


def _check_hints(wish: HostWish) -> Iterator[Finding]:
    device = str((wish.spec.get("root_device_hints") or {}).get("device_name") or "")
    rest = device.removeprefix("/dev/").removeprefix("disk/by-path/")
    if device and (not device.startswith("/dev/") or "/" in rest or not rest):
        yield _found(
            wish, "root_device_hints.device_name", f"{device!r} is none; wanted is /dev/NAME or /dev/disk/by-path/NAME"
        )


def _found(wish: HostWish, option: str, message: str) -> Finding:
    return Finding(f"{wish.ref} {option}".rstrip(), message)
