# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many lists of checks as one, and what of them ends a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._check_table import gathered
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: preflight_lists
short_description: Put the lists of checks of several accounts together
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the results of a loop over M(capi.lifecycle.aws_preflight_info) or M(capi.lifecycle.openstack_preflight_info).
  - A part of the role P(capi.lifecycle.preflight#role), which is what to use; this filter may change with it.
positional: _input
options:
  _input:
    description: The results.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what fails
  ansible.builtin.debug:
    msg: "{{ (found.results | capi.lifecycle.preflight_lists).failed }}"
"""

RETURN = r"""
_value:
  description: C(checks), each with C(provider), C(account) and C(region); C(title)
    and C(failed) as lines; C(ids) of those that fail.
  type: dict
"""


def preflight_lists(results: Sequence[Mapping[str, Any]]) -> Any:
    return unsafe(gathered(plain(results)))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"preflight_lists": preflight_lists}
