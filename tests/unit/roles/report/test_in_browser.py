# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser: it is drawn, follows the reader's colours, and prints on landscape pages.

REPORT_SCREENSHOTS=FOLDER keeps the pictures, to look at them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import Browser, find_browser
from fakes import FakeKube
from fleet_world import document, fleet, read, rendered

BLANK = 25_000  # bytes; a page of one colour is far smaller


@pytest.fixture(scope="module")
def browser() -> Browser:
    found = find_browser()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("REPORT_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("page")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.resolve() / "report.html"
    path.write_text(rendered(document(read("production", FakeKube(*fleet(40))))))
    return path


@pytest.mark.parametrize(("dark", "ground"), [(False, "#f6f7f9"), (True, "#0f1318")])
def test_it_is_drawn_in_the_colours_of_the_reader(browser: Browser, page: Path, dark: bool, ground: str) -> None:
    picture = browser.screenshot(page, page.with_name(f"{'dark' if dark else 'light'}.png"), dark=dark)
    assert picture.size == (1280, 900)
    assert picture.corner() == ground
    assert len(picture.content) > BLANK


def test_it_prints_on_landscape_pages(browser: Browser, page: Path) -> None:
    content = browser.pdf(page, page.with_name("report.pdf"))
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert boxes
    assert all(float(width) > float(height) for width, height in boxes)
    assert 3 <= len(re.findall(rb"/Type /Page\b", content)) <= 12
