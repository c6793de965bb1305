#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes constraints.txt anew: the newest packages that go together, kept where the file says why.
set -eu
cd "$(dirname "$0")/../.."
python=$(sh tests/tools/find_python.sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$python" -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --upgrade 'pip>=25'
grep -v '^-c' requirements-dev.txt >"$scratch/requirements-dev.txt"
cp requirements.txt "$scratch"
# The comment lines and what follows them by hand stay as they are.
sed -n '/^#/p; /python_version/p; /# kept/p' constraints.txt >"$scratch/kept"
"$scratch/venv/bin/pip" install --quiet --requirement "$scratch/requirements-dev.txt" --constraint "$scratch/kept"
"$scratch/venv/bin/pip" freeze | grep -viE "^($(sed -n 's/^\([A-Za-z0-9_.-]*\)==.*/\1/p' "$scratch/kept" | paste -sd '|' -))==" >"$scratch/newest"
cat "$scratch/kept" "$scratch/newest" >constraints.txt
git --no-pager diff --stat -- constraints.txt
