# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades that are killed, held, contested, or lose their server: the same command then comes to the same end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from bed import CACHE, SOAK, Bed, eventually, finish, kill, own_namespace
from side_by_side import Case
from upgrading import OTHER, SLOW, classic, classy, notes, versions

TARGET = "v1.36.6"
HOOK = "pre-drain.delete.hook.machine.cluster.x-k8s.io/archive"
KILLS = 15 if SOAK else 4  # of each of the clusters
REACH = 20.0  # seconds after which a run is killed at the latest; more while it comes to no write on a busy machine
KILLED: Mapping[str, tuple[Callable[[Bed, str, str], None], dict[str, Any], int]] = {
    # how it is made, what else is asked for, and the machines that are ever made
    "plain": (classic("v1.35.10", 1, {"a": 2}), {}, 6),
    "minors": (classic("v1.34.13"), {}, 5),
    "template": (classic("v1.35.10"), {"upgrade_overrides": [{"machine_template": {"patch": OTHER}}]}, 4),
    "topology": (classy("v1.35.10"), {}, 4),
}


def play(bed: Bed, name: str, **more: Any) -> subprocess.Popen[str]:
    """The playbook on one cluster that is named, as a survey does it."""
    variables = {"cluster": f"c-{name}", "cluster_namespace": f"f-{name}", "kubernetes_version": TARGET, **more}
    kubeconfig = {"management_cluster_kubeconfig": str(bed.kubeconfig)}
    return bed.start("upgrade", "-i", "localhost,", **{**kubeconfig, "upgrade_node_drain_timeout": 300, **variables})


@contextmanager
def cluster(bed: Bed, name: str, make: Callable[[Bed, str, str], None]) -> Iterator[str]:
    """A cluster of the test's own; gives its namespace."""
    with own_namespace(bed, f"f-{name}") as namespace:
        make(bed, f"c-{name}", namespace)
        yield namespace


