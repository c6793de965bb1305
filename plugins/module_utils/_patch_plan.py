# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which hosts get updates of their system and a reboot, in which order, and whether it may begin now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_table import line_of
from ._bare_metal_wish import CONTROL_PLANE, Finding, Host, finding
from ._kubeadm_gate import unmet

Look = Mapping[str, Any]  # what os_updates_info returned; or `unreachable`, why
Cluster = Mapping[str, Any]  # what kubeadm_info returned on the control plane that serves
IF_REQUIRED, ALWAYS, NEVER = "if_required", "always", "never"
HEADS = ("host", "role", "updates", "reboot", "what will be done")
SHOWN = 4  # names of packages in a line


def plan_patch(hosts: Sequence[Host], looks: Mapping[str, Look], cluster: Cluster, *, reboot: str) -> dict[str, Any]:
    """``steps``: what each host needs, in words; ``leader``: the host whose member leads etcd, which comes last."""
    asked = [host for host in hosts if host["name"] in looks]
    nodes = {node["name"]: node for node in cluster["nodes"]}
    reached = [host for host in asked if "unreachable" not in looks[host["name"]]]
    steps = {host["name"]: _steps(looks[host["name"]], nodes.get(host["node_name"], {}), reboot) for host in reached}
    steps = {name: words for name, words in steps.items() if words}
    leads = [member["name"] for member in cluster["etcd"]["members"] if member["leader"]]
    leader = next((host["name"] for host in hosts if host["node_name"] in leads), "")
    findings = [*_reached(asked, looks), *_known(reached, nodes), *_dragged(looks)]
    if steps:
        findings += [*_nodes(cluster["nodes"]), *_etcd(cluster)]
    notes = [*_budgets(cluster), *_cordoned(cluster["nodes"]), *_waiting(looks, reboot), *_kept(looks)]
    plan = {"steps": steps, "findings": findings, "notes": notes, "leader": leader, "has_work": bool(steps)}
    return {**plan, "table": _lines(asked, looks, plan, cluster)}


def _steps(look: Look, node: Mapping[str, Any], reboot: str) -> list[str]:
    """A host that an earlier run has cordoned has at least to take pods again."""
    reboots = reboot == ALWAYS or (reboot == IF_REQUIRED and look["reboot_required"])
    found = ["end what dpkg began"] if look["interrupted"] else []
    found += ["update"] if look["updates"] else []
    found += ["reboot"] if reboots else []
    if found:
        return ["drain", *found]
    return ["take pods again"] if node.get("cordoned_by_us") else []


def _reached(asked: Sequence[Host], looks: Mapping[str, Look]) -> Iterable[Finding]:
    for host in asked:
        if "unreachable" in looks[host["name"]]:
            yield finding(
                host["name"],
                "unreachable",
                f"it does not answer: {looks[host['name']]['unreachable']}. Switch it on, or leave it out with "
                "--limit.",
            )


def _known(reached: Sequence[Host], nodes: Mapping[str, Any]) -> Iterable[Finding]:
    for host in reached:
        if host["node_name"] not in nodes:
            yield finding(
                host["name"],
                "no-node",
                f"the cluster has no Node {host['node_name']}. Add it with playbooks/bare_metal/create.yml, or "
                "leave it out.",
            )


def _dragged(looks: Mapping[str, Look]) -> Iterable[Finding]:
    for name, look in looks.items():
        if look.get("dragged"):
            yield finding(
                name,
                "kept-packages",
                f"its updates would move {', '.join(look['dragged'])}, too, which os_patch_keep holds back. See "
                "apt-get --simulate upgrade on it, and hold what pulls them, or take them out of os_patch_keep.",
            )


def _nodes(nodes: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for node in nodes:
        if not node["ready"]:
            yield finding(
                "",
                "node-ready",
                f"Node {node['name']} is not Ready: {node['message']}. With one away no other is taken away; bring "
                "it back first, or take it out of the cluster.",
            )


def _etcd(cluster: Cluster) -> Iterable[Finding]:
    for cause in unmet({"problems": {}, **cluster}, ["etcd_healthy"]):
        yield finding("", "etcd", f"{cause}. A reboot takes one member away for a minute; all others have to be well.")


def _budgets(cluster: Cluster) -> Iterable[Finding]:
    for budget in cluster["budgets"]:
        yield finding(
            "",
            "budgets",
            f"PodDisruptionBudget {budget['namespace']}/{budget['name']} lets none of {budget['pods']} pods go now: "
            "a node with one of them will not be drained, and stays as it is.",
        )


def _cordoned(nodes: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for node in nodes:
        if node["cordoned"] and not node["cordoned_by_us"]:
            yield finding("", "cordoned", f"Node {node['name']} is cordoned by somebody else, and will stay so.")


def _waiting(looks: Mapping[str, Look], reboot: str) -> Iterable[Finding]:
    for name, look in looks.items():
        if reboot == NEVER and look.get("reboot_required"):
            yield finding(name, "reboot", "it waits for a reboot, and os_patch_reboot is never.")
        if look.get("reboot_known") is False and reboot == IF_REQUIRED:
            yield finding(
                name,
                "reboot",
                "whether it has to be rebooted is unknown: install dnf-utils, which has needs-restarting.",
            )


def _kept(looks: Mapping[str, Look]) -> Iterable[Finding]:
    kept: dict[str, list[str]] = {}
    for name, look in looks.items():
        for row in look.get("kept") or []:
            kept.setdefault(f"{row['name']} {row['to']}", []).append(name)
    for package, names in kept.items():
        yield finding("", "kept", f"{package} stays back on {', '.join(names)} (os_patch_keep).")


def _lines(asked: Sequence[Host], looks: Mapping[str, Look], plan: Mapping[str, Any], cluster: Cluster) -> list[str]:
    quorum = cluster["etcd"]["quorum"]
    head = f"cluster {cluster['cluster']['name']}, seen through {cluster['source']}; etcd {quorum['healthy']} of "
    head += f"{quorum['voters']} healthy, led by {plan['leader'] or '(unknown)'}"
    rows = [HEADS, *(_row(host, looks[host["name"]], plan) for host in asked)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    rest = [] if plan["has_work"] else ["nothing is to be done"]
    return [head, *table, *rest, *map(line_of, [*plan["notes"], *plan["findings"]])]


def _row(host: Host, look: Look, plan: Mapping[str, Any]) -> tuple[str, ...]:
    role = host["role"].replace("_", " ")
    if "unreachable" in look:
        return host["name"], role, "?", "?", "refused, see below"
    names = [row["name"] for row in look["updates"]]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    words = ", ".join(plan["steps"].get(host["name"], [])) or "-"
    last = " (last of all)" if words != "-" and host["role"] == CONTROL_PLANE and host["name"] == plan["leader"] else ""
    return (
        host["name"],
        role,
        f"{', '.join(names[:SHOWN])}{more}" or "-",
        "required" if look["reboot_required"] else "-",
        f"{words}{last}",
    )
