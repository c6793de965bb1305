# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bed: brought up, used, taken away. Each step looks at what is there, so the next run finishes what one left."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import host, hub, network, packages, power, programs, registry, rootfs, sysctls
from .cgroups import Group
from .commands import BedError, run, succeeds
from .inventory import inventory
from .place import Machine, Place

GROUP_VARS = Path(__file__).resolve().parent.parent / "group_vars"
Report = Callable[[str], None]


@dataclass(frozen=True)
class Supplies:
    """What machines need: made once for all beds, then cached."""

    disk: Path
    images: Path
    packages: Path


def supplies(cache: Path, report: Report) -> Supplies:
    """Build, fetch and make what is missing. Cold that takes half an hour with two cores, warm no second."""
    host.install_packages(report)
    with _locked(cache / "supplies.lock"):
        disk = rootfs.machine_disk(cache, report)
        offered = rootfs.offered_packages(cache, report)
        found = programs.build_all(cache, report)
        images = registry.storage(cache, found, disk, report)
        return Supplies(disk, images, packages.server_folder(cache, found, offered, report))


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One run at a time; the kernel gives the lock back when a run dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def owned(place: Place) -> Iterator[None]:
    """Nobody else tests on this bed meanwhile; another run waits."""
    with _locked(place.cache / f"{place.name}.lock"):
        yield


def _sysctls(place: Place) -> Path:
    return place.cache / "host-sysctls.json"


def up(place: Place, wanted: Sequence[Machine], report: Report = print) -> None:
    """Bring up the hub and these machines beside those that are there; returns when all take SSH."""
    ready = supplies(place.cache, report)
    with _locked(place.cache / "host.lock"):
        place.folder.mkdir(parents=True, exist_ok=True)
        sysctls.save(_sysctls(place))
    place.sockets.mkdir(mode=0o700, exist_ok=True)
    if not place.key.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", place.name, "-f", place.key)
    network.make_hub(place)
    hub.start(place, ready.images, ready.packages)
    for machine in wanted:
        power.make_disk(place, machine, ready.disk)
        power.switch_on(place, machine)
    write_inventory(place)
    for machine in wanted:
        power.wait_booted(place, machine)


def beds(cache: Path) -> list[str]:
    """The names of the beds that are up, or were not taken away."""
    return sorted(folder.name for folder in (cache / "beds").glob("*"))


def machines_of(place: Place) -> list[Machine]:
    """The machines that have a disk, on or off."""
    disks = (place.folder / "machines").glob("*.img")
    return sorted((Machine(disk.stem) for disk in disks), key=lambda machine: machine.number)


def write_inventory(place: Place) -> None:
    """Also the variables of the group all, by a link into the checkout."""
    place.inventory.mkdir(parents=True, exist_ok=True)
    (place.inventory / "hosts.json").write_text(json.dumps(inventory(place, machines_of(place)), indent=2) + "\n")
    link = place.inventory / "group_vars"
    link.unlink(missing_ok=True)
    link.symlink_to(GROUP_VARS)


def forget(place: Place, machine: Machine) -> None:
    """Take one machine away, with its disk, as if it was never there."""
    power.remove(place, machine)
    write_inventory(place)


def down(place: Place) -> None:
    """Take everything of this bed away, however far an earlier run came."""
    Group(place.name).remove()
    for namespace in network.namespaces():
        if namespace.startswith(f"{place.name}-"):
            network.remove(namespace)
    for machine in machines_of(place):
        power.unmount(place.root(machine))
    for folder in (place.sockets, place.folder, *power.PROPAGATED.glob(f"{place.name}-*")):
        shutil.rmtree(folder, ignore_errors=True)
    with _locked(place.cache / "host.lock"):
        if not network.namespaces():
            succeeds("umount", "/run/netns")  # which `ip netns` mounts for the first one
        failed = [] if beds(place.cache) else sysctls.restore(_sysctls(place))
    if failed:
        raise BedError(f"these settings of the host could not be put back: {', '.join(failed)}")


def left_over(place: Place) -> list[str]:
    """What of this bed is still on the host: for tests, and for people who want to be sure."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    found = [f"mount {mount}" for mount in mounts if mount.startswith(f"{place.folder}/")]
    found += [f"namespace {name}" for name in network.namespaces() if name.startswith(f"{place.name}-")]
    found += [f"cgroup {folder}" for folder in Group(place.name).folders if folder.exists()]
    found += [
        f"loop device of {line}" for line in run("losetup", "-nlO", "BACK-FILE").splitlines() if place.name in line
    ]
    folders = (place.folder, place.sockets, *power.PROPAGATED.glob(f"{place.name}-*"))
    return found + [f"folder {folder}" for folder in folders if folder.exists()]
