# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A BMC that nobody here wrote: the emulator of sushy-tools with its fake driver, on this machine alone."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import bcrypt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, RIGHT_PASSWORD = "operator", "canary-of-a-bmc"
SYSTEM = "27946b59-9e44-4fa7-8e91-f3527a1ef094"
OTHER_SYSTEM = "27946b59-9e44-4fa7-8e91-f3527a1ef095"
NIC = "00:5c:52:31:3a:9c"
_PATIENCE = 60  # seconds until the emulator answers


@dataclass(frozen=True)
class Emulator:
    """One that runs: ``place`` is host and port."""

    place: str
    web: str

    def address(self, system: str = SYSTEM, driver: str = "redfish") -> str:
        return f"{driver}+{self.web}://{self.place}{f'/redfish/v1/Systems/{system}' if system else ''}"


@contextmanager
def emulator(folder: Path, *systems: str, tls: bool = False, features: str = "full") -> Iterator[Emulator]:
    """Start the emulator with these systems, stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    port, config = _free_port(), folder / "emulator.conf"
    config.write_text(_config(folder, port, systems or (SYSTEM,), tls=tls, features=features))
    program = [str(Path(sys.executable).parent / "sushy-emulator"), "--fake", "--config", str(config)]
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(program, stdout=log, stderr=log, cwd=folder)
        try:
            _await(process, port, folder / "emulator.log")
            yield Emulator(f"127.0.0.1:{port}", "https" if tls else "http")
        finally:
            process.terminate()
            process.wait(10)


def _config(folder: Path, port: int, systems: tuple[str, ...], *, tls: bool, features: str) -> str:
    password = bcrypt.hashpw(RIGHT_PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "users").write_text(f"{USER}:{password}\n")
    settings: dict[str, Any] = {
        "SUSHY_EMULATOR_LISTEN_IP": "127.0.0.1",  # the default is every interface
        "SUSHY_EMULATOR_LISTEN_PORT": port,
        "SUSHY_EMULATOR_AUTH_FILE": str(folder / "users"),
        "SUSHY_EMULATOR_STATE_DIR": str(folder),
        "SUSHY_EMULATOR_FEATURE_SET": features,
        "SUSHY_EMULATOR_FAKE_SYSTEMS": [_system(uuid, number) for number, uuid in enumerate(systems)],
    }
    if tls:
        settings |= _certificate(folder)
    lines = (f"{name} = {json.dumps(value).replace('false', 'False')}" for name, value in settings.items())
    return "\n".join(lines) + "\n"


def _system(uuid: str, number: int) -> dict[str, Any]:
    nics = [{"mac": NIC if number == 0 else f"00:5c:52:31:3a:{number:02x}", "ip": "172.22.0.100"}]
    return {"uuid": uuid, "name": f"fake{number}", "power_state": "Off", "external_notifier": False, "nics": nics}


def _certificate(folder: Path) -> dict[str, str]:
    """A certificate that nobody has signed, as BMCs come with it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bmc")])
    now = datetime.now(timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    (folder / "bmc.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "bmc.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return {"SUSHY_EMULATOR_SSL_CERT": str(folder / "bmc.crt"), "SUSHY_EMULATOR_SSL_KEY": str(folder / "bmc.key")}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the emulator of sushy-tools did not come up:\n{log.read_text()}")
