# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of a list while its bytes arrive: what json.loads tells, in whichever pieces; never a part as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._list_stream import Cut, items_of

LISTS = {
    "items first": '{"apiVersion":"v1","items":[{"a":1},{"b":"ü€𝄞"}],"kind":"L","metadata":{"resourceVersion":"7"}}',
    "items last": '{"kind":"L","metadata":{"remainingItemCount":12},"count":12,"items":[{"a":[1,2]},{"b":null}]}\n',
    "spaces": ' {\n "items" : [\n  {"a": 1} ,\n {"b": "]}"} ] , "kind" : "L" }\n',
    "one": '{"items":[{"a":"x\\"]},{"}]}',
    "none": '{"items":[]}',
    "none, with spaces": '{"items": [ ], "n": 15}',
    "null": '{"items":null,"kind":"L"}',
    "a number at the end": '{"items":[],"n":12}',
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_in_pieces(text: str, size: int) -> None:
    assert list(items_of(pieces(text, size))) == (json.loads(text)["items"] or [])


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_cut_anywhere_is_said(text: str) -> None:
    whole = text.rstrip()
    for end in range(len(whole)):
        with pytest.raises(Cut):
            list(items_of(pieces(whole[:end], 5)))


@pytest.mark.parametrize(
    "text", ["", "<html>busy</html>", "[]", '"x"', "{}", '{"message":"no list"}', '{"items":[{a}]}']
)
def test_no_list(text: str) -> None:
    with pytest.raises(Cut):
        list(items_of(pieces(text, 4)))


def test_each_item_is_given_as_soon_as_it_is_there() -> None:
    asked = []

    def parts() -> Iterator[bytes]:
        for part in (b'{"items":[{"a":1}', b',{"a":2}', b"]}"):
            asked.append(part)
            yield part

    items = items_of(parts())
    assert (next(items), len(asked)) == ({"a": 1}, 1)


def pieces(text: str, size: int) -> Iterator[bytes]:
    content = text.encode()
    return (content[at : at + size] for at in range(0, len(content), size))
