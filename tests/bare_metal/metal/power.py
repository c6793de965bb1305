# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's disk and power: made, switched on, cut off; and the faults that it can have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

from . import network
from .cgroups import Group
from .commands import BedError, run, succeeds, wait_for
from .place import ENDPOINT, HUB_ADDRESS, PACKAGES, Machine, Place, machines

SCRIPT = Path(__file__).resolve().parent.parent / "power.sh"
BOOT_SECONDS = 60
PROPAGATED = Path("/run/systemd/nspawn/propagate")  # nspawn leaves a folder there when it is killed
_FILLER = "/var/tmp/filler"


def group_of(place: Place, machine: Machine) -> Group:
    return Group(f"{place.name}/machines/{machine.name}")


def make_disk(place: Place, machine: Machine, image: Path) -> None:
    """Copy the image, mount it, and write what makes it this machine. A disk that is there stays as it is."""
    disk, root = place.disk(machine), place.root(machine)
    if not disk.exists():
        disk.parent.mkdir(parents=True, exist_ok=True)
        draft = disk.with_suffix(".draft")
        run("cp", "--sparse=always", image, draft)
        draft.replace(disk)
    if not os.path.ismount(root):
        root.mkdir(exist_ok=True)
        # nobarrier: what a machine has written survives its power failures anyway, since the host stays on
        run("mount", "-o", "loop,noatime,nobarrier", disk, root)
    for path, content in files_of(machine, place.key.with_suffix(".pub").read_text()).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    (root / "root/.ssh").chmod(0o700)


def files_of(machine: Machine, public_key: str) -> dict[str, str]:
    """What a site gives a host at its installation: a name, names of others, a key, a package mirror, a pod network."""
    everyone = [(HUB_ADDRESS, f"hub {ENDPOINT}"), *((other.address, other.name) for other in machines(9, 40))]
    return {
        "etc/hostname": f"{machine.name}\n",
        "etc/machine-id": f"{uuid.uuid5(uuid.NAMESPACE_DNS, machine.name).hex}\n",
        "etc/hosts": "127.0.0.1 localhost\n" + "".join(f"{address} {names}\n" for address, names in everyone),
        "root/.ssh/authorized_keys": public_key,
        "etc/apt/sources.list.d/debian.list": f"deb [trusted=yes] {PACKAGES}/debian ./\n",
        "etc/cni/net.d/10-bed.conflist": json.dumps(pod_network(machine), indent=1),
    }


def pod_network(machine: Machine) -> dict[str, object]:
    """CNI configuration: a bridge on each machine; the hub routes between their subnets."""
    ranges = [[{"subnet": machine.pod_subnet}]]
    addresses = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "bed", "plugins": [{**bridge, "ipam": addresses}, ports]}


def switch_on(place: Place, machine: Machine) -> None:
    """Press the button; ``wait_booted`` waits for SSH."""
    group = group_of(place, machine)
    if group.populated:
        return
    network.plug_in(place, machine)
    place.logs.mkdir(parents=True, exist_ok=True)
    script: list[str | Path] = [SCRIPT, place.namespace(machine), machine.name, place.root(machine), *group.folders]
    command = Group(f"{group.path}/power").command("sh", *script)
    with (place.logs / f"{machine.name}.console").open("ab") as console:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)


def wait_booted(place: Place, machine: Machine) -> None:
    """Until it takes commands by SSH."""
    try:
        wait_for(f"SSH to {machine.name}", lambda: succeeds(*ssh(place, machine, "true")), BOOT_SECONDS)
    except BedError as error:
        console = (place.logs / f"{machine.name}.console").read_text(errors="replace")
        raise BedError(f"{error}; the end of its console:\n{console[-2000:]}") from error


def cut_power(place: Place, machine: Machine) -> None:
    """A power failure: nothing in the machine is told, and its network is gone."""
    group_of(place, machine).kill()
    network.unplug(place, machine)
    shutil.rmtree(PROPAGATED / place.namespace(machine), ignore_errors=True)
    _forget_connection(place, machine)


def shut_down(place: Place, machine: Machine) -> None:
    """An orderly end, by the machine's own systemd."""
    succeeds(*ssh(place, machine, "systemctl", "poweroff"))
    wait_for(f"{machine.name} is off", lambda: not group_of(place, machine).populated, 60)
    cut_power(place, machine)


def is_on(place: Place, machine: Machine) -> bool:
    return group_of(place, machine).populated


def boot_id(place: Place, machine: Machine) -> str:
    """Another one after each boot; empty while SSH is not answered."""
    found = subprocess.run(
        ssh(place, machine, "cat", "/proc/sys/kernel/random/boot_id"), capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def reboot(place: Place, machine: Machine) -> None:
    """Let it boot again, and wait for SSH."""
    before = boot_id(place, machine)
    succeeds(*ssh(place, machine, "systemctl", "reboot"))
    _forget_connection(place, machine)
    wait_for(f"{machine.name} boots again", lambda: boot_id(place, machine) not in ("", before), BOOT_SECONDS)


def ssh(place: Place, machine: Machine, *command: str) -> list[str]:
    """The command line that runs a command on a machine as root."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "3",
        "ControlMaster": "auto",
        "ControlPath": f"{place.sockets}/%h",
        "ControlPersist": "60",
        "LogLevel": "ERROR",
        "ServerAliveInterval": "5",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    base = ["ip", "netns", "exec", place.hub, "ssh", "-i", str(place.key), *words]
    return [*base, f"root@{machine.address}", *command]


def _forget_connection(place: Place, machine: Machine) -> None:
    succeeds(*ssh(place, machine)[:-1], "-O", "exit", machine.address)
    (place.sockets / machine.address).unlink(missing_ok=True)


def fill_disk(place: Place, machine: Machine, leave: int = 0) -> None:
    """Take all the room on the machine's disk but ``leave`` bytes; the disk of the host loses nothing."""
    room = os.statvfs(place.root(machine))
    end, step = 0, max(room.f_bavail * room.f_frsize - leave, 0)
    with (place.root(machine) / _FILLER.lstrip("/")).open("ab") as filler:
        while step >= room.f_frsize:
            try:
                os.posix_fallocate(filler.fileno(), end, step)
                end += step
            except OSError:  # the file system's own records take room, too
                pass
            step = 0 if leave else step // 2


def free_disk(place: Place, machine: Machine) -> None:
    """Give the room back."""
    (place.root(machine) / _FILLER.lstrip("/")).unlink(missing_ok=True)


def remove(place: Place, machine: Machine) -> None:
    """Take a machine away, with its disk."""
    cut_power(place, machine)
    group_of(place, machine).remove()
    unmount(place.root(machine))
    place.disk(machine).unlink(missing_ok=True)


def unmount(root: Path) -> None:
    if os.path.ismount(root):
        run("umount", root)
    if root.is_dir():
        root.rmdir()
