# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a document of a fleet to a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._fleet_csv import fleet_csv as csv_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: fleet_csv
short_description: Make a report a table for spreadsheets
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - One row a cluster. No cell is taken for a formula by a spreadsheet.
  - A part of the role P(capi.lifecycle.report#role), which is what to use; this filter may change with it.
positional: []
options:
  _input:
    description: A document, as C(fleet_document) makes it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the table
  ansible.builtin.debug:
    msg: "{{ document | capi.lifecycle.fleet_csv }}"
"""

RETURN = r"""
_value:
  description: The table as CSV.
  type: str
"""


def fleet_csv(document: Mapping[str, Any]) -> Any:
    return unsafe(csv_of(plain(document)))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_csv": fleet_csv}
