# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One BareMetalHost with the Secret of its BMC: registered, changed, deleted, detached, paused, rebooted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ._bare_metal_host_progress import (
    detachment,
    details_of,
    events_of,
    failures,
    hopeless,
    judge_host,
    where_it_is,
)
from ._bare_metal_host_rules import (
    check_asked,
    check_host_absent,
    check_host_change,
    check_mac_kept,
    check_wish,
    consumer_of,
)
from ._bare_metal_host_twins import Claim, check_twins, live_claims
from ._bare_metal_host_wish import (
    DETACHED,
    HOST_API,
    HOST_KIND,
    INSPECT,
    OURS,
    PAUSED,
    REBOOT,
    HostWish,
    host_object,
    secret_object,
)
from ._errors import CapiError, Failed, NotFound, Stalled
from ._objects import Object, annotations_of, cleaned, dig, is_deleting
from ._outcome import Outcome
from ._preflight import Finding, refuse
from ._progress import Progress
from ._session import Session
from ._wait import wait_until

_GOALS = {"absent": "gone", "paused": "", "resumed": ""}  # of the other states their own name


def ensure_bare_metal_host(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of the module bare_metal_host. Raises InvalidInput with every finding before the first write."""
    wish = HostWish.from_params(params)
    live = session.kube.get(wish.ref)
    if wish.state == "present":
        before, after = _present(session, wish, live, params)
    elif wish.state == "absent":
        before, after = _absent(session, wish, live)
    else:
        before, after = _annotated(session, wish, live, params)
    goal = params["wait_for"] if wish.state == "present" else _GOALS.get(wish.state, wish.state)
    values = _arrived(session, wish, goal, params, live if before != after else None)
    changes = [title for title in {**before, **after} if before.get(title) != after.get(title)]
    return Outcome(before=before, after=after, values={**values, "changes": changes})


def _present(
    session: Session, wish: HostWish, live: Object | None, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Secret and host, before and after. Dry runs come first: a webhook shall speak before the Secret is written."""
    kube, force = session.kube, bool(params.get("force_conflicts"))
    item = host_object(wish, live)
    secret = kube.get(wish.secret_ref) if wish.bmc else None
    refuse(_findings(session, wish, item, live, secret, twins=params["check_duplicates"]))
    wanted = [(live, item)]
    if wish.makes_secret:
        wanted.insert(0, (secret, secret_object(wish)))
    planned = [(held, new, kube.apply(new, force=force, dry_run=True)) for held, new in wanted]
    refuse(check_mac_kept(wish, planned[-1][2], live))
    due = [(held, new) for held, new, dry in planned if held is None or cleaned(held) != cleaned(dry)]
    for held, new in due:
        session.report(f"{_title(new)}: {'would be ' if session.dry_run else ''}{'changed' if held else 'created'}")
    before = {_title(new): cleaned(held) for held, new in due if held}
    return before, _written(session, [new for _held, new in due], force=force)


def _findings(
    session: Session, wish: HostWish, item: Object, live: Object | None, secret: Object | None, *, twins: bool
) -> Iterator[Finding]:
    yield from check_wish(wish)
    yield from check_host_change(wish, item, live)
    if wish.bmc and not wish.makes_secret:
        lacks = [k for k in ("username", "password") if not dig(secret, "data", k)]
        if secret is None or lacks:
            found = f"it lacks {' and '.join(lacks)}" if secret else "it is not there"
            yield Finding(str(wish.secret_ref), f"{found}; make it first, or give username and password here")
    if twins:
        title = f"{wish.namespace}/{wish.name}"
        claims = live_claims(session.kube.list(HOST_API, HOST_KIND))
        wanted = Claim.of(title, str(wish.bmc.get("address") or ""), wish.mac)
        yield from check_twins([wanted], [c for c in claims if c.title != title])


def _written(session: Session, items: list[Object], *, force: bool) -> dict[str, Any]:
    """Apply what differs, the Secret first. An error after the first write does not say ``refused``."""
    done: dict[str, Any] = {}
    try:
        for item in items:
            done[_title(item)] = cleaned(session.kube.apply(item, force=force))
    except CapiError as error:
        if not done or session.dry_run or error.outcome != "refused":
            raise
        raise Failed(f"{error} Written before: {', '.join(done)}.", **error.details, changed=True) from error
    return done


def _absent(session: Session, wish: HostWish, live: Object | None) -> tuple[dict[str, Any], dict[str, Any]]:
    if live is None:
        return {}, {}
    refuse(check_host_absent(wish, live))
    if is_deleting(live):
        return {}, {}
    kept = dig(live, "status", "operationalStatus") == "detached"
    effect = "it is detached, so the machine stays as it is" if kept else "this cleans its disks and powers it off"
    session.report(f"{wish.ref}: {'would be ' if session.dry_run else ''}deleted; {effect}")
    session.kube.delete(wish.ref, uid=str(live["metadata"]["uid"]))
    return {str(wish.ref): cleaned(live)}, {}


def _annotated(
    session: Session, wish: HostWish, live: Object | None, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is asked for by an annotation. One that is there already is left as it is."""
    if live is None:
        raise NotFound(
            f"There is no {wish.ref} on {session.kube.server}. Nothing was changed; check name and namespace."
        )
    refuse(check_asked(wish, live))
    name, value = _annotation(wish.state, params)
    if (name in annotations_of(live)) == (value is not None):
        return {}, {}
    session.report(f"{wish.ref}: {'would be ' if session.dry_run else ''}{wish.state}; it is {where_it_is(live)}")
    body = {"metadata": {"uid": live["metadata"]["uid"], "annotations": {name: value}}}
    stored = session.kube.patch(wish.ref, body)
    return {str(wish.ref): cleaned(live)}, {str(wish.ref): cleaned(stored)}


def _annotation(state: str, params: Mapping[str, Any]) -> tuple[str, str | None]:
    """The annotation that stands for a state, and its value; None takes it off."""
    found: dict[str, tuple[str, str | None]] = {
        "detached": (DETACHED, detachment(params["detached_delete_action"])),
        "attached": (DETACHED, None),
        "paused": (PAUSED, OURS),
        "resumed": (PAUSED, None),
        "rebooted": (REBOOT, json.dumps({"mode": params["reboot_mode"]})),
        "reinspected": (INSPECT, ""),
    }
    return found[state]


def _arrived(
    session: Session, wish: HostWish, goal: str, params: Mapping[str, Any], written: Object | None
) -> dict[str, Any]:
    """Wait for the goal. ``written`` is the host before a write: its old failures do not count."""
    if session.dry_run or not params["wait"] or not goal:
        host = session.kube.get(wish.ref)
        done = session.dry_run or not goal or judge_host(host, goal, str(wish.ref)).done
        return _values(session, wish, host, "done" if done else "waiting")
    last: Object | None = None

    def look() -> Progress:
        nonlocal last
        last = session.kube.get(wish.ref)
        progress = judge_host(last, goal, str(wish.ref))
        why = hopeless(last, progress, failures(written))
        if why:
            raise Stalled(f"{progress.message}: {why}. Nothing was undone.", **progress.details)
        return progress

    try:
        limits = {"timeout": params["wait_timeout"], "stall_timeout": params["stall_timeout"]}
        wait_until(look, clock=session.clock, report=session.report, **limits)
    except CapiError as error:
        error.details["events"] = _events(session, wish, last)
        raise
    return _values(session, wish, last, "done")


def _events(session: Session, wish: HostWish, host: Object | None) -> list[str]:
    """What the operator has said about a host that does not arrive; that nobody may read them is no error."""
    try:
        return events_of(host, session.kube.list("v1", "Event", wish.namespace)) if host else []
    except CapiError:
        return []


def _values(session: Session, wish: HostWish, host: Object | None, outcome: str) -> dict[str, Any]:
    where = where_it_is(host) if host else "not there"
    facts = {**details_of(host), "consumer": consumer_of(host) or None} if host else {}
    return {
        "outcome": outcome,
        "server": session.kube.server,
        "name": wish.name,
        "namespace": wish.namespace,
        "message": f"{wish.namespace}/{wish.name}: {where}",
        **facts,
    }


def _title(item: Object) -> str:
    return f"{item['kind']} {item['metadata']['namespace']}/{item['metadata']['name']}"
