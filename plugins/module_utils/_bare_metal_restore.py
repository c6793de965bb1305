# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether a snapshot may be restored on the control planes of an inventory, and what is lost by it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_wish import CONTROL_PLANE, Finding, Host, finding
from ._versions import parse_version

Wish = Mapping[str, Any]  # snapshot (path, or empty), on (its host; empty: the controller), max_age, again, token
Tried = Mapping[str, Any]  # what etcd_snapshot_info returned; empty where the file has not been tried yet
RECOVER = "playbooks/bare_metal/recover.yml"
BACKUP = "playbooks/bare_metal/backup.yml"
CREATE = "playbooks/bare_metal/create.yml"
SAME = ("cluster_name", "endpoint", "pod_subnet", "service_subnet")


def control_planes_of(hosts: Sequence[Host]) -> list[str]:
    return [host["name"] for host in hosts if host["role"] == CONTROL_PLANE]


def choose(hosts: Sequence[Host], looks: Looks, wish: Wish) -> dict[str, Any]:
    """``host`` (empty: the controller) and ``path`` of the snapshot, ``token``, ``goes_on`` and ``findings``."""
    names = control_planes_of(hosts)
    seen = {name: look for name, look in looks.items() if name in names and "restore" in look}
    begun = {name: look["restore"]["open"] for name, look in seen.items() if look["restore"]["open"]}
    findings = [*all_reached(names, looks), *_states(seen), *_one_restore(begun, wish), *check_path(wish)]
    if begun:
        first = next(iter(begun))
        path, token = begun[first]["snapshot"], begun[first]["token"]
        return {"host": first, "path": path, "token": token, "goes_on": True, "findings": findings}
    source = {"token": wish["token"], "goes_on": False, "findings": findings}
    if wish["snapshot"]:
        return {"host": wish["on"], "path": wish["snapshot"], **source}
    found = sorted((backup["taken"], name, backup["path"]) for name, backup in _backups(seen))
    if not found:
        findings.append(finding("", "no-snapshot", _NO_SNAPSHOT.format(", ".join(names))))
        return {"host": "", "path": "", **source}
    return {"host": found[-1][1], "path": found[-1][2], **source}


_NO_SNAPSHOT = (
    "no backup is on {}. Give one: -e etcd_restore_snapshot=PATH on the controller, or with -e "
    "etcd_restore_on=HOST on that host."
)


def _backups(seen: Looks) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return ((name, backup) for name, look in seen.items() for backup in look["restore"]["backups"])


def all_reached(names: Sequence[str], looks: Looks) -> Iterable[Finding]:
    """A control plane that is not seen may hold the data of before, and serve it."""
    for name in names:
        if name not in looks:
            yield finding(name, "limited", "it is left out by --limit; this is done on all control planes at once.")
        elif "unreachable" in looks[name]:
            yield finding(
                name,
                "unreachable",
                f"Ansible cannot reach it: {looks[name]['unreachable']}. Bring it up; if it is gone for good, keep it "
                f"switched off, take it out of the inventory and run again. {CREATE} adds another one afterwards.",
            )


def _states(seen: Looks) -> Iterable[Finding]:
    for name, look in seen.items():
        if not look["restore"]["member"]["name"]:
            yield finding(
                name,
                "no-etcd",
                "it has no manifest of etcd, neither in its place nor put away: it is no control plane now. If "
                "all are like "
                f"that, {RECOVER}; if it alone is, take it out of the inventory, restore, and add it with {CREATE}.",
            )
        elif not look["node"]["kubelet_active"]:
            yield finding(
                name, "kubelet", "its kubelet is not active, and starts and stops etcd: systemctl start kubelet"
            )


def _one_restore(begun: Mapping[str, Mapping[str, Any]], wish: Wish) -> Iterable[Finding]:
    tokens = {entry["token"]: name for name, entry in begun.items()}
    if len(tokens) > 1:
        said = ", ".join(f"{token} ({name})" for token, name in tokens.items())
        message = (
            f"two restores are open: {said}. Remove /etc/kubernetes/restore/open.json of the older one on its host."
        )
        yield finding("", "two-restores", message)
    for name, entry in list(begun.items())[:1]:
        if wish["snapshot"] and _base(wish["snapshot"]) != _base(entry["snapshot"]):
            message = (
                f"a restore from {entry['snapshot']} was begun at {entry['begun']} and has not ended. Finish that "
            )
            yield finding(name, "restore-open", f"{message}one first: the same command without etcd_restore_snapshot.")


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def judge(hosts: Sequence[Host], looks: Looks, wish: Wish, source: Mapping[str, Any], tried: Tried) -> dict[str, Any]:
    """``findings``, and ``has_work``: false where this very snapshot has been restored on all of them."""
    findings = list(source["findings"])
    if tried and not source["goes_on"]:
        findings += check_snapshot(hosts[0], wish, tried, exact=False)
    names = control_planes_of(hosts)
    last = [looks.get(name, {}).get("restore", {}).get("last") or {} for name in names]
    same = bool(tried) and all(entry.get("sha256") == tried["snapshot"]["sha256"] for entry in last)
    return {"findings": findings, "has_work": source["goes_on"] or wish["again"] or not same}


def check_snapshot(host: Host, wish: Wish, tried: Tried, *, exact: bool) -> Iterable[Finding]:
    """Whether it is this cluster's, whole and young enough; with ``exact`` also of the very version."""
    facts, held = tried["snapshot"], tried["cluster"]
    yield from check_age(facts, wish)
    if tried["missing"]:
        message = f"{facts['path']} lacks {', '.join(tried['missing'])}: it is no whole cluster. Take another one."
        yield finding("", "snapshot-lacks", message)
    for key in SAME:
        found = held["name" if key == "cluster_name" else key]
        if found and found != host[key]:
            message = (
                f"it holds a cluster with {found}, and bare_metal_{key} is {host[key]}. Take a backup of this cluster."
            )
            yield finding("", f"other-{key.replace('_', '-')}", message)
    yield from _version(host["kubernetes_version"], held["kubernetes_version"], exact)


def check_age(facts: Mapping[str, Any], wish: Wish) -> Iterable[Finding]:
    """``facts``: path, taken, and age in seconds, which is unknown for a file of another name."""
    if facts["age"] is not None and facts["age"] > wish["max_age"]:
        yield finding(
            "",
            "snapshot-old",
            f"{facts['path']} was taken at {facts['taken']}, {ago(facts['age'])}: all that was written since is lost. "
            f"To restore it all the same: -e etcd_restore_max_age={facts['age'] + 3600}",
        )


def check_path(wish: Wish) -> Iterable[Finding]:
    """Roles look for other paths in folders of their own."""
    if wish["snapshot"] and not wish["snapshot"].startswith("/"):
        yield finding(
            "", "snapshot-path", f"etcd_restore_snapshot is {wish['snapshot']}, wanted a path that begins with /"
        )


def _version(wanted: str, found: str, exact: bool) -> Iterable[Finding]:
    if not found:
        return
    ours, held = parse_version(wanted, "bare_metal_kubernetes_version"), parse_version(found, "the snapshot")
    if (ours.major, ours.minor) != (held.major, held.minor) or (exact and wanted != found):
        yield finding(
            "",
            "other-version",
            f"it is of Kubernetes {found}, and bare_metal_kubernetes_version is {wanted}. A snapshot is "
            f"restored under the "
            "version that wrote it; set that, with its programs on the hosts.",
        )


def ago(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return f"{seconds} seconds ago"
