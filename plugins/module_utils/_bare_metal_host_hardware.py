# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an inspection found in a host, and whether that is what was bought. Pure.

Source: baremetal-operator, apis/metal3.io/v1alpha1/hardwaredata_types.go; hints as Ironic compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._bare_metal_host_wish import HINTS
from ._objects import Object, close_matches, dig, listed, mappings_at

EXPECTED = ("architecture", "bios_version", "cpus", "disk_gb", "disks", "memory_gib", "nics", "product")
_NUMBERS = ("cpus", "disk_gb", "disks", "memory_gib", "nics")
_GB, _GIB = 10**9, 2**30
# What a disk is called in HardwareData, where it is not as in the hints.
_OF_DISK = {"deviceName": "name", "minSizeGigabytes": "sizeBytes"}
_PARTS_OF_WORDS = ("model", "vendor")  # a hint may be a part of these


def hardware_of(host: Object, found: Object | None) -> Mapping[str, Any]:
    """The details of a host: HardwareData, or the status of older operators; empty before its inspection."""
    details = dig(found, "spec", "hardware") or dig(host, "status", "hardware")
    return details if isinstance(details, Mapping) else {}


def describe_hardware(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """The facts that people ask for."""
    if not details:
        return None
    return {
        "architecture": dig(details, "cpu", "arch"),
        "cpus": dig(details, "cpu", "count"),
        "memory_mib": details.get("ramMebibytes"),
        "disks": [_disk(disk) for disk in mappings_at(details, "storage")],
        "nics": [{key: nic.get(key) for key in ("name", "mac", "ip")} for nic in mappings_at(details, "nics")],
        "manufacturer": dig(details, "systemVendor", "manufacturer"),
        "product": dig(details, "systemVendor", "productName"),
        "serial_number": dig(details, "systemVendor", "serialNumber"),
        "bios_version": dig(details, "firmware", "bios", "version"),
    }


def check_expected(expected: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the expectations themselves."""
    for key, value in expected.items():
        if key not in EXPECTED:
            yield f"there is no {key!r}{close_matches(key, EXPECTED)} (there are {listed(EXPECTED, 9)})"
        elif key in _NUMBERS and not str(value).isdigit():
            yield f"{key} is {value!r}; wanted is a whole number"


def check_hardware(host: Object, details: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Where the hardware falls short of what is expected, of the boot MAC, and of the hints for the root disk."""
    if not details:
        if expected:
            yield "it was not inspected yet, so nobody knows its hardware"
        return
    yield from _check_numbers(details, expected)
    for key, found in (("architecture", dig(details, "cpu", "arch")), ("bios_version", _bios(details))):
        if expected.get(key) and str(found) != str(expected[key]):
            yield f"{key} is {found or 'not known'}, wanted is {expected[key]}"
    product = str(dig(details, "systemVendor", "productName", default=""))
    if expected.get("product") and str(expected["product"]).lower() not in product.lower():
        yield f"product is {product or 'not known'}, wanted is {expected['product']}"
    yield from _check_boot_mac(host, details)
    yield from _check_root_disk(host, details)


def _check_numbers(details: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    least = int(expected.get("disk_gb") or 0)
    large = [d for d in mappings_at(details, "storage") if int(d.get("sizeBytes") or 0) >= least * _GB]
    words = f"disks of at least {least} GB" if least else "disks"
    found = {
        "cpus": (int(dig(details, "cpu", "count", default=0)), "CPUs"),
        "memory_gib": (int(details.get("ramMebibytes") or 0) // 1024, "GiB of memory"),
        "disks": (len(large), words),
        "nics": (len({nic.get("mac") for nic in mappings_at(details, "nics")}), "NICs"),
    }
    wanted = {**expected, "disks": expected.get("disks") or (1 if least else 0)}
    for key, (number, what) in found.items():
        if number < int(wanted.get(key) or 0):
            yield f"it has {number} {what}, wanted are {wanted[key]}"


def _check_boot_mac(host: Object, details: Mapping[str, Any]) -> Iterator[str]:
    mac = str(dig(host, "spec", "bootMACAddress", default="")).lower()
    there = [str(nic.get("mac")).lower() for nic in mappings_at(details, "nics")]
    if mac and there and mac not in there:
        yield f"no NIC has the boot MAC {mac}; there are {listed(there, 8)}"


def _check_root_disk(host: Object, details: Mapping[str, Any]) -> Iterator[str]:
    hints, disks = dig(host, "spec", "rootDeviceHints", default={}), mappings_at(details, "storage")
    if hints and disks and not any(_matches(disk, hints) for disk in disks):
        told = ", ".join(f"{key} {value}" for key, value in hints.items())
        names = [f"{d.get('name')} ({int(d.get('sizeBytes') or 0) // _GIB} GiB)" for d in disks]
        yield f"root_device_hints ({told}) match no disk; there are {listed(names)}"


def _matches(disk: Mapping[str, Any], hints: Mapping[str, Any]) -> bool:
    """Whether a disk has all that is hinted at. What HardwareData does not tell of it does not speak against it."""
    for hint in HINTS.values():
        if hint not in hints:
            continue
        wanted, held = hints[hint], disk.get(_OF_DISK.get(hint, hint))
        names = [held, *(disk.get("alternateNames") or [])] if hint == "deviceName" else [held]
        if held is not None and not any(_is_hinted(hint, wanted, one) for one in names):
            return False
    return True


def _is_hinted(hint: str, wanted: Any, held: Any) -> bool:
    if hint == "minSizeGigabytes":
        return int(held) // _GIB >= int(wanted)
    if hint in _PARTS_OF_WORDS:
        return str(wanted).lower() in str(held).lower()
    return bool(held == wanted or str(held).lower() == str(wanted).lower())


def _disk(disk: Mapping[str, Any]) -> dict[str, Any]:
    size = int(disk.get("sizeBytes") or 0)
    told = {key: disk.get(key) for key in ("name", "type", "model", "vendor")}
    return {**told, "size_gb": size // _GB, "serial_number": disk.get("serialNumber"), "wwn": disk.get("wwn")}


def _bios(details: Mapping[str, Any]) -> Any:
    return dig(details, "firmware", "bios", "version")
