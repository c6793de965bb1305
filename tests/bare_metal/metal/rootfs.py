# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk that every machine starts with: Debian, systemd, SSH, nothing of Kubernetes. Made once, then cached."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from .commands import BedError, run, succeeds

SUITE, NEWER_SUITE = "trixie", "forky"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DISK_SIZE = "8G"  # sparse: a file takes what is in it
FILES = Path(__file__).resolve().parent.parent / "machine"
SYSTEM = ["systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "sudo", "cron", "logrotate", "kmod"]
NETWORK = ["iproute2", "iptables", "nftables", "iputils-ping", "curl", "ca-certificates", "openssl"]
REST = ["python3", "python3-apt", "python3-debian", "gpgv", "procps", "mount", "less"]
# What a company's mirror offers beyond the base: roles install from it. With their dependencies.
OFFERED = ["conntrack", "ethtool", "socat", "chrony", "haproxy", "keepalived", "ipset", "ebtables", "jq"]
RPM = ["dnf", "python3-dnf", "rpm", "createrepo-c", "gnupg"]  # the package manager of the RHEL family, for its steps
# containerd of both lines that are in use; with the newer one its runc and the CNI plugins.
NEWER = ["containerd", "runc", "containernetworking-plugins", "libseccomp2"]
OLDER = ["containerd", "runc"]
# nftables.service would load an empty rule set over what kube-proxy made; user@ holds up a reboot for two minutes.
SETTLE = """\
systemctl disable nftables.service
systemctl mask user@.service systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer
systemctl enable ssh.service
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
"""


def machine_disk(cache: Path, report: Callable[[str], None]) -> Path:
    """The image of an ext4 file system; copy it."""
    image = cache / f"machine-{_key()}.img"
    if not image.is_file():
        report("making the disk of the machines")
        _make(image, cache)
    return image


def offered_packages(cache: Path, report: Callable[[str], None]) -> Path:
    """A folder with the Debian packages that roles may install on a machine."""
    folder = cache / f"debian-{_key()}"
    if not folder.is_dir():
        report("fetching the Debian packages that machines may install")
        _fetch(folder, machine_disk(cache, report))
    return folder


def _key() -> str:
    """Changes with what is in the image and beside it."""
    content = [path.read_text() for path in sorted(FILES.rglob("*")) if path.is_file()]
    recipe = [SYSTEM, NETWORK, REST, OFFERED, RPM, NEWER, OLDER, SUITE, NEWER_SUITE, DISK_SIZE, SETTLE, content]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]


def _make(image: Path, cache: Path) -> None:
    tree, draft = cache / "draft-root", image.with_suffix(".draft")
    shutil.rmtree(tree, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    paths = ("doc", "man", "locale")
    run(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={','.join([*SYSTEM, *NETWORK, *REST])}",
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=Acquire::Check-Valid-Until "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in paths),
        f'--customize-hook=cp -rT {shlex.quote(str(FILES))} "$1"',
        f'--customize-hook=chroot "$1" sh -c {shlex.quote(SETTLE)}',
        SUITE,
        tree,
        _source(SUITE),
        limit=1800,
    )
    draft.unlink(missing_ok=True)
    run("mkfs.ext4", "-q", "-L", "machine", "-m", "0", "-d", tree, draft, DISK_SIZE)
    shutil.rmtree(tree)
    draft.replace(image)


def _source(suite: str) -> str:
    return f"deb [signed-by={KEYRING}] {mirror()} {suite} main"


def mirror() -> str:
    """The mirror of Debian that DEBIAN_MIRROR names, or that this host's own apt uses. BedError where there is none."""
    found = os.environ.get("DEBIAN_MIRROR") or _mirror_of_apt()
    if not found:
        run("apt-get", "-qq", "update", limit=900)  # apt knows whose packages a mirror has from the lists alone
        found = _mirror_of_apt()
    if not found:
        raise BedError("the apt of this host knows no mirror of Debian: name one in DEBIAN_MIRROR")
    return found


def _mirror_of_apt() -> str:
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI)\t$(ORIGIN)\t$(CODENAME)\t$(COMPONENT)")
    for line in listed.splitlines():
        address, origin, codename, component = line.split("\t")
        if origin == "Debian" and component == "main" and re.fullmatch(r"[a-z]+", codename):
            return address
    return ""


def _fetch(folder: Path, image: Path) -> None:
    """By an apt of its own, which takes the packages of the image for installed."""
    apt, draft = folder.with_suffix(".apt"), folder.with_suffix(".draft")
    for old in (apt, draft):
        shutil.rmtree(old, ignore_errors=True)
    for name in (
        "etc/apt/preferences.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/lib/dpkg",
    ):
        (apt / name).mkdir(parents=True)
    status = run("debugfs", "-R", "cat /var/lib/dpkg/status", image)
    (apt / "var/lib/dpkg/status").write_text(status)
    (apt / "etc/apt/sources.list").write_text(f"{_source(SUITE)}\n{_source(NEWER_SUITE)}\n")
    (apt / "etc/apt/preferences").write_text(f"Package: *\nPin: release n={NEWER_SUITE}\nPin-Priority: 100\n")
    get = ["apt-get", "-qq", f"-oDir={apt}", f"-oDir::State::status={apt}/var/lib/dpkg/status"]
    get += ["-oAcquire::Check-Valid-Until=false", "-oAcquire::Languages=none", "-oAPT::Sandbox::User=root"]
    run(*get, "update", limit=900)
    run(*get, "install", "--download-only", "--no-install-recommends", *OFFERED, *RPM, limit=900)
    draft.mkdir()
    for archive in (apt / "var/cache/apt/archives").glob("*.deb"):
        archive.rename(draft / archive.name)
    newer = [f"{name}/{NEWER_SUITE}" for name in NEWER]
    run(*get, "download", *OLDER, *newer, cwd=draft, limit=900)
    shutil.rmtree(apt)
    draft.replace(folder)


def in_image(image: Path, use: Callable[[Path], None]) -> None:
    """Call with the folder where the image is mounted, read-only."""
    folder = image.with_suffix(".mounted")
    folder.mkdir(exist_ok=True)
    run("mount", "-o", "loop,ro,noload", image, folder)
    try:
        use(folder)
    finally:
        if not succeeds("umount", folder):
            raise BedError(f"{folder} cannot be unmounted: see who uses it with fuser -vm")
        folder.rmdir()
