# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. compose, groups and keyed_groups as Ansible has them, without Jinja where an expression is only a path.

Almost all of the time of a large inventory is Jinja: 10 000 hosts with a few keyed groups take most of a minute. For
``capi_machine.pool`` the value can be looked up, and the result is the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

from ..module_utils._host_names import group_name
from ._untrusted import TRUST_IS_MARKED

_PATH = re.compile(r"capi_(?:machine|cluster)(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
_NOTHING = None if TRUST_IS_MARKED else ""  # what a null is on this core
_FOR_JINJA = object()


class Missing(Exception):
    """As with an undefined variable, the host gets no group or variable of it."""


class Constructed(BaseInventoryPlugin, Constructable):
    """Group names are always made valid, whatever ansible.cfg says about them: they are made from remote text."""

    _sanitize_group_name = staticmethod(group_name)

    def _construct(self, host: str) -> None:
        """What the options of the fragment ``constructed`` ask for; nothing is done where they ask for nothing."""
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if not (compose or groups or keyed):
            return
        strict, known = self.get_option("strict"), self.inventory.get_host(host)
        self._set_composite_vars(compose, known.get_vars(), host, strict=strict)
        variables = known.get_vars()  # with what compose made
        self._add_host_to_composed_groups(groups, variables, host, strict=strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(keyed, variables, host, strict=strict, fetch_hostvars=False)

    def _compose(self, template: Any, variables: Any, *more: Any, **options: Any) -> Any:
        found = _FOR_JINJA if self.get_option("use_extra_vars") else looked_up(template, variables)
        if found is _FOR_JINJA or (found is Missing and self.get_option("strict")):
            return super()._compose(template, variables, *more, **options)
        self.templar.available_variables = variables  # what comes next may be a template
        if found is Missing:
            raise Missing(template)
        return found

    def _add_host_to_keyed_groups(
        self, keys: Any, variables: Any, host: str, strict: bool = False, fetch_hostvars: bool = True
    ) -> None:
        for keyed in keys or []:
            name = "" if fetch_hostvars else self._plain_group(keyed, variables)
            if name:
                self.inventory.add_host(host, self.inventory.add_group(name))
            else:
                super()._add_host_to_keyed_groups([keyed], variables, host, strict, fetch_hostvars)

    def _plain_group(self, keyed: Any, variables: Any) -> str:
        """The group of a keyed group that needs no more than a look; empty for all others."""
        if not isinstance(keyed, Mapping) or keyed.get("parent_group") or self.get_option("use_extra_vars"):
            return ""
        value = looked_up(keyed.get("key"), variables)
        if not isinstance(value, str) or not value or keyed.keys() >= {"default_value", "trailing_separator"}:
            return ""
        prefix, separator = keyed.get("prefix", ""), keyed.get("separator", "_")
        if prefix == "" and self.get_option("leading_separator") is False:
            separator = ""
        return group_name(f"{prefix}{separator}{value}")


def looked_up(template: Any, variables: Mapping[str, Any]) -> Any:
    """What Jinja would give for a path into our variable: a text, nothing or Missing; else _FOR_JINJA.

    A text stays a text: before ansible-core 2.19 Jinja makes a list of ``['a', 'b']``, and so a label could say in
    which groups its host is. Numbers, lists and mappings are left to Jinja.
    """
    if not isinstance(template, str) or not _PATH.fullmatch(template):
        return _FOR_JINJA
    found: Any = variables
    for step in template.split("."):
        if not isinstance(found, Mapping) or hasattr(dict, step):
            return _FOR_JINJA
        if step not in found:
            return Missing
        found = found[step]
    if found is None or found == "":
        return _NOTHING if found is None else ""
    return found if isinstance(found, str) else _FOR_JINJA
