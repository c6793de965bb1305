# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The etcd member of this control plane node, asked by etcdctl in its own container.

The image of etcd brings etcdctl and etcdutl of the right version; nodes have neither. /etc/kubernetes/pki/etcd and
the data folder stand at the same paths inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._errors import Failed, NotFound, Unreachable
from ._etcd_words import alarms_of, hashes_of, members_of, parsed, quorum_of, with_health, with_status
from ._host import Host, Ran
from ._kubeadm_words import flags_of

MANIFEST = "/etc/kubernetes/manifests/etcd.yaml"
PKI = "/etc/kubernetes/pki/etcd"
DATA = "/var/lib/etcd"
ITSELF = "https://127.0.0.1:2379"
SECONDS = 60.0


@dataclass(frozen=True)
class LocalEtcd:
    """``etcdctl`` and ``etcdutl`` in the container of this node's member."""

    host: Host
    container: str
    data_folder: str

    def ctl(self, *words: str, timeout: float = SECONDS, endpoints: str = ITSELF) -> Ran:
        """Ask this member, or others by their client URLs."""
        keys = ("--cacert", f"{PKI}/ca.crt", "--cert", f"{PKI}/server.crt", "--key", f"{PKI}/server.key")
        argv = ("etcdctl", "--endpoints", endpoints, *keys, *words)
        return self.host.run("crictl", "exec", self.container, *argv, timeout=timeout)

    def util(self, *words: str, timeout: float = SECONDS) -> Ran:
        return self.host.run("crictl", "exec", self.container, "etcdutl", *words, timeout=timeout)

    def members(self) -> list[dict[str, Any]]:
        """Members without their health, as this member alone knows them. Raise Unreachable without an answer."""
        done = self.ctl("member", "list", "-w", "json")
        if done.rc:
            raise Unreachable(f"etcd on {self.host.hostname()} does not list its members: {done.why}")
        return members_of(done.stdout)

    def look(self) -> dict[str, Any]:
        """Members with health, status and alarms, and the quorum. Dead members cost 5 s together."""
        members = self.members()
        # rc 1 is the usual answer while a member is dead; the JSON on stdout is whole.
        members = with_health(members, self.ctl("endpoint", "health", "--cluster", "-w", "json").stdout)
        members = with_status(members, self._status(members))
        alarms = self.ctl("alarm", "list", "-w", "json")
        if alarms.rc:  # without quorum nobody answers this; the members tell that already
            return {"members": members, "alarms": None, "quorum": quorum_of(members)}
        return {"members": members, "alarms": alarms_of(alarms.stdout, members), "quorum": quorum_of(members)}

    def hashes(self) -> list[dict[str, Any]]:
        """A hash over the keys of each member, all at one revision that all of them have. Raise Unreachable."""
        members = self.members()
        status = self.ctl("endpoint", "status", "--cluster", "-w", "json")
        revisions = [member["revision"] for member in with_status(members, status.stdout) if member["revision"]]
        if status.rc or len(revisions) < len(members):
            raise Unreachable(f"etcd on {self.host.hostname()} does not reach all members: {status.why}")
        done = self.ctl("endpoint", "hashkv", "--cluster", "--rev", str(min(revisions)), "-w", "json")
        if done.rc:
            raise Unreachable(f"etcd on {self.host.hostname()} does not hash its data: {done.why}")
        return hashes_of(done.stdout, members)

    def _status(self, members: Sequence[dict[str, Any]]) -> str:
        """What those that answer say of themselves: each of the others would cost 5 s once more."""
        urls = [member["client_urls"][0] for member in members if member["healthy"]]
        return self.ctl("endpoint", "status", "-w", "json", endpoints=",".join(urls)).stdout if urls else ""


def local_etcd(host: Host) -> LocalEtcd:
    """The running etcd of this node. Raise NotFound where none belongs, Unreachable where it does not run."""
    manifest = host.read(MANIFEST)
    if manifest is None:
        raise NotFound(f"{MANIFEST} is not there: no etcd member of kubeadm belongs on {host.hostname()}")
    done = host.run("crictl", "ps", "--state", "running", "--name", "^etcd$", "-o", "json")
    if done.rc:
        raise Failed(f"crictl on {host.hostname()} does not list containers: {done.why}")
    running = parsed(done.stdout, "crictl ps").get("containers") or []
    if not running:
        raise Unreachable(
            f"no container of etcd runs on {host.hostname()}, though {MANIFEST} is there: see crictl ps -a"
        )
    return LocalEtcd(host, newest(running)["id"], data_folder(host))


def newest(containers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return max(containers, key=lambda container: int(container.get("createdAt", 0)))


def data_folder(host: Host) -> str:
    """Where etcd keeps, or would keep, its data on this host."""
    return flags_of(host.read(MANIFEST)).get("data-dir", DATA)
