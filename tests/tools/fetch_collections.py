# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put kubernetes.core beside this collection in .venv/collections.

It comes out of the wheel of the `ansible` package, because pip verifies that by its hash and many companies mirror the
Python index but not Galaxy. Only its folder is unpacked, and kept in the user's cache for the next checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PINS = CHECKOUT / "requirements-collections.txt"
WANTED = "ansible_collections/kubernetes/core/"


def cache_folder() -> Path:
    """Where the unpacked collection of exactly these pins is kept."""
    pin = next(line for line in PINS.read_text().splitlines() if not line.startswith("#"))
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "capi.lifecycle" / "collections" / pin.split()[0].replace("==", "-")


def download(folder: Path) -> Path:
    """Download the wheel into folder, its hash verified by pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    # Only files are taken out of the wheel, so it may be one for a newer Python than this.
    command += ["--python-version", "3.12", "--require-hashes", "--dest", str(folder), "--requirement", str(PINS)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpack the wanted collection alone."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(WANTED)])
    return folder / WANTED


def fill_cache(cache: Path) -> None:
    """Fill the cache in one step, so that an interrupted run leaves nothing half-done."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
        unpacked = unpack(download(Path(scratch)), Path(scratch) / "unpacked")
        try:
            os.replace(unpacked, cache)
        except OSError:
            if not cache.is_dir():  # else another checkout was quicker
                raise


def link_checkout(collections: Path) -> None:
    """Let the checkout be found as capi.lifecycle, and kubernetes.core beside it."""
    ours = collections / "capi" / "lifecycle"
    ours.parent.mkdir(parents=True, exist_ok=True)
    ours.unlink(missing_ok=True)
    ours.symlink_to(os.path.relpath(CHECKOUT, ours.parent))


def main() -> None:
    cache = cache_folder()
    if not cache.is_dir():
        print(f"Fetching kubernetes.core into {cache}", flush=True)
        fill_cache(cache)
    collections = CHECKOUT / ".venv" / "collections" / "ansible_collections"
    shutil.rmtree(collections, ignore_errors=True)
    shutil.copytree(cache, collections / "kubernetes" / "core")
    link_checkout(collections)


if __name__ == "__main__":
    main()
