# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One run at a time on a cluster: a Lease with a holder's name, a time to live, renewal and takeover.

A lease is advice (a run that was stopped for minutes may wake up without it), so each write has a precondition of its
own. Whether a lease has expired is judged by our own clock, which watches it stand still for its time to live, as
client-go does: the clocks of two machines need not agree. A holder on this machine whose process is gone is believed
to be gone at once, so that a killed run is continued without waiting.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, TypeVar

from ._errors import CapiError, Conflict, Failed, NotFound, Refused, Unreachable
from ._objects import Object, Ref, content_hash, dig
from ._session import Session
from ._wait import Clock

TTL = 60  # seconds without renewal after which somebody else may take it over
_RENEW = TTL / 4  # seconds between renewals
_WATCH = 2.0  # seconds between looks at the lease of somebody else
# Seconds of retries of one request under a lease. It may begin 15 s after a renewal, and its last try may take 30 s
# until there is no answer: no write of ours goes out when the lease has expired.
LEASED_BUDGET = 15.0
_API = "coordination.k8s.io/v1"
_T = TypeVar("_T")


def lease_ref(name: str, namespace: str) -> Ref:
    """The Lease of a cluster, beside it."""
    return Ref(_API, "Lease", namespace, f"capi-lifecycle-{name}")


class Lease:
    """A lease that we hold; ``renew`` is called by each look of a wait."""

    def __init__(self, session: Session, held: Object, since: float) -> None:
        self._session, self._kube, self._clock, self._held = session, session.kube, session.clock, held
        self._renewed = since

    def persist(self, step: Callable[[], _T], timeout: float) -> _T:
        """Take a step that may be taken twice; while the server is out of reach, again. Seconds.

        Raises Unreachable once the time is over, Failed when somebody else has taken over meanwhile.
        """
        start = self._clock.now()
        while True:
            try:
                self.renew()
                return step()
            except Unreachable as error:
                if self._clock.now() - start >= timeout:
                    raise
                self._session.report(f"lost contact, trying again: {error}")
            self._clock.sleep(_WATCH)

    def renew(self) -> None:
        """Say that we are still at it. Raises Failed when somebody else has taken over."""
        now = self._clock.now()
        if now - self._renewed < _RENEW:
            return
        ref, spec = _ref(self._held), {**self._held["spec"], "renewTime": _stamp(self._clock)}
        try:
            self._held = self._kube.patch(ref, _body(spec, self._held))
        except (Conflict, NotFound) as error:
            live = self._kube.get(ref)
            if live is None or _holder(live) != _holder(self._held):  # ours: the answer to our write was lost
                raise Failed(_lost(ref, live)) from error
            self._held = live
        self._renewed = now

    def release(self) -> None:
        """Give the lease back; that it cannot be reached does not matter, it expires."""
        try:
            self._kube.patch(_ref(self._held), _body({**self._held["spec"], "holderIdentity": ""}, self._held))
        except CapiError:
            return


@contextmanager
def holding(session: Session, title: str, name: str, namespace: str) -> Iterator[Lease]:
    """Be the one run that changes the cluster. Raises Refused when another one is at it. Not for check mode."""
    lease = _acquire(session, title, lease_ref(name, namespace))
    with session.kube.retrying_for(LEASED_BUDGET):
        try:
            yield lease
        finally:
            lease.release()


def drop_lease(session: Session, name: str, namespace: str) -> None:
    """Delete the Lease of a cluster that is gone, where nobody holds it. That it may stay does not matter."""
    ref = lease_ref(name, namespace)
    try:
        live = session.kube.get(ref)
        if live and _is_free(live) and _take(session, ref, live):  # taken first: somebody may make the cluster anew
            session.kube.delete(ref, uid=live["metadata"]["uid"])
    except CapiError:
        return


