# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory, before any of its hosts is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_endpoint import check_endpoint
from ..module_utils._bare_metal_table import line_of
from ..module_utils._bare_metal_wish import check_wish
from ..plugin_utils._plain import plain

DOCUMENTATION = r"""
name: bare_metal_findings
short_description: Tell what is wrong with the inventory of a cluster on bare metal
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and returns a line for all that is wrong.
  - A part of the role P(capi.lifecycle.bare_metal#role), which is what to use; this filter may change with it.
positional: even, limit, known
options:
  _input:
    description: All hosts of the cluster.
    type: list
    elements: dict
    required: true
  even:
    description: Let an even number of control planes pass.
    type: bool
    default: false
  limit:
    description: What C(--limit) names.
    type: str
    default: ""
  known:
    description: Names of all hosts and groups of the inventory.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Refuse an inventory that cannot be
  ansible.builtin.assert:
    that: hosts | capi.lifecycle.bare_metal_findings | length == 0
"""

RETURN = r"""
_value:
  description: Lines for a person; none when all is well.
  type: list
  elements: str
"""


def bare_metal_findings(
    hosts: Sequence[Mapping[str, Any]], even: bool = False, limit: str = "", known: Sequence[str] = ()
) -> Any:
    wished = plain(hosts)
    findings = [*check_wish(wished, even=even, limit=str(limit), known=plain(known)), *check_endpoint(wished)]
    return list(map(line_of, findings))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_findings": bare_metal_findings}
