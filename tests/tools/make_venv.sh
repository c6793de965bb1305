#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes or refreshes .venv: pinned packages, kubernetes.core, and this checkout as capi.lifecycle.
set -eu
cd "$(dirname "$0")/../.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(sh tests/tools/find_python.sh)
    echo "Making .venv with $python"
    "$python" -m venv --clear .venv
fi
# pip 23 and older do not find a way through these requirements in any reasonable time.
.venv/bin/python -m pip install --quiet --upgrade 'pip>=25'
echo "Installing the pinned packages into .venv"
.venv/bin/python -m pip install --quiet --requirement requirements-dev.txt
.venv/bin/python tests/tools/fetch_collections.py
# Python finds the collections as Ansible does: plain pytest and mypy need no variables.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$PWD/.venv/collections" >"$site/capi_lifecycle.pth"
