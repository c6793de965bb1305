# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints made of the control planes: created, killed on the way, asked while the host that has the address dies."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from bed import Run, kill
from clusters import DATA, NEW, OLD, changed, nodes, play, serve_web, voting
from driving import Metal
from metal import network
from metal.commands import wait_for
from metal.place import HUB_ADDRESS
from probing import asking, readyz

pytestmark = pytest.mark.long

VIP = "10.77.0.200"
NAMES = ("cp1", "cp2", "cp3")
AWAY = 30.0  # seconds without an answer that are too many when a host dies


@dataclass(frozen=True)
class Kind:
    """A type of endpoint: where it is, and at which line of its first run that is killed."""

    type: str
    endpoint: str
    killed_at: str

    @property
    def variables(self) -> dict[str, str]:
        return {"bare_metal_endpoint_type": self.type, "bare_metal_endpoint": self.endpoint}


KINDS = (
    Kind("keepalived_haproxy", f"{VIP}:8443", "Configure keepalived"),
    Kind("kube_vip", f"{VIP}:6443", "Write the static pod of kube-vip"),
    Kind("local_proxy", "localhost:8443", "kubeadm_join : Run kubeadm join"),
)


@dataclass(frozen=True)
class Made:
    """A cluster with such an endpoint."""

    metal: Metal
    kind: Kind

    def play(self, playbook: str, *arguments: str, **more: Any) -> Run:
        return play(self.metal, playbook, *arguments, **self.kind.variables, **more)

    def holder(self) -> str:
        """The control plane that has the address; any other than the first where none moves."""
        if self.kind.type == "local_proxy":
            return "cp2"
        [name] = [name for name in NAMES if self.metal.is_on(name) and VIP in self.metal.run(name, "ip -brief address")]
        return name


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.type)
def made(metal: Metal, request: pytest.FixtureRequest) -> Made:
    """Three control planes and a worker; the first run is killed on the way, the same command then ends it."""
    found = Made(metal, request.param)
    metal.fresh(control_planes=3, workers=1)
    variables = {"bare_metal_kubernetes_version": f"v{OLD}", **found.kind.variables}
    process = metal.start("playbooks/bare_metal/create.yml", **variables)
    assert process.stdout is not None
    assert any(found.kind.killed_at in line for line in process.stdout), f"it ended before {found.kind.killed_at}"
    kill(process)
    assert changed(found.play("create"))
    return found


def test_every_node_is_there(made: Made) -> None:
    assert nodes(made.metal) == dict.fromkeys((*NAMES, "w1"), (f"v{OLD}", "True"))
    assert voting(made.metal) == list(NAMES)
    server = made.metal.run("w1", "grep server: /etc/kubernetes/kubelet.conf").split()[-1]
    assert server == f"https://{made.kind.endpoint}"


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["again", "check mode"])
def test_again_changes_nothing(made: Made, arguments: tuple[str, ...]) -> None:
    assert changed(made.play("create", *arguments)) == {}


def test_it_outlives_the_host_that_has_it(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """A client asks on while that host loses its power and comes back; what was stored before is there."""
    name = made.holder()
    other = next(other for other in NAMES if other != name)
    made.metal.kubectl(other, f"create configmap {DATA} --from-literal=a=b")
    with asking(made.metal, "w1", readyz(made.kind.endpoint)) as [seen]:
        time.sleep(2)
        made.metal.off(name)
        time.sleep(30)
        made.metal.on(name)
        wait_for(f"{name} is Ready again", lambda: _ready(made.metal, other) == 4, 180, every=2)
    with capsys.disabled():
        print(f"\n{made.kind.type}: {name} lost its power; {seen}")
    assert 0 < seen.longest < AWAY
    assert seen.asked > 100
    assert DATA in made.metal.kubectl(other, "get configmaps -o name")
    wait_for("all members of etcd vote", lambda: voting(made.metal) == list(NAMES), 60, every=2)
    assert made.holder() in NAMES
    assert changed(made.play("create")) == {}


def _ready(metal: Metal, name: str) -> int:
    return metal.kubectl(name, "get nodes").count(" Ready ")


def test_a_control_plane_that_goes_gives_it_up(made: Made) -> None:
    """Nothing of the endpoint is left on it, and the others serve on."""
    name = made.holder()
    assert made.play("reset", "--limit", name, bare_metal_confirm="bed").code == 0
    left = made.metal.run(name, "ip -brief address; systemctl is-active haproxy keepalived; ls /etc/kubernetes; true")
    assert VIP not in left
    assert "active" not in left.replace("inactive", "").split()
    made.metal.run("w1", f"curl -sk --max-time 5 --retry 10 --retry-all-errors https://{made.kind.endpoint}/readyz")
    made.metal.forget(name)
    made.metal.add(name)
    assert changed(made.play("create"))
    assert changed(made.play("create")) == {}


# What is refused, before anything changes: on machines without a cluster.


@pytest.fixture(scope="module")
def bare(metal: Metal) -> Metal:
    metal.fresh(control_planes=1, workers=1)
    return metal


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"bare_metal_endpoint_type": "vip"}, "endpoint-type: bare_metal_endpoint_type is 'vip'"),
        ({"bare_metal_endpoint": f"{VIP}:6443"}, "endpoint-port: bare_metal_endpoint has the port 6443"),
        ({"bare_metal_endpoint": "10.77.0.11:8443"}, "endpoint-ip: cp1: 10.77.0.11 is the address of this host"),
        ({"bare_metal_endpoint": "192.0.2.1:8443"}, "endpoint-network: cp1: 192.0.2.1 is not in 10.77.0.0/24"),
        ({"bare_metal_endpoint": "api.bed.test:8443"}, "endpoint-ip: with keepalived_haproxy an address moves"),
        (
            {"bare_metal_endpoint": "api.bed.test:8443", "bare_metal_endpoint_ip": VIP},
            f"the endpoint api.bed.test:8443 leads to {HUB_ADDRESS}, wanted with keepalived_haproxy is {VIP}",
        ),
    ],
    ids=["type", "port", "address of a host", "another network", "no address", "a name that leads elsewhere"],
)
def test_refused_before_anything_changes(bare: Metal, variables: dict[str, Any], words: str) -> None:
    refused(bare, words, **variables)


