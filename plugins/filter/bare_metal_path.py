# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several versions a cluster goes to next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_path import next_of
from ..module_utils._bare_metal_table import line_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_path
short_description: Tell to which of several versions a cluster on bare metal goes next
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the versions that an upgrade shall go through, and the nodes as M(capi.lifecycle.kubeadm_info) returns them.
    Where the cluster stands is told from the nodes alone, so that an upgrade that was cut off goes on where it was.
  - A part of the role P(capi.lifecycle.kubeadm_upgrade#role), which is what to use; this filter may change with it.
positional: nodes
options:
  _input:
    description: Versions, the next one first.
    type: list
    elements: raw
    required: true
  nodes:
    description: All nodes of the cluster.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Tell where to go next
  ansible.builtin.debug:
    msg: "{{ (['v1.35.4', 'v1.36.3'] | capi.lifecycle.bare_metal_path(seen.nodes)).version }}"
"""

RETURN = r"""
_value:
  description: C(version), C(later), and C(findings) as lines for a person.
  type: dict
"""


def bare_metal_path(path: Sequence[Any], nodes: Sequence[Mapping[str, Any]]) -> Any:
    found = next_of(plain(path), plain(nodes))
    return unsafe({**found, "findings": list(map(line_of, found["findings"]))})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_path": bare_metal_path}
