# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run that was cut off may leave of cert-manager, and what nobody may touch."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._cert_manager import clear_half_installed, keep_trial_going
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from fakes import KINDS, FakeKube, session

GROUP = "cert-manager.io"
CERTIFICATES = Resource(f"{GROUP}/v1", "Certificate", "certificates", True)


def crd(by: str = "cert-manager") -> Object:
    labels = {"clusterctl.cluster.x-k8s.io/core": by} if by else {}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"certificates.{GROUP}", "labels": labels},
        "spec": {"group": GROUP, "names": {"kind": "Certificate"}},
    }


def certificate(namespace: str) -> Object:
    meta = {"name": "a", "namespace": namespace}
    return {"apiVersion": f"{GROUP}/v1", "kind": "Certificate", "metadata": meta, "spec": {}}


def kube_of(*items: Object) -> FakeKube:
    return FakeKube(*items, kinds=(*KINDS, CERTIFICATES))


CASES: dict[str, tuple[list[Object], bool]] = {
    "nothing": ([], False),
    "of clusterctl, unused": ([crd()], True),
    "of clusterctl, with its own trial": ([crd(), certificate("cert-manager-test")], True),
    "in use": ([crd(), certificate("web")], False),
    "of somebody else": ([crd(by="")], False),
}


@pytest.mark.parametrize(("items", "cleared"), CASES.values(), ids=CASES)
def test_only_what_nobody_uses_is_installed_anew(items: list[Object], cleared: bool) -> None:
    kube = kube_of(*items)
    clear_half_installed(session(kube))
    assert [verb for verb, _ref in kube.writes] == (["delete"] if cleared else [])
    assert (f"certificates.{GROUP}" in str(kube.writes)) is cleared
    assert bool(kube.lines) is cleared  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("last", "there", "made"),
    [
        ("Waiting for cert-manager to be available...", False, True),
        ("Waiting for cert-manager to be available...", True, False),
        ("Installing cluster-api v1.14.2", False, False),
    ],
)
def test_the_namespace_of_the_trial_is_there_while_clusterctl_waits(last: str, there: bool, made: bool) -> None:
    trial: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cert-manager-test"}}
    kube = kube_of(*([trial] if there else []))
    keep_trial_going(session(kube), last)
    assert [verb for verb, _ref in kube.writes] == (["create"] if made else [])
