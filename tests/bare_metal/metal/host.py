# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host needs to carry a bed, and whether it can."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .cgroups import MOUNTS, hierarchies
from .commands import BedError, run
from .rootfs import KEYRING

# Programs by the Debian package that has them.
NEEDED = {
    "apt-utils": "apt-ftparchive",
    "docker-registry": "docker-registry",
    "dpkg-dev": "dpkg-deb",
    "e2fsprogs": "mkfs.ext4",
    "gpg": "gpg",
    "haproxy": "haproxy",
    "iproute2": "ip",
    "mmdebstrap": "mmdebstrap",
    "nftables": "nft",
    "openssh-client": "ssh",
    "systemd-container": "systemd-nspawn",
}


@dataclass(frozen=True)
class Host:
    """What decides whether a host can carry a bed; ``missing`` are Debian packages."""

    system: str
    processor: str
    user: int
    cgroup2: bool
    loop_devices: bool
    go: bool
    apt: bool
    missing: tuple[str, ...]

    def but(self, **other: Any) -> Host:
        return replace(self, **other)


def this_host() -> Host:
    """The host that we are on."""
    return Host(
        platform.system(),
        platform.machine(),
        os.geteuid(),
        bool(MOUNTS.exists() and hierarchies(MOUNTS.read_text())),
        Path("/dev/loop-control").exists(),
        bool(shutil.which("go")),
        bool(shutil.which("apt-get")),
        tuple(missing_packages()),
    )


def missing_packages() -> list[str]:
    """Debian packages that have to be installed first."""
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacking = [package for package, program in NEEDED.items() if not shutil.which(program, path=search)]
    return lacking + ([] if KEYRING.exists() else ["debian-archive-keyring"])


def problem(host: Host) -> str:
    """Why this host cannot carry a bed, as a sentence; empty where it can."""
    if (host.system, host.processor) != ("Linux", "x86_64"):
        return f"its machines are Linux on x86_64, this is {host.system} on {host.processor}"
    if host.user != 0:
        return "only root can make machines with systemd-nspawn"
    if not host.cgroup2:
        return "cgroup v2 is not mounted on this host, and the machines run on it"
    if not host.loop_devices:
        return "this host has no loop devices, which carry the disks of the machines"
    if not host.go:
        return "Go is not installed, which builds Kubernetes for the machines"
    if host.missing and not host.apt:
        wanted = ", ".join(f"{NEEDED.get(package, 'its keys')} ({package})" for package in host.missing)
        return f"these programs are not installed, and there is no apt-get to do it: {wanted}"
    return ""


def install_packages(report: Callable[[str], None]) -> None:
    """Install what is missing with this host's apt; BedError names the packages where that fails."""
    missing = missing_packages()
    if not missing:
        return
    report(f"installing Debian packages on this host: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        with _no_services():
            run("apt-get", "-qq", "update", environment=quiet)
            run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing, environment=quiet)
    except BedError as error:
        raise BedError(f"these packages are not installed, and cannot be: {' '.join(missing)}. {error}") from error


@contextmanager
def _no_services() -> Iterator[None]:
    """Packages start no services meanwhile: the bed runs haproxy and the registry itself."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
