# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Read a kubeadm node and, through it, its cluster; on request, wait until the next step may begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import InvalidInput, WaitTimeout
from ._host import NodeSession
from ._kubeadm_gate import NEEDS, Wanted, unmet
from ._kubeadm_seen import READERS, look
from ._outcome import Outcome
from ._versions import parse_version
from ._wait import duration

INTERVAL = 2.0  # seconds between looks: one costs about as much
LOOKS = 2  # good looks in a row before a condition is believed


def read_kubeadm(session: NodeSession, params: Mapping[str, Any]) -> Outcome:
    """Facts by subset, ``problems`` and ``unmet``. Raise WaitTimeout with what is missing after ``timeout`` seconds."""
    conditions, timeout = params["until"], params["timeout"]
    if params["version"]:
        parse_version(params["version"], "version")
    if timeout and not conditions:
        raise InvalidInput("timeout has a meaning only beside until: name the conditions to wait for")
    wanted = {part for condition in conditions for part in NEEDS[condition]}
    subsets = [subset for subset in READERS if subset in {*params["subset"], *wanted}]
    asked = Wanted(params["version"], params["nodes"])
    began, good = session.clock.now(), 0
    while True:
        facts = look(session.host, params["node_name"], subsets)
        missing = unmet(facts, conditions, asked)
        good = 0 if missing else good + 1
        waited = session.clock.now() - began
        if not timeout or good >= LOOKS:
            return Outcome(values={**facts, "unmet": missing, "waited": round(waited, 1)})
        if waited >= timeout:
            raise _too_late(params["node_name"] or session.host.hostname(), missing, waited)
        session.clock.sleep(INTERVAL)


def _too_late(name: str, missing: list[str], waited: float) -> WaitTimeout:
    causes = "; ".join(missing) or "it was good once, and not twice in a row"
    return WaitTimeout(
        f"{name}: after {duration(waited)} still {causes}. Nothing further was changed; look at it with crictl ps -a "
        "and journalctl -u kubelet on that node. When the cause is gone, run the same command again: it goes on from "
        "here.",
        unmet=missing,
    )
