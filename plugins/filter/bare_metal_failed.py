# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to replace a control plane that has failed, or to repair its etcd, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_failed import address_of, can_drain, lines_of, plan_repair, plan_replace
from ..module_utils._bare_metal_table import line_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: bare_metal_failed
short_description: Tell what it takes to replace a failed control plane, or to repair its etcd
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and what M(capi.lifecycle.kubeadm_info) saw.
  - A part of the role P(capi.lifecycle.bare_metal#role), which is what to use; this filter may change with it.
positional: verb, name, look, cluster
options:
  _input:
    description: All hosts of the cluster.
    type: list
    elements: dict
    required: true
  verb:
    description: What is wanted.
    type: str
    choices: [replace, repair]
    required: true
  name:
    description: The control plane that has failed.
    type: str
    required: true
  look:
    description: What was seen on it; C(unreachable) holds why nothing was.
    type: dict
    required: true
  cluster:
    description: What was seen through a control plane that serves, with its name as C(source).
    type: dict
    required: true
  swap:
    description: What becomes of swap, V(refuse), V(disable) or V(keep).
    type: str
    default: refuse
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.bare_metal_failed('replace', 'cp1', look, cluster)).table }}"
"""

RETURN = r"""
_value:
  description: C(step), C(findings) and C(table) as lines, the C(address) of its member, and whether it can C(drain).
  type: dict
"""


def bare_metal_failed(
    hosts: Sequence[Mapping[str, Any]],
    verb: str,
    name: str,
    look: Mapping[str, Any],
    cluster: Mapping[str, Any],
    swap: str = "refuse",
) -> Any:
    wished, seen, live, name = plain(hosts), plain(look), plain(cluster), str(name)
    host = next(host for host in wished if host["name"] == name)
    if verb == "replace":
        step, findings = plan_replace(wished, name, seen, live, swap=swap)
    else:
        step, findings = plan_repair(wished, name, seen, live)
    return unsafe(
        {
            "step": step,
            "findings": list(map(line_of, findings)),
            "address": address_of(host, live),
            "drain": can_drain(host, seen, live),
            "table": lines_of(host, seen, step, findings, live),
        }
    )


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bare_metal_failed": bare_metal_failed}
