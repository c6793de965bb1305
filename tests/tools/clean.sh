#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Removes what belongs to this checkout alone. Sandboxes and the cache serve other checkouts too: they are named, not removed.
# Usage: clean.sh <cache folder>
set -eu
cd "$(dirname "$0")/../.."
cache=$1

rm -rf .venv .ansible .cache .mypy_cache .pytest_cache .ruff_cache build collections tests/output changelogs/.plugin-cache.yaml
rm -f capi-lifecycle-*.tar.gz
find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
echo "Removed .venv and what was built in this checkout."

for sandbox in "$cache"/sandboxes/*/; do
    [ -d "$sandbox" ] || continue
    name=$(basename "$sandbox")
    echo "Sandbox '$name' is still there; to take it away:"
    echo "  make .venv && .venv/bin/ansible-playbook playbooks/sandbox.yml -e sandbox_name=$name -e sandbox_state=absent"
done
for bed in "$cache"/bare_metal/beds/*/; do
    [ -d "$bed" ] || continue
    name=$(basename "$bed")
    echo "Machines of the bed '$name' are still there; to take them away:"
    echo "  make .venv && .venv/bin/python tests/bare_metal/run.py --name $name down"
done
if [ -d "$cache" ]; then echo "Programs that were built or fetched stay in $cache; once no sandbox and no bed is left, it can go: rm -rf '$cache'"; fi
