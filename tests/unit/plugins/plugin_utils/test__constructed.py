# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path that is looked up gives what Jinja gives, on this core: values, groups, errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import Constructable
from ansible_collections.capi.lifecycle.plugins.plugin_utils import _constructed
from ansible_collections.capi.lifecycle.plugins.plugin_utils._constructed import _FOR_JINJA, Constructed, looked_up
from ansible_collections.capi.lifecycle.plugins.plugin_utils._untrusted import TRUST_IS_MARKED, untrusted
from inventory_ground import trusted

ROW = untrusted(
    {
        "text": "worker",
        "dashed": "a-b.c",
        "empty": "",
        "nothing": None,
        "yes": True,
        "no": False,
        "zero": 0,
        "number": 7,
        "list": ["a", "b"],
        "nested": {"deep": {"er": "x"}},
        "labels": {"env": "prod", "items": "word"},
        "template": "{{ 1 + 1 }}",
        "true_word": "True",
        "list_word": "[1, 2]",
        "dict_word": "{'a': 1}",
        "spaces": " x ",
        "number_word": "42",
        "null_word": "null",
        "none_word": "None",
        "hash": "#jinja2: x",
        "version": "v1.34.3",
    }
)
# Before ansible-core 2.19 Jinja makes something else of these texts.
TURNED = () if TRUST_IS_MARKED else ("true_word", "list_word", "dict_word", "spaces")
PATHS = [
    *(f"capi_machine.{key}" for key in ROW if key not in TURNED),
    "capi_machine.nested.deep.er",
    "capi_machine.nested.deep.none",
    "capi_machine.none",
    "capi_machine.text.none",
    "capi_machine.labels.env",
    "capi_machine.labels.items",
    "capi_machine.labels.keys",
    "capi_machine",
    "capi_machine.text | upper",
    "capi_machine['text']",
    "inventory_hostname",
]


class Slow(Constructed):
    """As Ansible has it: everything goes through Jinja."""

    _compose = Constructable._compose
    _add_host_to_keyed_groups = Constructable._add_host_to_keyed_groups


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
@pytest.mark.parametrize("path", PATHS)
def test_compose(path: str, strict: bool) -> None:
    assert constructed(Constructed, strict=strict, compose={"x": path}) == constructed(
        Slow, strict=strict, compose={"x": path}
    )


KEYED = {
    "bare": {},
    "prefix": {"prefix": "p"},
    "separator": {"prefix": "p", "separator": ""},
    "no prefix, no separator": {"separator": ""},
    "default": {"default_value": "none", "prefix": "p"},
    "parent": {"parent_group": "parents", "prefix": "p"},
    "parent of the host": {"parent_group": "{{ capi_machine.labels.env }}"},
    "exclusive": {"default_value": "a", "trailing_separator": False},
}


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
@pytest.mark.parametrize("more", KEYED.values(), ids=KEYED)
@pytest.mark.parametrize("path", PATHS)
def test_keyed_groups(path: str, more: dict[str, Any], strict: bool) -> None:
    options = {"strict": strict, "keyed_groups": [{"key": path, **more}]}
    assert constructed(Constructed, **options) == constructed(Slow, **options)


@pytest.mark.parametrize("path", ["capi_machine.text", "capi_machine.labels"])
@pytest.mark.parametrize("prefix", ["", "p"])
def test_without_a_leading_separator(prefix: str, path: str) -> None:
    options = {"keyed_groups": [{"key": path, "prefix": prefix}], "leading_separator": False}
    assert constructed(Constructed, **options) == constructed(Slow, **options)


@pytest.mark.parametrize("key", ["true_word", "list_word", "dict_word", "spaces"])
def test_a_text_stays_a_text(key: str) -> None:
    """On each core, and never names more groups than one."""
    path = f"capi_machine.{key}"
    found = constructed(Constructed, compose={"x": path}, keyed_groups=[{"key": path, "prefix": "k"}])
    assert found["x"] == ROW[key]
    assert len(found["groups"]) == 3


def test_what_compose_made_can_be_grouped_by() -> None:
    keyed = [{"key": "zone", "prefix": "z"}]
    found = constructed(Constructed, compose={"zone": "capi_machine.text"}, keyed_groups=keyed)
    assert found["groups"] == {"all", "ungrouped", "z_worker"}


def test_extra_variables_may_go_before() -> None:
    options = {"compose": {"x": "capi_machine.text"}, "use_extra_vars": True}
    found = constructed(Constructed, extra={"capi_machine": {"text": "mine"}}, **options)
    assert found["x"] == "mine"


def test_jinja_is_not_asked_for_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Constructable, "_compose", lambda *a, **k: pytest.fail("Jinja"))
    found = constructed(Constructed, compose={"x": "capi_machine.text"}, keyed_groups=[{"key": "capi_machine.version"}])
    assert found == {"x": "worker", "groups": {"all", "ungrouped", "_v1_34_3"}, "error": ""}


def test_and_without_options_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_constructed.Constructed, "_set_composite_vars", lambda *a, **k: pytest.fail("asked"))
    assert constructed(Constructed)["groups"] == {"all", "ungrouped"}


@pytest.mark.parametrize("template", [None, 7, "", "capi_machine", "capi_machine.", "capi_machine.a b", "other.text"])
def test_what_is_no_path(template: Any) -> None:
    assert looked_up(template, {"capi_machine": ROW}) is _FOR_JINJA


def constructed(kind: type[Constructed], extra: Any = None, **options: Any) -> dict[str, Any]:
    """What becomes of a host: the composed variable, the groups, or that there was an error."""
    plugin, defaults = kind(), {"strict": False, "use_extra_vars": False, "leading_separator": True}
    held = {"compose": {}, "groups": {}, "keyed_groups": [], **defaults, **trusted(options)}
    plugin.get_option = lambda name, *more: held[name]  # type: ignore[method-assign]
    plugin.loader, plugin.inventory, plugin._vars = DataLoader(), InventoryData(), extra or {}
    if not hasattr(plugin, "templar"):
        from ansible.template import Templar  # noqa: PLC0415 - a property since ansible-core 2.19

        plugin.templar = Templar(loader=plugin.loader)
    plugin.inventory.add_host("h")
    plugin.inventory.set_variable("h", "capi_machine", ROW)
    error = ""
    try:
        plugin._construct("h")
    except Exception as caught:  # Ansible raises a bare one for a group in itself
        error = type(caught).__name__
    composed = {k: _plain(v) for k, v in plugin.inventory.hosts["h"].vars.items() if k in ("x", "zone")}
    groups = {_plain(name) for name in plugin.inventory.groups}
    return {**composed, "groups": groups, "error": error}


def _plain(value: Any) -> Any:
    """Older cores take a method of a mapping for its text, which tells where it is in memory."""
    return re.sub("0x[0-9a-f]+", "", value) if isinstance(value, str) else value
