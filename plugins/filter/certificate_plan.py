# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each control plane needs for fresh certificates, as data and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._bare_metal_table import line_of
from ..module_utils._certificate_plan import plan_renewal
from ..module_utils._certificate_table import lines_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: certificate_plan
short_description: Tell which control planes need new certificates
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Takes the hosts as P(capi.lifecycle.bare_metal_host#filter) makes them, and what
    M(capi.lifecycle.kubeadm_certificates) returned in check mode.
  - A part of the role P(capi.lifecycle.kubeadm_certificates#role), which is what to use; this filter may change with
    it.
positional: looks, serving, cluster
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
  serving:
    description: Names of control planes that serve the API.
    type: list
    elements: str
    required: true
  cluster:
    description: What was seen through one of them. Empty without one.
    type: dict
    default: {}
  days:
    description: What has less than so many days is renewed.
    type: int
    default: 90
  name:
    description: Name of the cluster.
    type: str
    default: kubernetes
"""

EXAMPLES = r"""
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ (hosts | capi.lifecycle.certificate_plan(looks, serving, cluster)).table }}"
"""

RETURN = r"""
_value:
  description: C(steps) by host, C(serves), C(has_work), C(findings), C(notes) and C(table) as lines.
  type: dict
"""


def certificate_plan(
    hosts: Sequence[Mapping[str, Any]],
    looks: Mapping[str, Any],
    serving: Sequence[str],
    cluster: Mapping[str, Any] | None = None,
    *,
    days: int = 90,
    name: str = "kubernetes",
) -> Any:
    wished, seen = plain(hosts), plain(looks)
    plan = plan_renewal(wished, seen, plain(serving), plain(cluster or {}))
    table = lines_of(wished, seen, plan, days=int(days), name=str(name))
    lines = {part: list(map(line_of, plan[part])) for part in ("findings", "notes")}
    return unsafe({**plan, **lines, "table": table})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"certificate_plan": certificate_plan}