@contextmanager
def machines_seen(bed: Bed, namespace: str) -> Iterator[set[str]]:
    """Every machine that is there at any time of the block, by name."""
    found: set[str] = set()
    kubectl = [*bed.folder.glob("bin/kubectl"), *CACHE.glob("bin/*/kubectl")][0]
    command = [str(kubectl), f"--kubeconfig={bed.kubeconfig}", "get", "machines", "-n", namespace, "-o", "name", "-w"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        try:
            yield found
        finally:
            watch.terminate()
            assert watch.stdout is not None
            found.update(watch.stdout.read().split())


def _written(bed: Bed, namespace: str) -> bool:
    """Whether a run has asked for the target already."""
    owners = [*bed.objects("clusters", namespace), *bed.objects("kubeadmcontrolplanes", namespace)]
    return any(f'"{TARGET}"' in json.dumps(owner["spec"]) for owner in owners)


def rolling(bed: Bed, namespace: str) -> bool:
    """Whether the first machine of the target is there."""
    return TARGET in versions(bed, namespace).values()


def killed(bed: Bed, name: str, make: Any, more: dict[str, Any], machines: int) -> None:
    """At random instants, one at least after a write; the same command then ends it, and no machine is made twice."""
    instants, struck, reach = random.Random(name), 0, REACH
    with cluster(bed, name, make) as namespace:
        with machines_seen(bed, namespace) as seen:
            for number in range(5 * KILLS):
                process = play(bed, name, **more)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(instants.uniform(1.0, reach))
                in_time = process.poll() is None and _written(bed, namespace)
                struck, reach = struck + in_time, REACH if in_time else reach * 1.2
                kill(process)
                if number + 1 >= KILLS and struck:
                    break
            assert struck, f"{name}: no run was killed after its first write"
            run = finish(play(bed, name, **more))
            assert run.code == 0, run.output
        assert len(seen) == machines, f"{name}: machines were made twice"
        assert set(versions(bed, namespace).values()) == {TARGET}
        assert notes(bed, namespace) == []
        again = finish(play(bed, name, **more))
        assert again.recap[f"c-{name}"]["changed"] == 0, again.output


def _case(name: str, bed: Bed) -> None:
    killed(bed, name, *KILLED[name])


def two_at_once(bed: Bed) -> None:
    with cluster(bed, "twice", classic("v1.35.10")) as namespace:
        with machines_seen(bed, namespace) as seen:
            runs = [play(bed, "twice") for _number in range(2)]
            ends = sorted((finish(run) for run in runs), key=lambda run: run.code)
        assert ends[0].code == 0, ends[0].output
        assert ends[1].code == 0 or "another run is changing this cluster" in ends[1].output, ends[1].output
        assert set(versions(bed, namespace).values()) == {TARGET}
        assert len(seen) == 4


def somebody_else_writes_the_version(bed: Bed) -> None:
    with cluster(bed, "rival", classic("v1.35.10")) as namespace:
        patch = json.dumps({"spec": {"version": "v1.35.10"}})
        over = threading.Event()

        def rival() -> None:
            while not over.wait(10):
                bed.kubectl(
                    "patch", "kubeadmcontrolplane", "-n", namespace, "c-rival-control-plane",
                    "--type=merge", "-p", patch, "--field-manager=rival",
                )  # fmt: skip

        thread = threading.Thread(target=rival)
        thread.start()
        try:
            run = finish(play(bed, "rival"))
        finally:
            over.set()
            thread.join()
        assert run.code != 0
        assert "rival" in run.output
        assert "Stop the other writer" in run.output
        again = finish(play(bed, "rival"))
        assert again.code == 0, again.output


def paused_in_the_middle(bed: Bed) -> None:
    with cluster(bed, "paused", classic("v1.35.10", 1, {"a": 2})) as namespace:
        process = play(bed, "paused")
        eventually(lambda: rolling(bed, namespace))
        note = ("annotate", "kubeadmcontrolplane", "c-paused-control-plane", "-n", namespace)
        bed.kubectl(*note, "cluster.x-k8s.io/paused=me")
        run = finish(process)
        assert run.code != 0
        assert "KubeadmControlPlane c-paused-control-plane was paused" in run.output
        assert "It stands so: control plane" in run.output
        refused = finish(play(bed, "paused"))
        assert refused.code != 0
        assert "KubeadmControlPlane c-paused-control-plane" in refused.output
        bed.kubectl(*note, "cluster.x-k8s.io/paused-")
        again = finish(play(bed, "paused"))
        assert again.code == 0, again.output
        assert set(versions(bed, namespace).values()) == {TARGET}


def a_machine_that_never_joins(bed: Bed) -> None:
    with cluster(bed, "never", classic("v1.35.10")) as namespace:
        slow = [{"owners": ["a"], "machine_template": {"patch": SLOW}}]
        stuck = finish(play(bed, "never", upgrade_overrides=slow, upgrade_stall_timeout=30))
        assert stuck.code != 0
        assert '"outcome": "stalled"' in stuck.output
        assert "waits for InfrastructureReady" in stuck.output
        well = [{"owners": ["a"], "machine_template": {"patch": OTHER}}]
        again = finish(play(bed, "never", upgrade_overrides=well, upgrade_skip_checks=["machines-healthy"]))
        assert again.code == 0, again.output
        assert set(versions(bed, namespace).values()) == {TARGET}


def a_hook_that_holds_a_machine(bed: Bed) -> None:
    with cluster(bed, "hook", classic("v1.35.10")) as namespace:
        worker = next(n for n in versions(bed, namespace) if "-a-" in n)
        bed.kubectl("annotate", "machine", worker, "-n", namespace, f"{HOOK}=me")
        stuck = finish(play(bed, "hook", upgrade_stall_timeout=30))
        assert stuck.code != 0
        assert '"outcome": "stalled"' in stuck.output
        assert f"replacing {worker}" in stuck.output
        assert "pre-drain hook" in stuck.output
        bed.kubectl("annotate", "machine", worker, "-n", namespace, f"{HOOK}-")
        again = finish(play(bed, "hook"))
        assert again.code == 0, again.output


def pause_between(bed: Bed, name: str, make: Any) -> None:
    """First the control plane, by another run the node pools."""
    with cluster(bed, name, make) as namespace:
        workers = {n: v for n, v in versions(bed, namespace).items() if "-a-" in n or "-b-" in n}
        first = finish(play(bed, name, upgrade_pause_between=True))
        assert first.code == 0, first.output
        there = versions(bed, namespace)
        assert {n: there.get(n) for n in workers} == workers
        assert {v for n, v in there.items() if n not in workers} == {TARGET}
        second = finish(play(bed, name))
        assert second.code == 0, second.output
        assert set(versions(bed, namespace).values()) == {TARGET}
        third = finish(play(bed, name))
        assert third.recap[f"c-{name}"]["changed"] == 0


# What `make soak` runs besides: variations of the others.
SOAKED = {"killed: minors", "killed: template", "pause between", "a hook that holds a machine"}
FAULTS: dict[str, Case] = {
    **{f"killed: {name}": partial(_case, name) for name in KILLED},
    "two at once": two_at_once,
    "somebody else writes the version": somebody_else_writes_the_version,
    "paused in the middle": paused_in_the_middle,
    "a machine that never joins": a_machine_that_never_joins,
    "a hook that holds a machine": a_hook_that_holds_a_machine,
    "pause between": lambda bed: pause_between(bed, "between", classic("v1.34.13")),
    "pause between, topology": lambda bed: pause_between(bed, "halves", classy("v1.35.10", 1, {"a": 1, "b": 1})),
}

if not SOAK:
    FAULTS = {name: case for name, case in FAULTS.items() if name not in SOAKED}


def cases(_release: str) -> Mapping[str, Case]:
    return FAULTS


@pytest.mark.parametrize("name", FAULTS)
def test_fault(beside: Callable[[str], None], name: str) -> None:
    beside(name)


@pytest.mark.parametrize("what", ["webhook", "API server"] if SOAK else ["API server"])
def test_the_management_cluster_is_away(bed: Bed, alone: None, what: str) -> None:
    """The webhooks of the control plane provider for 90 s; the API server for as long as it takes to start it."""
    name = "away-" + what[:3].lower()
    with cluster(bed, name, classic("v1.35.10")) as namespace:
        process = play(bed, name)
        eventually(lambda: rolling(bed, namespace))
        if what == "webhook":
            scale = ("scale", "deployment", "-n", "capi-kubeadm-control-plane-system", "--all")
            bed.kubectl(*scale, "--replicas=0")
            time.sleep(90)
            bed.kubectl(*scale, "--replicas=1")
        else:
            record = json.loads((bed.folder / "processes/kube-apiserver.json").read_text())
            os.kill(record["pid"], signal.SIGKILL)
            time.sleep(5)
            back = bed.play("sandbox", sandbox_capi_versions=[bed.capi_version])
            assert back.code == 0, back.output
        run = finish(process)
        assert run.code == 0, run.output
        assert set(versions(bed, namespace).values()) == {TARGET}
