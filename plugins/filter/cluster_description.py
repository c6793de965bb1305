# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short description, judged and completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._description import judge_description, whole_schema
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: cluster_description
short_description: Judge the short description of a cluster, and complete it
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Validates the variables of one host against the JSON schema of its provider, fills in the defaults and spreads the
    node pools over zones.
  - A part of the role P(capi.lifecycle.cluster#role), which is what to use; this filter may change with it.
requirements:
  - jsonschema >= 4.0
positional: schemas
options:
  _input:
    description: The variables that describe the cluster, by name.
    type: dict
    required: true
  schemas:
    description: The JSON schema of the provider, and the one with the parts of all providers.
    type: list
    elements: dict
    required: true
  name:
    description: Name of the cluster.
    type: str
    required: true
  host:
    description: Name of the host, for findings.
    type: str
    required: true
  addons:
    description: What the host says of addons.
    type: raw
  credentials:
    description: Keys of the credentials, without their values.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what is wrong with a description
  ansible.builtin.debug:
    msg: "{{ (described | capi.lifecycle.cluster_description([schema, shared], name='dev', host='dev')).findings }}"
"""

RETURN = r"""
_value:
  description: C(findings) and C(warnings) as lines, and the C(description) that templates take.
  type: dict
"""


def cluster_description(
    described: Mapping[str, Any],
    schemas: Sequence[Mapping[str, Any]],
    *,
    name: str,
    host: str,
    addons: Any = None,
    credentials: Sequence[str] = (),
) -> Any:
    whole = whole_schema(*plain(schemas))
    told = {"name": str(name), "addons": plain(addons), "credentials": plain(credentials)}
    judged = judge_description(plain(described), whole, **told)
    return unsafe({**judged, "findings": [f"{host}: {finding}" for finding in judged["findings"]]})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cluster_description": cluster_description}
