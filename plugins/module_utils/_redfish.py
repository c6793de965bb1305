# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The only file that talks Redfish: what one BMC answers, by the library sushy. It reads only."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ._bmc_address import BmcAddress
from ._bmc_judge import BmcSeen
from ._errors import Failed
from ._objects import dig

try:
    import sushy
    from sushy import auth, exceptions
except ImportError:  # optional: only who checks BMCs needs it
    sushy = auth = exceptions = None
logging.getLogger("sushy").addHandler(logging.NullHandler())  # what it complains of is in the result

_CONNECT = 5.0  # seconds
_LONGEST = 220  # of an error
_MISSING = (
    "The Python package sushy is not installed where Ansible runs, and BMCs are asked by it. Nothing was changed; "
    "install it (pip install sushy), or go on without asking the BMCs."
)


@dataclass(frozen=True)
class Login:
    """How to get in. ``verify`` believes only certificates of known authorities."""

    username: str
    password: str
    verify: bool = True


def read_bmc(address: BmcAddress, login: Login, timeout: float) -> BmcSeen:
    """What the BMC answers; that it does not is an answer, too. Raises Failed without sushy. Timeout in seconds."""
    if sushy is None:
        raise Failed(_MISSING)
    if not address.driver.redfish:
        return BmcSeen()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a certificate is not verified is what the user has asked for
        return _read(address, login, timeout)


def _read(address: BmcAddress, login: Login, timeout: float) -> BmcSeen:
    found = BmcSeen()
    try:
        root = _root(address, login, timeout)
        found = BmcSeen(version=str(root.redfish_version or ""))
        paths = tuple(str(path) for path in root.get_system_collection().members_identities)
        system = _system(root, address, paths)
    except exceptions.AccessError as error:
        return BmcSeen("login", _words(error), found.version)
    except exceptions.ConnectionError as error:
        kind = "certificate" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "unreachable"
        return BmcSeen(kind, _words(error), found.version)
    except (exceptions.SushyError, ValueError) as error:
        return BmcSeen("strange", f"it does not answer as Redfish does: {_words(error)}", found.version)
    if system is None:
        return BmcSeen("system", "", found.version, paths)
    return _of_system(system, found.version, paths)


def _root(address: BmcAddress, login: Login, timeout: float) -> Any:
    """Basic authentication: a session would be one thing more that is left on the BMC."""
    return sushy.Sushy(
        address.url,
        auth=auth.BasicAuth(login.username, login.password),
        verify=login.verify,
        connect_timeout=_CONNECT,
        read_timeout=timeout,
        server_side_retries=1,
        server_side_retries_delay=1,
    )


def _system(root: Any, address: BmcAddress, paths: tuple[str, ...]) -> Any:
    """The system of the address, or the only one; None where it is not there, or not said which."""
    wanted = address.system or (paths[0] if len(paths) == 1 else "")
    if not wanted:
        return None
    try:
        return root.get_system(wanted)
    except exceptions.ResourceNotFoundError:
        return None


def _of_system(system: Any, version: str, paths: tuple[str, ...]) -> BmcSeen:
    managers = _told(lambda: list(system.managers)) or []
    boot = dig(system.json, "Boot", "BootSourceOverrideTarget@Redfish.AllowableValues")
    nics = _told(lambda: tuple(str(mac).lower() for mac in system.ethernet_interfaces.summary))
    return BmcSeen(
        version=version,
        systems=paths,
        system=_facts(system),
        nics=nics,
        media=_media([system, *managers]),
        targets=tuple(map(str, boot)) if boot is not None else None,
        managers=tuple(_facts_of_manager(m) for m in managers),
    )


def _facts(system: Any) -> Mapping[str, Any]:
    told = system.json
    return {
        "path": str(system.path),
        "name": told.get("Name"),
        "manufacturer": told.get("Manufacturer"),
        "model": told.get("Model"),
        "serial_number": told.get("SerialNumber"),
        "bios_version": told.get("BiosVersion"),
        "power_state": told.get("PowerState"),
        "health": dig(told, "Status", "Health"),
        "cpus": dig(told, "ProcessorSummary", "Count"),
        "memory_gib": dig(told, "MemorySummary", "TotalSystemMemoryGiB"),
        "secure_boot": "SecureBoot" in told,
    }


def _facts_of_manager(manager: Any) -> Mapping[str, Any]:
    told = manager.json
    return {
        "path": str(manager.path),
        "model": told.get("Model"),
        "firmware_version": told.get("FirmwareVersion"),
        "health": dig(told, "Status", "Health"),
        "datetime": told.get("DateTime"),
    }


def _media(places: list[Any]) -> tuple[str, ...] | None:
    """What can be put in, at the system or its managers; None where nobody has virtual media."""
    found = [_told(partial(_members, place)) for place in places]
    if all(members is None for members in found):
        return None
    types = [str(t) for members in found for m in members or () for t in m.json.get("MediaTypes") or ()]
    return tuple(dict.fromkeys(types))


def _members(place: Any) -> list[Any]:
    return list(place.virtual_media.get_members())


def _told(ask: Callable[[], Any]) -> Any:
    """An answer that a BMC may not have; None where it has none."""
    try:
        return ask()
    except (exceptions.SushyError, AttributeError):
        return None


def _words(error: Exception) -> str:
    """The innermost cause on one line, without the object addresses of libraries."""
    text = " ".join(str(error).split()).rpartition("(Caused by ")[2].partition(" Extended information:")[0]
    text = re.sub(r"<[^>]* object at 0x[0-9a-f]+>:? ?|HTTPS?Connection\([^)]*\): ", "", text)
    inner = re.search(r"""Error\((?:\d+, )?(['"])(.*)\1\)""", text)
    text = inner[2] if inner else text
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
