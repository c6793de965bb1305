# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lost control plane may be begun again from a backup, and where, as data and as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_recover import plan_recover
from ..module_utils._bare_metal_restore_table import recover_lines, snapshot_lines
from ..module_utils._bare_metal_table import line_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_recover
short_description: Tell whether a lost control plane may be begun again from a backup
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
    description: C(snapshot) and C(archive) with what is known of them, C(max_age) and C(token).
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
    msg: "{{ (hosts | capi.lifecycle.bare_metal_recover(looks, wish)).table }}"
"""

RETURN = r"""
_value:
  description: C(begins), C(token), C(goes_on), C(has_work), C(findings), and as lines C(table) and C(snapshot).
  type: dict
"""


def bare_metal_recover(
    hosts: Sequence[Mapping[str, Any]],
    looks: Mapping[str, Any],
    wish: Mapping[str, Any],
    tried: Mapping[str, Any] | None = None,
) -> Any:
    wished, seen, asked, found = plain(hosts), plain(looks), plain(wish), plain(tried or {})
    plan = plan_recover(wished, seen, asked, found)
    lines = {
        "findings": list(map(line_of, plan["findings"])),
        "table": recover_lines(wished, seen, plan, asked["snapshot"]),
        "snapshot": snapshot_lines(found),
    }
    return unsafe({**plan, **lines})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_recover": bare_metal_recover}
