# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._certificate_judge import (
    due,
    files_in,
    obstacles,
    ordered,
    pod_in,
    running_in,
    unknown,
)


def row(name: str, days: int, **more: Any) -> dict[str, Any]:
    plain = {"authority": False, "missing": False, "external": False, "ca": "ca", "expires": "2027-01-01T00:00:00Z"}
    return {"name": name, "days": days, **plain, **more}


ROWS = [
    row("apiserver", 20),
    row("etcd-server", 200, ca="etcd-ca"),
    row("scheduler.conf", -1),
    row("super-admin.conf", 0, missing=True, ca=""),
    row("ca", 10, authority=True, ca=""),
]


@pytest.mark.parametrize(
    ("days", "names", "found"),
    [
        (90, [], ["apiserver", "scheduler.conf"]),
        (0, [], ["scheduler.conf"]),
        (-9, [], []),
        (1000, ["etcd-server"], ["etcd-server"]),
        (1000, [], ["apiserver", "etcd-server", "scheduler.conf"]),
    ],
    ids=["soon", "expired", "none", "by name", "all, but no authority and none that is missing"],
)
def test_due(days: int, names: list[str], found: list[str]) -> None:
    assert due(ROWS, days, names) == found


def test_without_the_key_of_the_authority_it_is_signed_elsewhere() -> None:
    rows = [row("apiserver", 1, external=True), row("scheduler.conf", 1, external=True), row("etcd-server", 1)]
    [message] = obstacles(rows, ["apiserver", "scheduler.conf", "etcd-server"])
    assert "the key of the authority ca is not on this host" in message
    assert "apiserver, scheduler.conf" in message
    assert "etcd-server" not in message


def test_what_is_not_due_is_no_obstacle() -> None:
    assert obstacles([row("apiserver", 300, external=True)], []) == []


def test_an_authority_that_is_over_cannot_sign() -> None:
    [message] = obstacles([row("ca", -1, authority=True), row("front-proxy-ca", 9, authority=True)], ["apiserver"])
    assert message.startswith("the authority ca itself expired on 2027-01-01")


def test_names_that_nothing_has() -> None:
    assert unknown(ROWS, ["apiserver", "api-server", "ca"]) == ["api-server", "ca"]


def test_etcd_is_restarted_first_and_what_is_not_of_kubeadm_last() -> None:
    found = ordered(["kube-vip", "kube-scheduler", "kube-apiserver", "etcd", "audit"])
    assert found == ["etcd", "kube-apiserver", "kube-scheduler", "audit", "kube-vip"]


VIP = """\
apiVersion: v1
kind: Pod
metadata:
  annotations: {}
  name: kube-vip
  namespace: kube-system
spec:
  containers:
  - args: [manager]
    name: other
  volumes:
  - hostPath: {path: /etc/kubernetes/admin.conf}
    name: kubeconfig
  - hostPath: {path: /etc/kubernetes/pki}
"""


def test_what_a_manifest_reads_and_makes() -> None:
    assert files_in(VIP) == ["/etc/kubernetes/admin.conf"]
    assert files_in("- --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n- --tls-private-key-file=/a.key") == [
        "/etc/kubernetes/pki/apiserver.crt"
    ]
    assert files_in(None) == []
    assert pod_in(VIP, "vip") == "kube-vip"
    assert pod_in(None, "etcd") == "etcd"


def test_when_the_containers_of_static_pods_were_made() -> None:
    labels = {"io.kubernetes.pod.namespace": "kube-system", "io.kubernetes.pod.name": "etcd-cp1"}
    other = {"io.kubernetes.pod.namespace": "web", "io.kubernetes.pod.name": "etcd-cp1"}
    found = running_in(
        [
            {"id": "a", "createdAt": "1795372525547071307", "labels": labels},
            {"id": "b", "createdAt": "1", "labels": other},
        ]
    )
    assert found == {"etcd-cp1": {"a": pytest.approx(1795372525.5, abs=0.1)}}
