# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the inventory plugins have in common: options, cache, reading, errors; hosts come after all is read."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import Cacheable

from ..module_utils._connection import MISSING_LIBRARIES
from ..module_utils._connections import CONNECTION, Found, Target, read_all, targets
from ..module_utils._errors import CapiError, InvalidInput
from ..module_utils._host_names import unknown_words
from ..module_utils._inventory import Asked, Row
from ..module_utils._module import native
from ..module_utils._objects import close_matches, content_hash
from ..module_utils._wait import Clock
from ._constructed import Constructed
from ._untrusted import untrusted, untrusted_each

_SHARED = [name for name in CONNECTION if name != "name"]
_SECRET = ("api_key", "password", "proxy_headers")


class Inventory(Constructed, Cacheable):
    """A plugin names its ``kind`` and file ``ending``, and says how to read rows and what hosts they are."""

    kind = ending = ""

    @staticmethod
    def read(kube: Any, asked: Asked, now: Any) -> list[Row]:
        raise NotImplementedError

    def check(self) -> None:
        """Raise InvalidInput for options that cannot be; before anything is asked."""

    def populate(self, rows: list[Row]) -> None:
        raise NotImplementedError

    def verify_file(self, path: str) -> bool:
        named = re.search(rf"(^|[._-]){self.ending}\.ya?ml$", os.path.basename(str(path)))
        return bool(super().verify_file(path) and named)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        if MISSING_LIBRARIES:
            raise AnsibleParserError(missing_required_lib(MISSING_LIBRARIES[0]))
        try:
            self._refuse_unknown(config)
            self.check()
            found = self._found(path, cache)
            self._mark(found)
            rows = list(found.rows) if self.get_option("cache") else found.rows  # what is kept stays as it is
            self.populate(untrusted_each(rows))
        except CapiError as error:
            raise AnsibleParserError(str(error)) from None

    def wanted(self, option: str, known: tuple[str, ...]) -> list[str]:
        """A list of words of ours. Raises InvalidInput for others."""
        words = [str(word) for word in self.get_option(option) or []]
        unknown_words(option, words, known)
        return words

    def add(self, host: str, row: Row, variables: dict[str, Any], groups: list[str]) -> None:
        """A host with its variables and groups, and what compose and keyed_groups make of them."""
        self.inventory.add_host(host, self.get_option("group"))
        known = self.inventory.get_host(
            host
        )  # inventory.set_variable copies each text, which takes longer than all else
        for name, value in {f"capi_{self.kind.lower()}": row, **variables}.items():
            known.set_variable(name, value)
        for name in groups:
            self.inventory.add_host(host, self.inventory.add_group(name))
        self._construct(host)

    def warn(self, text: str) -> None:
        self.display.warning(text)

    def _refuse_unknown(self, config: Any) -> None:
        """Ansible takes no notice of an option that does not exist: a typo would read every namespace."""
        _refuse_others(
            config, self.option_definitions, f"option of {self.NAME}", f"ansible-doc -t inventory {self.NAME}"
        )

    def _found(self, path: str, cache: bool) -> Found:
        """From the user's cache, where what was asked for is the same; an incomplete answer is not kept."""
        wanted, caching = self._targets(), self.get_option("cache")
        key, asked = self.get_cache_key(path), content_hash([self._asked_for(target) for target in wanted], 32)
        if caching and cache:
            try:
                kept = self._cache[key]
            except KeyError:
                kept = {}
            if isinstance(kept, dict) and kept.get("asked") == asked:
                return Found(native(kept["rows"]))
        found = self._read(wanted)
        if caching and not found.failures:
            self._cache[key] = {"asked": asked, "rows": found.rows}
        return found

    def _read(self, wanted: list[Target]) -> Found:
        annotations, now = self._annotations(), Clock().today()

        def read(kube: Any, target: Target) -> list[Row]:
            return self.read(kube, _asked(target, annotations), now)

        tell = partial(self.display.display, stderr=True)  # what goes to stdout is the inventory
        found = read_all(wanted, read, tolerant=self.get_option("on_unreachable") == "warn", report=tell)
        for name, why in found.failures.items():
            self.warn(f"Management cluster {name!r} is missing in the inventory: {why}")
        if not found.rows:
            names = ", ".join(target.name for target in wanted)
            self.warn(f"There is no {self.kind} in {names}{_narrowed(wanted)}; the inventory of {self.NAME} is empty.")
        return found

    def _annotations(self) -> list[str]:
        return [str(name) for name in self.get_option("annotations") or []]

    def _asked_for(self, target: Target) -> list[Any]:
        """What tells one question from another; no secret, since it is stored."""
        said = {key: value for key, value in target.params.items() if key not in _SECRET}
        if not isinstance(said.get("kubeconfig"), str):
            said.pop("kubeconfig", None)  # a whole one, with its keys
        return [target.name, said, self._annotations()]

    def _targets(self) -> list[Target]:
        shared = self._plain({name: self.get_option(name) for name in _SHARED})
        entries = [self._entry(number, entry) for number, entry in enumerate(self.get_option("connections") or [])]
        return targets(shared, entries)

    def _entry(self, number: int, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise InvalidInput(f"connections[{number}] is {entry!r}, wanted: a mapping such as kubeconfig: ~/prod.yaml")
        _refuse_others(entry, CONNECTION, f"option of connections[{number}]", f"ansible-doc -t inventory {self.NAME}")
        checked = ArgumentSpecValidator(_without_defaults(CONNECTION)).validate(self._plain(entry))
        if checked.error_messages:
            raise InvalidInput(f"connections[{number}]: {'; '.join(checked.error_messages)}")
        return {name: checked.validated_parameters.get(name) for name in CONNECTION}

    def _plain(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options are the user's own: they may be templates, with extra variables; results are plain texts."""
        self.templar.available_variables = self._vars
        found: dict[str, Any] = native(self.templar.template(options))
        return found

    def _mark(self, found: Found) -> None:
        """A play can ask whether all is there: capi_unreachable names the management clusters that are missing."""
        group = self.inventory.add_group(self.get_option("group"))
        before = self.inventory.groups[group].vars.get("capi_unreachable", [])
        self.inventory.set_variable(group, "capi_unreachable", untrusted(sorted({*before, *found.failures})))


def _asked(target: Target, annotations: list[str]) -> Asked:
    labels, fields = (target.params.get(f"{kind}_selector") or "" for kind in ("label", "field"))
    return Asked(target.name, target.params.get("namespaces") or (), labels, fields, annotations)


def _refuse_others(given: Any, options: Any, what: str, source: str) -> None:
    known = {alias for name, option in options.items() for alias in [name, *_aliases(option)]}
    for name in given:
        if name not in known:
            raise InvalidInput(f"{name!r} is no {what}{close_matches(str(name), known) or f'; see {source}.'}")


def _narrowed(wanted: list[Target]) -> str:
    names = ("namespaces", "label_selector", "field_selector")
    said = [f"{name} {target.params[name]}" for target in wanted for name in names if target.params.get(name)]
    return f" ({', '.join(dict.fromkeys(said))})" if said else ""


def _aliases(option: Any) -> list[str]:
    return [alias if isinstance(alias, str) else alias["name"] for alias in option.get("aliases") or []]


def _without_defaults(spec: dict[str, Any]) -> dict[str, Any]:
    """An entry says only what differs from what is said for all."""
    return {name: {key: value for key, value in option.items() if key != "default"} for name, option in spec.items()}
