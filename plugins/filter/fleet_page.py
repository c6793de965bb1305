# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a document of a fleet to what its page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._fleet_page import fleet_page as page_of
from ..plugin_utils._plain import plain, unsafe

DOCUMENTATION = r"""
name: fleet_page
short_description: Make what the page of a report shows
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Returns what the template of the page places. Every text in it is fit for HTML.
  - A part of the role P(capi.lifecycle.report#role), which is what to use; this filter may change with it.
positional: []
options:
  _input:
    description: A document, as C(fleet_document) makes it.
    type: dict
    required: true
  certificates_days:
    description: Certificates with fewer days are red.
    type: int
    default: 30
  end_of_life_days:
    description: Releases with fewer days are yellow.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Show the sentence at the top
  ansible.builtin.debug:
    msg: "{{ (document | capi.lifecycle.fleet_page).headline }}"
"""

RETURN = r"""
_value:
  description: Tables, pictures and sentences.
  type: dict
"""


def fleet_page(document: Mapping[str, Any], *, certificates_days: int = 30, end_of_life_days: int = 60) -> Any:
    return unsafe(page_of(plain(document), certificates_days=certificates_days, end_of_life_days=end_of_life_days))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_page": fleet_page}
