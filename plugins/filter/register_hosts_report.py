# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a registration, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_host_plan import report_registration
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: register_hosts_report
short_description: Tell what came of the registration of bare-metal hosts
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes hosts with the options of M(capi.lifecycle.bare_metal_host), and what
    M(capi.lifecycle.bare_metal_host_info) returned after it has waited for them.
  - A part of the role P(capi.lifecycle.register_hosts#role), which is what to use; this filter may change with it.
positional: found
options:
  _input:
    description: Hosts that were to be registered.
    type: list
    elements: dict
    required: true
  found:
    description: What was found.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what came of it
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.register_hosts_report(found)).table }}"
"""

RETURN = r"""
_value:
  description: C(table) as lines, C(left) by host, and C(good), the names of hosts on which nothing is left to do.
  type: dict
"""


def register_hosts_report(rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> Any:
    return unsafe(report_registration(plain(rows), plain(found)))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"register_hosts_report": register_hosts_report}
