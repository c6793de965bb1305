# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts are safe: those of real objects that nothing can be built of, and no other; on each core."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.capi.lifecycle.plugins.plugin_utils._untrusted import (
    TRUST_IS_MARKED,
    trust_as_template,
    untrusted,
    untrusted_each,
)

SAFE = [
    "",
    "v1.35.4",
    "10.0.0.7",
    "2001:db8::7",
    "aws:///eu-central-1a/i-0abc",
    "Ubuntu 24.04.3 LTS",
    "2026-11-01T10:00:00Z",
    "containerd://2.1.4",
    "user@example.com",
]
OTHERS = [
    "{{ 6 * 7 }}",
    "{% if 1 %}x{% endif %}",
    "{# x #}",
    "#jinja2: variable_start_string:'[%'",
    "lookup('pipe', 'id')",
    "lookup(a, b)",
    "x | y",
    "a[0]",
    "Flatcar Container Linux (Oklo)",
    "a\n",
    "ü",
    "it's",
]


@pytest.mark.parametrize("text", SAFE)
def test_safe(text: str) -> None:
    assert is_safe(untrusted({"a": [text]})["a"][0])


@pytest.mark.parametrize("text", OTHERS)
def test_not_safe(text: str) -> None:
    assert not is_safe(untrusted({"a": [text]})["a"][0])


@pytest.mark.parametrize("text", [*SAFE, *OTHERS])
def test_all_stay_what_they_are(text: str) -> None:
    variables = untrusted({"a": {"b": text}})
    found = Templar(loader=DataLoader(), variables=variables).template(
        "{{ a.b }}" if not TRUST_IS_MARKED else trusted()
    )
    assert str(found) == text


def test_a_copy_of_the_same() -> None:
    given = {"a": [1, None, True, {"b": "x"}], "c": "{{ d }}"}
    assert untrusted(given) == given
    assert given["c"].__class__ is str, "the cache keeps texts as they were"


def test_rows_in_place() -> None:
    rows = [{"a": "v1.35.4"}, {"a": "{{ x }}"}]
    assert untrusted_each(rows) is rows
    assert [is_safe(row["a"]) for row in rows] == [True, False]


def trusted() -> Any:
    return trust_as_template("{{ a.b }}")


def is_safe(value: Any) -> bool:
    """Whether this core would take it for a template, if it were one."""
    if TRUST_IS_MARKED:
        from ansible.template import is_trusted_as_template  # noqa: PLC0415

        return bool(is_trusted_as_template(value))
    return value.__class__ is str  # not a text that is marked as unsafe
