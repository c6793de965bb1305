# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One control plane that has failed, judged from another: how it is replaced, or its etcd repaired. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import check_hosts
from ._bare_metal_plan import RESET, Cluster, agrees
from ._bare_metal_table import line_of
from ._bare_metal_wish import Finding, Host, finding
from ._errors import Refused
from ._etcd_judge import check_removal

Look = Mapping[str, Any]  # what kubeadm_info returned on the host, or {"unreachable": why}
Judged = tuple[str, list[Finding]]
MEMBER, TAKE_OUT, REPLACE, REJOIN, PROMOTE, SERVE = "member", "take_out", "replace", "rejoin", "promote", "serve"
WORDS = {
    MEMBER: "is well, stays as it is",
    TAKE_OUT: "remove its member of etcd and its Node; it does not answer, so it joins in a later run",
    REPLACE: "remove its member of etcd and its Node, clear it, join",
    REJOIN: "stop its etcd, put the data aside, begin as a new member",
    PROMOTE: "wait until its etcd has caught up, and give it its vote",
    SERVE: "start its API server",
    "": "refused, see below",
}
REPLACE_BOOK = "playbooks/bare_metal/replace_control_plane.yml"
LEARNS = "learner"  # a member without a vote answers etcdctl's question for its health with "not supported for learner"


def plan_replace(hosts: Sequence[Host], name: str, look: Look, cluster: Cluster, *, swap: str = "refuse") -> Judged:
    """Step and findings of the one host. A host that does not answer is only taken out."""
    host = next(host for host in hosts if host["name"] == name)
    member, reached = _member_of(host, cluster), "unreachable" not in look
    if reached and _is_well(host, look["node"], member, cluster):
        return MEMBER, []
    findings = [*agrees(hosts, cluster), *_quorum(host, member, cluster), *_others(host, member, cluster)]
    if reached:
        findings += [*check_hosts([host], {name: look}, swap), *_stranger(host, look["node"], cluster)]
    elif member and member["healthy"]:
        findings.append(_alive(host, look))
    return "" if findings else REPLACE if reached else TAKE_OUT, findings


def plan_repair(hosts: Sequence[Host], name: str, look: Look, cluster: Cluster) -> Judged:
    """Step and findings of the one host, whose member of etcd is broken while it lives itself."""
    host = next(host for host in hosts if host["name"] == name)
    if "unreachable" in look:
        message = f"Ansible cannot reach it: {look['unreachable']}. A dead host is replaced: {REPLACE_BOOK}."
        return "", [finding(name, "unreachable", message)]
    member, node = _member_of(host, cluster), look["node"]
    findings = [*_stranger(host, node, cluster), *_no_control_plane(host, node, cluster)]
    if findings:
        return "", findings
    if member and member["healthy"] and not member["learner"] and not _is_damaged(member, cluster):
        return (MEMBER if _serves(node) else SERVE), []
    if member and member["learner"] and member["started"] and LEARNS in member["error"]:
        return PROMOTE, []
    findings = list(_quorum(host, member, cluster))
    return "" if findings else REJOIN, findings


def _member_of(host: Host, cluster: Cluster) -> Mapping[str, Any] | None:
    """By its peer URL, else by its name: one that never started has none, a new machine may have another address."""
    peer, members = peer_url(host), cluster["etcd"]["members"]
    by_url = next((member for member in members if peer in member["peer_urls"]), None)
    return by_url or next((member for member in members if member["name"] == host["node_name"]), None)


def peer_url(host: Host) -> str:
    address = f"[{host['address']}]" if ":" in host["address"] else host["address"]
    return f"https://{address}:2380"


def address_of(host: Host, cluster: Cluster) -> str:
    """Where its member of etcd is known to be, which the new machine need not have."""
    member = _member_of(host, cluster)
    found = re.match(r"https?://\[?(.+?)\]?:\d+$", member["peer_urls"][0]) if member and member["peer_urls"] else None
    return found[1] if found else str(host["address"])


def can_drain(host: Host, look: Look, cluster: Cluster) -> bool:
    """Whether pods would end there: without a kubelet nobody ends them, however long one waits."""
    known = next((known for known in cluster["nodes"] if known["name"] == host["node_name"]), None)
    return bool(known and known["ready"] and look.get("node", {}).get("kubelet_active"))


