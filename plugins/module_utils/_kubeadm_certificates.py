# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Renew the certificates of a control plane node that are due, and restart the static pods that read them.

kubeadm does the first, with the configuration of the cluster, or its defaults where the API does not answer. Where a
run stands is seen from the files and the containers, so that one that was cut off is continued by the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from ._certificate_hash import valid_until
from ._certificate_judge import due, obstacles, unknown
from ._errors import Failed, InvalidInput, Refused, WaitTimeout
from ._host import Host, NodeSession
from ._kubeadm_words import certificates_of
from ._local_kube import ADMIN
from ._outcome import Outcome
from ._static_pods import MANIFESTS, StaticPods
from ._wait import duration

KUBELET = "/var/lib/kubelet/pki/kubelet-client-current.pem"
Rows = Sequence[Mapping[str, Any]]
CLAIM = "/run/capi-lifecycle-certificates.lock"
INTERVAL = 2.0  # seconds between looks
SECONDS = 120.0  # for one kubeadm, which asks the API server before it falls back
OLD, NEW = "runs with older files", "restarted"


def ensure_certificates(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Nothing of this node's certificates has less than ``days`` left, and its static pods run with them."""
    name = params["node_name"] or session.host.hostname()
    with _alone(session, name, params["timeout"]):
        return _ensure(session, name, params)


def _alone(session: NodeSession, name: str, timeout: float) -> IO[str]:
    """A run that was killed leaves its module at work here: it ends what it does, and only then this one looks."""
    began = session.clock.now()
    while True:
        claimed = session.host.claim(CLAIM)
        if claimed:
            return claimed
        waited = session.clock.now() - began
        if waited >= timeout:
            raise WaitTimeout(
                f"{name}: after {duration(waited)} an earlier run still renews certificates there ({CLAIM})."
            )
        session.clock.sleep(INTERVAL)


def _ensure(session: NodeSession, name: str, params: Mapping[str, Any]) -> Outcome:
    pods = StaticPods(session, name, params["timeout"])
    parked = pods.parked()
    is_control_plane = "kube-apiserver" in [*pods.names(), *parked]
    rows = _rows(session.host, name) if is_control_plane else []  # a worker has only that of its kubelet
    if rows and unknown(rows, params["names"]):
        known = ", ".join(row["name"] for row in rows if not row["authority"])
        raise InvalidInput(f"names: kubeadm has no {', '.join(unknown(rows, params['names']))}; it has {known}.")
    wanted = due(rows, params["days"], params["names"])
    stale = [pod for pod in (pods.stale() if rows else []) if pod not in parked]
    before = _side(rows, stale, parked)
    facts: dict[str, Any] = {"due": wanted, "stale": stale, "parked": parked, "obstacles": obstacles(rows, wanted)}
    facts["kubelet"] = _kubelet(session)
    if session.dry_run:
        foreseen = {**before, **dict.fromkeys(wanted, "renewed"), **dict.fromkeys(map(_key, [*stale, *parked]), NEW)}
        return Outcome(before, foreseen, {**facts, "certificates": rows, "restarted": []})
    if facts["obstacles"]:
        raise Refused(f"{name}: {' '.join(facts['obstacles'])} Nothing was changed.")
    pods.put_back()
    restarted = _act(pods, rows, wanted, wait_ready=params["wait_ready"]) if rows else []
    rows = _rows(session.host, name) if wanted else rows
    after = {**_side(rows, [], []), **dict.fromkeys(map(_key, [*restarted, *parked]), NEW)}
    return Outcome(before, after, {**facts, "certificates": rows, "restarted": restarted})


def _act(pods: StaticPods, rows: Rows, wanted: Sequence[str], *, wait_ready: bool) -> list[str]:
    """The static pods that were restarted, one after the other."""
    stopped = pods.stopped() if wanted else []  # the kubelet starts one that failed later and later
    _renew(pods.host, pods.node_name, rows, wanted)
    stale = [name for name in pods.names() if name in {*pods.stale(), *stopped}]
    for name in stale:
        pods.restart(name, wait_ready=wait_ready)
    return stale


def _renew(host: Host, node: str, rows: Rows, wanted: Sequence[str]) -> None:
    """kubeadm ends well also when it has renewed nothing, so the dates are compared."""
    everything = {row["name"] for row in rows if not row["authority"] and not row["missing"]} == set(wanted)
    for name in ["all"] if everything and wanted else wanted:
        done = host.run("kubeadm", "certs", "renew", name, "--kubeconfig", ADMIN, timeout=SECONDS)
        if done.rc:
            raise Failed(f"{node}: kubeadm certs renew {name} failed: {done.why}. Run again when the cause is gone.")
    if wanted:
        old = {row["name"]: row["expires"] for row in rows}
        new = {row["name"]: row["expires"] for row in _rows(host, node)}
        kept = [name for name in wanted if new.get(name) == old[name]]
        if kept:
            raise Failed(f"{node}: kubeadm said that it has renewed {', '.join(kept)}, and the files are as they were.")


def _rows(host: Host, node: str) -> list[dict[str, Any]]:
    done = host.run("kubeadm", "certs", "check-expiration", "-o", "json", "--kubeconfig", ADMIN, timeout=SECONDS)
    if done.rc:
        raise Failed(f"kubeadm certs check-expiration on {node} failed: {done.why}. Nothing was changed there.")
    return certificates_of(done.stdout[max(done.stdout.find("{"), 0) :])


def _kubelet(session: NodeSession) -> dict[str, Any]:
    """When the kubelet's certificate for the API server ends; it renews that by itself while it is valid."""
    end = valid_until(session.host.read(KUBELET))
    return {"file": KUBELET, "expires": _text(end), "days": (end - session.clock.today()).days if end else None}


def _text(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _key(pod: str) -> str:
    return f"static pod {pod}"


def _side(rows: Rows, stale: Sequence[str], parked: Sequence[str]) -> dict[str, Any]:
    dates = {row["name"]: row["expires"] for row in rows if not row["missing"]}
    gone = dict.fromkeys(map(_key, parked), f"taken out of {MANIFESTS}")
    return {**dates, **dict.fromkeys(map(_key, stale), OLD), **gone}
