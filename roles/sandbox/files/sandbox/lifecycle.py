# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop, remove, and describe a sandbox."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import control_plane, processes
from .addresses import LOOPBACK
from .files import locked
from .layout import Layout, load_settings, refuse_foreign_folder
from .ports import Ports, debug_port_note
from .versions import load_versions

Report = Callable[[str], None]


def stop(layout: Layout, report: Report, dry_run: bool = False) -> list[str]:
    """Stop every process; files stay, and ``up`` goes on from there. Returns the steps."""
    steps = [f"stopping {name}" for name in control_plane.running(layout)]
    if steps and not dry_run:
        with locked(layout.lock, lambda: report("another run has this sandbox; waiting for it")):
            control_plane.stop_all(layout, report)
    return steps


def remove(layout: Layout, report: Report, dry_run: bool = False) -> list[str]:
    """Stop every process and remove every file of the sandbox; what was built stays in the cache. Returns the steps."""
    leftovers = list(layout.home.parent.glob(f".{layout.name}.removed-*"))
    if not layout.home.exists() and not leftovers:
        return []
    refuse_foreign_folder(layout)
    steps = [*stop(layout, report, dry_run=True), f"removing {layout.home}"]
    if dry_run:
        return steps
    if layout.home.exists():
        with locked(layout.lock, lambda: report("another run has this sandbox; waiting for it")):
            control_plane.stop_all(layout, report)
            report(steps[-1])
            _forget_discovery(layout)
            # Gone at once: what is left by a removal that is cut off cannot be taken for a sandbox.
            leftovers.append(layout.home.rename(layout.home.with_name(f".{layout.name}.removed-{os.getpid()}")))
    for folder in leftovers:
        shutil.rmtree(folder)
    return steps


def _forget_discovery(layout: Layout) -> None:
    """kubectl keeps what a server offers for hours; a later sandbox at the same port may offer something else."""
    settings = load_settings(layout)
    if settings:
        cache = Path(os.environ.get("KUBECACHEDIR") or Path.home() / ".kube" / "cache") / "discovery"
        shutil.rmtree(cache / f"{LOOPBACK}_{Ports(settings.port_base).api_server}", ignore_errors=True)


def state_of(layout: Layout) -> str:
    """present (all control plane processes run), stopped (none runs), partial, or absent."""
    if load_settings(layout) is None:
        return "absent"
    records = [processes.read_record(control_plane.record_path(layout, name)) for name in control_plane.START_ORDER]
    alive = [processes.is_alive(record) for record in records]
    if all(alive):
        return "present"
    return "partial" if any(alive) else "stopped"


def describe(layout: Layout) -> dict[str, Any]:
    """Everything that an operator or a module wants to know about a sandbox."""
    settings = load_settings(layout)
    common: dict[str, Any] = {"name": layout.name, "state": state_of(layout), "directory": str(layout.home)}
    if settings is None:
        return common
    ports, versions = Ports(settings.port_base), load_versions()
    return {
        **common,
        **_paths(layout, settings.capi_versions),
        "server": control_plane.server_url(ports),
        "ports": {"etcd": ports.etcd, "etcd_peer": ports.etcd_peer, "api_server": ports.api_server},
        "images": settings.images,
        "provider_repositories": list(settings.provider_repositories),
        "running": control_plane.running(layout),
        "versions": {
            "kubernetes": versions.kubernetes,
            "etcd": versions.etcd,
            "cert_manager": versions.cert_manager,
            "capi": list(settings.capi_versions),
        },
        "notes": [note for note in [debug_port_note(layout.home)] if note],
    }


def _paths(layout: Layout, capi_versions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "kubeconfig": str(layout.kubeconfig),
        "clusterctl": str(layout.programs / "clusterctl"),
        "clusterctls": {version: str(layout.programs / f"clusterctl-{version}") for version in capi_versions},
        "kubectl": str(layout.programs / "kubectl"),
        "repository": str(layout.repository),
        "clusterctl_config": str(layout.clusterctl_config),
        "audit_log": str(layout.audit_log),
        "logs": str(layout.logs),
        "pods": str(layout.pods),
    }
