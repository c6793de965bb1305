# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests drive the bed: machines by name, commands on them, playbooks against them, and faults."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import yaml
from bed import BIN, CHECKOUT, Run, finish
from metal import bed, hub, network, power
from metal.commands import run
from metal.place import HUB_ADDRESS, Machine, Place, machines

KUBECONFIG = "/etc/kubernetes/admin.conf"


@dataclass(frozen=True)
class Metal:
    """A bed that is up. Machines are named cp1, cp2, ... and w1, w2, ..."""

    place: Place

    def fresh(self, control_planes: int, workers: int = 0) -> None:
        """These machines with new disks, and no others; seconds."""
        for machine in bed.machines_of(self.place):
            bed.forget(self.place, machine)
        bed.up(self.place, machines(control_planes, workers))

    def add(self, *names: str) -> None:
        """More machines with new disks."""
        bed.up(self.place, [Machine(name) for name in names])

    def forget(self, name: str) -> None:
        """Take a machine away, with its disk; ``add`` makes a new one of that name."""
        bed.forget(self.place, Machine(name))

    @property
    def names(self) -> list[str]:
        return [machine.name for machine in bed.machines_of(self.place)]

    def run(self, name: str, command: str, text: str | None = None, limit: float = 600) -> str:
        """Output of a shell command on a machine, which has to succeed within so many seconds."""
        return run(*power.ssh(self.place, Machine(name), command), text=text, limit=limit)

    def kubectl(self, name: str, *arguments: str, text: str | None = None) -> str:
        """kubectl on a control plane, with the administrator's rights."""
        return self.run(name, f"KUBECONFIG={KUBECONFIG} kubectl {' '.join(arguments)}", text)

    def administrator(self) -> dict[str, Any]:
        """The administrator's kubeconfig for the hub, where no name resolves: by the endpoint's address."""
        found: dict[str, Any] = yaml.safe_load(self.run("cp1", f"cat {KUBECONFIG}"))
        found["clusters"][0]["cluster"]["server"] = f"https://{HUB_ADDRESS}:{hub.PORTS['endpoint']}"
        return found

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        """Run a playbook as a user does, from the hub; ``playbook`` is its path in the checkout."""
        return finish(self.start(playbook, *arguments, **variables))

    def start(self, playbook: str, *arguments: str, **variables: Any) -> subprocess.Popen[str]:
        """Start a playbook in a session of its own, so that it can be killed as a whole."""
        on_bed = ("-i", str(self.place.inventory), playbook, *arguments, "-e", json.dumps(variables))
        return self.ansible("ansible-playbook", *on_bed)

    def ansible(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a program of Ansible where the machines can be reached."""
        return subprocess.Popen(
            hub.controller(self.place, [str(BIN / program), *arguments]),
            cwd=CHECKOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith(("K8S_AUTH_", "KUBE", "ANSIBLE_"))}
            | {"ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def on(self, name: str) -> None:
        """Switch on, and wait for SSH."""
        power.switch_on(self.place, Machine(name))
        power.wait_booted(self.place, Machine(name))

    def off(self, name: str) -> None:
        """A power failure."""
        power.cut_power(self.place, Machine(name))

    def is_on(self, name: str) -> bool:
        return power.is_on(self.place, Machine(name))

    def shut_down(self, name: str) -> None:
        power.shut_down(self.place, Machine(name))

    def reboot(self, name: str) -> None:
        power.reboot(self.place, Machine(name))

    def cut_ssh(self, name: str) -> None:
        """SSH hangs, everything else works."""
        network.cut_ssh(self.place, Machine(name))

    def restore_ssh(self) -> None:
        network.restore_ssh(self.place)

    def unplug(self, name: str) -> None:
        """Pull the network cable."""
        network.set_cable(self.place, Machine(name), plugged=False)

    def plug(self, name: str) -> None:
        network.set_cable(self.place, Machine(name), plugged=True)

    def fill_disk(self, name: str, leave: int = 0) -> None:
        """Nothing but ``leave`` bytes is free."""
        power.fill_disk(self.place, Machine(name), leave)

    def free_disk(self, name: str) -> None:
        power.free_disk(self.place, Machine(name))

    def stop_endpoint(self) -> None:
        """The load balancer before the API servers dies."""
        hub.stop_endpoint(self.place)

    def start_endpoint(self) -> None:
        hub.start_endpoint(self.place)
