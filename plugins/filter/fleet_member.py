# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of a host to the cluster that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._fleet_members import fleet_member as member_of
from ..plugin_utils._plain import unsafe

DOCUMENTATION = r"""
name: fleet_member
short_description: Tell which cluster a host stands for
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the variables of a host and returns its cluster and where its management cluster is, without anything else.
  - A part of the role P(capi.lifecycle.report#role), which is what to use; this filter may change with it.
positional: clusters
options:
  _input:
    description: The variables of a host, as C(hostvars) has them.
    type: dict
    required: true
  clusters:
    description: Names of the hosts that stand for clusters.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the clusters of the inventory
  ansible.builtin.debug:
    msg: "{{ hostvars.values() | map('capi.lifecycle.fleet_member') }}"
"""

RETURN = r"""
_value:
  description: C(host), C(key) of its management cluster, C(site) to reach that one, C(namespace), C(name), C(compared).
  type: dict
"""


def fleet_member(variables: Mapping[str, Any], clusters: Sequence[str] = ()) -> Any:
    return unsafe(member_of(variables, clusters))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_member": fleet_member}
