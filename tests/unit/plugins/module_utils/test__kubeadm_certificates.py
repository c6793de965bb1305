# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane node whose certificates are renewed: files, containers, and a kubelet that follows the manifests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, InvalidInput, Refused, WaitTimeout
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeadm_certificates import CLAIM, ensure_certificates
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._static_pods import MANIFESTS, PARKED
from fake_host import FakeHost, session, stdout

READS = {
    "etcd": "/etc/kubernetes/pki/etcd/server.crt",
    "kube-apiserver": "/etc/kubernetes/pki/apiserver.crt",
    "kube-controller-manager": "/etc/kubernetes/controller-manager.conf",
    "kube-scheduler": "/etc/kubernetes/scheduler.conf",
}
LEAVES = [row["name"] for row in json.loads(stdout("certs-1.36.3"))["certificates"]]
PARAMS = {"days": 90, "names": [], "node_name": None, "wait_ready": False, "timeout": 60}


class Node(FakeHost):
    """``age`` tells in seconds of a clock of its own; the kubelet starts and ends what its folder says at once."""

    def __init__(self, days: int = 10, *, external: bool = False) -> None:
        files = {f"{MANIFESTS}/{name}.yaml": f"metadata:\n  name: {name}\n    - --f={READS[name]}\n" for name in READS}
        super().__init__({}, {**files, "/etc/kubernetes/admin.conf": ""})
        self.days, self.external, self.stuck = dict.fromkeys(LEAVES, days), external, False
        self.now, self.made = 1000.0, dict.fromkeys(READS, 900.0)
        self.times = dict.fromkeys(READS.values(), 500.0)

    def run(self, *argv: str, timeout: float = 0) -> Ran:
        self.commands.append(" ".join(argv))
        if argv[:2] == ("crictl", "ps"):
            return Ran(0, json.dumps({"containers": [self._container(name) for name in self.made]}))
        if argv[2:3] == ("check-expiration",):
            return Ran(0, self._expiration())
        if argv[2:3] == ("renew",) and not self.external:
            names = LEAVES if argv[3] == "all" else [argv[3]]
            self.days.update(dict.fromkeys(names, 364))
            self.times.update(dict.fromkeys(READS.values(), self.now))
        return Ran(0)

    def _container(self, name: str) -> dict[str, Any]:
        labels = {"io.kubernetes.pod.namespace": "kube-system", "io.kubernetes.pod.name": f"{name}-cp1"}
        return {"id": f"{name}@{self.made[name]}", "createdAt": str(int(self.made[name] * 10**9)), "labels": labels}

    def _expiration(self) -> str:
        found = json.loads(stdout("certs-1.36.3"))
        for row in found["certificates"]:
            days = self.days[row["name"]]
            row |= {"residualTime": days * 86400, "expirationDate": f"in {days}", "externallyManaged": self.external}
        return json.dumps(found)

    def move(self, path: str, target: str) -> None:
        super().move(path, target)
        self.now += 1
        name = re.sub(r".*/|\.yaml$", "", path)
        if target.startswith(PARKED) and not self.stuck:
            self.made.pop(name, None)
        elif target.startswith(MANIFESTS):
            self.made.setdefault(name, self.now)


def ensure(host: Node, *, dry_run: bool = False, **params: Any) -> Outcome:
    return ensure_certificates(session(host, dry_run=dry_run), {**PARAMS, **params})


def renewals(host: Node) -> list[str]:
    return [command.split()[3] for command in host.commands if " renew " in command]


def test_all_are_renewed_at_one_go_and_the_static_pods_follow_in_order() -> None:
    host = Node()
    outcome = ensure(host)
    assert outcome.changed
    assert renewals(host) == ["all"]
    assert outcome.values["restarted"] == list(READS)
    assert [path.rpartition("/")[2] for path, _target in host.moves[::2]] == [f"{name}.yaml" for name in READS]
    assert host.names(PARKED) == []
    assert all(row["days"] >= 90 for row in outcome.values["certificates"])


def test_again_nothing_is_left_to_do() -> None:
    host = Node()
    ensure(host)
    host.commands.clear()
    assert not ensure(host).changed
    assert renewals(host) == []


def test_check_mode_foresees_and_changes_nothing() -> None:
    host = Node()
    outcome = ensure(host, dry_run=True)
    assert outcome.changed
    assert outcome.values["due"] == LEAVES
    assert (renewals(host), host.moves) == ([], [])


def test_only_those_that_are_due() -> None:
    host = Node(days=300)
    host.days["scheduler.conf"] = 3
    ensure(host)
    assert renewals(host) == ["scheduler.conf"]


def test_one_that_was_cut_off_after_the_renewal_restarts_what_runs_with_older_files() -> None:
    host = Node(days=364)
    host.times[READS["kube-scheduler"]] = 950.0
    outcome = ensure(host)
    assert outcome.values["stale"] == outcome.values["restarted"] == ["kube-scheduler"]
    assert renewals(host) == []
    assert outcome.changed


def test_one_that_was_cut_off_with_a_manifest_out_of_its_folder_puts_it_back() -> None:
    host = Node(days=364)
    host.move(f"{MANIFESTS}/kube-apiserver.yaml", f"{PARKED}/kube-apiserver.yaml")
    outcome = ensure(host)
    assert outcome.values["parked"] == ["kube-apiserver"]
    assert f"{MANIFESTS}/kube-apiserver.yaml" in host.files
    assert outcome.changed


def test_a_static_pod_that_does_not_run_is_begun_anew_with_its_new_files() -> None:
    host = Node(days=-3)
    del host.made["kube-apiserver"]
    assert "kube-apiserver" in ensure(host).values["restarted"]


def test_one_that_does_not_end_gets_its_manifest_back() -> None:
    host = Node()
    host.stuck = True
    with pytest.raises(WaitTimeout, match="cp1: after 1m00s static pod etcd-cp1 has not ended"):
        ensure(host)
    assert f"{MANIFESTS}/etcd.yaml" in host.files
    assert host.names(PARKED) == []


def test_an_authority_whose_key_is_elsewhere() -> None:
    host = Node(external=True)
    with pytest.raises(Refused, match=r"the key of the authority ca is not on this host.*Nothing was changed"):
        ensure(host)
    assert (renewals(host), host.moves) == ([], [])
    assert ensure(host, dry_run=True).values["obstacles"]


def test_kubeadm_that_says_yes_and_does_nothing() -> None:
    host = Node()
    host.run = lambda *argv, timeout=0: Ran(0, host._expiration()) if argv[0] == "kubeadm" else Node.run(host, *argv)  # type: ignore[method-assign]
    with pytest.raises(Failed, match="the files are as they were"):
        ensure(host)


def test_a_name_that_no_certificate_has() -> None:
    with pytest.raises(InvalidInput, match=r"kubeadm has no api-server; it has admin\.conf"):
        ensure(Node(), names=["api-server"])


def test_a_worker_has_only_that_of_its_kubelet() -> None:
    host = FakeHost({}, {f"{MANIFESTS}/proxy.yaml": ""})
    outcome = ensure_certificates(session(host), PARAMS)
    assert (outcome.values["certificates"], outcome.values["kubelet"]["days"]) == ([], None)
    assert not outcome.changed


def test_an_earlier_run_that_is_still_at_work() -> None:
    host = Node()
    host.claimed.add(CLAIM)
    with pytest.raises(WaitTimeout, match="an earlier run still renews certificates"):
        ensure(host)
    assert host.commands == []
