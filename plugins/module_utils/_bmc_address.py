# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The address of a BMC as a BareMetalHost writes it: driver, host, port, path. Pure.

Source: baremetal-operator, pkg/hardwareutils/bmc (the drivers that it registers, and how it parses addresses).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ._objects import close_matches, listed

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"({_LABEL}\.)*{_LABEL}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_WEB_PORTS = {"http": 80, "https": 443}
_GONE = {"idrac": "idrac-redfish", "irmc": "redfish", "ilo4": "redfish", "ilo4-virtualmedia": "redfish-virtualmedia"}


@dataclass(frozen=True)
class Driver:
    """What a driver can do. ``redfish`` ones are reached by HTTP, all others by IPMI."""

    redfish: bool = True
    virtual_media: bool = False
    secure_boot: bool = True
    raid: bool = True
    fast_inspection: bool = True
    needs_mac: bool = False


_IPMI = Driver(redfish=False, secure_boot=False, raid=False, fast_inspection=False)
DRIVERS: dict[str, Driver] = {
    "ipmi": _IPMI,
    "libvirt": Driver(redfish=False, secure_boot=False, raid=False, fast_inspection=False, needs_mac=True),
    "redfish": Driver(),
    "ilo5-redfish": Driver(),
    "idrac-redfish": Driver(),
    "redfish-uefihttp": Driver(),
    "redfish-virtualmedia": Driver(virtual_media=True),
    "ilo5-virtualmedia": Driver(virtual_media=True),
    "idrac-virtualmedia": Driver(virtual_media=True),
}


@dataclass(frozen=True)
class BmcAddress:
    """The parts of an address. ``web`` is http or https, and empty for a driver that is not Redfish."""

    scheme: str
    name: str
    host: str
    port: int | None
    path: str
    web: str

    @property
    def driver(self) -> Driver:
        return DRIVERS[self.name]

    @property
    def url(self) -> str:
        """Where the BMC answers; empty for IPMI."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.web}://{shown}{f':{self.port}' if self.port else ''}" if self.web else ""

    @property
    def system(self) -> str:
        """The path of the system; empty where the address leaves it to the BMC, which must have one system then."""
        path = self.path.strip("/")
        return f"/{path}" if path not in ("", "redfish/v1") else ""

    @property
    def identity(self) -> str:
        """The same for two ways to write one BMC's system."""
        port = self.port or (_WEB_PORTS.get(self.web) if self.web else 623)
        return f"{self.host.lower()}:{port}{self.system}"


def parse_address(text: str) -> BmcAddress:
    """The parts of an address. Raises ValueError: what was found, what is wanted."""
    parts = _split(text)
    name, _plus, web = parts.scheme.partition("+")
    _require_driver(name, web, parts.scheme)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{text!r} has a port that is no number up to 65535") from None
    if not host:
        raise ValueError(f"{text!r} names no host; wanted like redfish://10.0.0.1/redfish/v1/Systems/1")
    if not (_is_ip(host) or _HOST_NAME.fullmatch(host)):
        raise ValueError(f"{host!r} in {text!r} is neither an IP address nor a host name")
    path = parts.path if DRIVERS[name].redfish else ""
    return BmcAddress(parts.scheme, name, host, port, path, (web or "https") if DRIVERS[name].redfish else "")


def _split(text: str) -> SplitResult:
    """The URL; an address without a scheme is IPMI, and ``driver:host`` is read as ``driver://host``."""
    try:
        scheme, colon, rest = text.partition(":")
        if "://" not in text:
            is_driver = bool(colon) and bool(_SCHEME.fullmatch(scheme)) and "." not in scheme and not rest.isdigit()
            bare = f"[{text}]" if _is_ip(text) and ":" in text else text
            text = f"{scheme}://{rest}" if is_driver and not _is_ip(text) else f"ipmi://{bare}"
        return urlsplit(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address: {error}") from None


def _require_driver(name: str, web: str, scheme: str) -> None:
    if name in DRIVERS and (not web or (DRIVERS[name].redfish and web in _WEB_PORTS)):
        return
    if name in DRIVERS:
        ways = "no +" if not DRIVERS[name].redfish else "+http or +https"
        raise ValueError(f"the driver {name} takes {ways}, not {scheme!r}")
    if name in _GONE:
        raise ValueError(f"the driver {name!r} is gone from the Bare Metal Operator; take {_GONE[name]!r}")
    known = listed(sorted(DRIVERS), 9)
    raise ValueError(f"{scheme!r} is no driver; there are {known}{close_matches(name, DRIVERS)}")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
