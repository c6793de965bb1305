# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fills the disks of hosts and the database of etcd, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._bare_metal_space import lines_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_space
short_description: Tell what fills the disks of hosts, and the database of etcd
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes what M(capi.lifecycle.node_space) returned, by host, and returns lines for a person.
  - A part of the role P(capi.lifecycle.free_space#role), which is what to use; this filter may change with it.
positional: etcd, percent
options:
  _input:
    description: What was found, by host. One without C(places) was not reached.
    type: dict
    required: true
  etcd:
    description: What M(capi.lifecycle.etcd_member_info) returned; empty where nobody could tell.
    type: dict
    default: {}
  percent:
    description: From how many percent of emptiness on a member is defragmented.
    type: int
    default: 50
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ found | capi.lifecycle.bare_metal_space(etcd) }}"
"""

RETURN = r"""
_value:
  description: Lines for a person.
  type: list
  elements: str
"""


def bare_metal_space(found: Mapping[str, Any], etcd: Mapping[str, Any] | None = None, percent: int = 50) -> Any:
    return unsafe(lines_of(list(plain(found).items()), plain(etcd or {}), percent))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_space": bare_metal_space}
