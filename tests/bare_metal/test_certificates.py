# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates on machines: renewed while the cluster serves, and after all have expired, with faults in the middle."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from bed import Run, finish, kill
from clusters import DATA, OLD, changed, nodes, play, voting
from driving import Metal
from metal.commands import BedError, wait_for

pytestmark = pytest.mark.long
CONTROL_PLANES = ("cp1", "cp2", "cp3")
PLAYBOOK = "playbooks/bare_metal/renew_certificates.yml"
CONFIRMED: dict[str, Any] = {"bare_metal_confirm": "bed", "bare_metal_kubernetes_version": f"v{OLD}"}
PARKED = "/etc/kubernetes/capi-lifecycle-parked"


def renew(metal: Metal, *arguments: str, **more: Any) -> Run:
    return metal.play(PLAYBOOK, *arguments, **{**CONFIRMED, **more})


def issue(metal: Metal, name: str, validity: str) -> None:
    """New certificates that last so long, as a site that never renewed them has; nothing is restarted."""
    wish = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": f"v{OLD}"}
    text = json.dumps({**wish, "certificateValidityPeriod": validity})
    metal.run(name, "cat >/root/short.yaml && kubeadm certs renew all --config /root/short.yaml", text=text)


def days(metal: Metal, name: str) -> list[int]:
    """How many days each certificate of kubeadm has left."""
    told = json.loads(metal.run(name, "kubeadm certs check-expiration -o json 2>/dev/null | sed -n '/{/,$p'"))
    return [row["residualTime"] // 86400 for row in told["certificates"] if not row.get("missing")]


def until_line(metal: Metal, words: str, **more: Any) -> Any:
    """A renewal that has come so far; it goes on."""
    process = metal.start(PLAYBOOK, **{**CONFIRMED, **more})
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), f"the run ended before it said: {words}"
    return process


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Iterator[Metal]:
    metal.fresh(control_planes=3, workers=1)
    assert changed(play(metal, "create"))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    yield metal
    for name in CONTROL_PLANES:
        if not metal.is_on(name):
            metal.on(name)


def is_whole(metal: Metal) -> None:
    assert nodes(metal) == dict.fromkeys((*CONTROL_PLANES, "w1"), (f"v{OLD}", "True"))
    assert voting(metal) == list(CONTROL_PLANES)
    assert DATA in metal.kubectl("cp1", "get configmaps -o name")
    for name in CONTROL_PLANES:
        assert min(days(metal, name)) > 300, name
        assert metal.run(name, f"ls {PARKED} 2>/dev/null || true") == ""


def test_fresh_certificates_are_left_alone(cluster: Metal) -> None:
    assert changed(renew(cluster)) == {}


def test_an_authority_that_is_kept_elsewhere_is_refused(cluster: Metal) -> None:
    issue(cluster, "cp2", "480h")
    cluster.run("cp2", "mv /etc/kubernetes/pki/ca.key /root/ca.key")
    try:
        run = renew(cluster)
    finally:
        cluster.run("cp2", "mv /root/ca.key /etc/kubernetes/pki/ca.key")
    assert run.code != 0
    assert "the key of the authority ca is not on this host" in " ".join(run.output.split())
    assert not any(counts["changed"] for counts in run.recap.values())
    assert max(days(cluster, "cp2")) < 20


def test_check_mode_and_the_plan_change_nothing(cluster: Metal) -> None:
    for name in CONTROL_PLANES:
        issue(cluster, name, "480h")
    foreseen = renew(cluster, "--check")
    assert foreseen.code == 0, foreseen.output
    refused = renew(cluster, bare_metal_confirm="")
    assert refused.code != 0
    assert "bare_metal_confirm=bed" in refused.output
    assert [max(days(cluster, name)) for name in CONTROL_PLANES] == [19, 19, 19]


def test_killed_on_the_first_and_without_power_on_the_second(cluster: Metal) -> None:
    """The host that lost power had just given up a manifest: the same command finds it, and ends the work."""
    process = until_line(cluster, "Renew, and restart its static pods")
    wait_for("a static pod of cp1 is away", lambda: cluster.run("cp1", f"ls {PARKED} || true") != "", 120)
    kill(process)
    process = until_line(cluster, "Renew, and restart its static pods")
    wait_for("a static pod of cp2 is away", lambda: cluster.run("cp2", f"ls {PARKED} || true") != "", 300)
    cluster.off("cp2")
    assert finish(process).code != 0
    cluster.on("cp2")
    assert changed(renew(cluster))
    is_whole(cluster)
    assert changed(renew(cluster)) == {}


def test_all_expired_and_the_cluster_down(cluster: Metal) -> None:
    for name in CONTROL_PLANES:
        issue(cluster, name, "1m0s")
    time.sleep(61)
    for name in CONTROL_PLANES:
        cluster.reboot(name)
    with pytest.raises(BedError):
        cluster.kubectl("cp1", "get nodes --request-timeout=5s")
    process = until_line(cluster, "Renew, and restart its static pods")
    wait_for("a static pod of cp1 is away", lambda: cluster.run("cp1", f"ls {PARKED} || true") != "", 120)
    kill(process)
    run = renew(cluster)
    assert run.code == 0, run.output
    assert "the API does not serve" in run.output
    is_whole(cluster)
    assert changed(renew(cluster)) == {}
