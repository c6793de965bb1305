# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Move the pods off a node, or let them come back; asked of the API server on this control plane node.

A node that we cordoned carries an annotation, so that a later run knows whose cordon it is and never takes off
another's. A drain that fails leaves the node as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._drain_words import budgets_over, held_pods
from ._errors import CapiError, Refused
from ._host import NodeSession
from ._local_kube import LocalKube, items_of, local_kube
from ._node_words import OURS
from ._outcome import Outcome

REST = 30.0  # seconds beyond its own timeout that kubectl drain may take to end


def ensure_drain(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """``drained``: cordoned and free of pods. ``schedulable``: our cordon is off; that of somebody else stays."""
    kube, name = local_kube(session.host), params["name"]
    node = kube.get("node", name)
    cordoned, ours = bool(node["spec"].get("unschedulable")), OURS in node["metadata"].get("annotations", {})
    before = {"cordoned": cordoned}
    if params["state"] == "schedulable":
        return _let_back(session, kube, name, before, ours=ours)
    if session.dry_run:
        return Outcome({name: before}, {name: {"cordoned": True}}, {"cordoned_by_us": ours or not cordoned})
    if not cordoned:
        kube.text("annotate", "node", name, f"{OURS}=true", "--overwrite")
    moved = _drain(kube, params, ours=ours or not cordoned)
    after = {"cordoned": True, **({"pods_moved": moved} if moved else {})}
    return Outcome({name: before}, {name: after}, {"cordoned_by_us": ours or not cordoned})


def _let_back(session: NodeSession, kube: LocalKube, name: str, before: Mapping[str, bool], *, ours: bool) -> Outcome:
    if ours and not session.dry_run:
        _uncordon(kube, name)
    after = {"cordoned": before["cordoned"] and not ours}
    return Outcome({name: before}, {name: after}, {"cordoned_by_us": False})


def _uncordon(kube: LocalKube, name: str) -> None:
    """The annotation goes last: a run that is killed in between does it again."""
    kube.text("uncordon", name)
    kube.text("annotate", "node", name, f"{OURS}-")


def _drain(kube: LocalKube, params: Mapping[str, Any], *, ours: bool) -> int:
    """Number of pods that were moved. Raise Refused, with the node as it was, when not all go."""
    name, timeout = params["name"], params["timeout"]
    flags = ["--ignore-daemonsets", f"--timeout={timeout}s"]
    flags += ["--delete-emptydir-data"] if params["delete_emptydir_data"] else []
    flags += ["--force"] if params["force"] else []
    done = kube.run("drain", name, *flags, seconds=timeout + REST)
    if done.rc == 0:
        return int(done.stdout.count("evicting pod "))
    if ours:
        _uncordon(kube, name)
    state = "It takes pods again, as before" if ours else "It stays cordoned, as before"
    raise Refused(
        f"Node {name} cannot be drained: {_reasons(kube, done.stderr) or done.why}. {state}, and nothing else was "
        "changed. Scale the workload up or raise its budget, then run again.",
    )


def _reasons(kube: LocalKube, stderr: str) -> str:
    """Each pod that did not go, why, and the budgets behind it."""
    held = held_pods(stderr)
    try:
        budgets = items_of(kube.get("poddisruptionbudgets.policy", "-A")) if held else []
    except CapiError:
        budgets = []
    return "; ".join(_reason(kube, pod, budgets) for pod in held)


def _reason(kube: LocalKube, held: tuple[str, str, str], budgets: list[dict[str, Any]]) -> str:
    namespace, name, why = held
    try:
        behind = budgets_over(kube.get("-n", namespace, "pod", name), budgets)
    except CapiError:
        behind = []
    blamed = f" (PodDisruptionBudget {', '.join(behind)} lets none go)" if behind else ""
    return f"pod {namespace}/{name}: {why.rstrip('.')}{blamed}"
