# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Waits until the providers of a management cluster run and their webhooks answer."""

from __future__ import annotations

from collections.abc import Sequence

from ._errors import CapiError, Unreachable
from ._kube import Kube, Resource
from ._objects import Object, dig, labels_of
from ._progress import Progress
from ._provider_health import deployment_trouble, judge_deployments, place_of, pod_trouble
from ._provider_plan import CLUSTERCTL_LABEL, PROVIDER_LABEL, Provider
from ._session import Session
from ._wait import wait_until
from ._webhook_probe import CONFIGURATIONS, probes_of, silence_of, unproven

_CORE_LABEL = f"{CLUSTERCTL_LABEL}/core"  # cert-manager, when clusterctl installed it


def wait_for_providers(
    session: Session, wish: Sequence[Provider], timeout: float, stall_timeout: float, looks: int
) -> list[str]:
    """Wait for Deployments, then for webhooks; returns webhook configurations that no dry run reaches.

    Each is believed after ``looks`` good looks in a row: what was just installed may be Available and break at once.
    Raises WaitTimeout, Stalled or Unreachable; times in seconds.
    """
    kube, labels, start = session.kube, {p.label for p in wish}, session.clock.now()

    def deployments() -> Progress:
        found = [d for d in kube.list("apps/v1", "Deployment", labels=CLUSTERCTL_LABEL) if _concerns(d, labels)]
        troubled = [d for d in found if deployment_trouble(d)]
        return judge_deployments(found, {place_of(d): _reason(kube, d) for d in troubled[:1]})

    wait_until(
        deployments,
        clock=session.clock,
        report=session.report,
        timeout=timeout,
        stall_timeout=stall_timeout,
        looks=looks,
    )
    left = max(timeout - (session.clock.now() - start), 1.0)
    return _wait_for_webhooks(session, labels, left, stall_timeout, looks)


def _wait_for_webhooks(
    session: Session, labels: set[str], timeout: float, stall_timeout: float, looks: int
) -> list[str]:
    kube = session.kube
    configurations = [
        c
        for kind in CONFIGURATIONS
        for c in kube.list("admissionregistration.k8s.io/v1", kind, labels=PROVIDER_LABEL)
        if labels_of(c)[PROVIDER_LABEL] in labels
    ]
    answers: dict[Resource, str] = {}
    missing: list[str] = []

    def webhooks() -> Progress:
        probes = probes_of(configurations, kube.kinds())
        try:
            missing[:] = unproven(kube, probes, answers)
        except Unreachable as error:
            why = silence_of(error)
            return Progress(False, f"a webhook does not answer: {why}", key=why, stuck=why)
        answers.clear()  # the next look is one of its own
        return Progress(True, f"webhooks of {len(probes)} configurations answer" + _note(missing))

    wait_until(
        webhooks, clock=session.clock, report=session.report, timeout=timeout, stall_timeout=stall_timeout, looks=looks
    )
    return missing


def _note(missing: Sequence[str]) -> str:
    return f", except {len(missing)} that no dry run reaches: {', '.join(missing)}" if missing else ""


def _concerns(deployment: Object, labels: set[str]) -> bool:
    held = labels_of(deployment)
    return held.get(PROVIDER_LABEL) in labels or _CORE_LABEL in held


def _reason(kube: Kube, deployment: Object) -> str:
    """What the pods of a Deployment say, or its warnings; empty where nobody may or can read them."""
    namespace, wanted = dig(deployment, "metadata", "namespace"), dig(deployment, "spec", "selector", "matchLabels")
    try:
        labels = ",".join(f"{k}={v}" for k, v in sorted((wanted or {}).items()))
        pods = kube.list("v1", "Pod", namespace, labels)
        said = pod_trouble(pods, [])
        return said or pod_trouble([], kube.list("v1", "Event", namespace)) if pods else ""
    except CapiError:  # a reason is welcome, not needed
        return ""
