# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the wait options; twin of WAIT in module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the cluster is as wanted. A line is shown per change and a heartbeat each minute.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds. Afterwards the task fails with C(outcome=waiting); nothing is undone,
        the work goes on by itself, and running the task again waits on.
    type: int
    default: 1800
  stall_timeout:
    description:
      - How long nothing may move, in seconds, before the task fails with C(outcome=stalled) and names what
        stands still and why.
    type: int
    default: 900
"""
