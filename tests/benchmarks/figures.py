# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What benchmarks have in common: taking a figure, showing figures beside each other, objects to take them with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._connection import connect
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Kube
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, Ref, dig, ref_of
from ansible_collections.capi.lifecycle.plugins.module_utils._template import substitute
from bed import CHECKOUT, Bed

_TEMPLATE = CHECKOUT / "roles/sandbox/files/manifests/v1beta2/cluster-template-in-memory-classic.yaml.in"
_LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@dataclass(frozen=True)
class Figure:
    """What one way of doing something took."""

    way: str
    seconds: float
    requests: int | None = None


def measured(way: str, act: Callable[[], Any], bed: Bed | None = None) -> Figure:
    """Do it once; where a bed is given the requests of every program are counted."""
    if bed is None:
        start = time.monotonic()
        act()
        return Figure(way, time.monotonic() - start)
    with bed.requests(agents=("",)) as requests:
        alone = measured(way, act)
    return Figure(way, alone.seconds, len(requests.events))


def show(title: str, *figures: Figure) -> None:
    """A table; ratios are those to the last row, which is the peer."""
    peer = figures[-1]
    print(f"\n\n{title}")
    for figure in figures:
        row = f"  {figure.way:<60} {figure.seconds:7.2f} s {figure.seconds / peer.seconds:6.2f}"
        if figure.requests is not None and peer.requests:
            row += f"  {figure.requests:5} requests {figure.requests / peer.requests:6.2f}"
        print(row)


def manifests(name: str, namespace: str, *, paused: bool = False, machines: str = "1") -> str:
    """The objects of a classic cluster in memory, with so many control plane machines and as many workers."""
    values = {"CLUSTER_NAME": name, "NAMESPACE": namespace, "KUBERNETES_VERSION": "v1.35.4"}
    text = substitute(_TEMPLATE.read_text(), values | dict.fromkeys(_COUNTS, machines))
    return text.replace("spec:\n  clusterNetwork:", "spec:\n  paused: true\n  clusterNetwork:") if paused else text


_COUNTS = ("CONTROL_PLANE_MACHINE_COUNT", "WORKER_MACHINE_COUNT")


def inventory(folder: Path, hosts: dict[str, dict[str, Any]]) -> str:
    """An inventory in which each host is a cluster."""
    path = folder / "inventory.json"
    path.write_text(json.dumps({"all": {"vars": _LOCAL, "children": {"clusters": {"hosts": hosts}}}}))
    return str(path)


@contextmanager
def left_by_controllers(bed: Bed, clusters: Iterable[list[Object]]) -> Iterator[None]:
    """Objects of paused clusters with their status, on the real API server; nobody works on them, or removes them."""
    with (
        connect({"kubeconfig": str(bed.kubeconfig)}, dry_run=False, writes=True) as kube,
        ThreadPoolExecutor(8) as threads,
        _controllers_stopped(kube),
    ):
        refs = [ref for found in threads.map(partial(_put, kube), clusters) for ref in found]
        try:
            yield
        finally:
            list(threads.map(kube.delete, reversed(refs)))


@contextmanager
def _controllers_stopped(kube: Kube) -> Iterator[None]:
    """They look at paused objects, too: with 10 000 of them two cores can do nothing else. Nor do webhooks answer."""
    provided = {"labels": "cluster.x-k8s.io/provider"}
    providers = [ref_of(d) for d in kube.list("apps/v1", "Deployment", **provided)]
    hooks = [h for kind in _HOOKS for h in kube.list("admissionregistration.k8s.io/v1", kind, **provided)]
    for hook in hooks:
        kube.patch(ref_of(hook), {"webhooks": [{**one, "failurePolicy": "Ignore"} for one in hook["webhooks"]]})
    _scale(kube, providers, 0)
    try:
        yield
    finally:
        _scale(kube, providers, 1)
        for hook in hooks:
            kube.patch(ref_of(hook), {"webhooks": hook["webhooks"]})


_HOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def _scale(kube: Kube, deployments: list[Ref], replicas: int) -> None:
    for ref in deployments:
        kube.patch(ref, {"spec": {"replicas": replicas}})
    limit = time.monotonic() + 300
    while any(dig(kube.get(ref), "status", "readyReplicas", default=0) != replicas for ref in deployments):
        assert time.monotonic() < limit, f"the providers have not come to {replicas} replicas"
        time.sleep(0.5)


def _put(kube: Kube, items: list[Object]) -> list[Ref]:
    kept = ("name", "namespace", "labels", "annotations")
    refs = []
    for item in items:
        meta = {key: item["metadata"][key] for key in kept if key in item["metadata"]}
        stored = kube.create({**{k: v for k, v in item.items() if k != "status"}, "metadata": meta})
        refs.append(ref_of(stored))
        status = {**item["status"], "observedGeneration": 99}
        if "systemUUID" not in status.get("nodeInfo", {}):  # the server takes it whole or not at all
            status.pop("nodeInfo", None)
        kube.patch(refs[-1], {"status": status}, subresource="status")
    return refs
