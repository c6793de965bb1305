# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a task says about a BareMetalHost, and the objects that it makes of that. Pure.

Never in them: what belongs to others - consumerRef, image, userData, networkData, metaData, customDeploy.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._bmc_address import BmcAddress, parse_address
from ._objects import Object, Ref

HOST_GROUP = "metal3.io"
HOST_API = f"{HOST_GROUP}/v1alpha1"
HOST_KIND = "BareMetalHost"
HARDWARE_KIND = "HardwareData"
PAUSED = "baremetalhost.metal3.io/paused"
DETACHED = "baremetalhost.metal3.io/detached"
REBOOT = "reboot.metal3.io"
INSPECT = "inspect.metal3.io"
UNHEALTHY = ("capm3.metal3.io/unhealthy", "capi.metal3.io/unhealthy")
OURS = "capi.lifecycle"  # the value of the annotation by which we pause

# option -> field of the spec, for what is passed on as it is
_PLAIN = {
    "boot_mac_address": "bootMACAddress",
    "boot_mode": "bootMode",
    "architecture": "architecture",
    "automated_cleaning_mode": "automatedCleaningMode",
    "inspection_mode": "inspectionMode",
    "externally_provisioned": "externallyProvisioned",
    "disable_power_off": "disablePowerOff",
    "preprovisioning_network_data_name": "preprovisioningNetworkDataName",
    "description": "description",
    "raid": "raid",
}
HINTS = {
    "device_name": "deviceName",
    "hctl": "hctl",
    "model": "model",
    "vendor": "vendor",
    "serial_number": "serialNumber",
    "min_size_gigabytes": "minSizeGigabytes",
    "wwn": "wwn",
    "wwn_with_extension": "wwnWithExtension",
    "wwn_vendor_extension": "wwnVendorExtension",
    "rotational": "rotational",
}


@dataclass(frozen=True)
class HostWish:
    """What the task says. Times in seconds; ``bmc`` and ``spec`` are the options as they came."""

    name: str
    namespace: str
    state: str
    bmc: Mapping[str, Any] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    online: bool | None = None
    force: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> HostWish:
        known = {k: params[k] for k in ("name", "namespace", "state", "online", "force") if params.get(k) is not None}
        spec = {k: params[k] for k in (*_PLAIN, "root_device_hints") if params.get(k) is not None}
        bmc = {k: v for k, v in (params.get("bmc") or {}).items() if v is not None}
        labels = {k: str(v) for k, v in (params.get("labels") or {}).items()}
        return cls(**known, bmc=bmc, spec=spec, labels=labels)

    @property
    def ref(self) -> Ref:
        return Ref(HOST_API, HOST_KIND, self.namespace, self.name)

    @property
    def makes_secret(self) -> bool:
        return "username" in self.bmc or "password" in self.bmc

    @property
    def secret_ref(self) -> Ref:
        return Ref("v1", "Secret", self.namespace, str(self.bmc.get("credentials_name") or f"{self.name}-bmc-secret"))

    @property
    def mac(self) -> str:
        return str(self.spec.get("boot_mac_address") or "")

    def address(self) -> BmcAddress | None:
        """The parts of the BMC's address; None without one, and where it is none."""
        try:
            return parse_address(str(self.bmc["address"])) if self.bmc.get("address") else None
        except ValueError:
            return None


def host_object(wish: HostWish, live: Object | None) -> Object:
    """The BareMetalHost to apply. Power is its consumer's, where it has one and the task says nothing."""
    held = (live or {}).get("spec") or {}
    spec: Object = {_PLAIN[k]: v for k, v in wish.spec.items() if k in _PLAIN}
    hints = {HINTS.get(k, k): v for k, v in (wish.spec.get("root_device_hints") or {}).items() if v is not None}
    if hints:
        spec["rootDeviceHints"] = hints
    spec["online"] = held.get("online", True) if wish.online is None else wish.online
    if wish.bmc:
        spec["bmc"] = {"address": wish.bmc.get("address", ""), "credentialsName": wish.secret_ref.name}
        if "disable_certificate_verification" in wish.bmc:
            spec["bmc"]["disableCertificateVerification"] = wish.bmc["disable_certificate_verification"]
    meta: Object = {"name": wish.name, "namespace": wish.namespace}
    if wish.labels:
        meta["labels"] = dict(wish.labels)
    return {"apiVersion": HOST_API, "kind": HOST_KIND, "metadata": meta, "spec": spec}


def secret_object(wish: HostWish) -> Object:
    """The Secret with the credentials of the BMC. Its owner reference and label are the operator's."""
    ref = wish.secret_ref
    content = {k: base64.b64encode(str(wish.bmc[k]).encode()).decode() for k in ("username", "password")}
    meta = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": meta, "data": content}
