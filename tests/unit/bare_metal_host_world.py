# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builders of BareMetalHosts as the operator leaves them, and of what a task says about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_wish import HostWish
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object

ADDRESS = "redfish://10.0.0.7/redfish/v1/Systems/1"
MAC = "52:54:00:00:00:07"
PASSWORD = "canary-of-a-password"
CONSUMER = {"kind": "Metal3Machine", "namespace": "metal", "name": "prod-md-0-x"}


def params(**changes: Any) -> dict[str, Any]:
    """Options of a task as the module hands them over."""
    bmc = {"address": ADDRESS, "username": "operator", "password": PASSWORD, **changes.pop("bmc", {})}
    usual = {
        "name": "rack1-07",
        "namespace": "metal",
        "state": "present",
        "bmc": {k: v for k, v in bmc.items() if v is not None},
        "boot_mac_address": MAC,
        "wait": False,
        "wait_timeout": 1800,
        "stall_timeout": 900,
        "wait_for": "available",
        "detached_delete_action": "delay",
        "reboot_mode": "soft",
        "check_duplicates": True,
        "force": False,
        "force_conflicts": False,
    }
    return {**usual, **changes}


def wish(**changes: Any) -> HostWish:
    return HostWish.from_params(params(**changes))


def host(state: str = "available", name: str = "rack1-07", **more: Any) -> Object:
    """A host in a state; ``spec``, ``status``, ``labels``, ``annotations`` and ``metadata`` add to it."""
    meta = {"name": name, "namespace": "metal", "generation": 1, **more.get("metadata", {})}
    meta |= {key: dict(more[key]) for key in ("labels", "annotations") if key in more}
    bmc = {"address": ADDRESS, "credentialsName": f"{name}-bmc-secret"}
    spec = {"online": True, "bmc": bmc, "bootMACAddress": MAC, **more.get("spec", {})}
    status = {
        "operationalStatus": "OK",
        "errorMessage": "",
        "errorCount": 0,
        "poweredOn": True,
        "provisioning": {"state": state, "ID": "x", "image": {"url": ""}},
        **more.get("status", {}),
    }
    return {
        "apiVersion": "metal3.io/v1alpha1",
        "kind": "BareMetalHost",
        "metadata": meta,
        "spec": spec,
        "status": status,
    }


def failed(kind: str = "registration error", count: int = 1, state: str = "registering", **more: Any) -> Object:
    status = {"operationalStatus": "error", "errorType": kind, "errorMessage": "it did not work", "errorCount": count}
    return host(state, status={**status, **more})


def conditions(**found: str) -> Mapping[str, Any]:
    """``Manageable="True"``, or ``Manageable="False/RegistrationFailed"`` with a reason."""
    rows = [(kind, *text.partition("/")[::2]) for kind, text in found.items()]
    return {"conditions": [{"type": t, "status": s, "reason": r or t, "observedGeneration": 1} for t, s, r in rows]}


def hardware(name: str = "rack1-07", **changes: Any) -> Object:
    """What an inspection found."""
    disk = {"name": "/dev/sda", "sizeBytes": 480 * 10**9, "type": "SSD", "rotational": False, "model": "SAMSUNG MZ7"}
    details = {
        "cpu": {"arch": "x86_64", "count": 32, "model": "A CPU"},
        "ramMebibytes": 131072,
        "nics": [{"name": "eno1", "mac": MAC, "ip": "10.0.1.7"}, {"name": "eno2", "mac": "52:54:00:00:01:07"}],
        "storage": [disk],
        "systemVendor": {"manufacturer": "Maker", "productName": "Model", "serialNumber": "S7"},
        "firmware": {"bios": {"vendor": "Maker", "version": "1.2", "date": "2026-01-01"}},
        **changes,
    }
    meta = {"name": name, "namespace": "metal"}
    return {"apiVersion": "metal3.io/v1alpha1", "kind": "HardwareData", "metadata": meta, "spec": {"hardware": details}}
