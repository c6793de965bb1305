# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sandbox is, what it remembers, and which folders it never touches."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox.errors import SandboxError
from sandbox.layout import Settings, default_cache, layout_of, load_settings, refuse_foreign_folder, save_settings

SETTINGS = Settings(16384, ("v1.14.2",), "/usr/bin/python3", {"aws:v2": "/opt/aws"}, ("/opt/repository",))


@pytest.mark.parametrize("name", ["a", "default", "team-1", "9", "x" * 40])
def test_good_names(name: str, tmp_path: Path) -> None:
    assert layout_of(name, tmp_path, None).home == tmp_path / name


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "../x", "a/b", "a b", "x" * 41, "ä", "a\n"])
def test_bad_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        layout_of(name, tmp_path, None)
    assert f"Sandbox name '{name}' is not usable: wanted up to 40 lower-case letters, digits and '-'" in str(
        caught.value
    )


def test_sandboxes_are_in_the_cache_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert layout_of("a", None, None).home == tmp_path / "capi.lifecycle" / "sandboxes" / "a"
    assert layout_of("a", None, tmp_path / "other").home == tmp_path / "other" / "sandboxes" / "a"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache" / "capi.lifecycle"


def test_settings_are_remembered(tmp_path: Path) -> None:
    layout = layout_of("a", tmp_path, None)
    assert load_settings(layout) is None
    assert save_settings(layout, SETTINGS)
    assert load_settings(layout) == SETTINGS
    assert not save_settings(layout, SETTINGS), "the same again is nothing new"


def test_settings_that_were_cut_off_count_as_none(tmp_path: Path) -> None:
    layout = layout_of("a", tmp_path, None)
    save_settings(layout, SETTINGS)
    layout.settings.write_text(layout.settings.read_text()[:20])
    assert load_settings(layout) is None


@pytest.mark.parametrize(
    ("files", "foreign"),
    [
        pytest.param(None, False, id="no folder"),
        pytest.param([], False, id="an empty folder"),
        pytest.param(["sandbox.json", "notes.txt"], False, id="a sandbox"),
        pytest.param(["lock", ".sandbox.json.4711"], False, id="a start that was cut off at once"),
        pytest.param(["notes.txt"], True, id="somebody's files"),
        pytest.param(["lock", "thesis.tex"], True, id="somebody's files beside a lock"),
    ],
)
def test_folders_of_others_are_left_alone(files: list[str] | None, foreign: bool, tmp_path: Path) -> None:
    layout = layout_of("a", tmp_path, None)
    for file in files or []:
        layout.home.mkdir(exist_ok=True)
        (layout.home / file).touch()
    if files == []:
        layout.home.mkdir()
    if not foreign:
        return refuse_foreign_folder(layout)
    with pytest.raises(SandboxError, match="holds files but no sandbox: give another --directory or --name"):
        refuse_foreign_folder(layout)
    return None
