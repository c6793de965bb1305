# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that somebody who may write a Machine could put there, and objects that are full of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CANARY = "c4n4ry-0f-the-environment"  # in the environment of the controller, as PAYLOAD_CANARY
SUM = "42000126"  # what a template makes of SUM_OF; nobody writes it
SUM_OF = "6 * 7 * 1000003"

_EXPRESSIONS = (
    "lookup('pipe', 'touch @')",
    "query('ansible.builtin.pipe', 'touch @')",
    "lookup('ansible.builtin.env', 'PAYLOAD_CANARY')",
    "lookup('pipe', 'touch @') | default('x')",
    "cycler.__init__.__globals__.os.popen('touch @').read()",
    "lipsum.__globals__['os'].system('touch @')",
    "self.__init__.__globals__.__builtins__['open']('@', 'w')",
    "''.__class__.__mro__[1].__subclasses__()",
    "hostvars | dict2items | first",
    SUM_OF,
)
_TEMPLATES = (
    "{{ ~ }}",
    "{{~}}",
    "{{- ~ -}}",
    "a{{ ~ }}b",
    "\n{{ ~ }}\n",
    "{{ '{{' }} ~ }}{{ ~ }}",
    "{{ [~] | first }}",
    "{% if ~ %}x{% endif %}",
    "{% set x = ~ %}{{ x }}",
    "{% for x in [~] %}{{ x }}{% endfor %}",
    "{# {{ #}{{ ~ }}",
    "{% raw %}{{{% endraw %}{{ ~ }}",
    "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% ~ %]",
    '{"__ansible_unsafe": "{{ ~ }}"}',
)
_OTHERS = (
    "$(touch @)",
    "`touch @`",
    "; touch @ ;",
    "| touch @",
    "&& touch @",
    "-oProxyCommand=touch @",
    "-o ProxyCommand='touch @'",
    "!!python/object/apply:os.system ['touch @']",
    '!unsafe \'{{ lookup("pipe", "touch @") }}\'',
    "{name.__class__.__init__.__globals__}",
    "%(x)s %n %s",
    "[a:z]",
    "all,ungrouped,localhost",
    "../../../../etc/passwd",
    "\x1b]0;x\x07\x1b[2J",
    "\u202e{{ lookup('pipe', 'touch @') }}",
    "{{",
    "}}",
    "{%",
    "{{ lookup('pipe'",
    "True",
    "[1, 2]",
    "{'a': 1}",
    "~/.ssh/id_rsa",
)


def payloads(folder: Path) -> list[str]:
    """All of them; each that runs leaves a file of its own in the folder."""
    texts = [template.replace("~", expression) for template in _TEMPLATES for expression in _EXPRESSIONS]
    return [text.replace("@", str(folder / str(number))) for number, text in enumerate([*texts, *_OTHERS])]


# What the API server itself checks, and what ties the objects together.
_KEPT = {"apiVersion", "kind", "name", "namespace", "uid", "creationTimestamp", "cluster.x-k8s.io/cluster-name"}


def poisoned(item: Any, text: str) -> Any:
    """The object with the payload in every other text."""
    if isinstance(item, dict):
        return {
            key: value if key in _KEPT and isinstance(value, str) else poisoned(value, text)
            for key, value in item.items()
        }
    if isinstance(item, list):
        return [poisoned(part, text) for part in item]
    return text if isinstance(item, str) else item


def poisoned_whole(item: Any, text: str) -> Any:
    """The object with the payload in references, addresses and conditions, whatever they are called."""
    found = poisoned(item, text)
    for part in ("spec", "status"):
        found[part] = _everywhere(item[part], text)
    return found


def _everywhere(item: Any, text: str) -> Any:
    whole = json.loads(json.dumps(item))
    if isinstance(whole, dict):
        return {key: _everywhere(value, text) for key, value in whole.items()}
    if isinstance(whole, list):
        return [_everywhere(part, text) for part in whole]
    return text if isinstance(whole, str) else whole