def refused(metal: Metal, words: str, **variables: Any) -> None:
    wish = {**KINDS[0].variables, **variables}
    run = play(metal, "create", **wish)
    assert run.code != 0
    assert words in " ".join(run.output.split())
    assert not any(counts["changed"] for counts in run.recap.values())


def test_an_address_that_somebody_else_has(bare: Metal) -> None:
    network.in_hub(bare.place, "ip", "address", "add", f"{VIP}/24", "dev", "br0")
    try:
        refused(bare, f"has the address {VIP}, and none of the control planes does")
    finally:
        network.in_hub(bare.place, "ip", "address", "delete", f"{VIP}/24", "dev", "br0")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (
            "mkdir -p /etc/haproxy; echo 'frontend shop' > /etc/haproxy/haproxy.cfg",
            "haproxy works there for somebody else",
        ),
        ("rm -rf /etc/haproxy; systemd-run -q -u taken python3 -m http.server 8443", "something listens on 8443"),
    ],
    ids=["haproxy of somebody else", "port"],
)
def test_what_others_have_made_on_the_host(bare: Metal, prepare: str, words: str) -> None:
    bare.run("cp1", prepare)
    refused(bare, words)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("refuse", "On cp1 nftables may keep closed"),
        ("open", "They have to let in: 6443/tcp, 2379-2380/tcp, 10250/tcp"),
    ],
)
def test_a_firewall_that_keeps_nodes_apart(bare: Metal, wish: str, words: str) -> None:
    """Rules of its own that drop what they do not know: nobody but their owner writes them."""
    own = "policy drop; ct state established accept; iif lo accept; tcp dport 22 accept"
    chain = f"chain input {{ type filter hook input priority 10; {own}; }}"
    bare.run("cp1", "nft -f -", text=f"table inet guard {{ {chain}; }}")
    try:
        run = play(bare, "create", node_prepare_firewall=wish)
        rules = bare.run("cp1", "nft list table inet guard")
    finally:
        bare.run("cp1", "nft delete table inet guard")
    assert run.code != 0
    assert words in " ".join(run.output.split())
    assert not any(counts["changed"] for counts in run.recap.values())
    assert "6443" not in rules


def test_one_command_over_two_versions(metal: Metal, capsys: pytest.CaptureFixture[str]) -> None:
    """To the first, then to the second, asked all the time; the address moves as API servers restart."""
    kind = KINDS[1]
    metal.fresh(control_planes=3, workers=1)
    assert changed(play(metal, "create", **kind.variables))
    metal.kubectl("cp1", f"create configmap {DATA} --from-literal=a=b")
    wish = {**kind.variables, "bare_metal_confirm": "bed"}
    skipping = play(metal, "upgrade", **wish, bare_metal_kubernetes_path=[f"v{OLD}", "v1.37.0"])
    assert skipping.code != 0
    assert "version-skip: from" in skipping.output
    with asking(metal, "cp1", readyz(kind.endpoint), serve_web(metal)) as [api, web]:
        run = play(metal, "upgrade", **wish, bare_metal_kubernetes_path=[f"v{OLD}", f"v{NEW}"])
        assert changed(run)
    with capsys.disabled():
        print(f"\nupgrade over two versions, the API by the endpoint: {api}\na pod through its Service: {web}")
    assert set(nodes(metal).values()) == {(f"v{NEW}", "True")}
    assert voting(metal) == list(NAMES)
    assert DATA in metal.kubectl("cp1", "get configmaps -o name")
    again = play(metal, "upgrade", **wish, bare_metal_kubernetes_path=[f"v{OLD}", f"v{NEW}"])
    assert changed(again) == {}


def test_programs_from_an_archive(metal: Metal) -> None:
    """A node whose programs are files, and its upgrade."""
    metal.fresh(control_planes=1, workers=1)
    source = {"kube_packages_source": "archive"}
    assert changed(play(metal, "create", **source))
    assert changed(play(metal, "create", **source)) == {}
    assert nodes(metal) == dict.fromkeys(("cp1", "w1"), (f"v{OLD}", "True"))
    assert metal.run("w1", "command -v kubelet; dpkg -l kubelet 2>&1 | tail -1").startswith("/usr/local/bin/kubelet")
    assert changed(play(metal, "upgrade", version=NEW, bare_metal_confirm="bed", **source))
    assert set(nodes(metal).values()) == {(f"v{NEW}", "True")}
    assert changed(play(metal, "upgrade", version=NEW, bare_metal_confirm="bed", **source)) == {}
