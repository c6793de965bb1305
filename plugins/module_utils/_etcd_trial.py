# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A snapshot tried: restored into a folder, served by an etcd that nobody else can reach, read, and gone.

systemd runs that etcd with a network of its own: no port of the host is taken, no other process of the host sees the
cluster's secrets, and it ends after a while also when this module is killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ._errors import Failed, WaitTimeout
from ._host import NodeSession, Ran
from ._snapshot_words import CONFIG, KNOWN, NODES, PREFIX, cluster_in, counted, is_encrypted, keys_of, values_of

UNIT = "etcd-trial"
CLIENT, PEER = "http://127.0.0.1:52379", "http://127.0.0.1:52380"
SECONDS = 600.0  # to restore a database of gigabytes on a slow disk
LIFETIME = 900  # seconds after which systemd ends it
PATIENCE = 60.0  # seconds until it serves
INTERVAL = 0.5


@dataclass(frozen=True)
class Trial:
    """``etcdctl`` against the etcd of a trial."""

    session: NodeSession
    etcdctl: str
    process: str

    def get(self, *words: str) -> str:
        done = self.run("get", *words)
        if done.rc:
            raise Failed(f"the restored etcd does not answer: {done.why}")
        return done.stdout

    def run(self, *words: str) -> Ran:
        inside = ("nsenter", "--net", "--target", self.process)
        argv = (*inside, self.etcdctl, "--endpoints", CLIENT, *words)
        return self.session.host.run(*argv, timeout=SECONDS)


@contextmanager
def trial_of(session: NodeSession, programs: Mapping[str, str], path: str, folder: str) -> Iterator[Trial]:
    """Serve the snapshot at ``path`` from ``folder``. Raise Failed when etcd does not take it."""
    host, place = session.host, f"{folder}/data"
    host.run("systemctl", "stop", f"{UNIT}.service")  # that of a run that was killed
    done = host.run(programs["etcdutl"], "snapshot", "restore", path, "--data-dir", place, timeout=SECONDS)
    if done.rc:
        raise Failed(f"{path} cannot be restored: etcdutl snapshot restore says {done.why}. Take another one.")
    limits = ("--property=PrivateNetwork=yes", f"--property=RuntimeMaxSec={LIFETIME}")
    urls = ("--listen-client-urls", CLIENT, "--advertise-client-urls", CLIENT, "--listen-peer-urls", PEER)
    started = host.run(
        *("systemd-run", "--collect", f"--unit={UNIT}", *limits, programs["etcd"], "--data-dir", place, *urls),
        "--unsafe-no-fsync",
    )
    try:
        if started.rc:
            raise Failed(f"an etcd cannot be started on {host.hostname()}: {started.why}")
        yield _serving(session, programs["etcdctl"])
    finally:
        host.run("systemctl", "stop", f"{UNIT}.service", timeout=90)


def _serving(session: NodeSession, etcdctl: str) -> Trial:
    began, host = session.clock.now(), session.host
    while True:
        process = host.run("systemctl", "show", "--property=MainPID", "--value", f"{UNIT}.service").stdout.strip()
        trial = Trial(session, etcdctl, process)
        if process not in ("", "0") and trial.run("endpoint", "health").rc == 0:
            return trial
        if session.clock.now() - began >= PATIENCE:
            raise WaitTimeout(
                f"the etcd that was started from the snapshot does not serve after {PATIENCE:.0f} s: journalctl -u "
                f"{UNIT} on {host.hostname()} tells why. Nothing of it is left."
            )
        session.clock.sleep(INTERVAL)


def read(trial: Trial, known: list[str]) -> dict[str, Any]:
    """``keys`` and what they tell: counts, nodes, the cluster, encryption, and what of ``known`` is missing."""
    keys = keys_of(trial.get(PREFIX, "--prefix", "--keys-only"))
    values = values_of(trial.get(CONFIG, "-w", "json"))
    secret = values_of(trial.get(f"{PREFIX}secrets/", "--prefix", "--limit=1", "-w", "json"))
    nodes = keys_of(trial.get(NODES, "--prefix", "--keys-only"))
    return {
        "keys": keys,
        "resources": counted(keys),
        "nodes": sorted(node.rpartition("/")[2] for node in nodes),
        "cluster": cluster_in(values),
        "encrypted": is_encrypted([*values.values(), *secret.values()]),
        "missing": [key for key in [*KNOWN, *known] if key not in set(keys)],
    }
