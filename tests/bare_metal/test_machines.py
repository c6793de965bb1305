# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bed promises: machines by SSH, packages and images of both minors, and faults that heal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import by_hand
import pytest
from driving import Metal
from metal import power
from metal.commands import BedError, succeeds, wait_for
from metal.place import HUB_ADDRESS, Machine
from metal.programs import RELEASES

REBOOT = """\
- hosts: kube_control_plane:kube_node
  gather_facts: false
  tasks:
    - ansible.builtin.reboot:
        reboot_timeout: 60
"""


@pytest.fixture(scope="module")
def pair(metal: Metal) -> Metal:
    """A control plane and a worker, with nothing on them yet."""
    metal.fresh(control_planes=1, workers=1)
    return metal


@pytest.fixture
def healed(pair: Metal) -> Iterator[Metal]:
    """The pair as it was, whatever a test does to it."""
    yield pair
    pair.restore_ssh()
    for name in pair.names:
        if not pair.is_on(name):
            pair.on(name)
        pair.plug(name)
        pair.free_disk(name)


def reaches(metal: Metal, name: str) -> bool:
    """Whether cp1 gets an answer to a ping."""
    return succeeds(*power.ssh(metal.place, Machine("cp1"), f"ping -qc1 -W2 {name}"))


def test_machines_have_booted_to_the_end(pair: Metal) -> None:
    for name in ("cp1", "w1"):
        assert pair.run(name, "hostname").strip() == name
        assert pair.run(name, "systemctl is-system-running --wait").strip() == "running"


def test_machines_have_cgroup_v2_and_reach_each_other_and_the_hub(pair: Metal) -> None:
    assert pair.run("cp1", "stat -fc %T /sys/fs/cgroup").strip() == "cgroup2fs"
    for target in ("w1", "hub"):
        pair.run("cp1", f"ping -qc1 -W2 {target}")


def test_ansible_reboots_them(pair: Metal, tmp_path: Path) -> None:
    playbook = tmp_path / "reboot.yml"
    playbook.write_text(REBOOT)
    before = pair.run("cp1", "cat /proc/sys/kernel/random/boot_id")
    run = pair.play(str(playbook))
    assert run.code == 0, run.output
    assert set(run.recap) == {"cp1", "w1"}
    assert pair.run("cp1", "cat /proc/sys/kernel/random/boot_id") != before


def test_a_power_failure_keeps_the_disk_and_nothing_else(healed: Metal) -> None:
    healed.run("w1", "echo kept >/root/file && sync && ip link add fleeting type bridge")
    healed.off("w1")
    assert not healed.is_on("w1")
    assert not reaches(healed, "w1")
    assert healed.is_on("cp1")
    healed.on("w1")
    assert healed.run("w1", "cat /root/file").strip() == "kept"
    with pytest.raises(BedError, match="does not exist"):
        healed.run("w1", "ip link show fleeting")


def test_a_machine_can_be_shut_down(healed: Metal) -> None:
    healed.shut_down("w1")
    assert not healed.is_on("w1")
    assert "Powering off." in (healed.place.logs / "w1.console").read_text(errors="replace")


def test_ssh_is_cut_and_nothing_else(healed: Metal) -> None:
    healed.cut_ssh("w1")
    with pytest.raises(BedError):
        healed.run("w1", "true", limit=20)
    assert reaches(healed, "w1")
    healed.run("cp1", "true")
    healed.restore_ssh()
    healed.run("w1", "true")


def test_a_cable_is_pulled(healed: Metal) -> None:
    healed.unplug("w1")
    assert not reaches(healed, "w1")
    healed.plug("w1")
    assert reaches(healed, "w1")


def test_a_disk_is_full_of_its_own(healed: Metal) -> None:
    healed.fill_disk("w1")
    with pytest.raises(BedError, match="No space left"):
        healed.run("w1", "dd if=/dev/zero of=/root/more bs=1M count=1")
    healed.run("cp1", "dd if=/dev/zero of=/root/more bs=1M count=1")
    healed.free_disk("w1")
    healed.run("w1", "dd if=/dev/zero of=/root/more bs=1M count=1")


