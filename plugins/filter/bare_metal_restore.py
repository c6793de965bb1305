# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether etcd may go back to a snapshot, from where, and what is lost, as data and as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_restore import check_snapshot, choose, judge
from ..module_utils._bare_metal_restore_table import drill_lines, restore_lines
from ..module_utils._bare_metal_table import line_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_restore
short_description: Tell whether etcd may go back to a snapshot
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and what M(capi.lifecycle.kubeadm_info) and
    M(capi.lifecycle.etcd_restore_info) saw.
  - A part of the role P(capi.lifecycle.etcd_restore#role), which is what to use; this filter may change with it.
positional: looks, wish, tried
options:
  _input:
    description: All hosts of the cluster.
    type: list
    elements: dict
    required: true
  looks:
    description: What was seen on the hosts that were asked, by name; C(unreachable) holds why one was not.
    type: dict
    required: true
  wish:
    description: C(snapshot), C(on), C(max_age), C(again) and C(token).
    type: dict
    required: true
  tried:
    description: What M(capi.lifecycle.etcd_snapshot_info) returned. Empty before that.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.bare_metal_restore(looks, wish, tried)).table }}"
"""

RETURN = r"""
_value:
  description: C(host), C(path), C(token), C(goes_on), C(has_work); as lines C(findings), C(table), C(drill), C(unfit).
  type: dict
"""


def bare_metal_restore(
    hosts: Sequence[Mapping[str, Any]],
    looks: Mapping[str, Any],
    wish: Mapping[str, Any],
    tried: Mapping[str, Any] | None = None,
) -> Any:
    wished, seen, asked, found = plain(hosts), plain(looks), plain(wish), plain(tried or {})
    source = choose(wished, seen, asked)
    plan = {**source, **judge(wished, seen, asked, source, found)}
    unfit = check_snapshot(wished[0], asked, found, exact=False) if found else []
    lines = {
        "findings": list(map(line_of, plan["findings"])),
        "table": restore_lines(wished, seen, plan, found),
        "drill": drill_lines(plan, found),
        "unfit": list(map(line_of, unfit)),
    }
    return unsafe({**plan, **lines})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_restore": bare_metal_restore}