def _acquire(session: Session, title: str, ref: Ref) -> Lease:
    """Take the lease when it is free or its holder is gone; a holder that is alive shows it by renewing."""
    kube, clock = session.kube, session.clock
    seen: Object | None = None
    since = clock.now()
    while True:
        live, now = kube.get(ref), clock.now()
        if live is None or _is_free(live):
            taken = _take(session, ref, live)
        elif seen and _renewals(live) != _renewals(seen):
            raise Refused(_busy(title, live), holder=_holder(live))
        elif seen and clock.now() - since >= TTL:
            session.report(f"{title}: {_holder(live)} has not been heard of for {TTL} s, taking over")
            taken = _take(session, ref, live)
        else:
            taken = None
            if not seen:
                session.report(
                    f"{title}: {_holder(live)} was at work; waiting up to {TTL} s to see whether it still is"
                )
                seen, since = live, clock.now()
        if taken:
            return Lease(session, taken, now)
        clock.sleep(_WATCH)


def _busy(title: str, live: Object) -> str:
    return (
        f"{title}: another run is changing this cluster: {_holder(live)}, since {dig(live, 'spec', 'acquireTime')}. "
        "Nothing was changed; wait until it has ended, then run again."
    )


def _lost(ref: Ref, live: Object | None) -> str:
    who = f"{_holder(live)} has taken over" if _holder(live) else "Somebody else has ended"
    return (
        f"{who} the work of this run on the cluster (Lease {ref.namespace}/{ref.name}); this run stops. Nothing was "
        "undone; see what the other one does, then run the same command again."
    )


def _take(session: Session, ref: Ref, live: Object | None) -> Object | None:
    """Write ourselves in; None when somebody else was faster."""
    kube, now, identity = session.kube, _stamp(session.clock), _identity()
    spec = {
        "holderIdentity": identity,
        "leaseDurationSeconds": TTL,
        "acquireTime": now,
        "renewTime": now,
        "leaseTransitions": int(dig(live, "spec", "leaseTransitions", default=0)) + 1,
    }
    try:
        if live:
            return kube.patch(ref, _body(spec, live))
        meta = {"name": ref.name, "namespace": ref.namespace}
        return kube.create({"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta, "spec": spec})
    except Conflict:
        found = kube.get(ref)
        return found if _holder(found) == identity else None  # ours: the answer to our write was lost
    except NotFound:
        if live is None:  # the namespace is not there
            raise
        return None  # deleted since


def _body(spec: Mapping[str, Any], live: Object) -> dict[str, Any]:
    """With the resourceVersion as precondition: two that write at once cannot both succeed."""
    return {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}, "spec": dict(spec)}


def _ref(live: Object) -> Ref:
    return Ref(_API, "Lease", live["metadata"]["namespace"], live["metadata"]["name"])


def _identity() -> str:
    """``host/place/process/number``, and the number of the job where AWX runs us."""
    job = os.environ.get("JOB_ID", "") if "AWX_PRIVATE_DATA_DIR" in os.environ else ""
    words = (socket.gethostname(), _place(), str(os.getpid()), uuid.uuid4().hex[:8], f"awx-job-{job}" if job else "")
    return "/".join(filter(None, words))


def _place() -> str:
    """Where process numbers mean the same: one boot of one machine, one container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return content_hash([boot, os.readlink("/proc/self/ns/pid")])
    except OSError:  # not Linux
        return "local"


def _is_free(live: Object) -> bool:
    return not _holder(live) or _is_dead_here(live)


def _is_dead_here(live: Object) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    host, place, number = [*_holder(live).split("/"), "", "", ""][:3]
    if (host, place) != (socket.gethostname(), _place()) or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(number) == os.getpid()


def _holder(live: Object | None) -> str:
    return str(dig(live, "spec", "holderIdentity", default=""))


def _renewals(live: Object) -> tuple[str, str]:
    return (_holder(live), str(dig(live, "spec", "renewTime", default="")))


def _stamp(clock: Clock) -> str:
    return clock.today().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
