# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report shall fail with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._fleet_document import alarm_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: fleet_alarm
short_description: Say what of a report shall end a run as failed
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Names the clusters of each kind of finding that is asked for.
  - A part of the role P(capi.lifecycle.report#role), which is what to use; this filter may change with it.
positional: fail_on
options:
  _input:
    description: A document, as C(fleet_document) makes it.
    type: dict
    required: true
  fail_on:
    description: Kinds of findings.
    type: list
    elements: str
    default: []
  allow_unread:
    description: Accept management clusters that could not be read.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop where something is stuck
  ansible.builtin.assert:
    that: (document | capi.lifecycle.fleet_alarm(['stuck_rollout'])) == ""
"""

RETURN = r"""
_value:
  description: A line for each kind; empty where nothing was found.
  type: str
"""


def fleet_alarm(document: Mapping[str, Any], fail_on: Sequence[str] = (), *, allow_unread: bool = False) -> Any:
    return unsafe(alarm_of(plain(document), plain(fail_on), allow_unread=allow_unread))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_alarm": fleet_alarm}