def _is_well(host: Host, node: Mapping[str, Any], member: Mapping[str, Any] | None, cluster: Cluster) -> bool:
    """A node that is not Ready yet, with a kubelet that works at it, is given its time by the gate that follows."""
    known = next((known for known in cluster["nodes"] if known["name"] == host["node_name"]), None)
    votes = member is not None and member["healthy"] and not member["learner"] and not _is_damaged(member, cluster)
    ours = node["ca_hash"] == cluster["node"]["ca_hash"]
    lives = bool(known and known["control_plane"] and (known["ready"] or node["kubelet_active"]))
    return votes and ours and lives and _serves(node)


def _serves(node: Mapping[str, Any]) -> bool:
    return bool(node["api"]["ready"]) and "etcd" in node["manifests"]


def _is_damaged(member: Mapping[str, Any], cluster: Cluster) -> bool:
    alarms = cluster["etcd"]["alarms"] or []
    return any(alarm["alarm"] == "CORRUPT" and alarm["member"] in (member["name"], member["id"]) for alarm in alarms)


def _quorum(host: Host, member: Mapping[str, Any] | None, cluster: Cluster) -> Iterable[Finding]:
    """The arithmetic before anything moves: those that are left must do without it."""
    if member is None:
        return
    try:
        check_removal(cluster["etcd"]["members"], member)
    except Refused as error:
        yield finding(host["name"], "quorum", str(error))


def _others(host: Host, member: Mapping[str, Any] | None, cluster: Cluster) -> Iterable[Finding]:
    """Only members that are all well take another one in."""
    for other in cluster["etcd"]["members"]:
        if other is member or (other["healthy"] and not other["learner"]):
            continue
        name = other["name"] or other["id"]
        message = (
            f"etcd member {name} ({', '.join(other['peer_urls'])}) is not well either: {other['error'] or 'a learner'}"
        )
        yield finding("", "etcd", f"{message}. Bring it back, or take it out first: {RESET} --limit {name}.")


def _stranger(host: Host, node: Mapping[str, Any], cluster: Cluster) -> Iterable[Finding]:
    if node["ca_hash"] and node["ca_hash"] != cluster["node"]["ca_hash"]:
        where = node["server"] or "by its authority"
        message = (
            f"it belongs to another cluster, {where}. If that one wants nothing of it: {RESET} --limit {host['name']}."
        )
        yield finding(host["name"], "other-cluster", message)


def _no_control_plane(host: Host, node: Mapping[str, Any], cluster: Cluster) -> Iterable[Finding]:
    """What rejoins needs the certificates and the Node that it had."""
    known = any(known["name"] == host["node_name"] and known["control_plane"] for known in cluster["nodes"])
    if not known or not node["ca_hash"]:
        what = (
            "it has no certificates of the cluster"
            if known
            else f"the cluster has no control plane {host['node_name']}"
        )
        message = f"{what}: there is more to mend than etcd. {REPLACE_BOOK} --limit {host['name']} does."
        yield finding(host["name"], "no-control-plane", message)
    elif not node["kubelet_active"]:
        message = "its kubelet does not run, and nothing starts etcd without it: journalctl -u kubelet tells why."
        yield finding(host["name"], "kubelet", message)


def _alive(host: Host, look: Look) -> Finding:
    message = (
        f"Ansible cannot reach it ({look['unreachable']}), and its member of etcd is healthy: it is not dead. Bring "
        "SSH back; or switch the host off for good, and run again."
    )
    return finding(host["name"], "alive", message)


def lines_of(host: Host, look: Look, step: str, findings: Sequence[Finding], cluster: Cluster) -> list[str]:
    """The table that a person reads before anything is done: the cluster, and the one host."""
    quorum, seen = cluster["etcd"]["quorum"], look.get("host")
    rows = [("host", "address", "system", "Node", "member of etcd", "what will be done")]
    system = f"{seen['os']['name']}" if seen else "(not reached)"
    rows.append((host["name"], host["address"], system, _node(host, cluster), _member(host, cluster), WORDS[step]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    wish = f"cluster {host['cluster_name']} at {host['endpoint']}, seen through {cluster['source']}"
    etcd = f"etcd {quorum['healthy']} of {quorum['voters']} healthy, can lose {max(quorum['spare'], 0)}"
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return [f"{wish}: {len(cluster['nodes'])} nodes, {etcd}", *table, *map(line_of, findings)]


def _node(host: Host, cluster: Cluster) -> str:
    known = next((known for known in cluster["nodes"] if known["name"] == host["node_name"]), None)
    return "none" if known is None else "Ready" if known["ready"] else "not Ready"


def _member(host: Host, cluster: Cluster) -> str:
    member = _member_of(host, cluster)
    if member is None:
        return "none"
    state = "learner" if member["learner"] else "healthy" if member["healthy"] else "not healthy"
    return f"{state}, damaged" if _is_damaged(member, cluster) else state
