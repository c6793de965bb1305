# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Steps of a restore on one control plane: stop, restore the data, start part by part, close.

Each step is done where it is missing, so that a run that was killed is continued by the next one. All control planes
take a step before one of them takes the next: members of before and of after the restore must never run together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from ._errors import Failed, InvalidInput, NotFound, Refused, WaitTimeout
from ._etcd_programs import ROOM, image_of, programs_in
from ._etcd_words import parsed
from ._host import Host, NodeSession
from ._outcome import Outcome
from ._restore_journal import AWAY, COMPONENTS, LOCK, MANIFESTS, begin, close, member_of, open_restore
from ._snapshot_file import check
from ._wait import duration

BUMP = 1_000_000_000  # revisions: whoever watched the old etcd must never see a revision twice
SECONDS = 600.0
INTERVAL = 1.0
TIMES = 1.5  # the snapshot's size


def ensure_restored(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Take the step that ``state`` names, where it has not been taken.

    A controller that is killed leaves the step of its run at work here: that ends first.
    """
    with session.host.alone(LOCK):
        return STATES[params["state"]](session, params)


def running(host: Host) -> list[str]:
    """Components of the control plane that have a running container."""
    done = host.run("crictl", "ps", "--state", "running", "-o", "json")
    if done.rc:
        raise Failed(f"crictl on {host.hostname()} does not list containers: {done.why}")
    found = parsed(done.stdout, "crictl ps").get("containers") or []
    names = {container.get("metadata", {}).get("name", "") for container in found}
    return [component for component in COMPONENTS if component in names]


def _stopped(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    host = session.host
    entry = open_restore(host)
    if entry and entry["token"] != params["token"]:
        raise Refused(
            f"{host.hostname()} is in the middle of another restore, {entry['token']} from {entry['snapshot']}. "
            "Nothing was changed; run the playbook from its beginning, it goes on with that one."
        )
    if entry and entry["placed"]:
        return Outcome(values={"stopped": []})  # of this restore: what runs by now is the restored one
    there = [name for name in COMPONENTS if host.exists(f"{MANIFESTS}/{name}.yaml")]
    busy = running(host)
    facts = check(params["snapshot"])  # before the first file moves
    if params["sha256"] and facts["sha256"] != params["sha256"]:
        raise Refused(
            f"{params['snapshot']} on {host.hostname()} is another file than the one that was tried. Run again."
        )
    outcome = Outcome({"manifests": there}, {"manifests": []}, {"stopped": sorted({*there, *busy})})
    if session.dry_run:
        return outcome
    if not entry:
        marks = {"token": params["token"], "snapshot": params["snapshot"], "sha256": facts["sha256"]}
        begin(host, {**marks, "begun": f"{session.clock.today():%Y-%m-%dT%H:%M:%SZ}", "placed": False})
    for name in there:
        host.move(f"{MANIFESTS}/{name}.yaml", f"{AWAY}/{name}.yaml")
    _wait_stopped(session, params["timeout"])
    return outcome


def _wait_stopped(session: NodeSession, timeout: int) -> None:
    began, left = session.clock.now(), running(session.host)
    while left:
        waited = session.clock.now() - began
        if waited >= timeout:
            raise WaitTimeout(
                f"{session.host.hostname()}: after {duration(waited)} still running: {', '.join(left)}. The kubelet "
                "stops them when their manifests are away: is it active? systemctl status kubelet. Then run the same "
                "command again."
            )
        session.clock.sleep(INTERVAL)
        left = running(session.host)


def _restored(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    host = session.host
    entry = _opened(host, params)
    if entry["placed"]:
        return Outcome(values={"kept": _aside(host, _member(host, params)["data_folder"], entry["token"])})
    left = running(host)
    if left:
        raise Refused(
            f"{host.hostname()}: {', '.join(left)} still run. Nothing was restored here; run the playbook again."
        )
    member = _member(host, params)
    aside = _aside(host, member["data_folder"], entry["token"])
    outcome = Outcome({"restored": False}, {"restored": True}, {"kept": aside})
    if session.dry_run:
        return outcome
    _check_room(host, entry["snapshot"], member["data_folder"])
    _make(host, entry, member, params)
    _place(host, member["data_folder"], entry["token"])
    begin(host, {**entry, "placed": True})
    return outcome


def _member(host: Host, params: Mapping[str, Any]) -> dict[str, str]:
    """This member: as the play says, else as its manifest does."""
    found = member_of(host)
    member = {**found, **{key: params[key] for key in ("name", "peer_url", "data_folder") if params[key]}}
    if not member["name"] or not member["peer_url"]:
        raise InvalidInput(f"{host.hostname()} has no manifest of etcd: say name and peer_url of its member")
    return member


def _make(host: Host, entry: Mapping[str, Any], member: Mapping[str, str], params: Mapping[str, Any]) -> None:
    """Restore beside the data folder; nothing of before is touched yet."""
    staged = _beside(host, member["data_folder"], f"{entry['token']}-new")
    host.remove(staged)
    image = params["image"] or image_of(host, f"{AWAY}/etcd.yaml", f"{MANIFESTS}/etcd.yaml")
    members = params["members"] or {member["name"]: member["peer_url"]}
    with programs_in(host, image, _beside(host, member["data_folder"], "programs")) as programs:
        done = host.run(
            *(programs["etcdutl"], "snapshot", "restore", entry["snapshot"], "--data-dir", staged),
            *("--name", member["name"], "--initial-advertise-peer-urls", member["peer_url"]),
            *("--initial-cluster", ",".join(f"{name}={url}" for name, url in sorted(members.items()))),
            *("--initial-cluster-token", entry["token"], "--bump-revision", str(BUMP), "--mark-compacted"),
            timeout=SECONDS,
        )
    if done.rc:
        raise Failed(
            f"{host.hostname()}: etcdutl snapshot restore failed: {done.why}. The data of before is untouched; when "
            "the cause is gone, run the same command again."
        )


def _place(host: Host, data: str, token: str) -> None:
    """The old data aside, the new in its place. What is there beside an old one that is aside was never served."""
    aside, staged = f"{_aside(host, data, token)}/member", f"{_beside(host, data, f'{token}-new')}/member"
    if host.exists(f"{data}/member"):
        if host.exists(aside):
            host.remove(f"{data}/member")
        else:
            host.move(f"{data}/member", aside)
    host.move(staged, f"{data}/member")
    host.remove(str(Path(staged).parent))
    host.run("chmod", "700", data)


def _aside(host: Host, data: str, token: str) -> str:
    return _beside(host, data, f"before-{token}")


def _beside(host: Host, data: str, name: str) -> str:
    """A folder on the same disk as the data, so that a rename is all it takes: inside where it is a disk of its own."""
    return f"{data}/.{name}" if host.is_mount(data) else f"{data}-{name}"


def _check_room(host: Host, snapshot: str, data: str) -> None:
    found, wanted = host.free(data), int(Path(snapshot).stat().st_size * TIMES) + ROOM
    if found and found[1] < wanted:
        raise Refused(
            f"{data} on {host.hostname()} has {found[1] >> 20} MiB free, and restoring takes {wanted >> 20} "
            f"MiB, since the old "
            "data stays beside it. Nothing was restored here; make room and run the same command again."
        )


def _running(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Put the manifests of some components back; the play waits for what they do."""
    host = session.host
    away = [name for name in params["components"] if host.exists(f"{AWAY}/{name}.yaml")]
    if away and not _opened(host, params)["placed"]:
        raise Refused(f"{host.hostname()} has not been restored, and {', '.join(away)} would serve the data of before")
    outcome = Outcome({"away": away}, {"away": []}, {"started": away})
    if not session.dry_run:
        for name in away:
            host.move(f"{AWAY}/{name}.yaml", f"{MANIFESTS}/{name}.yaml")
    return outcome


def _finished(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    entry = open_restore(session.host)
    if not entry:
        return Outcome()
    left = [name for name in session.host.names(AWAY) if name.endswith(".yaml")]
    if left or not entry["placed"]:
        raise Refused(
            f"the restore on {session.host.hostname()} has not ended: {', '.join(left) or 'nothing was restored'}"
        )
    if not session.dry_run:
        close(session.host, {**entry, "ended": f"{session.clock.today():%Y-%m-%dT%H:%M:%SZ}"})
    return Outcome({"open": entry["token"]}, {"open": None})


def _opened(host: Host, params: Mapping[str, Any]) -> dict[str, Any]:
    entry = open_restore(host)
    if not entry or entry["token"] != params["token"]:
        raise NotFound(
            f"no restore {params['token']} was begun on {host.hostname()}: run the playbook from its beginning"
        )
    return entry


STATES: dict[str, Callable[[NodeSession, Mapping[str, Any]], Outcome]] = {
    "stopped": _stopped,
    "restored": _restored,
    "running": _running,
    "finished": _finished,
}
