# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of hosts in CSV, as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._bare_metal_host_rows import read_rows
from ..plugin_utils._plain import unsafe

DOCUMENTATION = r"""
name: register_hosts_rows
short_description: Read a list of bare-metal hosts from CSV
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the text of a CSV file with a line of column names, and returns its rows and all that is wrong with them.
  - A part of the role P(capi.lifecycle.register_hosts#role), which is what to use; this filter may change with it.
options:
  _input:
    description: Text of the file.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Read a list of hosts
  ansible.builtin.debug:
    msg: "{{ (lookup('ansible.builtin.file', 'hosts.csv', rstrip=false) | capi.lifecycle.register_hosts_rows).rows }}"
"""

RETURN = r"""
_value:
  description: C(rows), each without its empty cells, and C(findings) as lines.
  type: dict
"""


def register_hosts_rows(text: str) -> Any:
    rows, findings = read_rows(str(text))
    return unsafe({"rows": rows, "findings": findings})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"register_hosts_rows": register_hosts_rows}
