# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test sanity`` on this checkout; arguments are handed on to it.

ansible-test wants the collection at .../ansible_collections/capi/lifecycle, and kubernetes.core beside it for the
imports, so it gets a copy of what git knows or would take. Its own environments are kept in the user's cache.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import ansible_test

CHECKOUT = Path(__file__).resolve().parents[2]
KUBERNETES_CORE = CHECKOUT / ".venv/collections/ansible_collections/kubernetes/core"

# ansible-test downloads a script that puts pip into its bare environments. Python has that on board (ensurepip): this
# stands in for the script, so that nothing but the Python index is needed, which many companies mirror.
GET_PIP = """\
import subprocess, sys

packages = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
python = [sys.executable, "-m"]
subprocess.run([*python, "ensurepip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([*python, "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
"""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capi.lifecycle" / "ansible-test"


def pip_version() -> str:
    """The pip that this ansible-test asks for; its script is looked up under that version."""
    requirements = Path(ansible_test.__path__[0]) / "_internal" / "python_requirements.py"
    found = re.search(r"\bpip='([0-9.]+)'", requirements.read_text())
    if not found:
        sys.exit(
            f"{requirements} does not name a pip version: tests/tools/run_sanity.py does not know this ansible-core"
        )
    return found.group(1)


def prepare_home(home: Path) -> dict[str, str]:
    """A home of its own for ansible-test; pip's settings and cache stay those of the user."""
    script = home / ".ansible/test/cache" / f"get_pip_{pip_version().replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(GET_PIP)
    for settings in (".config/pip", ".pip", ".cache/pip"):  # ansible-test hands none of pip's variables on
        link = home / settings
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(Path.home() / settings)
    return {**os.environ, "HOME": str(home)}


def copy_checkout(collections: Path) -> Path:
    """Copy what git knows or would take, and link kubernetes.core beside it."""
    target = collections / "capi" / "lifecycle"
    command = ["git", "ls-files", "-coz", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"git cannot list the files of {CHECKOUT}: make sanity needs git, and a clone that this user owns")
    for name in sorted(set(listing.stdout.split("\0")) - {""}):
        if (CHECKOUT / name).is_file():  # else deleted, but not yet in git
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target / name)
    (collections / "kubernetes").mkdir(parents=True)
    (collections / "kubernetes" / "core").symlink_to(KUBERNETES_CORE)
    return target


def main() -> int:
    home = cache_folder()
    environment = prepare_home(home)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="sanity-", dir=home) as scratch:
        checkout = copy_checkout(Path(scratch) / "ansible_collections")
        command = ["ansible-test", "sanity", "--local", "--color", "no", "--python", python, *sys.argv[1:]]
        return subprocess.run(command, cwd=checkout, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
