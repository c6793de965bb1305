# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BareMetalHost and HardwareData on a real API server, without an operator: the test writes the status.

METAL3_CRDS=FOLDER takes the operator's own CustomResourceDefinitions (config/base/crds/bases of a release of
metal3-io/baremetal-operator), which no package registry has. Without it they are made here of the fields that its
types document: those that we set, with the operator's required fields, enumerations and patterns.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bed import Bed

KINDS = {"baremetalhosts": "BareMetalHost", "hardwaredata": "HardwareData"}
_TEXT, _NUMBER, _SWITCH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_LOOSE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_STEPS = ("registering", "inspecting", "preparing", "available")


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _one_of(*words: str) -> dict[str, Any]:
    return {**_TEXT, "enum": list(words)}


_HINTS = _object(
    **dict.fromkeys(("deviceName", "hctl", "model", "vendor", "serialNumber"), _TEXT),
    **dict.fromkeys(("wwn", "wwnWithExtension", "wwnVendorExtension"), _TEXT),
    minSizeGigabytes={**_NUMBER, "minimum": 0},
    rotational=_SWITCH,
)
_VOLUME = _object(("level",), level=_TEXT, rootVolume={**_SWITCH, "default": False}, sizeGibibytes=_NUMBER)
_HARDWARE_VOLUME = _object(
    ("level",), level=_TEXT, name=_TEXT, controller=_TEXT, numberOfPhysicalDisks=_NUMBER, rotational=_SWITCH,
    physicalDisks={"type": "array", "items": _TEXT}, sizeGibibytes=_NUMBER,
)  # fmt: skip
_REFERENCE = _object(**dict.fromkeys(("apiVersion", "kind", "namespace", "name", "uid", "resourceVersion"), _TEXT))
_HOST = _object(
    ("online",),
    online=_SWITCH,
    bmc=_object(
        ("address", "credentialsName"), address=_TEXT, credentialsName=_TEXT, disableCertificateVerification=_SWITCH
    ),
    bootMACAddress={**_TEXT, "pattern": "[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"},
    bootMode=_one_of("UEFI", "UEFISecureBoot", "legacy"),
    rootDeviceHints=_HINTS,
    raid=_object(
        hardwareRAIDVolumes={"type": "array", "nullable": True, "items": _HARDWARE_VOLUME},
        softwareRAIDVolumes={"type": "array", "nullable": True, "maxItems": 2, "items": _VOLUME},
    ),
    architecture=_TEXT,
    description=_TEXT,
    preprovisioningNetworkDataName=_TEXT,
    automatedCleaningMode={**_one_of("metadata", "disabled"), "default": "metadata"},
    inspectionMode=_one_of("disabled", "agent", "fast"),
    externallyProvisioned=_SWITCH,
    disablePowerOff=_SWITCH,
    consumerRef=_REFERENCE,
    image=_object(("url",), url=_TEXT, checksum=_TEXT),
    userData=_object(name=_TEXT, namespace=_TEXT),
)
_SPECS = {"BareMetalHost": _HOST, "HardwareData": _object(hardware=_LOOSE)}


def _definition(plural: str, kind: str) -> dict[str, Any]:
    schema = _object(apiVersion=_TEXT, kind=_TEXT, metadata={"type": "object"}, spec=_SPECS[kind], status=_LOOSE)
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    if kind == "BareMetalHost":
        version["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.metal3.io"},
        "spec": {
            "group": "metal3.io",
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [version],
        },
    }


@contextmanager
def definitions(bed: Bed) -> Iterator[None]:
    """The kinds are served inside the block."""
    folder = os.environ.get("METAL3_CRDS")
    for plural, kind in KINDS.items():
        text = json.dumps(_definition(plural, kind))
        if folder:
            [released] = Path(folder).glob(f"*{plural}.yaml")
            text = released.read_text()
        bed.kubectl("apply", "--server-side", "-f", "-", text=text)
        bed.kubectl("wait", f"crd/{plural}.metal3.io", "--for=condition=Established", "--timeout=60s")
    try:
        yield
    finally:
        for plural in KINDS:
            bed.kubectl("delete", "crd", f"{plural}.metal3.io", "--timeout=120s")


def status(state: str, **more: Any) -> dict[str, Any]:
    usual = {"operationalStatus": "OK", "errorMessage": "", "errorCount": 0, "poweredOn": True}
    return {
        **usual,
        "provisioningFailCount": 0,
        "provisioning": {"state": state, "ID": "x", "image": {"url": ""}},
        **more,
    }


def become(bed: Bed, namespace: str, name: str, state: str, **more: Any) -> None:
    """The operator's part: write the status of a host."""
    patch = json.dumps({"status": status(state, **more)})
    bed.kubectl("patch", "baremetalhosts.metal3.io", name, "-n", namespace,
                "--subresource=status", "--type=merge", "-p", patch)  # fmt: skip


def inspect(bed: Bed, namespace: str, name: str, mac: str, memory_gib: int = 128) -> None:
    details = {
        "cpu": {"arch": "x86_64", "count": 32},
        "ramMebibytes": memory_gib * 1024,
        "nics": [{"name": "eno1", "mac": mac}],
        "storage": [{"name": "/dev/sda", "sizeBytes": 480 * 10**9}],
    }
    meta = {"name": name, "namespace": namespace}
    item = {"apiVersion": "metal3.io/v1alpha1", "kind": "HardwareData", "metadata": meta, "spec": {"hardware": details}}
    bed.kubectl("apply", "-f", "-", text=json.dumps(item))


@contextmanager
def operator(bed: Bed, namespace: str, memory_gib: dict[str, int] | None = None) -> Iterator[None]:
    """Something that moves hosts to available while a play waits for them, one state each time it looks."""
    end = threading.Event()

    def work() -> None:
        while not end.wait(2):
            for host in bed.objects("baremetalhosts.metal3.io", namespace):
                name, state = host["metadata"]["name"], host.get("status", {}).get("provisioning", {}).get("state", "")
                if state != _STEPS[-1]:
                    following = _STEPS[_STEPS.index(state) + 1] if state in _STEPS else _STEPS[0]
                    if following == _STEPS[-1]:
                        inspect(bed, namespace, name, host["spec"]["bootMACAddress"], (memory_gib or {}).get(name, 128))
                    become(bed, namespace, name, following)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
