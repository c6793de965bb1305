#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Names everything that this machine lacks, each with its remedy, before anything starts.
# Usage: prerequisites.sh [system] [python] [go]; without a word all are looked at.
set -u
here=$(dirname "$0")
missing=0

lack() { # $1: what is missing, $2: what to do
    missing=$((missing + 1))
    printf 'Missing: %s\n  Remedy: %s\n' "$1" "$2" >&2
}

check_system() {
    case $(uname -s) in
    Linux | Darwin) ;;
    *) lack "Linux or macOS (this is $(uname -s))" "on Windows use WSL 2, and run make there" ;;
    esac
}

check_python() {
    why=$(sh "$here/find_python.sh" 2>&1 >/dev/null) && return
    lack "a usable Python 3.11 or newer (3.12 is best)" "install one with its venv module: 'apt install python3 python3-venv', \
'dnf install python3.12', 'brew install python@3.12' or 'pyenv install 3.12'; or name one: make PYTHON=/path/to/python3.12"
    if [ -n "$why" ]; then printf '  Looked at:\n%s\n' "$why" | sort -u >&2; fi
}

check_go() {
    if ! command -v go >/dev/null 2>&1; then
        for folder in "${SYSTEM_ROOT:-}/usr/local/go/bin" "${SYSTEM_ROOT:-}/opt/homebrew/bin" "$HOME/go/bin" "$HOME/sdk/go/bin"; do
            if [ -x "$folder/go" ]; then
                lack "go on the PATH" "it is in $folder: export PATH=\"\$PATH:$folder\""
                return
            fi
        done
        lack "Go 1.21 or newer" "install it from https://go.dev/dl/, 'apt install golang-go', 'dnf install golang' or 'brew install go'"
        return
    fi
    version=$(go env GOVERSION 2>/dev/null) || version=
    minor=$(echo "$version" | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    switching=$(go env GOTOOLCHAIN 2>/dev/null)
    if [ -z "$minor" ]; then
        lack "a Go that runs ($(command -v go) does not)" "install Go 1.21 or newer from https://go.dev/dl/"
    elif [ "$minor" -lt 21 ]; then
        lack "Go 1.21 or newer (found $version)" "install a newer one from https://go.dev/dl/"
    elif [ "$minor" -lt 26 ] && [ "${switching%%+*}" != auto ]; then
        lack "Go 1.26, or toolchain switching (found $version with GOTOOLCHAIN=$switching)" \
            "allow switching: 'go env -w GOTOOLCHAIN=auto', or install Go 1.26"
    fi
}

for check in ${*:-system python go}; do "check_$check"; done
if [ "$missing" -gt 0 ]; then
    echo "$missing prerequisite(s) missing; nothing was started." >&2
    exit 1
fi
