# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What each host of an inventory needs to be a node of the one cluster: init, join, or nothing. Pure.

The order of hosts means nothing: whoever serves the cluster's API is found by looking, and everything goes through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_wish import COMMON, CONTROL_PLANE, Finding, Host, finding
from ._kubeadm_gate import unmet

Cluster = Mapping[str, Any]  # what kubeadm_info returned on the control plane that serves; empty without one
INIT, RESUME, JOIN, CLEAN, MEMBER = "init", "resume_init", "join", "clean_and_join", "member"
WORDS = {
    INIT: "begin the cluster (kubeadm init)",
    RESUME: "finish the interrupted kubeadm init",
    JOIN: "join",
    CLEAN: "clear away an interrupted join, and join",
    MEMBER: "is a node, stays as it is",
    "": "refused, see below",
}
RESET = "playbooks/bare_metal/reset.yml"
UPGRADE = "playbooks/bare_metal/upgrade.yml"


def plan_create(
    hosts: Sequence[Host], looks: Looks, cluster: Cluster, *, skipped: Sequence[str] = ()
) -> dict[str, Any]:
    """``steps`` by host, ``findings``, and ``through``: the control plane that serves, or that will be the first."""
    wished = [host for host in hosts if host["name"] in looks]
    if not cluster:
        steps, findings = _fresh(hosts, wished, looks)
        through = next((name for name, step in steps.items() if step in (INIT, RESUME)), "")
        return {"steps": steps, "findings": findings, "through": through}
    findings = [*agrees(hosts, cluster), *_etcd(wished, cluster)]
    steps = {}
    for host in wished:
        step, found = _member(host, looks[host["name"]], cluster)
        steps[host["name"]] = step
        findings += found
    through = next(host["name"] for host in hosts if host["name"] == cluster["source"])
    if _half(cluster, skipped):
        steps[through] = RESUME
    return {"steps": steps, "findings": findings, "through": through}


def _half(cluster: Cluster, skipped: Sequence[str]) -> bool:
    """Whether kubeadm init was cut off: parts of it are missing, and nobody has joined since."""
    left_out = {"addon/kube-proxy": "daemonset/kube-proxy", "addon/coredns": "deployment/coredns"}
    wanted = [part for part in cluster["cluster"]["missing"] if part not in {left_out.get(phase) for phase in skipped}]
    return bool(wanted) and len(cluster["nodes"]) <= 1 and len(cluster["etcd"]["members"]) <= 1


def _fresh(hosts: Sequence[Host], wished: Sequence[Host], looks: Looks) -> tuple[dict[str, str], list[Finding]]:
    """No control plane serves: is this a new cluster, or one that is down? Never begin a second one beside it."""
    control_planes = [host for host in hosts if host["role"] == CONTROL_PLANE]
    unseen = [host["name"] for host in control_planes if "node" not in looks.get(host["name"], {})]
    if unseen:
        message = "no control plane serves, and these could not be asked whether they hold the cluster"
        return {}, [
            finding(
                "", "no-control-plane", f"{message}: {', '.join(unseen)}. Run again without --limit, or bring them up."
            )
        ]
    marked = [host for host in control_planes if _used(looks[host["name"]])]
    down = [host for host in marked if looks[host["name"]]["node"]["etcd_data"]]
    findings = [_down(host, looks[host["name"]]) for host in down]
    if not down and len(marked) > 1:
        findings += [_leftover(host, looks[host["name"]]) for host in marked]
    findings += [
        _leftover(host, looks[host["name"]])
        for host in wished
        if host["role"] != CONTROL_PLANE and _used(looks[host["name"]])
    ]
    first = (marked or control_planes)[0]["name"]
    steps = {host["name"]: JOIN for host in wished}
    steps[first] = RESUME if marked else INIT
    return ({host["name"]: "" for host in wished} if findings else steps), findings


def _used(look: Mapping[str, Any]) -> bool:
    return bool(look["node"]["traces"] or look["node"]["etcd_data"])


def _down(host: Host, look: Mapping[str, Any]) -> Finding:
    return finding(
        host["name"],
        "cluster-down",
        f"it holds data of etcd, and its API server does not serve: {look['node']['api']['message']}. A cluster that "
        "is down is repaired, not made anew: crictl ps -a and journalctl -u kubelet there. If nothing in it is "
        f"wanted: {RESET}.",
    )


