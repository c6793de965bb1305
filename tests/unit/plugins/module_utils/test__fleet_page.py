# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: every hostile name stays a text, nothing is loaded or run, the numbers add up, and it can be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_page import escaped, fleet_page
from fakes import FakeKube
from fleet_world import ROLE, document, fleet, one, providers, read, rendered

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "{{ 7 * 7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# x #}",
    "<!--",
    "]]>",
    "\u202egnp.exe",
    "a\x00b\x1bc",
    "x' style='position:fixed",
    "\ud800",
]


class Page(HTMLParser):
    """Elements, attributes and texts of a page, and whether elements close as they open."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def hostile(word: str) -> dict[str, Any]:
    """A fleet in which every text that comes from a server is the word."""
    kube = FakeKube(*fleet(14), *one("c", trouble="unavailable"))
    found = document(read("a", kube), {"site": {"key": "b", "name": word}, "msg": word}, title_word(word))
    return poisoned(found, word)


def title_word(word: str) -> dict[str, Any]:
    return {"site": {"key": "d", "name": word}, "msg": word}


KEPT = {"severity", "state", "id", "end_of_life", "generated", "end", "as_of", "lowest", "remedy", "asks"}


def poisoned(value: Any, word: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: poisoned(v, word, k) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v, word, key) for v in value]
    return word if isinstance(value, str) and key not in KEPT else value


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_names_stay_texts(word: str) -> None:
    page = Page(rendered(hostile(word)))
    assert {tag for tag, _attributes in page.elements}.isdisjoint({"script", "img", "iframe", "link", "object", "base"})
    for _tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
        assert attributes.get("style") in (None, "fill:url(#hatch)")
    assert page.open == []
    visible = "".join(page.texts)
    shown = re.sub("[\x00-\x1f\u202e\ud800]", "\ufffd", word)
    assert shown in visible
    assert "\u202e" not in visible
    assert "49" not in re.sub(r"\d{4}-\d\d-\d\d", "", visible) or "{{ 7 * 7 }}" in visible


def test_the_page_is_whole_and_loads_nothing() -> None:
    text = rendered(document(read("a", FakeKube(*fleet(40)))))
    page = Page(text)
    assert page.open == []
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#)|@import|src=", text)
    ids = [a["id"] for _tag, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for _tag, a in page.elements if a.get("href")}
    assert targets <= set(ids)
    named = {i for _t, a in page.elements for i in str(a.get("aria-labelledby") or "").split()}
    assert named <= set(ids)
    pictures = [a for tag, a in page.elements if tag == "svg"]
    assert all((a.get("role") == "img" and a.get("aria-labelledby")) or a.get("aria-hidden") for a in pictures)
    assert len([t for t, _a in page.elements if t == "h1"]) == 1
    assert all(a.get("scope") for tag, a in page.elements if tag == "th")


@pytest.mark.parametrize(
    ("items", "headline"),
    [
        ([], "No cluster was found."),
        ([one("c")], "No cluster needs action. 1 of 1 is healthy."),
        ([one("c"), one("d", trouble="unavailable")], "1 of 2 clusters needs action. 1 of 2 is healthy."),
    ],
)
def test_the_headline(items: list[Any], headline: str) -> None:
    kube = FakeKube(*[item for one_cluster in items for item in one_cluster], *providers("v1.13.2"))
    page = fleet_page(document(read("a", kube)), certificates_days=30, end_of_life_days=60)
    assert page["headline"] == headline


def test_the_worst_come_first_and_long_lists_end_in_the_table() -> None:
    found = document(read("a", FakeKube(*fleet(500))))
    page = fleet_page(found, certificates_days=30, end_of_life_days=60)
    assert [len(r["findings"]) > 0 for r in page["rows"]] == sorted(
        (len(r["findings"]) > 0 for r in page["rows"]), reverse=True
    )
    ended = next(g for g in page["findings"] if g["id"] == "end_of_life")
    assert (len(ended["found"]), ended["more"], ended["open"]) == (40, ended["count"] - 40, False)
    severities = [g["severity"] for g in page["findings"]]
    assert severities == sorted(severities)
    assert len(rendered(found)) < 500_000


def test_escaping_reaches_everywhere() -> None:
    assert escaped({"a": ["<", {"b": "'\x07"}], "n": 1, "x": None}) == {
        "a": ["&lt;", {"b": "&#x27;\ufffd"}],
        "n": 1,
        "x": None,
    }


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one_colour: str, other: str) -> float:
    high, low = sorted((luminance(one_colour), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    found = re.findall(r":root \{(.*?)\}", (ROLE / "templates/report.css").read_text(), re.DOTALL)
    pairs = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", block)) for block in found]
    return dict(zip(("light", "dark", "print"), pairs, strict=True))


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_colours_can_be_told_from_their_ground(name: str) -> None:
    """WCAG 2.2 AA: 4.5 for words, 3 for parts of pictures."""
    colours = palettes()[name]
    words = [(word, ground) for word in ("text", "quiet", "link", "bad", "warn") for ground in ("card", "page")]
    words += [("bad", "bad-card"), ("warn", "warn-card"), ("good", "card"), ("text", "info-card")]
    assert {
        f"{w} on {g}": contrast(colours[w], colours[g]) for w, g in words if contrast(colours[w], colours[g]) < 4.5
    } == {}
    parts = [key for key in colours if key.startswith("f-")]
    assert {
        key: contrast(colours[key], colours["card"]) for key in parts if contrast(colours[key], colours["card"]) < 3
    } == {}
