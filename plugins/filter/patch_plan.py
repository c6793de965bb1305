# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts get updates of their system and a reboot, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_table import line_of
from ..module_utils._patch_plan import plan_patch
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: patch_plan
short_description: Tell which hosts get updates of their system, and a reboot
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and what M(capi.lifecycle.os_updates_info)
    returned.
  - A part of the role P(capi.lifecycle.os_patch#role), which is what to use; this filter may change with it.
positional: looks, cluster
options:
  _input:
    description: All hosts of the cluster.
    type: list
    elements: dict
    required: true
  looks:
    description: What was seen on the hosts that were asked, by name; C(unreachable) holds why one was not.
    type: dict
    required: true
  cluster:
    description: What was seen through a control plane that serves, with its name as C(source).
    type: dict
    required: true
  reboot:
    description: When a host is rebooted, V(if_required), V(always) or V(never).
    type: str
    default: if_required
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.patch_plan(looks, cluster)).table }}"
"""

RETURN = r"""
_value:
  description: C(steps) by host, C(leader), C(has_work), C(findings), C(notes) and C(table) as lines.
  type: dict
"""


def patch_plan(
    hosts: Sequence[Mapping[str, Any]],
    looks: Mapping[str, Any],
    cluster: Mapping[str, Any],
    *,
    reboot: str = "if_required",
) -> Any:
    plan = plan_patch(plain(hosts), plain(looks), plain(cluster), reboot=str(reboot))
    lines = {part: list(map(line_of, plan[part])) for part in ("findings", "notes")}
    return unsafe({**plan, **lines})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"patch_plan": patch_plan}
