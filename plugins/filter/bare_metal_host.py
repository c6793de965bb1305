# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of a host to what it shall be in its cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_wish import host_of
from ..plugin_utils._plain import plain

DOCUMENTATION = r"""
name: bare_metal_host
short_description: Tell what a host of the inventory shall be in its cluster
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the variables of a host and returns its role, its names and address, and what is common to the cluster.
  - A part of the role P(capi.lifecycle.bare_metal#role), which is what to use; this filter may change with it.
positional: control_planes, defaults
options:
  _input:
    description: The variables of a host, as C(hostvars) has them.
    type: dict
    required: true
  control_planes:
    description: Names of the hosts that are control planes.
    type: list
    elements: str
    required: true
  defaults:
    description: Values of the role for what the host does not say.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what the inventory says
  ansible.builtin.debug:
    msg: "{{ hostvars.values() | map('capi.lifecycle.bare_metal_host', groups['kube_control_plane']) }}"
"""

RETURN = r"""
_value:
  description: C(name), C(role), C(node_name), C(address), C(connection), and what is common to the cluster.
  type: dict
"""


def bare_metal_host(
    variables: Mapping[str, Any], control_planes: Sequence[str], defaults: Mapping[str, Any] | None = None
) -> Any:
    return plain(host_of(variables, control_planes, defaults or {}))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_host": bare_metal_host}
