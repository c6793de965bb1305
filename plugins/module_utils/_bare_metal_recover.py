# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Whether a cluster whose control planes are lost may be begun again from a backup, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_hosts import Looks
from ._bare_metal_restore import (
    CREATE,
    Tried,
    Wish,
    all_reached,
    check_age,
    check_path,
    check_snapshot,
    control_planes_of,
)
from ._bare_metal_wish import Finding, Host, finding

RESTORE = "playbooks/bare_metal/restore.yml"
RESET = "playbooks/bare_metal/reset.yml"
KEY_FILES = ("ca", "sa", "front-proxy-ca", "etcd/ca")  # without these no kubelet and no token is known to the cluster


def plan_recover(hosts: Sequence[Host], looks: Looks, wish: Wish, tried: Tried) -> dict[str, Any]:
    """``begins``: the host that gets the data; ``goes_on``, ``has_work`` and ``findings``.

    Without work the cluster serves, and was recovered from this very file: what is left is joining the others.
    """
    names = control_planes_of(hosts)
    seen = {name: looks[name] for name in names if "restore" in looks.get(name, {})}
    begun = [name for name, look in seen.items() if look["restore"]["open"]]
    done = [name for name, look in seen.items() if _recovered(look, wish)]
    findings = list(all_reached(names, looks))
    if begun:
        findings += _begun(seen, begun)
    elif not done:
        findings += [found for name, look in seen.items() for found in _lost(name, look)]
        findings += _file(wish)
    if tried and not done:
        findings += check_snapshot(hosts[0], wish, tried, exact=True)
        findings += _keys(tried, wish)
    begins = [*begun, *done, *names, ""][0]
    entry = (seen.get(begins, {}).get("restore", {}).get("open") or {}) if begun else {}
    token = entry.get("token", wish["token"])
    return {"begins": begins, "token": token, "goes_on": bool(begun), "has_work": not done, "findings": findings}


def _recovered(look: Mapping[str, Any], wish: Wish) -> bool:
    """The file may be gone by now; that it serves and was recovered from something is enough without one."""
    last = look["restore"]["last"] or {}
    if not look["node"]["api"]["ready"] or not last or look["restore"]["open"]:
        return False
    return not wish["sha256"] or last["sha256"] == wish["sha256"]


def _begun(seen: Looks, begun: Sequence[str]) -> Iterable[Finding]:
    if len(begun) > 1 or seen[begun[0]]["restore"]["open"].get("token", "").startswith("restore-"):
        message = f"a restore was begun on {', '.join(begun)} and has not ended. Finish that one first: {RESTORE}"
        yield finding("", "restore-open", message)
    for name, look in seen.items():
        if name not in begun and look["node"]["api"]["ready"]:
            yield finding(
                name, "serves", f"it serves, beside {begun[0]} that is being recovered: two clusters. Switch one off."
            )


def _lost(name: str, look: Mapping[str, Any]) -> Iterable[Finding]:
    node = look["node"]
    if node["api"]["ready"]:
        yield finding(
            name, "serves", f"its API server serves: the control plane is not lost. {CREATE} adds control planes."
        )
    elif node["etcd_data"]:
        yield finding(
            name,
            "holds-data",
            "it holds data of etcd: the control plane is not lost whole. To go back to a snapshot on the same "
            f"hosts: {RESTORE}. If nothing on it is wanted: {RESET}.",
        )
    elif node["traces"]:
        traces = ", ".join(node["traces"][:3])
        yield finding(name, "leftover", f"it was a node before: {traces}. Clear it with {RESET} --limit {name} first.")


def _file(wish: Wish) -> Iterable[Finding]:
    if not wish["snapshot"]:
        message = (
            "say which backup: -e etcd_restore_snapshot=PATH, a file on the controller with its archive "
            "of certificates."
        )
        yield finding("", "no-snapshot", message)
        return
    yield from check_path(wish)
    yield from check_age({**wish["facts"], "path": wish["snapshot"]}, wish)
    if not wish["archive_there"]:
        yield finding(
            "",
            "no-certificates",
            f"the controller has no file {wish['archive']}. Without the authorities in it no kubelet and no "
            f"token would be known "
            "to the cluster. Name it: -e etcd_restore_certificates=PATH",
        )
    lacks = [name for name in KEY_FILES if not _has(wish["archive_names"], name)] if wish["archive_there"] else []
    if lacks:
        message = (
            f"{wish['archive']} lacks keys: {', '.join(lacks)}. Take the archive that was saved beside the snapshot."
        )
        yield finding("", "certificates-lack", message)


def _has(names: Sequence[str], key: str) -> bool:
    return f"etc/kubernetes/pki/{key}.key" in {name.lstrip("./") for name in names}


def _keys(tried: Tried, wish: Wish) -> Iterable[Finding]:
    """What the API server encrypted it alone reads, with the configuration that names the key."""
    plain = [name for name in wish["archive_names"] if "/pki/" not in name and "/manifests/" not in name]
    if tried["encrypted"] and not [name for name in plain if name.endswith((".yaml", ".yml", ".json"))]:
        yield finding(
            "",
            "encrypted",
            "its Secrets are encrypted, and the archive has no configuration beside certificates and manifests: "
            "without the key "
            "they are lost. Put the encryption configuration on the host that begins, or into the archive.",
        )