def test_a_machine_is_taken_away_and_comes_back_empty(healed: Metal) -> None:
    healed.run("w1", "touch /root/of-the-old-one")
    healed.forget("w1")
    assert healed.names == ["cp1"]
    healed.add("w1")
    assert healed.run("w1", "ls /root").strip() == ""


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.minor)
def test_packages_and_images_of_a_minor(release, pair: Metal) -> None:
    by_hand.prepare(pair, "cp1", release.version)
    version = f"v{release.version}"
    assert pair.run("cp1", "kubelet --version").strip() == f"Kubernetes {version}"
    pulled = pair.run("cp1", f"kubeadm config images pull --kubernetes-version {version}")
    assert f"kube-apiserver:{version}" in pulled
    assert f"coredns:v{release.coredns}" in pulled


@pytest.fixture(scope="module")
def cluster(metal: Metal) -> Metal:
    """One control plane of the older minor, by kubeadm init."""
    metal.fresh(control_planes=1)
    by_hand.prepare(metal, "cp1", RELEASES[0].version)
    by_hand.init(metal, "cp1", RELEASES[0].version)
    metal.kubectl("cp1", "wait node cp1 --for=condition=Ready --timeout=120s")
    return metal


def test_a_cluster_answers_by_its_endpoint_unless_that_is_down(cluster: Metal) -> None:
    ready = f"curl -fSsk --max-time 5 https://{HUB_ADDRESS}:6443/readyz"
    assert cluster.run("cp1", f"{ready} --retry 9 --retry-all-errors") == "ok"
    cluster.stop_endpoint()
    with pytest.raises(BedError, match="connect"):
        cluster.run("cp1", ready)
    cluster.start_endpoint()
    assert cluster.run("cp1", f"{ready} --retry 9 --retry-all-errors") == "ok"


def test_pods_of_the_cluster_get_addresses_and_services_work(cluster: Metal) -> None:
    cluster.kubectl("cp1", "taint nodes --all node-role.kubernetes.io/control-plane-")
    cluster.kubectl("cp1", "create deployment web --image=registry.k8s.io/bed/web:1")
    cluster.kubectl("cp1", "expose deployment web --port=80 --target-port=8080")
    cluster.kubectl("cp1", "rollout status deployment/web --timeout=120s")
    cluster.kubectl("cp1", "-n kube-system rollout status deployment/coredns --timeout=120s")
    address = cluster.kubectl("cp1", "get service web -o jsonpath={.spec.clusterIP}")
    assert "web-" in cluster.run("cp1", f"curl -fsS --retry 9 --retry-all-errors --max-time 5 http://{address}/")


def test_a_power_failure_of_the_only_control_plane_is_survived(cluster: Metal) -> None:
    cluster.off("cp1")
    cluster.on("cp1")
    wait_for("the API server is ready", lambda: _ready(cluster), 120)


@pytest.mark.long
def test_a_true_upgrade_to_the_next_minor_by_hand(cluster: Metal) -> None:
    older, newer = RELEASES
    by_hand.upgrade(cluster, ["cp1"], newer.version)
    version = "get node cp1 -o jsonpath={.status.nodeInfo.kubeletVersion}"
    wait_for("the kubelet is the new one", lambda: _asks(cluster, version) == f"v{newer.version}", 120)
    wait_for("nothing of the old minor runs", lambda: f":v{older.version}" not in _images(cluster), 180)
    assert f"etcd:{newer.etcd}" in _images(cluster)


def _images(metal: Metal) -> str:
    """What the pods of the system run; all of the old minor while nobody answers."""
    found = _asks(metal, "-n kube-system get pods -o jsonpath={.items[*].spec.containers[*].image}")
    return found or f":v{RELEASES[0].version}"


def _ready(metal: Metal) -> bool:
    return _asks(metal, "get --raw /readyz") == "ok"


def _asks(metal: Metal, question: str) -> str:
    """The answer of kubectl; empty while the API server does not answer."""
    try:
        return metal.kubectl("cp1", question)
    except BedError:
        return ""
