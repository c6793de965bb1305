#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints the path of the Python to build .venv from, best first. Each candidate is run: a version manager's shim
# exists for versions that are not there, and a distribution's Python may come without venv.
set -u
SYSTEM_ROOT=${SYSTEM_ROOT:-} # the tests put a machine of their own here
VERSIONS="3.12 3.13 3.14 3.11"
PROBE='
import sys
import ensurepip, ssl, venv
version = "%d.%d" % sys.version_info[:2]
if version not in sys.argv[1:]:
    sys.exit("is Python " + version)
print(sys.executable)
'

candidates() { # $1: a version like 3.12
    echo "python$1"
    for folder in "$HOME/.pyenv/versions/$1"*/bin "$HOME/.local/share/uv/python/"cpython-"$1"*/bin \
        "$HOME/.asdf/installs/python/$1"*/bin "$HOME/.local/share/mise/installs/python/$1"*/bin \
        "$SYSTEM_ROOT/opt/homebrew/opt/python@$1/bin" "$SYSTEM_ROOT/opt/homebrew/bin" "$SYSTEM_ROOT/usr/local/bin" \
        "$SYSTEM_ROOT/usr/bin" "$SYSTEM_ROOT"/opt/*/bin "$SYSTEM_ROOT/Library/Frameworks/Python.framework/Versions/$1/bin"; do
        if [ -x "$folder/python$1" ]; then echo "$folder/python$1"; fi
    done
    echo python3
}

probe() { # $1: a command, $2…: the versions wanted; prints the executable, or says on standard error why not
    candidate=$1
    shift
    if ! command -v "$candidate" >/dev/null 2>&1; then return 1; fi
    found=$("$candidate" -c "$PROBE" "$@" 2>&1) && [ -n "$found" ] && echo "$found" && return 0
    echo "  $(command -v "$candidate"): $(echo "$found" | tail -n 1)" >&2
    return 1
}

if [ -n "${PYTHON:-}" ]; then
    # shellcheck disable=SC2086 # the versions are separate words
    probe "$PYTHON" $VERSIONS && exit 0
    echo "PYTHON=$PYTHON is not usable; wanted: a Python of $VERSIONS with venv" >&2
    exit 1
fi

search() {
    for version in $VERSIONS; do
        # Read line by line: a home folder may hold a blank.
        found=$(candidates "$version" | while IFS= read -r candidate; do
            if probe "$candidate" "$version"; then break; fi
        done)
        if [ -n "$found" ]; then
            echo "$found"
            return
        fi
    done
    return 1
}

refusals=$(mktemp)
trap 'rm -f "$refusals"' EXIT
search 2>"$refusals" && exit 0
sort -u "$refusals" >&2
exit 1
