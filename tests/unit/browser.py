# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser for tests: the machine's own."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions")


@dataclass(frozen=True)
class Browser:
    program: str

    def screenshot(
        self, page: Path, picture: Path, *, dark: bool = False, width: int = 1280, height: int = 900
    ) -> Picture:
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        self._run(scheme, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
        return Picture(picture.read_bytes())

    def pdf(self, page: Path, file: Path) -> bytes:
        self._run("--no-pdf-header-footer", f"--print-to-pdf={file}", page.as_uri())
        return file.read_bytes()

    def _run(self, *arguments: str) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = [self.program, *_FLAGS, f"--user-data-dir={profile}", *arguments]
            subprocess.run(command, check=True, capture_output=True, timeout=120)


@dataclass(frozen=True)
class Picture:
    """A PNG, as far as tests look at it."""

    content: bytes

    @property
    def size(self) -> tuple[int, int]:
        width, height = struct.unpack(">II", self.content[16:24])
        return width, height

    def corner(self) -> str:
        """The colour of the first pixel: the ground of the page."""
        pixels, position = b"", 8
        while position < len(self.content):
            length, kind = struct.unpack(">I4s", self.content[position : position + 8])
            pixels += self.content[position + 8 : position + 8 + length] if kind == b"IDAT" else b""
            position += length + 12
        return "#" + zlib.decompress(pixels)[1:4].hex()  # of the first row, whose first pixel no filter changes


def find_browser() -> Browser | str:
    """A browser that works, or why there is none.

    None is fetched: Python packages carry none, and that of the npm package @sparticuz/chromium takes no screenshot by
    its command line.
    """
    for name in (*_NAMES, str(_ON_MACOS)):
        if shutil.which(name) and _works(found := Browser(name)):
            return found
    return f"no browser is here ({', '.join(_NAMES)}): apt-get install chromium"


def _works(browser: Browser) -> bool:
    try:
        subprocess.run([browser.program, "--version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
