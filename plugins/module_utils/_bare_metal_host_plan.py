# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Hosts to be registered: what is wrong with them, what will be done, what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._bare_metal_host_hardware import check_expected
from ._bare_metal_host_rules import check_wish
from ._bare_metal_host_twins import Claim, check_twins
from ._bare_metal_host_wish import HINTS, HostWish
from ._objects import close_matches, listed
from ._preflight import Finding

_PLAN_HEADS = ("host", "BMC", "boot MAC", "the BMC says", "now", "what will be done")
_END_HEADS = ("host", "now", "hardware", "labels", "what is left")
_LONGEST = 60  # of what is left, in the table; all of it is in the message of the failure
Rows = Sequence[Mapping[str, Any]]


def check_rows(rows: Rows, live: Rows) -> list[str]:
    """All that is wrong with the hosts themselves, with each other, and beside those on the server."""
    return list(dict.fromkeys(str(found) for found in _findings(rows, live)))


def without_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an inventory leaves empty is not said at all."""
    kept = {key: without_empty(value) if isinstance(value, Mapping) else value for key, value in row.items()}
    return {key: value for key, value in kept.items() if value not in ("", None, {})}


def _findings(rows: Rows, live: Rows) -> Iterator[Finding]:
    wishes = [(HostWish.from_params(row), row) for row in map(without_empty, rows)]
    for wish, row in wishes:
        if not wish.bmc:
            yield Finding(f"{wish.ref} bmc.address", "it is missing")
        yield from check_wish(wish)
        for said in check_expected(row.get("expected") or {}):
            yield Finding(f"{wish.ref} expected", said)
        for hint in wish.spec.get("root_device_hints") or {}:
            if hint not in HINTS:
                yield Finding(f"{wish.ref} root_device_hints", f"there is no {hint!r}{close_matches(hint, HINTS)}")
    own = [Claim.of(f"{w.namespace}/{w.name}", str(w.bmc.get("address") or ""), w.mac) for w, _row in wishes]
    titles = {claim.title for claim in own}
    yield from check_twins(own, [claim for claim in _live(live) if claim.title not in titles])


def _live(live: Rows) -> list[Claim]:
    return [
        Claim.of(
            f"{host['namespace']}/{host['name']}",
            str(host.get("bmc_address") or ""),
            str(host.get("boot_mac_address") or ""),
            live=True,
        )
        for host in live
    ]


def plan_registration(rows: Rows, live: Rows, bmcs: Mapping[str, Any], tried: Mapping[str, Any]) -> dict[str, Any]:
    """What the BMCs and the dry runs say, host by host: findings, notes, table, and whether there is work."""
    there = {(host["namespace"], host["name"]): host for host in live}
    findings, notes, table = [], [], [_PLAN_HEADS]
    work = False
    for row in rows:
        name, now = row["name"], there.get((row["namespace"], row["name"]))
        bmc, dry = bmcs.get(name) or {}, tried.get(name) or {}
        findings += _told(name, bmc, "block") + _refusals(name, bmc, dry)
        notes += _told(name, bmc, "warn")
        step = _step(row, now, dry)
        work = work or step != "nothing"
        mac, place = row.get("boot_mac_address") or "-", _place(str((row.get("bmc") or {}).get("address") or ""))
        table.append((name, place, mac, _said(bmc), now["message"] if now else "-", step))
    return {"findings": findings, "notes": notes, "table": lined(table), "has_work": work}


def _place(address: str) -> str:
    """Driver and host; the path of the system makes the table too wide."""
    return "/".join(address.split("/")[:3]) or "-"


def _told(name: str, bmc: Mapping[str, Any], status: str) -> list[str]:
    found = [check for check in bmc.get("checks") or [] if check["status"] == status]
    return [f"{name}: {check['id']}: {check['message']} Remedy: {check['remedy']}" for check in found]


def _refusals(name: str, bmc: Mapping[str, Any], dry: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {part['msg']}" for part in (bmc, dry) if _has_failed(part)]


def _has_failed(part: Mapping[str, Any]) -> bool:
    """The role lets the tasks of all hosts pass, so ``failed`` does not tell."""
    return "msg" in part and part.get("outcome") not in ("done", "waiting")


def _step(row: Mapping[str, Any], now: Mapping[str, Any] | None, dry: Mapping[str, Any]) -> str:
    """Labels come last, when the hardware was seen: no machine shall take a host that is not what was bought."""
    steps = []
    if now is None:
        steps.append("register (boots it, cleans its disks' metadata)")
        if row.get("externally_provisioned"):
            steps = ["register as it is"]
    elif dry.get("changes"):
        steps.append("change")
    if not is_labelled(row, now):
        steps.append("label")
    return ", ".join(steps) or "nothing"


def is_labelled(row: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    """Whether a host has all labels that it shall have."""
    wanted, held = row.get("labels") or {}, (now or {}).get("labels") or {}
    return all(held.get(key) == str(value) for key, value in wanted.items())


def _said(bmc: Mapping[str, Any]) -> str:
    if not bmc.get("checks"):
        return "(not asked)"
    if bmc.get("blocked"):
        return listed(bmc["blocked"])
    if not bmc.get("asked"):
        return "(IPMI is not asked)"
    system = bmc.get("system") or {}
    words = [system.get("manufacturer"), system.get("model"), f"power {system.get('power_state')}"]
    return ", ".join(str(word) for word in words if word)


def report_registration(rows: Rows, found: Mapping[str, Any]) -> dict[str, Any]:
    """What came of it: ``good`` are the names that may be labelled; ``left`` what is to be done, by host."""
    there = {host["name"]: host for host in found.get("hosts") or []}
    missing, table, left, good = found.get("not_arrived") or {}, [_END_HEADS], {}, []
    for row in rows:
        name, host = row["name"], there.get(row["name"])
        wrong = [missing[name]] if name in missing else list((host or {}).get("findings") or [])
        if host is None and not wrong:
            wrong = ["it is not there"]
        if wrong:
            left[name] = wrong
        else:
            good.append(name)
        labels = "-" if not row.get("labels") else "yes" if is_labelled(row, host) else "not yet"
        told = wrong[0] if wrong else "nothing"
        short = told if len(told) <= _LONGEST else f"{told[: _LONGEST - 3]}..."
        table.append((name, (host or {}).get("message", "-"), _hardware(host), labels, short))
    return {"table": lined(table), "left": left, "good": good}


def _hardware(host: Mapping[str, Any] | None) -> str:
    seen = (host or {}).get("hardware")
    if not seen:
        return "(not inspected)"
    memory = int(seen.get("memory_mib") or 0) // 1024
    return f"{seen.get('cpus')} CPUs, {memory} GiB, {len(seen['disks'])} disks, {len(seen['nics'])} NICs"


def lined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with columns of one width."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
