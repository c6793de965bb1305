# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bare-metal hosts will be registered, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_host_plan import check_rows, plan_registration
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: register_hosts_plan
short_description: Tell which bare-metal hosts will be registered, and what is wrong with them
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes hosts with the options of M(capi.lifecycle.bare_metal_host), and those that are on the server.
  - A part of the role P(capi.lifecycle.register_hosts#role), which is what to use; this filter may change with it.
positional: live, bmcs, tried
options:
  _input:
    description: Hosts to be registered.
    type: list
    elements: dict
    required: true
  live:
    description: All hosts on the server, as M(capi.lifecycle.bare_metal_host_info) returns them.
    type: list
    elements: dict
    required: true
  bmcs:
    description: By host, what M(capi.lifecycle.bmc_info) returned.
    type: dict
    default: {}
  tried:
    description: By host, what M(capi.lifecycle.bare_metal_host) returned in check mode.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.register_hosts_plan(found.hosts, bmcs, tried)).table }}"
"""

RETURN = r"""
_value:
  description: C(wrong), which needs no BMC to be seen, C(findings), C(notes), C(has_work), and C(table) as lines.
  type: dict
"""


def register_hosts_plan(
    rows: Sequence[Mapping[str, Any]],
    live: Sequence[Mapping[str, Any]],
    bmcs: Mapping[str, Any] | None = None,
    tried: Mapping[str, Any] | None = None,
) -> Any:
    wished, there = plain(rows), plain(live)
    plan = plan_registration(wished, there, plain(bmcs or {}), plain(tried or {}))
    return unsafe({"wrong": check_rows(wished, there), **plan})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"register_hosts_plan": register_hosts_plan}
