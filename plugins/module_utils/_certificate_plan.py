# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which control planes need new certificates, in which order, and whether they may have them now. Pure.

While the cluster serves, one control plane after the other is restarted, each only when all of etcd is well. Where
nothing serves because certificates have expired, they are renewed without asking the cluster: nobody can be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_wish import CONTROL_PLANE, Finding, Host, finding
from ._kubeadm_gate import unmet

Look = Mapping[str, Any]  # what kubeadm_certificates returned in check mode; or `unreachable`, why
Cluster = Mapping[str, Any]  # what kubeadm_info returned on the control plane that serves; empty without one
FIRST, GATED = "first", "gated"  # renewed before the others and whatever etcd says of it; one after the other, gated
AUTHORITY = 365  # days; certificates are issued for a year, and are worth nothing beyond their authority
OFF = "docs/bare-metal-renew.md"


def plan_renewal(
    hosts: Sequence[Host], looks: Mapping[str, Look], serving: Sequence[str], cluster: Cluster
) -> dict[str, Any]:
    """``steps`` by host, ``findings``, ``notes``; ``serves`` tells whether gates are possible."""
    control_planes = [host["name"] for host in hosts if host["role"] == CONTROL_PLANE and host["name"] in looks]
    reached = {name: looks[name] for name in control_planes if "unreachable" not in looks[name]}
    work = {name: look for name, look in reached.items() if _has_work(look)}
    serves = bool(serving)
    steps = {name: FIRST if not serves or is_out_of_order(look) else GATED for name, look in work.items()}
    findings = [*_unreachable(control_planes, reached, serves=serves), *_down(serves, work)]
    for name, look in work.items():
        findings += [finding(name, "authority", message) for message in look["obstacles"]]
    if work and serves:
        findings += [*_kubelets(hosts, reached, "kubelet"), *_etcd(hosts, steps, cluster)]
    notes = [*([] if serves else _kubelets(hosts, reached, "kubelet")), *_workers(hosts, looks), *_authorities(reached)]
    return {"steps": steps, "findings": findings, "notes": notes, "serves": serves, "has_work": bool(work)}


def _has_work(look: Look) -> bool:
    return bool(look["due"] or look["stale"] or look["parked"])


def is_out_of_order(look: Look) -> bool:
    """Whether something of this host is down already: a certificate has expired, or a static pod has no manifest."""
    return bool(look["parked"]) or any(row["name"] in look["due"] and row["days"] < 0 for row in look["certificates"])


def _unreachable(names: Sequence[str], reached: Mapping[str, Look], *, serves: bool) -> Iterable[Finding]:
    """Without the API a majority is enough to get it back; while it serves, none is left behind."""
    lost = [name for name in names if name not in reached]
    if not lost or (not serves and len(reached) > len(names) // 2):
        return
    why = "etcd has no quorum without them" if not serves else "the next step would take a second member away"
    yield finding(
        "",
        "unreachable",
        f"{', '.join(lost)} cannot be reached, and {why}. Switch them on, or take them out for good first with "
        "playbooks/bare_metal/reset.yml.",
    )


def _down(serves: bool, work: Mapping[str, Look]) -> Iterable[Finding]:
    if not serves and not work:
        yield finding(
            "",
            "no-control-plane",
            "no control plane serves the API, and no certificate is due on those that were reached: the cause is "
            "another one. See crictl ps -a and journalctl -u kubelet on them.",
        )


def _kubelets(hosts: Sequence[Host], looks: Mapping[str, Look], check: str) -> Iterable[Finding]:
    for host in hosts:
        kubelet = looks.get(host["name"], {}).get("kubelet") or {}
        if kubelet.get("days") is not None and kubelet["days"] < 0:
            yield finding(
                host["name"],
                check,
                f"the kubelet's own certificate expired on {kubelet['expires']}, so that it cannot renew it any "
                f"more: the Node stays NotReady. It is no certificate of kubeadm; what to do is in {OFF}.",
            )


def _workers(hosts: Sequence[Host], looks: Mapping[str, Look]) -> Iterable[Finding]:
    return _kubelets([host for host in hosts if host["role"] != CONTROL_PLANE], looks, "kubelet")


def _etcd(hosts: Sequence[Host], steps: Mapping[str, str], cluster: Cluster) -> Iterable[Finding]:
    """All members are well, but those that are put in order first."""
    first = {host["node_name"] for host in hosts if steps.get(host["name"]) == FIRST}
    first |= {host["address"] for host in hosts if steps.get(host["name"]) == FIRST}
    for cause in unmet({"problems": {}, **cluster}, ["etcd_healthy"]):
        if not any(_names(cause, word) for word in first):
            yield finding("", "etcd", f"{cause}. Each step takes one member away for a minute; all have to be well.")


def _names(cause: str, word: str) -> bool:
    """Whether a sentence has this name or address, and not only as a part of another."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-]|\.\w)", cause) is not None


def _authorities(looks: Mapping[str, Look]) -> Iterable[Finding]:
    found = [row for look in looks.values() for row in look["certificates"] if row["authority"]]
    rows = {row["name"]: row for row in sorted(found, key=lambda row: int(row["days"]), reverse=True)}
    for name, row in rows.items():
        if not row["missing"] and row["days"] < AUTHORITY:
            yield finding(
                "",
                "authority-ends",
                f"the authority {name} itself ends in {row['days']} days, on {row['expires']}, and all that it "
                "signed with it. Authorities are not replaced here; plan that by kubeadm's documentation of "
                "certificates.",
            )
