# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What etcdctl and etcdutl print, read without them. Pure.

etcdctl's JSON leaves out what is false, zero or empty (``isLearner``, ``alarms``); a member that never started has no
``name``; ids are unsigned 64-bit numbers there, and hexadecimal texts where etcdctl takes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import Failed

ALARMS = {1: "NOSPACE", 2: "CORRUPT"}  # etcdserverpb.AlarmType
ALARMED = "Active Alarm(s)"  # etcdctl's word for a member that is well but for an alarm of the cluster


def parsed(text: str, what: str) -> Any:
    """JSON of a program; raise Failed that names the program when it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"{what} printed no JSON: {text.strip()[:200] or 'nothing'}.") from error


def members_of(text: str) -> list[dict[str, Any]]:
    """Members of ``member list -w json``, by name: name, id (hexadecimal), peer_urls, client_urls, learner, started."""
    found = parsed(text, "etcdctl member list").get("members") or []
    members = [
        {
            "name": member.get("name", ""),
            "id": f"{member['ID']:x}",
            "peer_urls": member.get("peerURLs", []),
            "client_urls": member.get("clientURLs", []),
            "learner": bool(member.get("isLearner")),
            "started": bool(member.get("name")),
        }
        for member in found
    ]
    return sorted(members, key=lambda member: (member["name"], member["id"]))


def with_health(members: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """Add ``healthy`` and ``error`` from ``endpoint health --cluster -w json``, which lists dead members, too.

    An alarm makes etcdctl call every member unhealthy; they answer and vote all the same, and ``alarms_of`` tells it.
    """
    answers = {entry["endpoint"]: entry for entry in parsed(text, "etcdctl endpoint health")} if text.strip() else {}
    judged = []
    for member in members:
        answer = next((answers[url] for url in member["client_urls"] if url in answers), None)
        error = "" if answer and answer.get("health") else (answer or {}).get("error", "it did not answer")
        alarmed = error.startswith(ALARMED)
        judged.append({**member, "healthy": not error or alarmed, "error": "" if alarmed else error})
    return judged


def with_status(members: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """Add what ``endpoint status --cluster -w json`` says; a dead member is missing there."""
    status = (
        {entry["Endpoint"]: entry["Status"] for entry in parsed(text, "etcdctl endpoint status")}
        if text.strip()
        else {}
    )
    told = []
    for member in members:
        found: Mapping[str, Any] = next((status[url] for url in member["client_urls"] if url in status), {})
        told.append(
            {
                **member,
                "version": found.get("version"),
                "db_size": found.get("dbSize"),
                "db_size_in_use": found.get("dbSizeInUse"),
                "quota": found.get("dbSizeQuota"),
                "leader": bool(found) and f"{found.get('leader', 0):x}" == member["id"],
                "raft_index": found.get("raftIndex"),
                "revision": found.get("header", {}).get("revision"),
            }
        )
    return told


def alarms_of(text: str, members: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Alarms of ``alarm list -w json``: member (name, or id where it has none) and alarm (NOSPACE, CORRUPT)."""
    names = {member["id"]: member["name"] or member["id"] for member in members}
    found = parsed(text, "etcdctl alarm list").get("alarms") or []
    return [
        {
            "member": names.get(f"{alarm.get('memberID', 0):x}", f"{alarm.get('memberID', 0):x}"),
            "alarm": ALARMS.get(alarm.get("alarm"), str(alarm.get("alarm"))),
        }
        for alarm in found
    ]


def quorum_of(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """``needed`` healthy voters, ``healthy`` ones, how many may be lost (``spare``, negative without quorum)."""
    voters = [member for member in members if not member["learner"]]
    healthy = [member for member in voters if member["healthy"]]
    needed = len(voters) // 2 + 1
    return {"voters": len(voters), "healthy": len(healthy), "needed": needed, "spare": len(healthy) - needed}


def hashes_of(text: str, members: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Hashes of ``endpoint hashkv --cluster -w json``, by member: member, revision, compact_revision, hash."""
    names = {url: member["name"] or member["id"] for member in members for url in member["client_urls"]}
    found = [
        {
            "member": names.get(entry["Endpoint"], entry["Endpoint"]),
            "revision": entry["HashKV"].get("hash_revision"),
            "compact_revision": entry["HashKV"].get("compact_revision"),
            "hash": f"{entry['HashKV'].get('hash', 0):08x}",
        }
        for entry in parsed(text, "etcdctl endpoint hashkv")
    ]
    return sorted(found, key=lambda told: str(told["member"]))


def snapshot_status_of(text: str) -> dict[str, Any]:
    """What ``etcdutl snapshot status -w json`` says of a good file: revision, keys, size (bytes), storage version."""
    found = parsed(text, "etcdutl snapshot status")
    return {
        "hash": f"{found.get('hash', 0):08x}",
        "revision": found.get("revision", 0),
        "total_keys": found.get("totalKey", 0),
        "size": found.get("totalSize", 0),
        "storage_version": found.get("version", ""),
    }
