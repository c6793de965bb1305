# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bed by hand, for work on a role.

    run.py up --control-planes 3 --workers 1     machines cp1, cp2, cp3, w1; again with more of them: adds those
    run.py play playbooks/x.yml -v               ansible-playbook on the inventory of the bed
    run.py ssh cp1 kubectl get nodes             a command on a machine, or a shell
    run.py in-hub curl -k https://10.77.0.1:6443/version
    run.py off cp1 | on cp1 | shut-down cp1 | reboot cp1 | forget cp1
    run.py cut-ssh cp1 | restore-ssh | unplug cp1 | plug cp1 | fill-disk cp1 | free-disk cp1
    run.py stop-endpoint | start-endpoint
    run.py down                                  takes everything away

Each takes --name first for a bed beside others: run.py --name mine up.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "roles/sandbox/files"))

from metal import bed, host, hub, network, power  # noqa: E402
from metal.commands import BedError  # noqa: E402
from metal.place import Machine, Place, machines  # noqa: E402

ON_MACHINE = {
    "off": power.cut_power,
    "shut-down": power.shut_down,
    "reboot": power.reboot,
    "forget": bed.forget,
    "cut-ssh": network.cut_ssh,
    "plug": lambda place, machine: network.set_cable(place, machine, True),
    "unplug": lambda place, machine: network.set_cable(place, machine, False),
    "fill-disk": power.fill_disk,
    "free-disk": power.free_disk,
}
ON_BED = {
    "restore-ssh": network.restore_ssh,
    "start-endpoint": hub.start_endpoint,
    "stop-endpoint": hub.stop_endpoint,
}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="metal", help="the bed, default %(default)s")
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up")
    up.add_argument("--control-planes", type=int, default=3)
    up.add_argument("--workers", type=int, default=1)
    for verb in ("down", "build", "status", *ON_BED):
        verbs.add_parser(verb)
    for verb in ("on", "ssh", *ON_MACHINE):
        verbs.add_parser(verb).add_argument("machine", type=Machine)
    for verb in ("play", "in-hub"):
        verbs.add_parser(verb)
    found, rest = parser.parse_known_args(arguments)
    if rest and found.verb not in ("ssh", "play", "in-hub"):
        parser.error(f"unknown: {' '.join(rest)}")
    found.rest = rest
    return found


def act(wanted: argparse.Namespace, place: Place) -> None:
    if wanted.verb == "build":
        bed.supplies(place.cache, report)
    elif wanted.verb == "up":
        bed.up(place, machines(wanted.control_planes, wanted.workers), report)
        report(f"up; inventory: {place.inventory}")
    elif wanted.verb == "down":
        bed.down(place)
        report("down")
    elif wanted.verb == "on":
        power.switch_on(place, wanted.machine)
        power.wait_booted(place, wanted.machine)
    elif wanted.verb == "status":
        for machine in bed.machines_of(place):
            print(machine.name, machine.address, "on" if power.is_on(place, machine) else "off")
    elif wanted.verb in ON_BED:
        ON_BED[wanted.verb](place)
    else:
        ON_MACHINE[wanted.verb](place, wanted.machine)


def become(wanted: argparse.Namespace, place: Place) -> None:
    """Run a program in the hub's namespace, and end as it ends."""
    play = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(place.inventory)]
    if wanted.verb == "ssh":
        command = power.ssh(place, wanted.machine, *wanted.rest)
    else:
        command = hub.controller(place, [*(play if wanted.verb == "play" else []), *wanted.rest])
    sys.exit(subprocess.run(command, check=False).returncode)


def report(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def main() -> None:
    wanted = parse(sys.argv[1:])
    place = Place(wanted.name)
    try:
        problem = host.problem(host.this_host())
        if problem:
            raise BedError(f"there can be no bed here: {problem}")
        if wanted.verb in ("ssh", "play", "in-hub"):
            become(wanted, place)
        act(wanted, place)
    except BedError as error:
        sys.exit(f"run.py: {error}")


if __name__ == "__main__":
    main()
