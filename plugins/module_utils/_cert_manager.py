# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Two ways in which clusterctl does not finish the cert-manager of a run that was cut off; both measured.

It takes a cert-manager for installed whose API is served, also when a run was cut off before its Deployments came. And
it tries cert-manager out in a namespace of its own: where an earlier trial's namespace is still going, it takes it for
there, and then asks for ten minutes in a namespace that has gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from ._objects import Object, Ref, dig, name_of, namespace_of, ref_of
from ._progress import Progress
from ._provider_plan import CLUSTERCTL_LABEL
from ._session import Session
from ._wait import wait_until

_LABEL = f"{CLUSTERCTL_LABEL}/core=cert-manager"
_TRIAL = "cert-manager-test"  # clusterctl's namespace; it removes it at the end of each trial
_WAITING = "Waiting for cert-manager"
_TIMEOUT = 120.0  # seconds for CRDs without objects to go


def clear_half_installed(session: Session) -> None:
    """Before the first provider comes: let clusterctl install cert-manager whole where nobody uses it yet.

    Only CRDs that clusterctl made, and of which no object exists but those of its own trial.
    """
    found = session.kube.list("apiextensions.k8s.io/v1", "CustomResourceDefinition", labels=_LABEL)
    if not found or any(namespace_of(item) != _TRIAL for item in _objects_of(session, found)):
        return
    session.report("cert-manager may be half-installed by a run that was cut off, and nobody uses it: installed anew")
    for item in found:
        session.kube.delete(ref_of(item))

    def gone() -> Progress:
        left = [name_of(i) for i in found if session.kube.get(ref_of(i))]
        return Progress(not left, f"{len(left)} CRDs of cert-manager left", key=str(left))

    wait_until(gone, clock=session.clock, report=session.report, timeout=_TIMEOUT, stall_timeout=_TIMEOUT, looks=1)
    session.kube.forget()


def keep_trial_going(session: Session, last: str) -> None:
    """While clusterctl is silent: give it the namespace that it believes to be there."""
    trial = Ref("v1", "Namespace", "", _TRIAL)
    if last.startswith(_WAITING) and not session.kube.get(trial):
        session.report(f"clusterctl tries cert-manager out in the namespace {_TRIAL}, which has gone: made again")
        session.kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _TRIAL}})


def _objects_of(session: Session, crds: list[Object]) -> Iterator[Object]:
    for crd in crds:
        group, kind = dig(crd, "spec", "group"), dig(crd, "spec", "names", "kind")
        served = session.kube.versions(group, kind)
        if served:
            yield from session.kube.list(served[0], kind)
