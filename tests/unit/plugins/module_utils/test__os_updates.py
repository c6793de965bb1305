# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._os_updates import read_updates
from ansible_collections.capi.lifecycle.plugins.module_utils._os_words import (
    apt_updates,
    dnf_updates,
    moved_with,
    without,
)
from fake_host import FakeHost, session

APT = """\
Reading package lists...
Calculating upgrade...
The following packages have been kept back:
  kubelet
Inst linux-image-6.12.57+deb13-amd64 (6.12.57-1 Debian-Security:13/stable-security [amd64])
Inst linux-image-amd64 [6.12.48-1] (6.12.57-1 Debian-Security:13/stable-security [amd64])
Inst containerd [2.1.4-1] (2.1.9-1 Debian:testing [amd64]) []
Conf linux-image-amd64 (6.12.57-1 Debian-Security:13/stable-security [amd64])
"""
DNF = """\

containerd.io.x86_64                 2.1.5-1.el9                 docker-ce-stable
kernel.x86_64                        5.14.0-570.62.1.el9_6       baseos
tzdata.noarch                        2025b-2.el9                 baseos
Obsoleting Packages
grub2-tools.x86_64                   1:2.06-104.el9_6            baseos
    grub2-tools.x86_64               1:2.06-94.el9               @baseos
"""


def os_release(family: str) -> dict[str, str]:
    return {"/etc/os-release": f"ID={family}\nPRETTY_NAME='Some {family}'\n", "/proc/sys/kernel/random/boot_id": "b1\n"}


def read(answers: dict[str, Any], family: str, files: dict[str, str] | None = None) -> dict[str, Any]:
    host = FakeHost(answers, {**os_release(family), **(files or {})})
    return dict(read_updates(session(host), {"exclude": ["kube*", "containerd*"]}).values)


def test_apt_what_is_installed_and_gets_newer() -> None:
    assert apt_updates(APT) == [
        {"name": "linux-image-amd64", "from": "6.12.48-1", "to": "6.12.57-1"},
        {"name": "containerd", "from": "2.1.4-1", "to": "2.1.9-1"},
    ]
    assert apt_updates("Reading package lists...\n") == []


def test_dnf_what_has_an_update() -> None:
    assert [(row["name"], row["to"]) for row in dnf_updates(DNF)] == [
        ("containerd.io", "2.1.5-1.el9"),
        ("kernel", "5.14.0-570.62.1.el9_6"),
        ("tzdata", "2025b-2.el9"),
    ]
    assert dnf_updates("Last metadata expiration check: 0:01:02 ago on Mon 01 Jan.\n") == []


def test_what_stays_as_it_is() -> None:
    left, kept = without(apt_updates(APT), ["containerd*", "kubelet"])
    assert ([row["name"] for row in left], [row["name"] for row in kept]) == (["linux-image-amd64"], ["containerd"])


def test_what_updates_of_others_would_move() -> None:
    assert moved_with("Inst runc [1] (2)\nRemv containerd [1]\nConf x\n", ["containerd*"]) == ["containerd"]


def test_debian() -> None:
    files = {"/run/reboot-required": ""}
    found = read(
        {" upgrade$": Ran(0, APT), "dpkg --audit": Ran(0), " install ": Ran(0, "Inst linux\n")}, "debian", files
    )
    assert [row["name"] for row in found["updates"]] == ["linux-image-amd64"]
    assert [row["name"] for row in found["kept"]] == ["containerd"]
    assert (found["reboot_required"], found["dragged"], found["interrupted"]) == (True, [], False)
    assert found["boot_id"] == "b1"


def test_debian_after_an_interrupted_dpkg() -> None:
    broken = Ran(100, stderr="E: dpkg was interrupted, you must manually run 'dpkg --configure -a'")
    found = read(
        {" upgrade$": broken, "dpkg --audit": Ran(0, "The following packages are only half configured")}, "debian"
    )
    assert (found["interrupted"], found["updates"]) == (True, [])


@pytest.mark.parametrize(("rc", "required", "known"), [(0, False, True), (1, True, True), (127, False, False)])
def test_rhel(rc: int, required: bool, known: bool) -> None:
    found = read({"check-update": Ran(100, DNF), "needs-restarting -r": Ran(rc)}, "rhel")
    assert [row["name"] for row in found["updates"]] == ["kernel", "tzdata"]
    assert [row["name"] for row in found["kept"]] == ["containerd.io"]
    assert (found["reboot_required"], found["reboot_known"]) == (required, known)


@pytest.mark.parametrize(
    ("answers", "family", "error", "message"),
    [
        ({}, "suse", InvalidInput, "packages are not known here"),
        ({"upgrade": Ran(100, stderr="E: no lists")}, "debian", Failed, "E: no lists"),
        ({"check-update": Ran(1, stderr="Error: Failed to download metadata")}, "rhel", Failed, "Failed to download"),
    ],
)
def test_what_cannot_be_told(answers: dict[str, Any], family: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read(answers, family)