def _leftover(host: Host, look: Mapping[str, Any]) -> Finding:
    traces = ", ".join(look["node"]["traces"][:3]) or "data of etcd"
    return finding(
        host["name"],
        "leftover",
        f"it was a node of a cluster before: {traces}. No control plane of this inventory serves; if that cluster is "
        f"gone for good, clear the host with {RESET}.",
    )


def agrees(hosts: Sequence[Host], cluster: Cluster) -> Iterable[Finding]:
    """What the inventory asks for, and what the cluster is."""
    wish, live = hosts[0], cluster["cluster"]
    for key in COMMON:
        found = live.get("name" if key == "cluster_name" else key, "")
        if not found or found == wish[key]:
            continue
        if key == "kubernetes_version":
            message = f"the cluster is at {found}. Versions are changed by {UPGRADE}; set it back to go on here."
        else:
            message = f"the cluster has {found}, which cannot be changed. Set it back, or check which cluster this is."
        yield finding("", f"other-{key.replace('_', '-')}", f"bare_metal_{key} is {wish[key]}, and {message}")
    names = {host["node_name"] for host in hosts}
    unknown = [node["name"] for node in cluster["nodes"] if node["name"] not in names]
    if unknown:
        yield finding(
            "",
            "unknown-nodes",
            f"the cluster has nodes that the inventory does not know: {', '.join(unknown)}. Add these hosts, or "
            "remove the nodes.",
        )


def _etcd(wished: Sequence[Host], cluster: Cluster) -> Iterable[Finding]:
    """A member is only added to members that are all well: with one dead, the next loss would take the quorum."""
    known = {node["name"] for node in cluster["nodes"]}
    names = [host["name"] for host in wished if host["role"] == CONTROL_PLANE and host["node_name"] not in known]
    if names:
        facts = {"problems": {}, "node": cluster["node"], "etcd": cluster["etcd"]}
        waiting = {host["node_name"] for host in wished} | {host["address"] for host in wished}
        for cause in unmet(facts, ["etcd_healthy"]):
            if not any(word in cause for word in waiting):  # that of an interrupted join is cleared away by the join
                yield finding("", "etcd", f"{', '.join(names)} cannot join: {cause}.")


def _member(host: Host, look: Mapping[str, Any], cluster: Cluster) -> tuple[str, list[Finding]]:
    name, node = host["name"], look["node"]
    known = next((known for known in cluster["nodes"] if known["name"] == host["node_name"]), None)
    if node["ca_hash"] and node["ca_hash"] != cluster["node"]["ca_hash"]:
        message = f"it belongs to another cluster, {node['server'] or 'by its authority'}. Clear it with {RESET} first."
        return "", [finding(name, "other-cluster", message)]
    if host["role"] != CONTROL_PLANE and (node["role"] == CONTROL_PLANE or (known and known["control_plane"])):
        return "", [finding(name, "role", "it is a control plane of this cluster, and the inventory says worker.")]
    if known is None:
        return (CLEAN if _used(look) else JOIN), []
    if not _used(look):
        message = f"the cluster has a Node {host['node_name']}, and this host is new. First {RESET} --limit {name}."
        return "", [finding(name, "name-taken", message)]
    if host["role"] == CONTROL_PLANE:
        return _control_plane(host, look, known, cluster)
    return MEMBER, list(_kubelet(host, known))


def _control_plane(
    host: Host, look: Mapping[str, Any], known: Mapping[str, Any], cluster: Cluster
) -> tuple[str, list[Finding]]:
    """Its Node gets the label near the end of a join: without it, the join was cut off."""
    if not known["control_plane"]:
        return CLEAN, []
    member = next((member for member in cluster["etcd"]["members"] if member["name"] == host["node_name"]), None)
    if member and not member["learner"] and look["node"]["role"] == CONTROL_PLANE:
        return MEMBER, list(_kubelet(host, known))
    state = "a learner of etcd" if member else "no member of etcd"
    message = f"it is a control plane, and {state}. Clear it with {RESET} --limit {host['name']}, then run again."
    return "", [finding(host["name"], "half-control-plane", message)]


def _kubelet(host: Host, known: Mapping[str, Any]) -> Iterable[Finding]:
    if known["kubelet_version"] and known["kubelet_version"] != host["kubernetes_version"]:
        yield finding(
            host["name"],
            "other-kubelet",
            f"its kubelet is {known['kubelet_version']}, the inventory says {host['kubernetes_version']}: "
            f"{UPGRADE} moves it.",
        )
