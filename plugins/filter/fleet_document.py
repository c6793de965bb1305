# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was read to one document of a fleet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..module_utils._fleet_document import fleet_document as document_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: fleet_document
short_description: Put what was read of management clusters together
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Puts results of M(capi.lifecycle.fleet_info) and what the inventory says together, as the JSON report has it.
  - A part of the role P(capi.lifecycle.report#role), which is what to use; this filter may change with it.
positional: []
options:
  _input:
    description: Results of M(capi.lifecycle.fleet_info), each with the C(site) that it was read from.
    type: list
    required: true
  hosts:
    description: What C(fleet_member) tells of the hosts.
    type: list
    elements: dict
    default: []
  title:
    description: Title of the report.
    type: str
    required: true
  generated:
    description: The time of the report, in ISO 8601.
    type: str
    required: true
  only_inventory:
    description: Leave out what no host stands for.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the summary
  ansible.builtin.debug:
    msg: "{{ (found.results | capi.lifecycle.fleet_document(title='Fleet', generated='2026-11-27')).summary }}"
"""

RETURN = r"""
_value:
  description: The document.
  type: dict
"""


def fleet_document(
    reads: Sequence[Any], *, title: str, generated: str, hosts: Sequence[Any] = (), only_inventory: bool = False
) -> Any:
    return unsafe(
        document_of(plain(reads), plain(hosts), title=title, generated=generated, only_inventory=only_inventory)
    )


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_document": fleet_document}
