# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that a template made of a short description, with the user's patches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._errors import CapiError
from ..module_utils._overrides import overridden
from ..module_utils._preflight import check_set
from ..module_utils._sources import parse_manifests
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: cluster_objects
short_description: Make objects of what the template of a short description gave
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Reads the YAML text, puts the patches of the user on its objects, and looks for contradictions.
  - A part of the role P(capi.lifecycle.cluster#role), which is what to use; this filter may change with it.
positional: name, namespace
options:
  _input:
    description: YAML text with one or more objects.
    type: str
    required: true
  name:
    description: Name of the cluster.
    type: str
    required: true
  namespace:
    description: Namespace of the cluster.
    type: str
    required: true
  host:
    description: Name of the host, for findings.
    type: str
    required: true
  overrides:
    description: Merge patches by C(Kind) or C(Kind/name).
    type: dict
    default: {}
  pools:
    description: The node pools as P(capi.lifecycle.cluster_description#filter) spread them.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show the objects
  ansible.builtin.debug:
    msg: "{{ (text | capi.lifecycle.cluster_objects('dev', 'default', host='dev')).objects }}"
"""

RETURN = r"""
_value:
  description: C(objects), and C(findings) as lines.
  type: dict
"""


def cluster_objects(
    text: str,
    name: str,
    namespace: str,
    *,
    host: str,
    overrides: Mapping[str, Any] | None = None,
    pools: Sequence[Mapping[str, Any]] = (),
) -> Any:
    try:
        made = parse_manifests(str(text), "the template of the description")
    except CapiError as error:
        return unsafe({"objects": [], "findings": [f"{host}: {error}"]})
    objects, found = overridden(made, plain(overrides or {}), str(name), plain(pools))
    found += check_set(objects, str(name), str(namespace))
    return unsafe({"objects": objects, "findings": [f"{host}: {finding}" for finding in found]})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cluster_objects": cluster_objects}
