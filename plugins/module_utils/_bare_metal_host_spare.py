# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Hosts that a new machine could have now, and what that means for a rollout. Pure.

Source: cluster-api-provider-metal3, baremetal/metal3machine_manager.go: how it chooses a host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._bare_metal_host_progress import trouble_of
from ._bare_metal_host_rules import consumer_of, state_of
from ._bare_metal_host_wish import PAUSED, UNHEALTHY
from ._objects import Object, annotations_of, dig, is_deleting, labels_of

NODE_REUSE = "infrastructure.cluster.x-k8s.io/node-reuse"


def why_not_spare(host: Object) -> str:
    """Why no machine could have it now; empty for a spare one."""
    annotations, state = annotations_of(host), state_of(host)
    reasons = (
        (consumer_of(host) and f"used by {consumer_of(host)}"),
        (is_deleting(host) and "it is being deleted"),
        (dig(host, "status", "errorMessage") and trouble_of(host)),
        (PAUSED in annotations and "it is paused"),
        (any(name in annotations for name in UNHEALTHY) and "it is marked unhealthy"),
        (NODE_REUSE in labels_of(host) and f"it is kept for {labels_of(host).get(NODE_REUSE)} (node reuse)"),
        (state != "available" and f"it is {state or 'not looked at by the operator yet'}"),
    )
    return next((str(reason) for reason in reasons if reason), "")


def propose_rollout(hosts: Sequence[Object]) -> dict[str, Any]:
    """How many hosts are spare, and the ``maxSurge`` with which machines on them can be replaced."""
    spare, surge = sum(not why_not_spare(host) for host in hosts), 1
    if spare:
        message = f"{spare} of {len(hosts)} hosts are spare: a rollout with maxSurge 1 has one to go on with"
    else:
        surge = 0
        message = (
            f"none of {len(hosts)} hosts is spare: a rollout with maxSurge 1 would wait for ever. Set maxSurge 0 (a "
            "control plane needs three machines for that), or register one more host"
        )
    return {"spare": spare, "hosts": len(hosts), "max_surge": surge, "message": message}
