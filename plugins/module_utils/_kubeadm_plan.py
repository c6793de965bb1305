# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether a kubeadm cluster may go to another version, and what each node needs for it. Pure.

kubeadm's own plan judges nothing: it plans two minor versions at once, and beside a dead member of etcd. So the
version skew policy of Kubernetes and the health of the cluster are judged here, from what the API server says now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._errors import InvalidInput
from ._kubeadm_gate import unmet
from ._versions import Version, parse_version

Facts = Mapping[str, Any]
NODE_SKEW = 3  # minor versions that a kubelet may be behind (version skew policy)
FULL = 0.8  # of etcd's quota
CONTROL_PLANE, KUBELET = "control_plane", "kubelet"


def findings_of(facts: Facts, target: Version) -> list[dict[str, str]]:
    """What stands against the upgrade: check and message. Nothing was changed when one is there."""
    live = _lowest(facts)
    found = [*_distance(live, target), *_nodes(facts["nodes"], target), *_etcd(facts)]
    return [*found, *_certificates(facts["certificates"]), *_budgets(facts)]


def steps_of(facts: Facts, target: Version) -> list[dict[str, Any]]:
    """What each node needs, in order: control planes, then their kubelets, then workers; nothing when all is done."""
    wanted = str(target)
    nodes = facts["nodes"]
    cluster = facts["cluster"]
    half = cluster["kubernetes_version"] != wanted or cluster["kube_proxy_version"] not in ("", wanted)
    steps = [
        {"node": node["name"], "step": CONTROL_PLANE, "from": node["control_plane_version"]}
        for node in nodes
        if node["control_plane"] and node["control_plane_version"] != wanted
    ]
    if half and not steps:  # cut off after the last static pod and before the rest: kubeadm does that again on any
        steps = [{"node": facts["node"]["name"], "step": CONTROL_PLANE, "from": wanted}]
    late = [node for node in nodes if node["kubelet_version"] != wanted or node["cordoned_by_us"]]
    late.sort(key=lambda node: (not node["control_plane"], node["name"]))
    return steps + [{"node": node["name"], "step": KUBELET, "from": node["kubelet_version"]} for node in late]


def is_begun(facts: Facts, target: Version) -> bool:
    """Whether an upgrade to this version is under way: something has moved, and not all."""
    wanted = str(target)
    versions = {node["kubelet_version"] for node in facts["nodes"]}
    for node in facts["nodes"]:
        versions.update(node["control_plane_version"].split("/") if node["control_plane_version"] else [])
    return wanted in versions and bool(steps_of(facts, target))


def _lowest(facts: Facts) -> Version:
    """The lowest version of an API server: how far the target is away is told from there."""
    told = [part for node in facts["nodes"] for part in node["control_plane_version"].split("/") if part]
    versions = []
    for text in [*told, facts["node"]["api"]["version"]]:
        try:
            versions.append(parse_version(text.partition("+")[0]))
        except InvalidInput:
            continue
    if not versions:
        raise InvalidInput("no API server tells its version")
    return min(versions)


def _distance(live: Version, target: Version) -> Iterable[dict[str, str]]:
    if target < live:
        yield _finding("version-lower", f"{target} is lower than the live {live}: Kubernetes and etcd only go up.")
    elif target.major != live.major or target.minor > live.minor + 1:
        yield _finding(
            "version-skip",
            f"from {live} to {target} leaves minor versions out, which kubeadm cannot do. Go to the newest "
            f"v{live.major}.{live.minor + 1} first, then one after the other.",
        )


def _nodes(nodes: Sequence[Mapping[str, Any]], target: Version) -> Iterable[dict[str, str]]:
    for node in nodes:
        if not node["ready"]:
            yield _finding("node-ready", f"Node {node['name']} is not Ready: {node['message']}")
        if node["cordoned"] and not node["cordoned_by_us"]:
            yield _finding(
                "cordoned",
                f"Node {node['name']} is cordoned, and not by a run of this collection. Uncordon it, or skip this "
                "check: then it is upgraded and stays cordoned.",
            )
        version = _kubelet(node)
        if version > target or version.minor < target.minor - NODE_SKEW:
            yield _finding(
                "kubelet-skew",
                f"Node {node['name']} has kubelet {version}: with {target} kubelets may be {NODE_SKEW} minor versions "
                "older, never newer.",
            )


def _kubelet(node: Mapping[str, Any]) -> Version:
    return parse_version(node["kubelet_version"].partition("+")[0], f"kubelet of {node['name']}")


def _etcd(facts: Facts) -> Iterable[dict[str, str]]:
    for cause in unmet(facts, ["api_ready", "etcd_healthy"]):
        yield _finding(
            "etcd", f"{cause}. Each step takes one control plane away for a minute; all others have to be well."
        )
    etcd = facts["etcd"]
    for member in etcd["members"]:
        if member["quota"] and (member["db_size"] or 0) > FULL * member["quota"]:
            yield _finding(
                "etcd-full",
                f"etcd member {member['name']} uses {member['db_size'] >> 20} of {member['quota'] >> 20} MiB: compact "
                "and defragment it first, or raise quota-backend-bytes.",
            )
    versions = {member["version"] for member in etcd["members"] if member["version"]}
    if len(versions) > 1 and facts["cluster"]["kubernetes_version"] == _common(facts):
        yield _finding("etcd-versions", f"members of etcd differ: {', '.join(sorted(versions))}.")


def _common(facts: Facts) -> str:
    """The one version of all control planes; ``''`` while an upgrade is under way."""
    versions = {node["control_plane_version"] for node in facts["nodes"] if node["control_plane"]}
    return versions.pop() if len(versions) == 1 else ""


def _certificates(certificates: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    for row in certificates:
        if row["days"] < 0 and not row["missing"]:
            yield _finding("certificates", f"certificate {row['name']} expired on {row['expires']}: renew it first.")
        elif row["authority"] and row["days"] < 30 and not row["missing"]:
            yield _finding(
                "certificates", f"the authority {row['name']} expires in {row['days']} days: replace it first."
            )


def _budgets(facts: Facts) -> Iterable[dict[str, str]]:
    for budget in facts["budgets"]:
        yield _finding(
            "budgets",
            f"PodDisruptionBudget {budget['namespace']}/{budget['name']} lets none of {budget['pods']} pods go "
            f"({budget['healthy']} healthy, {budget['wanted']} wanted): a node with one of them cannot be drained.",
        )


def _finding(check: str, message: str) -> dict[str, str]:
    return {"check": check, "message": message}


def table_of(facts: Facts, target: Version, steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """For a person, before anything is done."""
    quorum = facts["etcd"]["quorum"]
    lowest = min([_lowest(facts), *(_kubelet(node) for node in facts["nodes"])])
    head = (
        f"cluster {facts['cluster']['name']}: {lowest} -> {target}, seen through "
        f"{facts['node']['name']}; etcd {quorum['healthy']} of {quorum['voters']} healthy, can lose "
        f"{max(quorum['spare'], 0)}"
    )
    words = {CONTROL_PLANE: "static pods", KUBELET: "drain, kubelet"}
    rows = [
        f"{number}/{len(steps)}  {step['node']:<12}  {words[step['step']]:<14}  {step['from'] or '(unknown)'} -> "
        f"{target}"
        for number, step in enumerate(steps, 1)
    ]
    return [head, *(rows or [f"all nodes are at {target}: nothing is to be done"])]
