# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What there is: BareMetalHosts with their hardware, by one LIST each; and a wait for many of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._bare_metal_host_hardware import check_expected, check_hardware, describe_hardware, hardware_of
from ._bare_metal_host_progress import details_of, hint_of, hopeless, judge_host, where_it_is
from ._bare_metal_host_rules import consumer_of
from ._bare_metal_host_spare import propose_rollout, why_not_spare
from ._bare_metal_host_wish import DETACHED, HARDWARE_KIND, HOST_API, HOST_GROUP, HOST_KIND, PAUSED
from ._errors import CapiError, Stalled, Unreachable
from ._objects import Object, annotations_of, content_hash, dig, is_deleting, labels_of, listed, name_of, namespace_of
from ._outcome import Outcome
from ._preflight import Finding, refuse
from ._progress import Progress
from ._session import Session
from ._wait import wait_until

_CONDITION = ("type", "status", "reason", "message")


@dataclass
class _Wait:
    """Hosts that are waited for: those there are now, and why each of the others is not where it shall be."""

    names: Sequence[str]
    goal: str
    hosts: list[Object] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def read_bare_metal_hosts(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of bare_metal_host_info. With wait_for it raises when a host does not arrive, all of them in details."""
    expected = params.get("expected") or {}
    refuse(_check(params, expected))
    if not params.get("wait_for"):
        return Outcome(values=_values(session, params, _listed(session, params), expected))
    wait = _Wait(params["names"], params["wait_for"])
    try:
        _await(session, params, wait)
    except Unreachable:
        raise
    except CapiError as error:
        values = _values(session, params, wait.hosts, expected)
        raise type(error)(str(error), **{**error.details, **values, "not_arrived": wait.missing}) from error
    return Outcome(values={**_values(session, params, wait.hosts, expected), "not_arrived": {}})


def _check(params: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[Finding]:
    for name, wish in expected.items():
        if not isinstance(wish, Mapping):
            yield Finding(f"expected.{name}", f"wanted are keys and values, it is {wish!r}")
        else:
            yield from (Finding(f"expected.{name}", said) for said in check_expected(wish))
    if params.get("wait_for"):
        yield from (Finding(key, "wait_for needs it") for key in ("names", "namespace") if not params.get(key))


def _listed(session: Session, params: Mapping[str, Any]) -> list[Object]:
    found = session.kube.list(HOST_API, HOST_KIND, params["namespace"], params.get("label_selector") or "")
    names = params.get("names") or []
    found = [host for host in found if not names or name_of(host) in names]
    return sorted(found, key=lambda host: (namespace_of(host), name_of(host)))


def _await(session: Session, params: Mapping[str, Any], wait: _Wait) -> None:
    """One LIST a look, however many hosts. One that is beyond hope does not keep the others from being awaited."""

    def look() -> Progress:
        wait.hosts = _listed(session, params)
        return judge_hosts(wait.hosts, wait.names, wait.goal, wait.missing)

    limits = {"timeout": params["wait_timeout"], "stall_timeout": params["stall_timeout"]}
    progress = wait_until(look, clock=session.clock, report=session.report, **limits)
    if wait.missing:
        told = "\n".join(f"- {name}: {why}" for name, why in wait.missing.items())
        raise Stalled(f"{progress.message}:\n{told}\nWhen that is put right, run the same command again.")


def judge_hosts(hosts: list[Object], names: Sequence[str], goal: str, missing: dict[str, str]) -> Progress:
    """How far many hosts have come; done when each has arrived or is beyond hope. ``missing`` says why one has not."""
    by_name = {name_of(host): host for host in hosts}
    found = {name: judge_host(by_name.get(name), goal, name) for name in names}
    lost = {name: hopeless(by_name.get(name), progress, 0) for name, progress in found.items()}
    missing.clear()
    for name, progress in found.items():
        if not progress.done:
            hint = lost[name] or (hint_of(by_name[name]) if name in by_name else "")
            missing[name] = "; ".join(filter(None, [progress.message.partition(": ")[2], hint]))
    waiting = [name for name in missing if not lost[name]]
    words = [f"{len(names) - len(missing)}/{len(names)} hosts {goal}"]
    words += [f"{name}: {missing[name]}" for name in waiting[:1]]
    stuck = listed([f"{name}: {missing[name]}" for name in waiting], 3)
    return Progress(not waiting, "; ".join(words), content_hash([p.key for p in found.values()]), stuck)


def _values(
    session: Session, params: Mapping[str, Any], hosts: list[Object], expected: Mapping[str, Any]
) -> dict[str, Any]:
    data: dict[tuple[str, str], Object] = {}
    if params["hardware"] and session.kube.versions(HOST_GROUP, HARDWARE_KIND):
        for item in session.kube.list(HOST_API, HARDWARE_KIND, params["namespace"]):
            data[namespace_of(item), name_of(item)] = item
    rows = []
    for host in hosts:
        details = hardware_of(host, data.get((namespace_of(host), name_of(host)))) if params["hardware"] else {}
        wanted = {**(expected.get("*") or {}), **(expected.get(name_of(host)) or {})}
        findings = list(check_hardware(host, details, wanted)) if params["hardware"] else []
        rows.append({**describe_host(host), "hardware": describe_hardware(details), "findings": findings})
    return {"hosts": rows, "rollout": propose_rollout(hosts), "server": session.kube.server}


def describe_host(host: Object) -> dict[str, Any]:
    """One host as the result tells it."""
    spec, reason = host.get("spec") or {}, why_not_spare(host)
    return {
        "name": name_of(host),
        "namespace": namespace_of(host),
        "uid": dig(host, "metadata", "uid"),
        "message": where_it_is(host),
        **details_of(host),
        "bmc_address": dig(spec, "bmc", "address"),
        "credentials_name": dig(spec, "bmc", "credentialsName"),
        "boot_mac_address": spec.get("bootMACAddress"),
        "online": bool(spec.get("online")),
        "externally_provisioned": bool(spec.get("externallyProvisioned")),
        "image": dig(host, "status", "provisioning", "image", "url") or None,
        "consumer": consumer_of(host) or None,
        "labels": dict(labels_of(host)),
        "paused": PAUSED in annotations_of(host),
        "detached": DETACHED in annotations_of(host),
        "deleting": is_deleting(host),
        "conditions": [{k: c.get(k) for k in _CONDITION} for c in dig(host, "status", "conditions", default=[])],
        "spare": not reason,
        "not_spare_reason": reason or None,
    }
