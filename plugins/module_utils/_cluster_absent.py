# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster that shall be gone."""

from __future__ import annotations

from functools import partial

from ._cluster_templates import own_companions, own_templates
from ._cluster_wish import ClusterWish
from ._errors import Refused
from ._kube import Kube
from ._lease import Lease, drop_lease, holding
from ._objects import PROTECTED_LABEL, Object, cleaned, is_deleting, is_protected, ref_of
from ._observed import cluster_ref, observe_cluster
from ._outcome import Outcome
from ._progress import Progress
from ._rollout import judge_absent
from ._session import Session
from ._wait import wait_until


def ensure_absent(session: Session, wish: ClusterWish) -> Outcome:
    """Delete the cluster and what we made for it alone, as the one run that does; wait until it is gone.

    Raises Refused for a protected one, Stalled or WaitTimeout.
    """
    live = session.kube.get(cluster_ref(session.kube, wish.name, wish.namespace))
    goes = wish.wait or not live  # its machines need them until it is gone
    rest = _rest(session.kube, wish) if goes else []
    if live:
        _refuse_protected(live, wish)
    else:
        session.report(f"{wish.title}: there is no such Cluster")
    writes = not is_deleting(live) if live else bool(rest)  # one that is being deleted is only waited for
    if writes and not session.dry_run:
        with holding(session, wish.title, wish.name, wish.namespace) as lease:
            _delete(session, wish, live, rest, lease)
    else:
        _delete(session, wish, live, rest)
    if goes and not session.dry_run:
        drop_lease(session, wish.name, wish.namespace)
    values = {"server": session.kube.server, **wish.values}
    if live and not wish.wait and not session.dry_run:
        values["outcome"] = "waiting"
    before = {str(ref_of(item)): cleaned(item) for item in ([live] if live else []) + rest}
    stays = live and is_deleting(live) and not wish.wait  # somebody has deleted it before us, and it is still there
    return Outcome(before=before, after={str(ref_of(live)): cleaned(live)} if live and stays else {}, values=values)


def _rest(kube: Kube, wish: ClusterWish) -> list[Object]:
    """What we made for the cluster and nobody else takes away: templates, addons, credentials."""
    return [*own_templates(kube, wish.name, wish.namespace), *own_companions(kube, wish.name, wish.namespace)]


def _delete(
    session: Session, wish: ClusterWish, live: Object | None, rest: list[Object], lease: Lease | None = None
) -> None:
    """Delete the Cluster alone, its controllers take down their own; wait until it is gone, then what is ours."""
    if live:
        _delete_one(session, wish, live, lease)
    if live and wish.wait and not session.dry_run:
        _wait_absent(session, wish, lease)
    for item in rest:  # owner references take most of them already
        _delete_one(session, wish, item, lease)


def _delete_one(session: Session, wish: ClusterWish, item: Object, lease: Lease | None) -> None:
    if is_deleting(item):
        return
    delete = partial(session.kube.delete, ref_of(item), uid=item["metadata"]["uid"])
    if lease.persist(delete, wish.wait_timeout) if lease else delete():
        session.report(f"{wish.title}: {'would delete' if session.dry_run else 'delete'} {ref_of(item)}")


def _wait_absent(session: Session, wish: ClusterWish, lease: Lease | None) -> None:
    def look() -> Progress:
        if lease:
            lease.renew()
        return judge_absent(observe_cluster(session.kube, wish.name, wish.namespace), wish.name, wish.namespace)

    wait_until(
        look,
        clock=session.clock,
        report=session.report,
        timeout=wish.wait_timeout,
        stall_timeout=wish.stall_timeout,
        looks=1,
    )


def _refuse_protected(live: Object, wish: ClusterWish) -> None:
    labelled = is_protected(live)
    if not (labelled or wish.protected) or wish.confirm == wish.name:
        return
    reason = f"it has the label {PROTECTED_LABEL}" if labelled else "the task says protected: true"
    raise Refused(
        f"Cluster {wish.title} is protected ({reason}); confirm is {wish.confirm!r}. Nothing was deleted. "
        f"To delete it, set confirm: {wish.name}",
        protected=True,
    )
