# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether hosts can become, or are, nodes: what they themselves told. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_wish import CONTROL_PLANE, Finding, Host, finding

Looks = Mapping[str, Mapping[str, Any]]  # by name: what kubeadm_info returned, or {"unreachable": why}
FAMILIES = ("debian", "rhel")
LEAST = {
    CONTROL_PLANE: (2, 1700),
    "worker": (1, 700),
}  # processors, MiB: kubeadm's own preflight, and what a kubelet takes
PORTS = {CONTROL_PLANE: (6443, 2379, 2380, 10250, 10257, 10259), "worker": (10250,)}
ROOM = 2048  # MiB below /var/lib: images of a control plane, and a backup of etcd at each upgrade
DISABLE = "disable"


def check_hosts(hosts: Sequence[Host], looks: Looks, swap: str) -> list[Finding]:
    """Findings of all hosts that were asked. ``swap`` is refuse, disable or keep."""
    found: list[Finding] = []
    for host in hosts:
        look = looks.get(host["name"])
        if look is None:
            continue
        if "unreachable" in look:
            found.append(finding(host["name"], "unreachable", f"Ansible cannot reach it: {look['unreachable']}"))
        else:
            found += [*_system(host, look["host"], swap), *_free(host, look)]
    return found + list(_same_machine(hosts, looks))


def _system(host: Host, seen: Mapping[str, Any], swap: str) -> Iterable[Finding]:
    name = host["name"]
    if seen["cgroup"] != "v2":
        yield finding(
            name,
            "cgroup-v1",
            "it has cgroup v1, which kubelets refuse since v1.35. Boot it with systemd.unified_cgroup_hierarchy=1 on "
            "the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, update-grub, reboot), then run "
            "again.",
        )
    if seen["swap"] and swap == "refuse":
        said = ", ".join(f"{entry['device']} ({entry['mib']} MiB)" for entry in seen["swap"])
        yield finding(
            name,
            "swap",
            f"swap is on: {said}. Set bare_metal_swap: disable to have it turned off for good, or keep to run with it.",
        )
    if seen["os"]["family"] not in FAMILIES:
        yield finding(
            name, "system", f"{seen['os']['name'] or 'its system'} is not known here: Debian, Ubuntu and RHEL are."
        )
    yield from _size(host, seen)


def _size(host: Host, seen: Mapping[str, Any]) -> Iterable[Finding]:
    name, (processors, memory) = host["name"], LEAST[host["role"]]
    if seen["cpus"] < processors or seen["memory_mib"] < memory:
        yield finding(
            name,
            "too-small",
            f"{seen['cpus']} processors and {seen['memory_mib']} MiB: a {host['role'].replace('_', ' ')} needs "
            f"{processors} and {memory} MiB.",
        )
    free = seen["free_mib"].get("/var/lib", ROOM)
    if free < ROOM:
        yield finding(
            name, "disk", f"{free} MiB free below /var/lib, wanted {ROOM} MiB: images and etcd's backups go there."
        )


def _free(host: Host, look: Mapping[str, Any]) -> Iterable[Finding]:
    """A host without any trace of kubeadm must have the ports of its role free."""
    if look["node"]["traces"]:
        return
    taken = sorted(set(PORTS[host["role"]]) & set(look["host"]["ports"]))
    if taken:
        yield finding(
            host["name"],
            "ports",
            f"something listens on {', '.join(map(str, taken))}, and it is no node of kubeadm: ss -ltnp tells what. "
            "Stop it first.",
        )


def _same_machine(hosts: Sequence[Host], looks: Looks) -> Iterable[Finding]:
    found = defaultdict(list)
    for host in hosts:
        machine = looks.get(host["name"], {}).get("host", {}).get("machine_id")
        if machine:
            found[machine].append(host["name"])
    for names in found.values():
        if len(names) > 1:
            yield finding(
                names[-1],
                "same-machine",
                f"{' and '.join(names)} have the same /etc/machine-id: one machine by two addresses, or a clone. On a "
                "clone remove /etc/machine-id, run systemd-machine-id-setup, and reboot.",
            )
