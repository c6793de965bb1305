# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each host needs to be a node of the cluster, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_endpoint import check_endpoint_hosts
from ..module_utils._bare_metal_hosts import check_hosts
from ..module_utils._bare_metal_plan import plan_create
from ..module_utils._bare_metal_table import line_of, lines_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_plan
short_description: Tell what each host needs to be a node of the cluster
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and what M(capi.lifecycle.kubeadm_info) saw.
  - A part of the role P(capi.lifecycle.bare_metal#role), which is what to use; this filter may change with it.
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
    description: What was seen through a control plane that serves, with its name as C(source). Empty without one.
    type: dict
    default: {}
  swap:
    description: What becomes of swap, V(refuse), V(disable) or V(keep).
    type: str
    default: refuse
  skipped:
    description: Phases of C(kubeadm init) that are left out.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.bare_metal_plan(looks, cluster)).table }}"
"""

RETURN = r"""
_value:
  description: C(steps) by host, C(through), C(findings) and C(table) as lines.
  type: dict
"""


def bare_metal_plan(
    hosts: Sequence[Mapping[str, Any]],
    looks: Mapping[str, Any],
    cluster: Mapping[str, Any] | None = None,
    *,
    swap: str = "refuse",
    skipped: Sequence[str] = (),
) -> Any:
    wished, seen, live = plain(hosts), plain(looks), plain(cluster or {})
    findings = [*check_hosts(wished, seen, swap), *check_endpoint_hosts(wished, seen)]
    reached = {name: look for name, look in seen.items() if "unreachable" not in look}
    plan = plan_create(wished, reached, live, skipped=plain(skipped))
    plan = {**plan, "findings": [*findings, *plan["findings"]]}
    return unsafe(
        {**plan, "findings": list(map(line_of, plan["findings"])), "table": lines_of(wished, seen, plan, live)}
    )


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_plan": bare_metal_plan}
