# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the system of this host needs: updates of packages, a reboot, an end to an interrupted dpkg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import Failed, InvalidInput
from ._host import Host, NodeSession
from ._host_words import os_of
from ._os_words import apt_updates, dnf_updates, moved_with, without
from ._outcome import Outcome

REQUIRED = ("/run/reboot-required", "/var/run/reboot-required")
BOOT = "/proc/sys/kernel/random/boot_id"
SECONDS = 300.0  # for a package manager that reads its lists
UPDATES_THERE = 100  # how dnf check-update ends when there are some


def read_updates(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Facts of one host. Raise InvalidInput for a family that is not known, Failed when its packages cannot be read."""
    host, kept = session.host, params["exclude"]
    system = os_of(host.read("/etc/os-release"))
    if system["family"] not in FAMILIES:
        raise InvalidInput(
            f"{host.hostname()} runs {system['name'] or 'a system without /etc/os-release'}: its packages are not "
            "known here, only those of Debian, Ubuntu and the RHEL family. Update and reboot it by hand."
        )
    read = FAMILIES[system["family"]]
    values = {
        "family": system["family"],
        "kernel": host.kernel(),
        "boot_id": (host.read(BOOT) or "").strip(),
        **read(host, kept),
    }
    return Outcome(values=values)


def _debian(host: Host, kept: Sequence[str]) -> dict[str, Any]:
    """Updates that need no new decision: nothing is removed, what is held stays."""
    done = host.run("apt-get", "--simulate", "--quiet", "--with-new-pkgs", "upgrade", timeout=SECONDS)
    audit = host.run("dpkg", "--audit", timeout=SECONDS)
    broken = bool(audit.stdout.strip())
    if done.rc and not broken:  # after an interrupted dpkg, apt answers only when that has been finished
        raise Failed(f"apt-get --simulate upgrade on {host.hostname()} failed: {done.why}")
    updates, left = without(apt_updates(done.stdout), kept)
    return {
        "updates": updates,
        "kept": left,
        "dragged": _dragged(host, [row["name"] for row in updates], kept),
        "interrupted": broken,
        "reboot_required": any(host.exists(file) for file in REQUIRED),
        "reboot_known": True,
    }


def _dragged(host: Host, names: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Packages to be kept that the updates of others would move all the same."""
    if not names:
        return []
    words = ("--simulate", "--quiet", "--only-upgrade", "install", *names)
    return moved_with(host.run("apt-get", *words, timeout=SECONDS).stdout, kept)


def _rhel(host: Host, kept: Sequence[str]) -> dict[str, Any]:
    done = host.run("dnf", "--quiet", "check-update", timeout=SECONDS)
    if done.rc not in (0, UPDATES_THERE):
        raise Failed(f"dnf check-update on {host.hostname()} failed: {done.why}")
    needs = host.run("needs-restarting", "-r", timeout=SECONDS)
    updates, left = without(dnf_updates(done.stdout), kept)
    return {
        "updates": updates,
        "kept": left,
        "dragged": [],  # the playbook hands what is kept to dnf as `exclude`, which refuses by itself
        "interrupted": False,
        "reboot_required": needs.rc == 1,
        "reboot_known": needs.rc in (0, 1),
    }


FAMILIES = {"debian": _debian, "rhel": _rhel}
