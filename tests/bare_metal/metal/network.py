# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a bed: a namespace that is switch and router, and one for each machine. The host's is untouched."""

from __future__ import annotations

from .commands import run, succeeds
from .place import HUB_ADDRESS, Machine, Place

_TABLE = "cut_ssh"


def make_hub(place: Place) -> None:
    """The namespace of the hub, with a bridge that has the hub's address."""
    if succeeds("ip", "-n", place.hub, "link", "show", "br0"):
        return
    remove(place.hub)
    run("ip", "netns", "add", place.hub)
    for words in (
        "link set lo up",
        "link add br0 type bridge",
        f"addr add {HUB_ADDRESS}/24 dev br0",
        "link set br0 up",
    ):
        run("ip", "-n", place.hub, *words.split())
    for setting in ("ip_forward=1", "conf.all.send_redirects=0", "conf.br0.send_redirects=0"):
        in_hub(place, "sysctl", "-qw", f"net.ipv4.{setting}")


def plug_in(place: Place, machine: Machine) -> None:
    """A fresh namespace for a machine, with a cable to the bridge: nothing in it survives a power failure."""
    inner, cable = place.namespace(machine), cable_of(machine)
    unplug(place, machine)
    run("ip", "netns", "add", inner)
    hub = ["ip", "-n", place.hub]
    peer = ["peer", "name", "host0", "address", machine.hardware_address, "netns", inner]
    run(*hub, "link", "add", cable, "type", "veth", *peer)
    run(*hub, "link", "set", cable, "master", "br0", "up")
    for words in (
        "link set lo up",
        f"addr add {machine.address}/24 dev host0",
        "link set host0 up",
        f"route add default via {HUB_ADDRESS}",
    ):
        run("ip", "-n", inner, *words.split())
    run(*hub, "route", "replace", machine.pod_subnet, "via", machine.address)


def unplug(place: Place, machine: Machine) -> None:
    """The network of a machine ends at once; the kernel takes its namespace apart when it finds the time."""
    succeeds("ip", "-n", place.hub, "link", "del", cable_of(machine))
    remove(place.namespace(machine))


def cable_of(machine: Machine) -> str:
    """The hub's end of the cable of a machine."""
    return f"to-{machine.name}"


def set_cable(place: Place, machine: Machine, plugged: bool) -> None:
    """Pull the cable of a machine, or plug it in again."""
    run("ip", "-n", place.hub, "link", "set", cable_of(machine), "up" if plugged else "down")
    if plugged:  # the route went with the link's state of the bridge's port
        run("ip", "-n", place.hub, "route", "replace", machine.pod_subnet, "via", machine.address)


def cut_ssh(place: Place, machine: Machine) -> None:
    """Answers of the machine's SSH get lost: open connections hang, new ones time out. Everything else works."""
    rules = f"""
table ip {_TABLE} {{
    set machines {{ type ipv4_addr; }}
    chain input {{ type filter hook input priority 0; ip saddr @machines tcp sport 22 drop; }}
}}
add element ip {_TABLE} machines {{ {machine.address} }}
"""
    if succeeds("ip", "netns", "exec", place.hub, "nft", "list", "table", "ip", _TABLE):
        rules = rules[rules.index("add element") :]
    in_hub(place, "nft", "-f", "-", text=rules)


def restore_ssh(place: Place) -> None:
    """SSH works again to all machines."""
    if succeeds("ip", "netns", "exec", place.hub, "nft", "list", "table", "ip", _TABLE):
        in_hub(place, "nft", "delete", "table", "ip", _TABLE)


def in_hub(place: Place, *command: str, text: str | None = None) -> str:
    """Output of a command that runs in the namespace of the hub."""
    return run("ip", "netns", "exec", place.hub, *command, text=text)


def remove(namespace: str) -> None:
    """Take a network namespace away, if it is there."""
    if namespace in namespaces():
        run("ip", "netns", "del", namespace)


def namespaces() -> list[str]:
    """The named network namespaces of this host."""
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line]
