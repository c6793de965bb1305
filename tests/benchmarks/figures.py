# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What benchmarks have in common: taking a figure, showing figures beside each other, objects to take them with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
